package redact

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"sync"
)

// mostTries bounds how long two texts are held against each other.
const mostTries = 1 << 16

// Agree says whether two texts may be one, from which different rules took
// different secrets: they are the same but for their marks. A mark stands for
// at least one character, and those of rules that find tokens for nothing with
// a blank in it. Texts without marks agree only where they are equal. With cut
// either may be the beginning of the longer one.
func Agree(a, b string, cut bool) bool {
	if a == b {
		return true
	}
	if !strings.Contains(a, markBegin) && !strings.Contains(b, markBegin) {
		return false
	}
	if cut {
		a, b = wholeMarks(a), wholeMarks(b)
	}
	m := matching{a: a, b: b, cut: cut, left: mostTries}
	return m.from(0, 0)
}

// wholeMarks takes off what the end of a text has of a mark that was cut.
func wholeMarks(s string) string {
	at := max(strings.LastIndex(s, markBegin[:1]), 0)
	rest := s[at:]
	if len(rest) < len(markBegin) && strings.HasPrefix(markBegin, rest) || strings.HasPrefix(rest, markBegin) && !strings.Contains(rest, markEnd) {
		return s[:at]
	}
	return s
}

type matching struct {
	a, b string
	cut  bool
	left int // tries
}

// from says whether what stands from i on in a agrees with what stands from j
// on in b.
func (m *matching) from(i, j int) bool {
	for {
		if m.left--; m.left < 0 {
			return false
		}
		switch {
		case i == len(m.a) && j == len(m.b):
			return true
		case i == len(m.a) || j == len(m.b):
			return m.cut
		}
		endA, inA := markHere(m.a, i)
		endB, inB := markHere(m.b, j)
		switch {
		case inA && inB && m.a[i:endA] == m.b[j:endB] && m.from(endA, endB):
			return true
		case inA && m.skips(m.a[i:endA], m.b, j, func(next int) bool { return m.from(endA, next) }):
			return true
		case inB && m.skips(m.b[j:endB], m.a, i, func(next int) bool { return m.from(next, endB) }):
			return true
		case inA || inB || m.a[i] != m.b[j]:
			return false
		}
		i++
		j++
	}
}

// skips tries everything that a mark may stand for in the other text.
func (m *matching) skips(mark, other string, at int, goesOn func(next int) bool) bool {
	blanks := mayHaveBlanks(mark[len(markBegin) : len(mark)-len(markEnd)])
	for next := at; next < len(other) && m.left > 0; m.left-- {
		if end, ok := markHere(other, next); ok {
			next = end
		} else {
			if !blanks && strings.IndexByte(" \t\r\n", other[next]) >= 0 {
				return false
			}
			next++
		}
		if goesOn(next) {
			return true
		}
	}
	return false
}

func markHere(s string, at int) (int, bool) {
	if s[at] != markBegin[0] || !strings.HasPrefix(s[at:], markBegin) {
		return 0, false
	}
	return markAt(s, at)
}

// mayHaveBlanks says whether what a rule finds may have blanks in it: that of
// own rules may.
func mayHaveBlanks(id string) bool { return !withoutBlanks()[id] }

var withoutBlanks = sync.OnceValue(func() map[string]bool {
	ids := map[string]bool{}
	for _, r := range standard() {
		switch r.id {
		case "private-key", "putty-private-key", "cookie-header", "kubernetes-secret-yaml", "password",
			"odbc-password", "powershell-password", "sql-set-password":
		default:
			ids[r.id] = r.given.PII == ""
		}
	}
	return ids
})

// AgreeJSON says of two JSON values what [Agree] says of texts: a mark may
// stand for a number as well, and names may have become marks.
func AgreeJSON(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	if !bytes.Contains(a, []byte(markBegin)) && !bytes.Contains(b, []byte(markBegin)) {
		return false
	}
	x, okX := decoded(a)
	y, okY := decoded(b)
	return okX && okY && agreeValues(x, y)
}

func decoded(raw []byte) (any, bool) {
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	err := d.Decode(&v)
	return v, err == nil
}

func agreeValues(a, b any) bool {
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return Agree(x, y, false) || isJSON(x) && isJSON(y) && AgreeJSON([]byte(x), []byte(y))
		}
		_, number := b.(json.Number)
		return number && isMark(x)
	case json.Number:
		if y, ok := b.(string); ok {
			return isMark(y)
		}
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, agreeValues)
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && agreeObjects(x, y)
	}
	return a == b
}

func isJSON(s string) bool {
	return len(s) > 1 && (s[0] == '{' || s[0] == '[')
}

func isMark(s string) bool {
	if !strings.HasPrefix(s, markBegin) {
		return false
	}
	end, ok := markAt(s, 0)
	return ok && end == len(s)
}

// agreeObjects pairs members of the same name, and those left over with each
// other.
func agreeObjects(a, b map[string]any) bool {
	if len(a) != len(b) {
		return false
	}
	var left []string
	for name, v := range b {
		if w, ok := a[name]; !ok {
			left = append(left, name)
		} else if !agreeValues(w, v) {
			return false
		}
	}
	for name, v := range a {
		if _, ok := b[name]; ok {
			continue
		}
		i := slices.IndexFunc(left, func(other string) bool {
			return Agree(unnumbered(name), unnumbered(other), false) && agreeValues(v, b[other])
		})
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return true
}

// unnumbered takes off the number by which distinct tells names apart.
func unnumbered(name string) string {
	if i := strings.LastIndexByte(name, ' '); i > 0 && isMark(name[:i]) && strings.Trim(name[i+1:], "0123456789") == "" {
		return name[:i]
	}
	return name
}
