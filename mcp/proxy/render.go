package proxy

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/daybook-audit/daybook/redact"
)

// shownText is how many bytes of one text are recorded. More is read, so that a
// secret which stands across the cut is still seen whole.
const shownText = maxText / 2

// A renderer writes what was kept of a value such that a ledger takes it.
type renderer struct {
	redactor *redact.Redactor
}

// appendNode appends a value. What was left out is said in its place.
func (r renderer) appendNode(dst []byte, n *node) []byte {
	switch n.kind {
	case '{':
		return r.appendObject(dst, n)
	case '[':
		dst = append(dst, '[')
		for i, item := range n.items {
			dst = r.appendNode(comma(dst, i), item)
		}
		if n.lost > 0 {
			dst = quote(comma(dst, len(n.items)), mark(n.lost, "element"))
		}
		return append(dst, ']')
	case '"':
		return quote(dst, r.text(n))
	case '0':
		return appendNumber(dst, n)
	case 't':
		return append(dst, "true"...)
	case 'f':
		return append(dst, "false"...)
	}
	return append(dst, "null"...)
}

func (r renderer) appendObject(dst []byte, n *node) []byte {
	dst = append(dst, '{')
	given := make(map[string]bool, len(n.keys)+1)
	for i, item := range n.items {
		name := n.keys[i]
		for again := 2; given[name]; again++ { // JSON's readers differ in which one counts
			name = n.keys[i] + " (" + strconv.Itoa(again) + ")"
		}
		given[name] = true
		dst = append(quote(comma(dst, i), name), ':')
		dst = r.appendNode(dst, item)
	}
	if n.lost > 0 && !given["[cut]"] {
		dst = append(quote(comma(dst, len(n.items)), "[cut]"), ':')
		dst = quote(dst, mark(n.lost, "member"))
	}
	return append(dst, '}')
}

// appendNumber appends a number; one that no ledger takes becomes a text.
func appendNumber(dst []byte, n *node) []byte {
	if i, err := strconv.ParseInt(n.text, 10, 64); err == nil {
		return strconv.AppendInt(dst, i, 10)
	}
	whole := true
	for i := range len(n.text) {
		whole = whole && (n.text[i] >= '0' && n.text[i] <= '9' || n.text[i] == '-')
	}
	if _, err := strconv.ParseFloat(n.text, 64); err != nil || whole || !json.Valid([]byte(n.text)) {
		return quote(dst, clip(n.text, 400))
	}
	return append(dst, n.text...)
}

// json gives a value as a record has it, without its secrets.
func (r renderer) json(n *node) []byte {
	if n == nil {
		return nil
	}
	return r.clean(r.appendNode(nil, n))
}

func (r renderer) clean(json []byte) []byte {
	json, _ = r.redactor.JSON(json)
	return json
}

// text gives a string as it is recorded, but for its secrets: of one that is
// cut they are taken out before, since half of one is not known for what it is.
func (r renderer) text(n *node) string {
	if !n.short && len(n.text) <= shownText {
		return n.text
	}
	return clip(r.redacted(n.text), shownText) + " [cut: " + strconv.Itoa(n.size) + " bytes in all]"
}

func (r renderer) redacted(text string) string {
	clean, _ := r.redactor.Text(text)
	return clean
}

// brief gives the beginning of a text, for a summary.
func (r renderer) brief(n *node, most int) string {
	text := r.redacted(n.text)
	if !n.short && len(text) <= most {
		return text
	}
	return clip(text, most) + "…"
}

func comma(dst []byte, i int) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	return dst
}

func quote(dst []byte, text string) []byte {
	dst, err := jsontext.AppendQuote(dst, text)
	if err != nil { // not UTF-8, which the scanner and the redaction leave nothing of
		return strconv.AppendQuoteToASCII(dst, "")
	}
	return dst
}

func mark(lost int, what string) string {
	if lost != 1 {
		what += "s"
	}
	return "[cut: " + strconv.Itoa(lost) + " more " + what + "]"
}

// clip gives the first bytes of a text, ending between two characters.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}
