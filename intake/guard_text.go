package intake

import (
	"fmt"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/sqllineage"
)

// inText finds what data there is in a text: a blob in it, or rows that make
// the whole of it.
func (g *Guard) inText(text string) []datum {
	if len(text) < shortestData && len(text) < g.o.Blob {
		return nil
	}
	if what := g.wholeText(text); what != "" {
		return []datum{{to: len(text), sort: "rows", what: what, mark: daybook.CutMark + what + "]"}}
	}
	return g.blobs(text)
}

// wholeText says what data a text is, or "".
func (g *Guard) wholeText(text string) string {
	switch text = strings.TrimSpace(text); {
	case text == "":
		return ""
	case text[0] == '[' || text[0] == '{':
		if inner, err := canon.AppendJSON(nil, []byte(text)); err == nil {
			if found := g.inJSON(string(inner), jsonRules{}); len(found) > 0 {
				return "JSON with " + found[0].what
			}
			return ""
		}
	}
	return g.lines(text)
}

// lines says whether most lines of a text are rows: objects of JSON, or as many
// fields each.
func (g *Guard) lines(text string) string {
	if strings.Count(text, "\n")+1 < g.o.Rows {
		return ""
	}
	lines, objects := 0, 0
	var separated [len(separators)]int
	var first [len(separators)]int
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if lines++; line[0] == '{' && line[len(line)-1] == '}' {
			objects++
		}
		for i, s := range separators {
			n := strings.Count(line, s.mark)
			if lines == 1 {
				first[i] = n
			}
			if n == first[i] && n >= s.least {
				separated[i]++
			}
		}
	}
	if objects >= g.o.Rows && objects*10 >= lines*9 {
		return fmt.Sprintf("%d lines of JSON objects", objects)
	}
	for i, s := range separators {
		if n := separated[i]; n >= g.o.Rows && n*10 >= lines*9 {
			return fmt.Sprintf("%d lines of %d fields with %s between them", n, first[i]+1, s.name)
		}
	}
	return ""
}

// separators are what stands between the fields of a row in text, and how many
// of them a line of prose or code would not have again and again.
var separators = [...]struct {
	mark, name string
	least      int
}{{"\t", "tabs", 1}, {",", "commas", 2}, {";", "semicolons", 2}, {"|", "bars", 1}}

// blobs finds long runs of base64 or hexadecimal digits.
func (g *Guard) blobs(text string) []datum {
	var found []datum
	for from := 0; from < len(text); {
		to, sort := blob(text, from)
		if to-from >= g.o.Blob && sort != "" {
			what := fmt.Sprintf("%d characters of %s", to-from, blobNames[sort])
			found = append(found, datum{from: from, to: to, sort: sort, what: what, mark: daybook.CutMark + what + "]"})
		}
		from = to + 1
	}
	return found
}

var blobNames = map[string]string{"base64": "base64", "hex": "hexadecimal digits"}

// blob reads the run that starts at from, and says what it is made of: base64
// has letters of both cases and digits, line ends too.
func blob(text string, from int) (to int, sort string) {
	var upper, lower, digit, beyond int
	for to = from; to < len(text); to++ {
		switch c := text[to]; {
		case c >= '0' && c <= '9':
			digit++
		case c >= 'a' && c <= 'f':
			lower++
		case c >= 'g' && c <= 'z':
			lower++
			beyond++
		case c >= 'A' && c <= 'F':
			upper++
		case c >= 'G' && c <= 'Z':
			upper++
			beyond++
		case c == '+', c == '/', c == '=', c == '-', c == '_', c == '\n' && to > from, c == '\r' && to > from:
		default:
			return to, sortOf(upper, lower, digit, beyond, to-from)
		}
	}
	return to, sortOf(upper, lower, digit, beyond, to-from)
}

// sortOf tells encoded bytes from long words: a tenth of random base64 are
// digits, and two fifths letters of either case.
func sortOf(upper, lower, digit, beyond, n int) string {
	switch {
	case beyond == 0 && digit*4 > n:
		return "hex"
	case upper*8 > n && lower*8 > n && digit*20 > n:
		return "base64"
	}
	return ""
}

// inSQL finds the lists of literals and the rows of values in the SQL of an
// operation, and blobs in its literals. What is left after cutting is SQL still.
func (g *Guard) inSQL(text string) []datum {
	var found []datum
	for _, run := range sqllineage.LiteralRuns(text, g.o.Dialect, min(g.o.Rows, g.o.List)) {
		sort, least, of := "list", g.o.List, "values"
		if run.Rows {
			sort, least, of = "rows", g.o.Rows, "rows of values"
		}
		if run.Count >= least {
			found = append(found, datum{
				from: run.First, to: run.End, sort: sort, what: fmt.Sprintf("%d %s in the SQL", run.Count, of),
				mark: fmt.Sprintf(" /* "+daybook.CutMark+"%d more] */", run.Count-1),
			})
		}
	}
	for _, b := range g.blobs(text) {
		if b.from > 0 && b.to < len(text) && text[b.from-1] == '\'' && text[b.to] == '\'' && !within(found, b.from) {
			found = insert(found, b)
		}
	}
	return found
}

func within(found []datum, at int) bool {
	for _, d := range found {
		if d.from <= at && at < d.to {
			return true
		}
	}
	return false
}

// insert keeps the order of where they stand.
func insert(found []datum, d datum) []datum {
	at := len(found)
	for at > 0 && found[at-1].from > d.from {
		at--
	}
	return append(found[:at], append([]datum{d}, found[at:]...)...)
}
