package intake

import (
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// checkWord holds a text against its column's vocabulary. A word that a closed
// one does not have is refused; one that a known one does not have is kept,
// and the entry says so.
func checkWord(r *daybook.Record, c *daybook.Column, word string) error {
	switch {
	case c.Closed != nil && !slices.Contains(c.Closed, word):
		return &daybook.Error{
			Code: daybook.CodeInvalid, Message: quoted(word) + " is none of " + strings.Join(c.Closed, ", "),
			Hint: wordHint(word, c.Closed),
		}
	case c.Known != nil && !slices.Contains(c.Known, word):
		warn(r, c.Name+": unknown word "+quoted(word))
	}
	return nil
}

func wordHint(word string, words []string) string {
	for _, w := range words {
		if strings.EqualFold(w, word) {
			return "did you mean " + w + "?"
		}
	}
	return "write one of them as it stands here"
}

// warn puts a warning on the entry, once: a record that comes a second time
// has it already.
func warn(r *daybook.Record, text string) {
	if list, err := daybook.Texts(r.Get("warnings")); err == nil && slices.Contains(list, text) {
		return
	}
	r.Warn(text)
}
