package daybook_test

import (
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

func TestEveryColumnIsDocumented(t *testing.T) {
	t.Parallel()
	for _, k := range daybook.Kinds() {
		if k.Doc() == "" {
			t.Errorf("%s has no comment", k.Name)
		}
		for i := range k.Columns {
			if k.ColumnDoc(k.Columns[i].Name) == "" {
				t.Errorf("%s.%s has no comment", k.Name, k.Columns[i].Name)
			}
		}
	}
}

func TestCatalogHoldsTogether(t *testing.T) {
	t.Parallel()
	for _, k := range daybook.Kinds() {
		if len(k.Columns) > 64 {
			t.Errorf("%s has %d columns; the decoder marks at most 64", k.Name, len(k.Columns))
		}
		k.Subject()
		k.Time()
		for i := range k.Columns {
			c := &k.Columns[i]
			for _, other := range []string{c.After, c.Span.From, c.Span.To, c.Met.From, c.Met.To} {
				if _, ok := k.Column(other); other != "" && !ok {
					t.Errorf("%s.%s names %s, which is no column", k.Name, c.Name, other)
				}
			}
			if c.Ref != "" {
				daybook.MustKind(c.Ref)
			}
			if c.Amend == daybook.RuleOneWay && c.Type == daybook.TypeText && len(c.Closed) < 2 {
				t.Errorf("%s.%s goes one way but has no words to go", k.Name, c.Name)
			}
			if i > 0 && k.Columns[i-1].Name >= c.Name {
				t.Errorf("%s.%s stands out of order", k.Name, c.Name)
			}
		}
	}
}

func TestDeclaredOrder(t *testing.T) {
	t.Parallel()
	var names []string
	for _, c := range daybook.MustKind("validation_status").Declared() {
		names = append(names, c.Name)
	}
	const want = "id business_id validation_type agent_id table_name session_id ingest_run_id status issue_count issues validated_at"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("validation_status is declared as %s, want %s", got, want)
	}
	for _, k := range daybook.Kinds() {
		own := 0
		for i := range k.Columns {
			if !k.Columns[i].Envelope {
				own++
			}
		}
		if got := len(k.Declared()); got != own {
			t.Errorf("%s declares %d columns, and has %d", k.Name, got, own)
		}
	}
}
