package lineage

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/daybook-audit/daybook"
)

// hops fills each hop with what made its table: edges, artifacts, operations,
// ingest runs and verdicts.
func (w *inquiry) hops(ctx context.Context) error {
	if err := w.namedRuns(ctx); err != nil {
		return err
	}
	for i := range w.why.Hops {
		h := &w.why.Hops[i]
		for _, fill := range []func(context.Context, *daybook.WhyHop) error{w.edgesInto, w.operations, w.artifacts, w.runsInto, w.verdicts} {
			if err := fill(ctx, h); err != nil {
				return err
			}
		}
		rows(h)
		w.edgeGaps(h)
		w.hopGaps(h)
		if err := w.added(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

// edgesInto puts the entries of a hop's edges beside them.
func (w *inquiry) edgesInto(_ context.Context, h *daybook.WhyHop) error {
	slices.SortStableFunc(h.Edges, func(a, b daybook.WhyEdge) int { return cmp.Compare(b.ID, a.ID) })
	kept := h.Edges[:0]
	for _, edge := range h.Edges {
		e := w.edges[edge.LogID]
		if len(kept) == w.q.Limit {
			h.More = more(h.More, "edges")
			break
		}
		v, ok := w.evidence(e)
		if !ok {
			h.More = more(h.More, "edges")
			continue
		}
		edge.Since, edge.Evidence = e.LoggedAt(), v
		kept = append(kept, edge)
	}
	h.Edges = kept
	return nil
}

// edgeGaps says of which edges the ledger does not say whose they are, and of
// which it is not sure.
func (w *inquiry) edgeGaps(h *daybook.WhyHop) {
	loose, unsure := 0, map[string]int{}
	for i := range h.Edges {
		e := h.Edges[i].Evidence.Entry
		if e.Text("session_id") == "" {
			loose++
		}
		if how := e.Text("resolution"); how != "" && how != "exact" {
			unsure[how]++
		}
	}
	if loose > 0 {
		w.gap("%s into %s: no session is named", plural(int64(loose), "edge"), h.Table)
	}
	for _, how := range slices.Sorted(maps.Keys(unsure)) {
		w.gap("%s into %s: the names are not sure, but %s", plural(int64(unsure[how]), "edge"), h.Table, how)
	}
}

// operations finds those of the hop's sessions that wrote its table: those that
// name it as it is, or else those that name it in part or in another case.
func (w *inquiry) operations(ctx context.Context, h *daybook.WhyHop) error {
	if h.SessionID == "" {
		return nil
	}
	var found []*daybook.Entry
	for _, session := range append([]string{h.SessionID}, h.Others...) {
		all, err := w.ofSession(ctx, operationKind, session, func(e *daybook.Entry) bool { return sameTable(e.Text("output_table"), h.Table) })
		if err != nil {
			return err
		}
		found = append(found, all...)
	}
	slices.SortFunc(found, newestFirst)
	isExact := func(e *daybook.Entry) bool { return e.Text("output_table") == h.Table }
	if slices.ContainsFunc(found, isExact) {
		found = slices.DeleteFunc(found, func(e *daybook.Entry) bool { return !isExact(e) })
	}
	w.take(&h.Operations, found[:min(w.q.Limit, len(found))]...)
	if len(h.Operations) < len(found) {
		h.More = more(h.More, "operations")
	}
	return w.patterns(ctx, h)
}

// patterns puts beside the operations that only point at their first occurrence
// that one, because it has the SQL.
func (w *inquiry) patterns(ctx context.Context, h *daybook.WhyHop) error {
	for i := range h.Operations {
		v := &h.Operations[i]
		id := v.Entry.Get("pattern_id")
		if !id.IsSet() {
			continue
		}
		first, err := w.subject(ctx, operationKind, strconv.FormatInt(id.Int(), 10))
		if err != nil {
			return err
		}
		if first == nil {
			w.gap("operation %s repeats operation %d, which is not in the ledger, or no longer", v.Entry.SubjectID(), id.Int())
		} else if of, ok := w.evidence(first); ok {
			v.First = &of
		}
	}
	return nil
}

// artifacts finds the hop's current artifact, by its name, or among those of
// its session by where it is.
func (w *inquiry) artifacts(ctx context.Context, h *daybook.WhyHop) error {
	found, _, err := w.listNamed(ctx, artifactKind, "artifact_name", h.Table)
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(e *daybook.Entry) bool { return !e.Get("is_current").Bool() })
	if len(found) == 0 && h.SessionID != "" {
		found, err = w.ofSession(ctx, artifactKind, h.SessionID, func(e *daybook.Entry) bool {
			return sameTable(e.Text("artifact_name"), h.Table) || sameTable(e.Text("artifact_location"), h.Table)
		})
		if err != nil {
			return err
		}
	}
	w.take(&h.Artifacts, found[:min(w.q.Limit, len(found))]...)
	if len(h.Artifacts) < len(found) {
		h.More = more(h.More, "artifacts")
	}
	return nil
}

// namedRuns puts the ingest runs that sessions name into the hops of their
// tables, or else into the first hop of the session.
func (w *inquiry) namedRuns(ctx context.Context) error {
	for i := range w.why.Sessions {
		session := w.why.Sessions[i].Session.Entry
		id := session.Text("ingest_run_id")
		if id == "" {
			continue
		}
		run, err := w.subject(ctx, ingestKind, id)
		if err != nil {
			return err
		}
		if run == nil {
			w.gap("the ingest run %s, which session %s names, is not in the ledger, or no longer", daybook.Clip(id), session.SubjectID())
			continue
		}
		at := slices.IndexFunc(w.why.Hops, func(h daybook.WhyHop) bool { return sameTable(h.Table, run.Text("target_table")) })
		if at < 0 {
			at = slices.IndexFunc(w.why.Hops, func(h daybook.WhyHop) bool { return h.SessionID == session.SubjectID() })
		}
		if at >= 0 {
			w.take(&w.why.Hops[at].IngestRuns, run)
		}
	}
	return nil
}

// runsInto finds the run that brought data into a table that nothing else made.
func (w *inquiry) runsInto(ctx context.Context, h *daybook.WhyHop) error {
	if len(h.IngestRuns) > 0 || h.SessionID != "" {
		return nil
	}
	runs, _, err := w.listNamed(ctx, ingestKind, "target_table", h.Table, daybook.Is("status", "COMPLETED", "PARTIAL"))
	if err != nil || len(runs) == 0 {
		return err
	}
	w.take(&h.IngestRuns, runs[0])
	w.gap("no session says which ingest run fed %s: the newest is shown", h.Table)
	return nil
}

// verdicts finds what was found of the hop's newest version: the verdicts on
// its session, and those on the table since it began. Where there are none the
// newest verdict on the table is shown.
func (w *inquiry) verdicts(ctx context.Context, h *daybook.WhyHop) error {
	found, cut, err := w.listNamed(ctx, validationKind, "table_name", h.Table)
	if err != nil {
		return err
	}
	since, session := "", h.SessionID
	if session != "" {
		since = w.why.Sessions[w.sessions[session]].Session.Entry.Time()
		ofSession, _, err := w.list(ctx, validationKind, daybook.Is("session_id", session), daybook.Filter{Column: "table_name", Op: daybook.OpAbsent})
		if err != nil {
			return err
		}
		found = append(found, ofSession...)
	}
	ours := slices.DeleteFunc(slices.Clone(found), func(e *daybook.Entry) bool {
		of := e.Text("session_id")
		return of != session && !slices.Contains(h.Others, of) && (of != "" || e.Time() < since)
	})
	if len(ours) == 0 && len(found) > 0 {
		w.gap("the newest verdict on %s is of an earlier version of it", h.Table)
		ours = found[:1]
	}
	w.take(&h.Validations, ours...)
	if cut && len(ours) == len(found) {
		h.More = more(h.More, "validations")
	}
	return nil
}

// rows adds up what went in and out of a hop's operations.
func rows(h *daybook.WhyHop) {
	for i := range h.Operations {
		e := h.Operations[i].Entry
		h.RowsIn = plus(h.RowsIn, e.Get("input_row_count"))
		h.RowsOut = plus(h.RowsOut, e.Get("output_row_count"))
	}
	if h.RowsOut == nil && len(h.Artifacts) > 0 {
		h.RowsOut = plus(nil, h.Artifacts[0].Entry.Get("row_count"))
	}
	if h.RowsOut == nil && len(h.IngestRuns) > 0 {
		h.RowsOut = plus(nil, h.IngestRuns[0].Entry.Get("records_inserted"))
	}
}

func plus(sum *int64, v daybook.Value) *int64 {
	switch {
	case !v.IsSet():
		return sum
	case sum == nil:
		return new(v.Int())
	}
	return new(atMost(*sum, v.Int()))
}

// atMost adds counts, which are not negative. What no integer holds stays at
// the greatest.
func atMost(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// hopGaps says what is missing from a hop.
func (w *inquiry) hopGaps(h *daybook.WhyHop) {
	switch {
	case h.SessionID == "" && len(h.IngestRuns) == 0 && len(h.Edges) == 0:
		w.gap("nothing says how data came into %s: no session that wrote it, and no ingest run", h.Table)
	case h.SessionID != "" && len(h.Operations) == 0:
		w.gap("no operation of session %s says that it wrote %s", h.SessionID, h.Table)
	}
	if h.SessionID != "" && len(h.Artifacts) == 0 {
		w.gap("no artifact is registered for %s", h.Table)
	}
	if len(h.Edges) == 0 && len(h.More) == 0 && h.Depth < w.q.Depth {
		for i := range h.Operations {
			if tables := texts(h.Operations[i].Entry, "input_tables"); tables != "" {
				w.gap("no edge leads into %s, though its operation read %s", h.Table, tables)
				return
			}
		}
	}
}

// more adds the name of a list that holds more than is shown.
func more(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}
