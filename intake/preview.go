package intake

import (
	"strings"

	"github.com/daybook-audit/daybook"
)

// cutPreviews cuts every preview to daybook.PreviewLength characters. It puts
// no warning on the entry: the first 500 characters are what a preview is.
func cutPreviews(_ *Call, r *daybook.Record) error {
	for _, i := range planOf(r).previews {
		s := r.Values[i].Text()
		if short := cut(s, daybook.PreviewLength); len(short) < len(s) {
			// A copy, so that the entry does not hold on to the whole.
			r.Values[i] = daybook.TextValue(strings.Clone(short))
		}
	}
	return nil
}

// cut gives the first n characters of s.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
