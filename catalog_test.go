package daybook_test

import (
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
