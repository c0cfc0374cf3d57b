package scan_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/scan"
	"github.com/daybook-audit/daybook/sqllineage"
)

// oracles is how many generated queries are held against PostgreSQL, unless
// DAYBOOK_ORACLES says otherwise.
const oracles = 300

// What a generated query reads, as sqllineage tells it from the text alone, is
// what PostgreSQL lists among the dependencies of a view of it; and what a
// definition reads, as PostgreSQL writes it, is the same.
func TestGeneratedQueriesReadWhatPostgreSQLSays(t *testing.T) {
	t.Parallel()
	many := oracles
	if n, err := strconv.Atoi(os.Getenv("DAYBOOK_ORACLES")); err == nil {
		many = n
	}
	url := pgtest.New(t)
	pgtest.Exec(t, url, generatedTables)
	queries := createViews(t, url, many)
	db, err := scan.Read(t.Context(), url, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	catalog := tableCatalog{}
	for _, r := range db.Relations {
		for _, c := range r.Columns {
			catalog[r.String()] = append(catalog[r.String()], c.Name)
		}
	}
	wrong := 0
	for _, r := range db.Relations {
		sql, generated := queries[r.Table]
		if !generated {
			continue
		}
		want := listed(r)
		for what, text := range map[string]string{"the query": sql, "its definition": r.Definition} {
			got, trouble := read(text, catalog)
			if extra, missing := difference(got, want), difference(want, got); len(extra)+len(missing) > 0 || trouble != "" {
				wrong++
				if wrong <= 10 {
					t.Errorf("%s of %s: reads also %q, and not %q; %s\n%s", what, r.Name, extra, missing, trouble, text)
				}
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d are read otherwise than by PostgreSQL", wrong, 2*len(queries))
	}
	t.Logf("%d queries", len(queries))
}

// createViews makes views of generated queries, and gives their texts by the
// views' names. PostgreSQL may refuse a few.
func createViews(t *testing.T, url string, many int) map[string]string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	queries := map[string]string{}
	refused := map[string]string{}
	for i := range many {
		g := &generator{Rand: rand.New(rand.NewPCG(2026, uint64(i)))}
		sql, _ := g.query(3, 0, nil)
		name := fmt.Sprintf("q%d", i)
		if _, err := conn.Exec(t.Context(), "CREATE VIEW g."+name+" AS "+sql); err != nil {
			refused[name] = err.Error() + "\n" + sql
			continue
		}
		queries[name] = sql
	}
	if len(refused) > many/10 {
		for name, why := range refused {
			t.Log(name, why)
		}
		t.Fatalf("PostgreSQL refused %d of %d queries: mend the generator", len(refused), many)
	}
	return queries
}

// tableCatalog has the columns of tables by schema.name.
type tableCatalog map[string][]string

// Columns gives the columns of a table.
func (c tableCatalog) Columns(t sqllineage.Table) ([]string, bool) {
	columns, ok := c[t.Schema+"."+t.Name]
	return columns, ok
}

// listed are the columns that PostgreSQL lists.
func listed(r *scan.Relation) map[string]bool {
	columns := map[string]bool{}
	for _, d := range r.Reads {
		if d.Column != "" {
			columns[d.Source.String()+"."+d.Column] = true
		}
	}
	return columns
}

// read are the columns that sqllineage finds.
func read(text string, catalog sqllineage.Catalog) (columns map[string]bool, trouble string) {
	result := sqllineage.Parse(text, sqllineage.Options{Dialect: sqllineage.PostgreSQL, Catalog: catalog})
	if result.Status != sqllineage.Parsed {
		trouble = fmt.Sprintf("%s: %v", result.Status, result.Warnings)
	}
	columns = map[string]bool{}
	for _, e := range result.Edges {
		columns[e.Source.String()] = true
	}
	return columns, trouble
}

func difference(a, b map[string]bool) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(a)), func(c string) bool { return b[c] })
}
