package lineage

import (
	"context"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// maxVersions bounds the tables whose versions are looked for, and how many
// versions of one are looked at.
const (
	maxSources  = 100
	maxVersions = 50
)

// How a table that was read differs.
const (
	SourceSame     = "same"
	SourceVersions = "other version"
	SourceAdded    = "added"
	SourceRemoved  = "removed"
)

// sources compares the tables that the sessions read, and what these held.
func (a asker) sources(ctx context.Context, d *SessionDiff, wa, wb *work) error {
	a.business = wb.session.Business()
	was, is := wa.reads(), wb.reads()
	d.Sources = []SourceDiff{}
	for _, table := range distinct(append(slices.Clone(was), is...)) {
		s := SourceDiff{Table: table, Change: SourceSame}
		switch {
		case !slices.Contains(was, table):
			s.Change = SourceAdded
		case !slices.Contains(is, table):
			s.Change = SourceRemoved
		}
		d.Sources = append(d.Sources, s)
	}
	if len(d.Sources) > maxSources {
		d.Notes = append(d.Notes, "the versions of "+plural(int64(len(d.Sources)), "source table")+" were not looked for; they are, of up to "+group(maxSources))
		return nil
	}
	for i := range d.Sources {
		s := &d.Sources[i]
		var err error
		if s.A, err = a.versionFor(ctx, s.Table, was, wa.session); err != nil {
			return err
		}
		if s.B, err = a.versionFor(ctx, s.Table, is, wb.session); err != nil {
			return err
		}
		if s.Change == SourceSame && s.A != nil && s.B != nil && s.A.ID != s.B.ID {
			s.Change = SourceVersions
		}
	}
	return nil
}

// reads gives the tables that a session reads and does not make itself.
func (w *work) reads() []string {
	tables := textsOf(w.session.Get("source_tables"))
	made := map[string]bool{}
	for _, o := range w.operations {
		made[w.output(o)] = true
	}
	for _, o := range w.operations {
		for _, t := range textsOf(w.get(o, "input_tables")) {
			if !made[strings.ToLower(t)] {
				tables = append(tables, t)
			}
		}
	}
	return distinct(tables)
}

func (a asker) versionFor(ctx context.Context, table string, reads []string, session *daybook.Entry) (*SourceVersion, error) {
	if !slices.Contains(reads, table) {
		return nil, nil
	}
	return a.version(ctx, table, session.Time())
}

// version gives what a table held at a time: the newest artifact of its name
// whose session had completed by then, else the newest data collection that
// had; nil where neither is known.
func (a asker) version(ctx context.Context, table, at string) (*SourceVersion, error) {
	artifacts, err := a.newestBefore(ctx, artifactKind, "artifact_name", table, at)
	if err != nil {
		return nil, err
	}
	var sessions []string
	for _, e := range artifacts {
		sessions = append(sessions, e.Text("session_id"))
	}
	known, err := a.byID(ctx, sessionKind, sessions)
	if err != nil {
		return nil, err
	}
	if e := lastCompleted(artifacts, at, func(e *daybook.Entry) *daybook.Entry { return known[e.Text("session_id")] }); e != nil {
		v := &SourceVersion{Kind: artifactKind.Name, ID: e.SubjectID(), SessionID: e.Text("session_id"), At: e.Time()}
		if n := e.Get("row_count"); n.IsSet() {
			v.Rows = new(n.Int())
		}
		return v, nil
	}
	runs, err := a.newestBefore(ctx, ingestKind, "target_table", table, at)
	if err != nil {
		return nil, err
	}
	if e := lastCompleted(runs, at, func(e *daybook.Entry) *daybook.Entry { return e }); e != nil {
		v := &SourceVersion{Kind: ingestKind.Name, ID: e.SubjectID(), At: e.Text("completed_at")}
		if n := e.Get("records_inserted"); n.IsSet() {
			v.Rows = new(n.Int())
		}
		return v, nil
	}
	return nil, nil
}

// always is later than anything in a ledger.
const always = "9999-12-31T23:59:59.999999Z"

// newestBefore gives entries of a table that began before a time, the last
// written first.
func (a asker) newestBefore(ctx context.Context, kind *daybook.Kind, column, table, at string) ([]*daybook.Entry, error) {
	var found []*daybook.Entry
	for _, name := range spellings(table) { // one at a time, so that stores find the newest by their index
		filters := []daybook.Filter{daybook.Is(column, name)}
		if at != always {
			filters = append(filters, daybook.Filter{Column: kind.Time().Name, Op: daybook.OpBefore, Values: []daybook.Value{daybook.TextValue(at)}})
		}
		entries, _, err := a.all(ctx, daybook.Query{Kind: kind, Filters: filters}, maxVersions)
		if err != nil {
			return nil, err
		}
		found = append(found, entries...)
	}
	return found, nil
}

// lastCompleted gives the entry whose run completed last, by a time; nil for
// none.
func lastCompleted(entries []*daybook.Entry, by string, runOf func(*daybook.Entry) *daybook.Entry) *daybook.Entry {
	var last *daybook.Entry
	lastAt := ""
	for _, e := range entries {
		run := runOf(e)
		if run == nil {
			continue
		}
		at := run.Text("completed_at")
		if s := run.Text("status"); s != "COMPLETED" && s != "PARTIAL" || at == "" || at > by {
			continue
		}
		if last == nil || at > lastAt || at == lastAt && e.Time() > last.Time() {
			last, lastAt = e, at
		}
	}
	return last
}
