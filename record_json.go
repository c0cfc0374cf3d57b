package daybook

import (
	"strings"
	"unicode/utf8"
)

// AppendJSON appends the record as a client sends it: one object on one line,
// which begins with kind and, for an amendment, amend, and leaves out what the
// ledger gives. A [Decoder] reads it.
func (r *Record) AppendJSON(dst []byte) ([]byte, error) {
	dst = append(dst, `{"kind": "`...)
	dst = append(dst, r.Kind.Name...)
	dst = append(dst, '"')
	if r.Amend {
		dst = append(dst, `, "amend": true`...)
	}
	for i := range r.Values {
		c, v := &r.Kind.Columns[i], r.Values[i]
		if !v.IsSet() || c.Envelope && c.Name != "log_id" {
			continue
		}
		if !utf8.ValidString(v.text) || strings.IndexByte(v.text, 0) >= 0 {
			e := Invalidf("/"+c.Name, "holds bytes that are not text in UTF-8, or NUL")
			e.Hint = "encode it as UTF-8, or binary data as base64"
			return nil, e
		}
		dst = append(dst, `, "`...)
		dst = append(dst, c.Name...)
		dst = append(dst, `": `...)
		dst = AppendValue(dst, c.Type, v)
	}
	return append(dst, '}'), nil
}
