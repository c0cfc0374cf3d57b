package intake

import (
	"slices"
	"strconv"

	"github.com/daybook-audit/daybook"
)

// validate holds a record against its kind: nothing required is missing, and
// every value is one of its column's. A word that a known vocabulary does not
// have is kept, and the entry says so.
func validate(_ *Call, r *daybook.Record) error {
	if err := r.CheckComplete(nil); err != nil {
		return err
	}
	if err := r.Check(); err != nil {
		return err
	}
	for _, i := range planOf(r).known {
		c := &r.Kind.Columns[i]
		if v := r.Values[i]; v.IsSet() && !slices.Contains(c.Known, v.Text()) {
			warn(r, c.Name+": unknown word "+quoted(v.Text()))
		}
	}
	return nil
}

// warn puts a warning on the entry, once: a record that comes a second time
// has it already.
func warn(r *daybook.Record, text string) {
	if list, err := daybook.Texts(r.Get("warnings")); err == nil && slices.Contains(list, text) {
		return
	}
	r.Warn(text)
}

func quoted(s string) string { return strconv.Quote(daybook.Clip(s)) }
