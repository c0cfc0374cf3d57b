package daybook_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/daybook-audit/daybook"
)

// TestEntriesFitTheirSchemas draws entries as the ledger may write them.
func TestEntriesFitTheirSchemas(t *testing.T) {
	t.Parallel()
	all := slices.DeleteFunc(laws(t), func(l law) bool { return l.form != daybook.SchemaEntry })
	packed := packings()
	rapid.Check(t, func(t *rapid.T) {
		l := rapid.SampledFrom(all).Draw(t, "law")
		members := l.draw(t)
		text := textOf(members)
		r, err := daybook.NewDecoder(strings.NewReader(text), l.kind).Next()
		if err != nil {
			t.Fatal(err)
		}
		makeSound(&r)
		shell := packed[l.kind.Name].entries.Draw(t, "envelope")
		for i := range l.kind.Columns {
			if c := &l.kind.Columns[i]; c.Serial && !c.Subject {
				r.Values[i] = daybook.IntValue(shell.Seq)
			} else if c.Envelope || c.Serial {
				r.Values[i] = shell.Values[i]
			} else if c.Preview && len([]rune(r.Values[i].Text())) > daybook.PreviewLength {
				r.Values[i] = daybook.Value{}
			}
		}
		if l.kind.Subject().Serial {
			r.Set(l.kind.Subject().Name, daybook.IntValue(shell.Seq))
		}
		e := daybook.Entry{Kind: l.kind, Seq: shell.Seq, Values: r.Values}
		if err := fits(l.schema, string(e.AppendExport(nil))); err != nil {
			t.Fatalf("%s: %v", e.AppendExport(nil), err)
		}
	})
}

// makeSound puts a word in the place of every text that the intake refuses.
func makeSound(r *daybook.Record) {
	for {
		err := roomy.Check(daybook.Local, *r)
		var e *daybook.Error
		if !errors.As(err, &e) {
			return
		}
		name, _, _ := strings.Cut(e.Path[1:], "/")
		i, _ := r.Kind.Column(name)
		r.Values[i] = daybook.Value{}
		if c := &r.Kind.Columns[i]; c.Required || c.Subject || c.Name == "business_id" {
			r.Values[i] = daybook.TextValue("word")
		}
	}
}
