package storetest_test

import (
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
	"pgregory.net/rapid"
)

var _ daybook.Store = (*storetest.Model)(nil)

// Every value that the generator makes is one that the catalog itself reads
// back as it is.
func TestGeneratedValuesAreCanonical(t *testing.T) {
	t.Parallel()
	for _, k := range daybook.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				r := storetest.Records(k).Draw(t, "record")
				for i := range k.Columns {
					c, v := &k.Columns[i], r.Values[i]
					if !v.IsSet() {
						continue
					}
					raw := daybook.AppendValue(nil, c.Type, v)
					again, err := c.ParseValue(raw)
					if err != nil {
						t.Fatalf("%s: %s: %v", c.Name, raw, err)
					}
					if again != v {
						t.Fatalf("%s: %s reads back as %s", c.Name, raw, daybook.AppendValue(nil, c.Type, again))
					}
				}
			})
		})
	}
}

func TestLaw(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) storetest.Opener {
		m := storetest.NewModel()
		return func() (daybook.Store, error) {
			m.Reopen()
			return m, nil
		}
	})
}

func TestLawOfAServer(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) storetest.Opener {
		m := storetest.NewShared()
		return func() (daybook.Store, error) { return m.Open(), nil }
	})
}
