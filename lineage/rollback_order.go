package lineage

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

// A step is an operation of the plan, and what must come before it.
type step struct {
	RollbackStep
	work      *work
	operation *daybook.Entry
	session   *daybook.Entry
	after     map[*step]bool
}

// order puts the operations of all tables in an order in which each comes
// behind those that make what it reads.
func (pl *planner) order(context.Context) error {
	known := map[*daybook.Entry]*step{}
	var steps []*step
	for _, t := range pl.list {
		for _, o := range pl.operationsOf(t) {
			s := known[o]
			if s == nil {
				s = pl.step(t, o)
				known[o] = s
				steps = append(steps, s)
			}
			s.Affected = s.Affected || t.affected
		}
	}
	slices.SortFunc(steps, byTime)
	pl.depend(steps)
	pl.steps = pl.sorted(steps)
	return nil
}

// byTime orders steps as they were done.
func byTime(a, b *step) int {
	return cmp.Or(
		strings.Compare(a.Session.CompletedAt, b.Session.CompletedAt),
		strings.Compare(a.Session.ID, b.Session.ID), byOrder(a.operation, b.operation))
}

// step makes a step of an operation, and says what is wrong with it.
func (pl *planner) step(t *target, o *daybook.Entry) *step {
	w := pl.works[t.session.SubjectID()]
	s := &step{work: w, operation: o, session: t.session, after: map[*step]bool{}, RollbackStep: RollbackStep{
		Operation: *operationSide(w, o), Session: buildSession(t.session), Reads: w.readsOf(o), Writes: w.writes(o),
		Language: w.get(o, "transformation_type").Text(), Dialect: w.dialectName(o), Text: w.logic(o), Notes: []string{},
	}}
	if s.Reads == nil {
		s.Reads = []string{}
	}
	if v := w.get(o, "parameters"); v.IsSet() {
		s.Parameters = json.RawMessage(v.Text())
	}
	s.Runs = s.Text != "" && w.isSQL(o) && s.Language != viewDefinition && !cutShort(w.parsed(o))
	s.Notes = append(s.Notes, pl.doubts(t, s)...)
	return s
}

// cutShort says that a text ends within a comment, string or name: what follows it
// in a script would be taken for more of that.
func cutShort(r *sqllineage.Result) bool {
	return r != nil && slices.ContainsFunc(r.Warnings, func(w sqllineage.Warning) bool { return strings.Contains(w.Message, "does not end") })
}

// doubts says why an operation alone may not bring its table back.
func (pl *planner) doubts(t *target, s *step) (notes []string) {
	o, id := s.operation, s.Operation.ID
	if s.Language == viewDefinition {
		return []string{"a view, as a scan found it: it follows what it reads, and a materialized one once it is refreshed; run this only where it is gone"}
	}
	switch {
	case s.Text == "" && o.Get("pattern_id").IsSet():
		pl.missing("operation %s on %s repeats operation %d, which is not in the ledger: its SQL is not known", id, t.Table, o.Get("pattern_id").Int())
	case s.Text == "":
		pl.missing("operation %s on %s does not say what it did", id, t.Table)
	case !s.Runs && s.work.isSQL(o):
		pl.missing("operation %s on %s has SQL that ends within a comment, string or name: complete it by hand", id, t.Table)
	case !s.Runs:
		pl.missing("operation %s on %s is %s, not SQL: do by hand what it says", id, t.Table, line(s.Language))
	}
	if s.Operation.PatternID != "" {
		notes = append(notes, "it repeats operation "+s.Operation.PatternID+", which has the text")
	}
	r := s.work.parsed(o)
	if r == nil {
		return notes
	}
	if r.Status != sqllineage.Parsed {
		notes = append(notes, "the SQL was not understood whole, so it may read or write more than is said here")
	}
	if slices.ContainsFunc(s.Reads, func(name string) bool {
		return slices.ContainsFunc(s.Writes, func(w string) bool { return sameTable(name, w) })
	}) {
		notes = append(notes, "it reads what it writes: what it gives depends on what was there before")
	}
	if !remade(s, r) && opens(s, pl, t) {
		notes = append(notes, "it adds to "+t.Table+" or alters it: empty the table first if the run was to make it anew, and repeat what earlier sessions added if it was not")
	}
	return notes
}

// remade says that an operation makes its table anew.
func remade(s *step, r *sqllineage.Result) bool {
	switch s.work.get(s.operation, "lifecycle_state_change").Text() {
	case "CREATE", "OVERWRITE", "TRUNCATE":
		return true
	}
	return slices.ContainsFunc(r.Statements, func(st sqllineage.Statement) bool {
		return !st.Temporary && !st.IfMissing && (st.Change == sqllineage.Create || st.Change == sqllineage.Overwrite || st.Change == sqllineage.Truncate)
	})
}

// opens says that an operation is the first of its session that writes the
// table.
func opens(s *step, pl *planner, t *target) bool { return pl.operationsOf(t)[0] == s.operation }

// depend finds what each step must come behind: what writes what it reads, and
// of its own session only what came before it; and earlier writes of the same table.
func (pl *planner) depend(steps []*step) {
	writers := map[string][]*step{}
	for _, s := range steps {
		for _, name := range s.Writes {
			key := pl.keyOf(name)
			writers[key] = append(writers[key], s)
		}
	}
	for _, s := range steps {
		for _, name := range s.Reads {
			for _, w := range writers[pl.keyOf(name)] {
				if w != s && (w.Session.ID != s.Session.ID || byTime(w, s) < 0) {
					s.after[w] = true
				}
			}
		}
		for _, name := range s.Writes {
			for _, w := range writers[pl.keyOf(name)] {
				if w != s && byTime(w, s) < 0 {
					s.after[w] = true
				}
			}
		}
	}
}

// keyOf is the table of the plan that a name means, as it is looked up.
func (pl *planner) keyOf(name string) string {
	key := strings.ToLower(name)
	if pl.tables[key] != nil {
		return key
	}
	for _, t := range pl.list {
		if sameTable(t.Table, name) {
			return strings.ToLower(t.Table)
		}
	}
	return key
}

// sorted takes again and again the earliest step that waits for none. Where
// all that are left wait for others, some wait for one another: it takes the
// earliest of those and says so.
func (pl *planner) sorted(steps []*step) []*step {
	var order []*step
	for len(steps) > 0 {
		i := slices.IndexFunc(steps, func(s *step) bool { return len(s.after) == 0 })
		if i < 0 {
			i = slices.Index(steps, pl.cut(steps[0]))
		}
		s := steps[i]
		order = append(order, s)
		steps = slices.Delete(steps, i, i+1)
		for _, other := range steps {
			delete(other.after, s)
		}
	}
	return order
}

// cut finds a cycle that a step waits for, and gives the earliest step of it.
func (pl *planner) cut(s *step) *step {
	var path []*step
	for !slices.Contains(path, s) {
		path = append(path, s)
		s = earliest(s.after)
	}
	cycle := map[*step]bool{}
	var tables []string
	for _, c := range path[slices.Index(path, s):] {
		cycle[c] = true
		tables = append(tables, c.Writes...)
	}
	s = earliest(cycle)
	pl.missing("%s are made of one another: operation %s comes first, because it was done first, and reads what stands", strings.Join(distinct(tables), " and "), s.Operation.ID)
	s.Notes = append(s.Notes, "it reads what a later step writes")
	return s
}

func earliest(steps map[*step]bool) *step {
	var least *step
	for s := range steps {
		if least == nil || byTime(s, least) < 0 {
			least = s
		}
	}
	return least
}
