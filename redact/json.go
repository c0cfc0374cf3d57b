package redact

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// deepest is how deep JSON may nest before it is looked at as text.
const deepest = 200

// JSON gives a JSON value without its secrets, and what was found. Names are
// looked at as well as values, in the form that their escapes stand for, and
// strings that hold JSON are looked into. A value under a name that tells, such
// as password, is taken out whatever it looks like. Bytes that are not JSON are
// looked at as text. What comes out of JSON is JSON, but its names may no
// longer be in order.
func (r *Redactor) JSON(raw []byte) ([]byte, []Finding) {
	if r == nil || len(raw) == 0 {
		return raw, nil
	}
	text := string(raw)
	if r.rules.nothingIn(text) {
		return raw, nil
	}
	if !json.Valid(raw) {
		s, findings := r.Text(text)
		return []byte(s), findings
	}
	w := walk{rules: r.rules, in: text}
	w.value(0, "")
	if len(w.findings) == 0 {
		return raw, nil
	}
	w.flush(len(raw))
	if w.renamed {
		return distinct(w.out), w.findings
	}
	return w.out, w.findings
}

// nothingIn says for sure that there is nothing to find in JSON. Escapes may
// hide a keyword.
func (rs *ruleSet) nothingIn(raw string) bool {
	return len(rs.anywhere) == 0 && !rs.keywords.has(raw) && !strings.Contains(raw, `\u`) && !strings.Contains(raw, `\/`)
}

// walk goes over a JSON value and writes down what it changes.
type walk struct {
	rules    *ruleSet
	in       string
	out      []byte
	at       int // how far in is read
	kept     int // how far in is in out
	path     []string
	findings []Finding
	renamed  bool
}

func (w *walk) blanks() {
	for w.at < len(w.in) && (w.in[w.at] == ' ' || w.in[w.at] == '\t' || w.in[w.at] == '\n' || w.in[w.at] == '\r') {
		w.at++
	}
}

// flush copies what stands before the place to.
func (w *walk) flush(to int) {
	w.out = append(w.out, w.in[w.kept:to]...)
	w.kept = to
}

// replace writes JSON in the place of what was read from start on.
func (w *walk) replace(start int, with []byte) {
	w.flush(start)
	w.out = append(w.out, with...)
	w.kept = w.at
}

func (w *walk) found(findings []Finding) {
	at := ""
	for _, name := range w.path {
		at += "/" + escapeName.Replace(name)
	}
	for _, f := range findings {
		w.findings = append(w.findings, Finding{Rule: f.Rule, Path: at + f.Path})
	}
}

// value goes over one value, which name holds, "" in arrays and at the top.
func (w *walk) value(depth int, name string) {
	w.blanks()
	switch c := w.in[w.at]; {
	case c == '{' && depth < deepest:
		w.object(depth)
	case c == '[' && depth < deepest:
		w.array(depth, name)
	case c == '{' || c == '[':
		w.tooDeep()
	case c == '"':
		start := w.at
		s := w.text()
		if clean, findings := w.rules.member(name, s); len(findings) > 0 {
			w.found(findings)
			if clean != s {
				w.replace(start, quoted(clean))
			}
		}
	default:
		w.scalar(name)
	}
}

// tooDeep looks at what nests too deep as text, and takes it out as a whole
// where there is something in it.
func (w *walk) tooDeep() {
	start := w.at
	decoder := json.NewDecoder(strings.NewReader(w.in[start:]))
	var raw json.RawMessage
	_ = decoder.Decode(&raw) // it is valid
	w.at = start + len(raw)
	s := string(raw)
	if clean, findings := w.rules.text(s); clean != s {
		w.found(findings)
		w.replace(start, quoted(Mark(findings[0].Rule)))
	}
}

func (w *walk) object(depth int) {
	w.at++
	for {
		w.blanks()
		if w.in[w.at] == '}' {
			w.at++
			return
		}
		if w.in[w.at] == ',' {
			w.at++
			w.blanks()
		}
		start := w.at
		name := w.text()
		clean, findings := w.rules.text(name)
		w.path = append(w.path, clean)
		if len(findings) > 0 {
			w.found(findings)
			if clean != name {
				w.replace(start, quoted(clean))
				w.renamed = true
			}
		}
		w.blanks()
		w.at++ // the colon
		w.value(depth+1, clean)
		w.path = w.path[:len(w.path)-1]
	}
}

var escapeName = strings.NewReplacer("~", "~0", "/", "~1")

// array goes over a list. Behind a flag that tells, as in ["--password", "x"],
// stands the flag's value.
func (w *walk) array(depth int, name string) {
	w.at++
	flag := ""
	for i := 0; ; {
		w.blanks()
		switch w.in[w.at] {
		case ']':
			w.at++
			return
		case ',':
			w.at++
			i++
		default:
			w.path = append(w.path, strconv.Itoa(i))
			start := w.at
			w.value(depth+1, cmp.Or(flag, name))
			flag = flagIn(w.in[start:w.at])
			w.path = w.path[:len(w.path)-1]
		}
	}
}

// text reads a string.
func (w *walk) text() string {
	start := w.at
	escaped := false
	for w.at++; w.in[w.at] != '"'; w.at++ {
		if w.in[w.at] == '\\' {
			w.at++
			escaped = true
		}
	}
	w.at++
	if !escaped {
		return w.in[start+1 : w.at-1]
	}
	var s string
	_ = json.Unmarshal([]byte(w.in[start:w.at]), &s) // it is valid
	return s
}

// scalar reads a number, a truth or null. A number may be a password.
func (w *walk) scalar(name string) {
	start := w.at
	for w.at < len(w.in) && strings.IndexByte(",]} \t\r\n", w.in[w.at]) < 0 {
		w.at++
	}
	if c := w.in[start]; (c == '-' || c >= '0' && c <= '9') && !w.rules.unnamed && w.at-start >= 4 && tellsPassword(name) {
		w.found([]Finding{{Rule: namedRule}})
		w.replace(start, quoted(Mark(namedRule)))
	}
}

// member gives the text of a member without its secrets. The name is looked at
// together with the text, since many a rule wants a name.
func (rs *ruleSet) member(name, s string) (string, []Finding) {
	if inner := strings.TrimLeft(s, " \t\r\n"); inner != "" && (inner[0] == '{' || inner[0] == '[') && json.Valid([]byte(s)) {
		r := Redactor{rules: rs}
		clean, findings := r.JSON([]byte(s))
		return string(clean), findings
	}
	if name != "" && s != "" {
		if !rs.unnamed && tellsSecret(name) && holdsSecret(s) && !rs.allows(s[scheme(s):]) {
			if clean, findings := rs.text(s); len(findings) > 0 {
				if at := scheme(clean); strings.HasPrefix(clean[at:], markBegin) {
					return clean, findings // a rule knew better what it is
				}
			}
			at := scheme(s)
			return s[:at] + Mark(namedRule), []Finding{{Rule: namedRule}}
		}
		s = rs.assigned(name, s)
	}
	return rs.text(s)
}

// assigned takes out of s what the rules find where the name is assigned it.
func (rs *ruleSet) assigned(name, s string) string {
	if len(s) > 1000 || strings.ContainsAny(s, " \n\t\"") || !rs.keywords.has(name) {
		return s
	}
	head := name + `="`
	spans := slices.DeleteFunc(rs.find(head+s+`"`), func(sp span) bool { return sp.start < len(head) || sp.end > len(head)+len(s) })
	if len(spans) == 0 {
		return s
	}
	return replaced(head+s, spans)[len(head):]
}

// quoted writes a text as JSON.
func quoted(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can always be written
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
