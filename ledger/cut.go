package ledger

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/redact"
)

// sameButCuts says whether two values are one but for the data that a guard
// has cut out of them, as a server may be told to cut between one attempt and
// the next.
func sameButCuts(c *daybook.Column, given, stands daybook.Value) bool {
	a, b := given.Text(), stands.Text()
	switch {
	case !stands.IsSet() || !c.Type.IsText() || !strings.Contains(a, daybook.CutMark) && !strings.Contains(b, daybook.CutMark):
		return false
	case c.Type == daybook.TypeJSON:
		x, errX := decoded(a)
		y, errY := decoded(b)
		return errX == nil && errY == nil && agreeJSON(x, y)
	}
	return agreeText(a, b)
}

func decoded(text string) (v any, err error) {
	d := json.NewDecoder(bytes.NewBufferString(text))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

// agreeJSON says whether two values are one but for cuts and secrets. What was
// cut whole stands for anything.
func agreeJSON(a, b any) bool {
	if isCutOut(a) || isCutOut(b) {
		return true
	}
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, inner := range a {
			if other, ok := b[name]; !ok || !agreeJSON(inner, other) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !agreeJSON(a[i], b[i]) {
				return false
			}
		}
		return true
	case string:
		b, ok := b.(string)
		return ok && (redact.Agree(a, b, false) || agreeText(a, b))
	}
	return a == b
}

func isCutOut(v any) bool {
	text, ok := v.(string)
	return ok && strings.HasPrefix(text, daybook.CutMark) && strings.HasSuffix(text, "]")
}

// cuts finds the marks in a text. In SQL they stand in comments.
var cuts = regexp.MustCompile(` /\* \[CUT: [0-9]+ more\] \*/|\[CUT: [^\]]*\]`)

// agreeText says whether what the marks of one text leave stands in the other,
// in its order and from end to end.
func agreeText(a, b string) bool { return fits(a, b) || fits(b, a) }

func fits(marked, whole string) bool {
	pieces := cuts.Split(marked, -1)
	last := len(pieces) - 1
	if last == 0 || !strings.HasPrefix(whole, pieces[0]) {
		return false
	}
	whole = whole[len(pieces[0]):]
	for _, piece := range pieces[1:last] {
		at := strings.Index(whole, piece)
		if at < 0 {
			return false
		}
		whole = whole[at+len(piece):]
	}
	return strings.HasSuffix(whole, pieces[last])
}
