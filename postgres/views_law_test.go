package postgres

import (
	"fmt"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
	"github.com/jackc/pgx/v5"
)

// shownAs is the SQL that makes of a canonical text what a view shows.
func shownAs(c *daybook.Column, param int) string {
	text := fmt.Sprintf("$%d::text", param)
	switch c.Type {
	case daybook.TypeJSON, daybook.TypeOptions:
		return text + "::jsonb"
	case daybook.TypeTexts:
		return "CASE WHEN " + text + " IS NOT NULL THEN ARRAY(SELECT jsonb_array_elements_text(" + text + "::jsonb)) END"
	case daybook.TypeHex, daybook.TypeText:
		return text
	default:
		return text + "::" + sqlType(c)
	}
}

// wantShown wants a view to show an entry, each column of it.
func wantShown(t testing.TB, conn *pgx.Conn, e *daybook.Entry) {
	t.Helper()
	args := []any{e.Seq, fmt.Sprintf("%x", e.LogHash)}
	same := []string{"log_hash = $2"}
	for i := range e.Kind.Columns {
		c := &e.Kind.Columns[i]
		var text any
		switch v := e.Values[i]; {
		case !v.IsSet():
		case c.Type == daybook.TypeInt:
			text = fmt.Sprint(v.Int())
		case c.Type == daybook.TypeFloat:
			text = fmt.Sprint(v.Float())
		case c.Type == daybook.TypeBool:
			text = fmt.Sprint(v.Bool())
		default:
			text = v.Text()
		}
		args = append(args, text)
		same = append(same, quoted(c.Name)+" IS NOT DISTINCT FROM "+shownAs(c, len(args)))
	}
	var wrong []string
	err := conn.QueryRow(t.Context(), "SELECT ARRAY(SELECT s FROM unnest(ARRAY['"+strings.Join(comparedOf(e.Kind), "', '")+"'], ARRAY["+strings.Join(same, ", ")+"]) AS c(s, ok) WHERE NOT ok) FROM audit."+quoted(e.Kind.Name)+" WHERE seq = $1", args...).Scan(&wrong)
	if err != nil || len(wrong) > 0 {
		t.Fatalf("audit.%s shows entry %d with other %v: %v", e.Kind.Name, e.Seq, wrong, err)
	}
}

// comparedOf are the names of what wantShown compares.
func comparedOf(k *daybook.Kind) []string {
	list := []string{"log_hash"}
	for i := range k.Columns {
		list = append(list, k.Columns[i].Name)
	}
	return list
}

// TestViewsShowWhatSelectGives holds the views of all kinds to what the store
// gives of the same entries, whatever these are.
func TestViewsShowWhatSelectGives(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	conn := connected(t, address)
	w := storetest.NewWriter(s)
	for _, k := range daybook.Kinds() {
		records := make([]daybook.Record, 0, 12)
		for i := range 8 {
			r := storetest.Records(k).Example(i)
			records = append(records, r)
			if k.Amendable() && !k.Subject().Serial && i%2 == 0 {
				again := storetest.Records(k).Example(i + 100)
				at, _ := k.Column(k.Subject().Name)
				again.Values[at] = r.Values[at]
				records = append(records, again)
			}
		}
		if _, err := w.Write(t.Context(), records...); err != nil {
			t.Fatal(err)
		}
		current, err := s.Select(t.Context(), daybook.Query{Kind: k})
		if err != nil {
			t.Fatal(err)
		}
		shown := 0
		for _, e := range current {
			if k == lineageEdge && !e.Get("is_current").IsSet() {
				continue // it never took effect
			}
			wantShown(t, conn, e)
			shown++
		}
		if got := answer(t, conn, "SELECT count(*) FROM audit."+quoted(k.Name)); got[0] != fmt.Sprint(shown) {
			t.Errorf("audit.%s shows %s rows, want %d", k.Name, got[0], shown)
		}
	}
	for _, view := range []string{"audit.transformation_activity", "audit.spending", "audit.logging_volume", "gold.transformation_activity"} {
		answer(t, conn, "SELECT * FROM "+view)
	}
}
