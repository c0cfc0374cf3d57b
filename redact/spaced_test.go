package redact_test

import (
	"bytes"
	"encoding/json"
	"slices"
)

// spaced is a JSON value that is written with a blank behind each comma and
// colon.
type spaced struct{ v any }

// written gives the value's text.
func (s spaced) written() string {
	var b bytes.Buffer
	s.write(&b)
	return b.String()
}

func (s spaced) write(b *bytes.Buffer) {
	switch v := s.v.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		b.WriteByte('{')
		for i, name := range names {
			if i > 0 {
				b.WriteString(", ")
			}
			spaced{name}.write(b)
			b.WriteString(": ")
			spaced{v[name]}.write(b)
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			spaced{e}.write(b)
		}
		b.WriteByte(']')
	default:
		encoder := json.NewEncoder(b)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(v); err != nil {
			panic(err)
		}
		b.Truncate(b.Len() - 1)
	}
}
