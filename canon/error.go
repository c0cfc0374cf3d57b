package canon

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxShownPath bounds how much of a path an error message repeats: keys come
// from outside and may be megabytes long.
const maxShownPath = 200

// Error says why a value has no canonical form, and where.
type Error struct {
	// Path is the RFC 6901 JSON pointer of the value or member at fault, in
	// full; "" is the whole value. Where a key itself cannot be decoded it is
	// the pointer of the object that holds the key.
	Path string
	// Offset is where the fault was seen, in bytes from the start of the input.
	Offset int
	// Reason says what is wrong and, where it helps, what to do.
	Reason string

	steps []string // of Path, innermost first, while the error is on its way out
}

// Error gives path, reason and offset in one line of bounded length.
func (e *Error) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("canon: %s (byte %d)", e.Reason, e.Offset)
	}
	return fmt.Sprintf("canon: %s: %s (byte %d)", shownPath(e.Path), e.Reason, e.Offset)
}

// within adds the key or index of the value around the fault.
func (e *Error) within(step string) *Error {
	e.steps = append(e.steps, step)
	return e
}

// shownPath cuts path at a rune boundary if it is too long for a message.
func shownPath(path string) string {
	if len(path) <= maxShownPath {
		return path
	}
	cut := maxShownPath
	for !utf8.RuneStart(path[cut]) {
		cut--
	}
	return path[:cut] + "…"
}

// pointerEscaper writes a key as one reference token (RFC 6901 §3).
var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

// finish makes Path of the steps. Not done step by step, which would copy the
// keys of a hostile value once a level.
func (e *Error) finish() *Error {
	var b strings.Builder
	for _, step := range slices.Backward(e.steps) {
		b.WriteByte('/')
		b.WriteString(pointerEscaper.Replace(step))
	}
	e.Path, e.steps = b.String(), nil
	return e
}
