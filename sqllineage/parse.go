package sqllineage

import (
	"fmt"
	"runtime/debug"
	"sort"
	"strings"
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
	sql        string
	options    Options
	tokens     []token
	statements []*statement
	faults     []fault
}

func (t *text) read() *Result {
	toks, faults, limited := lex(t.sql, t.options.Dialect, t.options.Limits)
	b := newBudget(t.options.Limits, len(toks))
	t.tokens, t.faults = toks, faults
	p := newParser(t.sql, toks, t.options.Dialect, b)
	t.statements = p.statements(nil)
	t.faults = append(t.faults, p.faults...)
	result := resolve(t.sql, t.statements, t.options, len(toks), b.deadline)
	t.finish(result, b, limited)
	return result
}

// failed is the result where reading broke down.
func (t *text) failed() *Result {
	r := &Result{Status: Unparsed, Tokens: len(t.tokens)}
	t.warn(r)
	return r
}

// finish adds to what the resolver gives what it does not know of.
func (t *text) finish(r *Result, b *budget, limited bool) {
	understood := 0
	for i, s := range t.statements {
		t.faults = append(t.faults, s.faults...)
		if i >= len(r.Statements) {
			break
		}
		st := &r.Statements[i]
		st.Fingerprint = fingerprint(t.within(s.span))
		if len(s.faults) > 0 && st.Status == Parsed {
			st.Status = Partial
			if s.empty() {
				st.Status = Unparsed
			}
		}
		if st.Status != Unparsed {
			understood++
		}
	}
	t.finishStatus(r, b, limited, understood)
	t.warn(r)
}

func (t *text) finishStatus(r *Result, b *budget, limited bool, understood int) {
	switch {
	case limited || b.limited() || r.Status == Limited:
		r.Status = Limited
		if b.limited() {
			t.faults = append(t.faults, fault{offset: len(t.sql), message: "the text was not read to its end: " + b.reason})
		}
	case len(t.faults) == 0:
	case understood == 0:
		r.Status = Unparsed
	default:
		r.Status = Partial
	}
}

// empty says that nothing was found in the statement.
func (s *statement) empty() bool {
	return s.query == nil && len(s.writes) == 0 && len(s.read) == 0 && len(s.body) == 0
}

// within is the tokens of a span.
func (t *text) within(s Span) []token {
	from := sort.Search(len(t.tokens), func(i int) bool { return t.tokens[i].start >= s.Start })
	to := sort.Search(len(t.tokens), func(i int) bool { return t.tokens[i].start >= s.End })
	return t.tokens[from:max(from, to)]
}

// warn makes warnings of the faults, in their order, with lines and columns.
func (t *text) warn(r *Result) {
	sort.SliceStable(t.faults, func(i, j int) bool { return t.faults[i].offset < t.faults[j].offset })
	for _, f := range t.faults {
		r.Warnings = append(r.Warnings, Warning{Offset: f.offset, Message: f.message})
	}
	line, from := 1, 0
	for i := range r.Warnings {
		at := min(max(r.Warnings[i].Offset, from), len(t.sql))
		line += strings.Count(t.sql[from:at], "\n")
		from = at
		r.Warnings[i].Line = line
		r.Warnings[i].Column = 1 + utf8.RuneCountInString(t.sql[strings.LastIndexByte(t.sql[:at], '\n')+1:at])
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
