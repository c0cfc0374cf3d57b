package lineage

import (
	"context"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

// artifacts finds, of each table, the artifact that the session made, or that
// is current, what that took the place of, and what took its place since.
func (pl *planner) artifacts(ctx context.Context) error {
	for _, t := range pl.list {
		if !t.affected {
			continue
		}
		q := daybook.Query{Kind: artifactKind, Filters: []daybook.Filter{daybook.Is("artifact_name", spellings(t.Table)...)}}
		all, more, err := pl.ask.all(ctx, q, MaxPage)
		if err != nil {
			return err
		}
		if more {
			pl.missing("%s has more than %s artifacts; the older ones were not looked at", t.Table, group(MaxPage))
		}
		pl.versions(t, all)
	}
	return nil
}

func (pl *planner) versions(t *target, all []*daybook.Entry) {
	byID := map[string]*daybook.Entry{}
	var mine, current *daybook.Entry
	for _, e := range all {
		byID[e.SubjectID()] = e
		if e.Text("session_id") == pl.plan.Session.ID && (mine == nil || e.Time() > mine.Time()) {
			mine = e
		}
		if e.Get("is_current").Bool() && current == nil {
			current = e
		}
	}
	if mine == nil {
		if current != nil && t.Depth > 0 {
			t.Artifact = artifactVersion(current)
		}
		return
	}
	t.Artifact = artifactVersion(mine)
	for _, e := range all {
		if e.Text("superseded_by_id") == mine.SubjectID() && e.Text("session_id") != pl.plan.Session.ID {
			t.Before = artifactVersion(e)
			break
		}
	}
	// What took its place is a chain, each naming the next.
	for next, seen := byID[mine.Text("superseded_by_id")], 0; next != nil && seen <= len(all); seen++ {
		t.Later = append(t.Later, *artifactVersion(next))
		next = byID[next.Text("superseded_by_id")]
	}
	slices.Reverse(t.Later)
	if n := len(t.Later); n > 0 {
		pl.missing("%s has been made anew since, last by session %s on %s, so little or nothing of this session may be left in it; the steps bring back what was before both",
			t.Table, t.Later[0].SessionID, t.Later[0].CreatedAt)
	}
}

func artifactVersion(e *daybook.Entry) *ArtifactVersion {
	v := &ArtifactVersion{ID: e.SubjectID(), Type: e.Text("artifact_type"), SessionID: e.Text("session_id"), CreatedAt: e.Time()}
	if n := e.Get("row_count"); n.IsSet() {
		v.Rows = new(n.Int())
	}
	return v
}

// parsed reads an operation's SQL, or gives nil where there is none.
func (w *work) parsed(o *daybook.Entry) *sqllineage.Result {
	logic := w.logic(o)
	if logic == "" || !w.isSQL(o) {
		return nil
	}
	if r, ok := w.read[o]; ok {
		return r
	}
	if w.read == nil {
		w.read = map[*daybook.Entry]*sqllineage.Result{}
	}
	w.read[o] = sqllineage.Parse(logic, sqllineage.Options{Dialect: w.dialect(o)})
	return w.read[o]
}

// writes gives the tables that an operation writes: the one that it says, and
// those that its SQL says beside.
func (w *work) writes(o *daybook.Entry) []string {
	said := w.get(o, "output_table").Text()
	names := []string{said}
	if r := w.parsed(o); r != nil {
		for _, t := range r.Targets {
			if n := w.inFull(o, t.String()); !sameTable(n, said) {
				names = append(names, n)
			}
		}
	}
	return inFull(names)
}

// readsOf gives the tables that an operation reads: those that it says, else
// those that its SQL says.
func (w *work) readsOf(o *daybook.Entry) []string {
	names := textsOf(w.get(o, "input_tables"))
	if r := w.parsed(o); r != nil && len(names) == 0 {
		for _, t := range r.Sources {
			names = append(names, t.String())
		}
	}
	for i := range names {
		names[i] = w.inFull(o, names[i])
	}
	return inFull(names)
}

// inFull gives a name that an operation uses as the operation or its session
// has it in full.
func (w *work) inFull(o *daybook.Entry, name string) string {
	full := slices.Concat(textsOf(w.get(o, "input_tables")), []string{w.get(o, "output_table").Text()}, textsOf(w.session.Get("source_tables")))
	for _, f := range full {
		if len(f) > len(name) && strings.HasSuffix(strings.ToLower(f), "."+strings.ToLower(name)) {
			return f
		}
	}
	return name
}

// isBronze says that a table lies in the layer that data is brought into.
func isBronze(table string) bool {
	parts := strings.Split(strings.ToLower(table), ".")
	return slices.ContainsFunc(parts[:len(parts)-1], func(s string) bool {
		return s == "bronze" || s == "raw" || strings.HasPrefix(s, "bronze_") || strings.HasPrefix(s, "raw_")
	})
}
