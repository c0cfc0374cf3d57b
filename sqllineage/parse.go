package sqllineage

import (
	"fmt"
	"runtime/debug"
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"
)

// Parse tells what the statements of a text do. It always gives a result, and
// ends within the limits; what it did not understand is in the warnings.
func Parse(sql string, o Options) (result *Result) {
	o.Limits = o.Limits.withDefaults()
	t := &text{sql: sql, options: o}
	defer func() {
		if r := recover(); r != nil { // a mistake of ours is no reason for the caller to fall
			t.faults = append(t.faults, fault{message: fmt.Sprintf("this text breaks the reading of it: %v, at %s", r, where(debug.Stack()))})
			result = t.failed()
		}
	}()
	return t.read()
}

// A text is what is read at once.
type text struct {
	sql     string
	options Options
	tokens  []token
	faults  []fault
}

// rooms are slices for tokens that texts have done with. Tokens are half of
// the memory that reading a text takes, and nothing of them stays in a result.
var rooms = sync.Pool{New: func() any { return new(make([]token, 0, 512)) }}

// largestRoom is the most tokens whose room is kept.
const largestRoom = 1 << 14

func (t *text) read() *Result {
	r := t.before()
	room := rooms.Get().(*[]token)
	toks, faults, limited := lexInto((*room)[:0], t.sql, t.options.Dialect, t.options.Limits)
	defer func() {
		if cap(toks) <= largestRoom {
			clear(toks) // as they hold on to the text
			*room = toks
			rooms.Put(room)
		}
	}()
	r = t.begin(r, len(toks))
	t.tokens, t.faults = toks, append(t.faults, faults...)
	p := newParser(t.sql, toks, t.options.Dialect, r.budget)
	statements := p.statements(nil)
	t.faults = append(t.faults, p.faults...)
	result := r.resolve(statements)
	t.finish(result, r.budget, limited)
	return result
}

// failed is the result where reading broke down.
func (t *text) failed() *Result {
	r := &Result{Status: Unparsed, Tokens: max(0, len(t.tokens)-1)}
	t.warn(r)
	return r
}

// finish adds to what the resolver gives what it does not know of.
func (t *text) finish(r *Result, b *budget, limited bool) {
	r.Tokens = max(0, len(t.tokens)-1)
	for i := range r.Statements {
		r.Statements[i].Fingerprint = fingerprint(t.within(r.Statements[i].Span))
	}
	if b.limited() {
		t.faults = append(t.faults, fault{offset: len(t.sql), message: "the text was not read to its end: " + b.reason})
	}
	switch {
	case limited || b.limited():
		r.Status = Limited
	case len(t.faults) > 0 && r.Status == Parsed:
		r.Status = Partial
	}
	t.warn(r)
}

// within is the tokens of a span.
func (t *text) within(s Span) []token {
	from := sort.Search(len(t.tokens), func(i int) bool { return t.tokens[i].start >= s.Start })
	to := sort.Search(len(t.tokens), func(i int) bool { return t.tokens[i].start >= s.End })
	return t.tokens[from:max(from, to)]
}

// mostWarnings is how many are given: nobody reads more.
const mostWarnings = 100

// warn adds the faults to the warnings, and puts these in order, with lines
// and columns. Of too many, the last stays too, as it tells of limits.
func (t *text) warn(r *Result) {
	for _, f := range t.faults {
		r.Warnings = append(r.Warnings, Warning{Offset: f.offset, Message: f.message})
	}
	slices.SortStableFunc(r.Warnings, func(a, b Warning) int { return a.Offset - b.Offset })
	if n := len(r.Warnings); n > mostWarnings {
		r.Warnings = append(r.Warnings[:mostWarnings-1:mostWarnings-1], r.Warnings[n-1])
	}
	line, column, from := 1, 1, 0
	for i := range r.Warnings {
		w := &r.Warnings[i]
		at := min(max(w.Offset, from), len(t.sql))
		passed := t.sql[from:at]
		if n := strings.Count(passed, "\n"); n > 0 {
			line, column = line+n, 1
			passed = passed[strings.LastIndexByte(passed, '\n')+1:]
		}
		column += utf8.RuneCountInString(passed)
		from = at
		w.Line, w.Column = line, column
	}
}

// where is the place in our code that a stack shows, for whoever mends it.
func where(stack []byte) string {
	for line := range strings.Lines(string(stack)) {
		if i := strings.Index(line, "/sqllineage/"); i >= 0 && !strings.Contains(line, "/parse.go") {
			return strings.TrimSpace(line[i+1:])
		}
	}
	return "an unknown place"
}
