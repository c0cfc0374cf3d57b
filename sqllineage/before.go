package sqllineage

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
)

// Earlier is a text that ran in the same session of a database before the one
// that is read.
type Earlier struct {
	SQL     string
	Dialect Dialect
}

// Held is a temporary table that was there when a text began, and the tables
// that it was made from.
type Held struct {
	Table   Table   `json:"table"`
	Sources []Table `json:"sources,omitempty"`
}

// earlierShare is what part of the limits what ran before may take: a half. A
// text that can be read alone should not fail for what ran before it.
const earlierShare = 2

// before gives a resolver that knows the temporary tables that what ran before
// has left. Where that is too much to read, it is left out.
func (t *text) before() (r *resolver) {
	if len(t.options.Before) == 0 {
		return newResolver(t.options)
	}
	defer func() {
		if fault := recover(); fault != nil {
			r = t.withoutBefore(fmt.Sprintf("it breaks the reading of it, at %s", where(debug.Stack())))
		}
	}()
	limits, size := t.options.Limits, len(t.sql)
	for i := range t.options.Before {
		size += len(t.options.Before[i].SQL)
	}
	if size > limits.Bytes {
		return t.withoutBefore("the text would be too long")
	}
	limits.Tokens, limits.Edges, limits.Time = limits.Tokens/earlierShare, limits.Edges/earlierShare, limits.Time/earlierShare
	r = newResolver(t.options)
	r.budget = newBudget(limits, 0)
	for i := range t.options.Before {
		r.ran(&t.options.Before[i])
		if r.budget.limited() {
			return t.withoutBefore(r.budget.reason)
		}
	}
	return r
}

// withoutBefore is a resolver for the text alone.
func (t *text) withoutBefore(reason string) *resolver {
	t.faults = append(t.faults, fault{message: "what ran before in the session was left out: " + reason})
	return newResolver(t.options)
}

// ran reads a text for the temporary tables that it leaves. Its faults are its
// own.
func (r *resolver) ran(e *Earlier) {
	b := r.budget
	limits := b.limits
	limits.Tokens -= r.tokens
	toks, _, limited := lexInto(nil, e.SQL, e.Dialect, limits)
	if limited {
		b.stop("it has too many tokens")
		return
	}
	r.tokens += len(toks)
	b.fuel += len(toks) * fuelPerToken
	r.text, r.dialect = e.SQL, e.Dialect
	r.resolve(newParser(e.SQL, toks, e.Dialect, b).statements(nil))
	r.forget()
}

// forget goes on to the next text of the session, for which only temporary
// tables, and what names are completed by, are as they were left.
func (r *resolver) forget() {
	for key, p := range r.passing {
		if !p.lasts() {
			delete(r.passing, key)
		}
		p.earlier = true
	}
	r.steps = nil
	for i := range r.tables.list {
		t := &r.tables.list[i]
		t.read, t.written = 0, 0
		if r.passing[t.table.String()] == nil {
			t.out = nil // others may change it: the catalog knows
		}
	}
}

// begin lets the resolver go on to the text that is asked for.
func (t *text) begin(r *resolver, tokens int) *resolver {
	if r.tokens > 0 && r.tokens+tokens > t.options.Limits.Tokens {
		r = t.withoutBefore("the text would have too many tokens")
	}
	earlier := r.budget
	r.text, r.dialect, r.budget = t.sql, t.options.Dialect, newBudget(t.options.Limits, tokens)
	if r.tokens > 0 {
		r.budget.took = earlier.took
	}
	return r
}

// lasts says that a table is there for the next text of the session.
func (p *passing) lasts() bool {
	return p.temporary && p.made && !strings.HasPrefix(p.table.Name, "@") // which is a variable
}

// held are the temporary tables that there are, by their names.
func held(passing map[string]*passing) []Held {
	var list []Held
	for _, p := range passing {
		if p.lasts() {
			list = append(list, Held{p.table, slices.Clone(p.sources.list)})
		}
	}
	slices.SortFunc(list, func(a, b Held) int { return strings.Compare(a.Table.String(), b.Table.String()) })
	return list
}
