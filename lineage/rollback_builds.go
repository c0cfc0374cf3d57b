package lineage

import (
	"context"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// builds finds for each table whose operations make it, and goes on with what
// these read.
func (pl *planner) builds(ctx context.Context) error {
	for i := 0; i < len(pl.list); i++ { // it grows on the way
		t := pl.list[i]
		if err := pl.build(ctx, t); err != nil {
			return err
		}
		if t.session == nil {
			continue
		}
		w := pl.works[t.session.SubjectID()]
		for _, o := range pl.operationsOf(t) {
			for _, name := range w.readsOf(o) {
				t.reads[name] = true
				if !pl.q.Affected {
					pl.add(name, 0, false)
				}
			}
		}
	}
	return nil
}

// build finds the session whose operations make a table.
func (pl *planner) build(ctx context.Context, t *target) error {
	by := always
	if t.affected && t.Depth == 0 {
		by = pl.mine.session.Text("completed_at")
	}
	if isBronze(t.Table) {
		if t.affected {
			pl.missing("%s holds what was collected: no SQL rebuilds it; bring its data in anew, or take it from a copy of before %s", t.Table, pl.mine.session.Time())
		}
		return nil
	}
	session, err := pl.lastWriter(ctx, t, by)
	if err != nil {
		return err
	}
	if session == nil {
		pl.unbuilt(t)
		return nil
	}
	t.session = session
	t.Build = new(buildSession(session))
	if len(pl.operationsOf(t)) == 0 {
		t.session = nil
		pl.missing("session %s made %s, and recorded no operation that writes it: there is no SQL to rebuild it by", session.SubjectID(), t.Table)
	}
	return nil
}

// unbuilt says that nothing recorded makes a table.
func (pl *planner) unbuilt(t *target) {
	switch {
	case t.affected && t.Depth == 0:
		pl.missing("no completed session before this one wrote %s, so far as the ledger knows: to undo that, drop it, and what was made of it", t.Table)
	case t.affected:
		pl.missing("no completed session recorded how it wrote %s, which comes from what this one wrote: there is no SQL to rebuild it by", t.Table)
	default:
		pl.missing("no completed session recorded how it wrote %s, which is read here: it is taken as it stands", t.Table)
	}
}

func buildSession(session *daybook.Entry) BuildSession {
	return BuildSession{ID: session.SubjectID(), AgentID: session.Agent(), CompletedAt: session.Text("completed_at")}
}

// lastWriter gives the session other than the one that is to be undone that
// completed last by a time and wrote the table, as its operations, artifacts or
// edges say; nil for none.
func (pl *planner) lastWriter(ctx context.Context, t *target, by string) (*daybook.Entry, error) {
	var last *daybook.Entry
	for _, said := range []func(context.Context, string, string) ([]*daybook.Entry, error){pl.wrote, pl.made, pl.flowed} {
		entries, err := said(ctx, t.Table, by)
		if err != nil {
			return nil, err
		}
		var ids []string
		for _, e := range entries {
			if id := e.Text("session_id"); id != pl.plan.Session.ID || !t.affected {
				ids = append(ids, id)
			}
		}
		sessions, err := pl.ask.byID(ctx, sessionKind, ids)
		if err != nil {
			return nil, err
		}
		for _, s := range sessions {
			if s.Text("status") == "COMPLETED" && s.Text("completed_at") <= by {
				last = later(last, s)
			}
		}
	}
	if last == nil {
		return nil, nil
	}
	return last, pl.read(ctx, last)
}

func (pl *planner) wrote(ctx context.Context, table, by string) ([]*daybook.Entry, error) {
	return pl.ask.newestBefore(ctx, operationKind, "output_table", table, by)
}

func (pl *planner) made(ctx context.Context, table, by string) ([]*daybook.Entry, error) {
	return pl.ask.newestBefore(ctx, artifactKind, "artifact_name", table, by)
}

// flowed gives the edges into a table as a whole. Sampled operations do not
// say what they wrote, but their edges do.
func (pl *planner) flowed(ctx context.Context, table, _ string) ([]*daybook.Entry, error) {
	var found []*daybook.Entry
	for _, split := range daybook.SplitTable(table) {
		of := daybook.Filter{Column: targetSide.schema, Op: daybook.OpAbsent}
		if split[0] != "" {
			of = daybook.Is(targetSide.schema, split[0])
		}
		ofTable := daybook.Filter{Column: "source_column", Op: daybook.OpAbsent}
		entries, _, err := pl.ask.all(ctx, daybook.Query{Kind: edgeKind, Filters: []daybook.Filter{daybook.Is(targetSide.name, split[1]), of, ofTable}}, maxVersions)
		if err != nil {
			return nil, err
		}
		found = append(found, entries...)
	}
	return found, nil
}

// read reads the operations of a session, once.
func (pl *planner) read(ctx context.Context, session *daybook.Entry) error {
	if pl.works[session.SubjectID()] != nil {
		return nil
	}
	w := &work{session: session}
	q := daybook.Query{Kind: operationKind, Filters: []daybook.Filter{daybook.Is("session_id", session.SubjectID())}}
	var more bool
	var err error
	if w.operations, more, err = pl.ask.all(ctx, q, maxWork); err != nil {
		return err
	}
	if more {
		pl.missing("session %s has more than %s operations; the older ones were not read", session.SubjectID(), group(maxWork))
	}
	slices.SortFunc(w.operations, byOrder)
	w.patterns, err = pl.ask.repeated(ctx, w.operations)
	pl.works[session.SubjectID()] = w
	return err
}

// operationsOf gives the operations of a table's session that write it.
func (pl *planner) operationsOf(t *target) []*daybook.Entry {
	if t.session == nil {
		return nil
	}
	w := pl.works[t.session.SubjectID()]
	var found []*daybook.Entry
	for _, o := range w.operations {
		if slices.ContainsFunc(w.writes(o), func(name string) bool { return sameTable(name, t.Table) }) {
			found = append(found, o)
		}
	}
	return found
}

// drift says which of the tables that the plan begins with have changed since the
// sessions ran whose operations it repeats: those then give something else.
func (pl *planner) drift(ctx context.Context) error {
	for _, t := range pl.list {
		if t.session == nil || !t.affected {
			continue
		}
		for _, name := range sortedKeys(t.reads) {
			if read := pl.tables[strings.ToLower(name)]; read != nil && read.affected {
				continue // the plan rebuilds it
			}
			if err := pl.drifted(ctx, t, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (pl *planner) drifted(ctx context.Context, t *target, name string) error {
	then, err := pl.ask.version(ctx, name, t.session.Time())
	if err != nil {
		return err
	}
	now, ok := pl.now[name]
	if !ok {
		if now, err = pl.ask.version(ctx, name, always); err != nil {
			return err
		}
		pl.now[name] = now
	}
	switch {
	case now == nil || then != nil && then.ID == now.ID:
	case then == nil:
		pl.missing("%s was filled on %s, after session %s made %s of it: the steps read what it holds now", name, now.At, t.session.SubjectID(), t.Table)
	default:
		pl.missing("%s has changed since session %s made %s of it: then it was of %s, now it is of %s, and the steps read what it holds now",
			name, t.session.SubjectID(), t.Table, then.At, now.At)
	}
	return nil
}

func sortedKeys(m map[string]bool) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
