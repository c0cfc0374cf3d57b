package sqllineage

import (
	"strings"
	"testing"
)

func TestTablesAreFoundByTheirLastParts(t *testing.T) {
	t.Parallel()
	c := Tables(map[string][]string{
		"db.public.orders":  {"id", "total"},
		"db.archive.orders": {"id"},
		"Customers":         {"name"},
		`db."Big".items`:    {"n"},
	})
	for _, k := range []struct {
		table Table
		want  string // columns, or "-" for none
	}{
		{Table{Catalog: "db", Schema: "public", Name: "orders"}, "id total"},
		{Table{Schema: "archive", Name: "orders"}, "id"},
		{Table{Name: "orders"}, "-"},
		{Table{Schema: "other", Name: "orders"}, "-"},
		{Table{Schema: "public", Name: "CUSTOMERS"}, "name"},
		{Table{Schema: "big", Name: "items"}, "n"},
		{Table{Name: "nothing"}, "-"},
		{Table{Name: "ders"}, "-"},
	} {
		columns, ok := c.Columns(k.table)
		got := strings.Join(columns, " ")
		if !ok {
			got = "-"
		}
		if got != k.want {
			t.Errorf("%s: got %s, want %s", k.table, got, k.want)
		}
	}
}
