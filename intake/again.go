package intake

import (
	"cmp"
	"context"
	"slices"

	"github.com/daybook-audit/daybook"
)

// Again derives lineage anew from what a ledger holds, with the extractor of
// today: what it finds now and did not before is added, and what it no longer
// finds ends.
//
// It goes through the ledger in its order, so that every session is read with
// the columns of tables as they were known when it completed, and comes to the
// edges that hold today: those of a table that was made anew since are not
// found again. Sessions that are not COMPLETED count for nothing. An edge whose
// session no longer has all of its operations, or has some that cannot be read
// any more, stays.
type Again struct {
	Exporter daybook.Reader
	Recorder daybook.Recorder
	// Deriver reads the SQL. It should remember columns by itself: what a store
	// knows of tables is of today.
	Deriver *Deriver
	// Session is the one whose edges are changed; "" for all.
	Session string
	// Progress is called now and then with how many entries were read; nil for
	// nobody.
	Progress func(entries int64)
}

// Rederived is what deriving anew comes to.
type Rederived struct {
	Extractor  string          `json:"extractor_version"`
	Sessions   int             `json:"sessions"`   // COMPLETED ones
	Operations int             `json:"operations"` // of them, with SQL
	Unread     int             `json:"unread"`     // operations among these that gave nothing for want of understanding
	Standing   int             `json:"standing"`   // edges that are as they should be
	Changes    []RederivedEdge `json:"changes"`    // what is to be added, then what is to end
	Entries    int             `json:"entries"`    // how many were written
}

// RederivedEdge is an edge that is added or ends.
type RederivedEdge struct {
	Change       string `json:"change"` // add or end
	Source       string `json:"source"`
	Target       string `json:"target"`
	Relationship string `json:"relationship_type"`
	Session      string `json:"session_id"`

	id      int64           // of one that ends
	derived bool            // it may end: nobody declared it
	edge    *daybook.Record // one that is added
}

// The changes of edges.
const (
	EdgeAdded = "add"
	EdgeEnded = "end"
)

// Plan reads the ledger and tells what would change. It writes nothing.
func (a Again) Plan(ctx context.Context, p daybook.Principal) (*Rederived, error) {
	run := newRederivation(ctx, a.Deriver)
	run.firsts = repeated{reader: a.Exporter, who: p, at: map[int64]*daybook.Entry{}}
	var entries int64
	err := a.Exporter.Export(ctx, p, daybook.ExportQuery{}, func(e *daybook.Entry) error {
		if entries++; a.Progress != nil && entries%1000 == 0 {
			a.Progress(entries)
		}
		if err := run.entry(e); err != nil {
			return err
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	found := &Rederived{Extractor: ExtractorVersion, Sessions: run.sessions, Operations: run.operations, Unread: run.unread}
	run.compare(found, a.Session)
	return found, nil
}

// Apply writes what a plan says, a part at a time. Who is interrupted plans
// again, and goes on with what is left.
func (a Again) Apply(ctx context.Context, p daybook.Principal, plan *Rederived) error {
	const part = 500
	for list := range slices.Chunk(plan.Changes, part) {
		records := make([]daybook.Record, len(list))
		for i := range list {
			records[i] = list[i].record()
		}
		if _, err := a.Recorder.Record(ctx, p, records); err != nil {
			return err
		}
		plan.Entries += len(records)
	}
	return nil
}

// compare tells what the edges that should stand lack, and what stands beside
// them.
func (run *rederivation) compare(found *Rederived, session string) {
	should := map[daybook.EdgeKey]bool{}
	for _, said := range run.effect {
		for key, r := range said {
			should[key] = true
			switch {
			case run.holds(key):
				found.Standing++
			case session == "" || r.Get("session_id").Text() == session:
				c := change(EdgeAdded, r.Values)
				c.edge = r
				found.Changes = append(found.Changes, c)
			}
		}
	}
	added := len(found.Changes)
	slices.SortFunc(found.Changes, func(a, b RederivedEdge) int {
		return cmp.Or(cmp.Compare(a.Session, b.Session), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Relationship, b.Relationship))
	})
	for key, e := range run.current {
		if !should[key] && e.derived && run.whole[e.Session] && (session == "" || e.Session == session) {
			found.Changes = append(found.Changes, e)
		}
	}
	slices.SortFunc(found.Changes[added:], func(a, b RederivedEdge) int { return cmp.Compare(a.id, b.id) })
}

// record is what is written of a change.
func (c *RederivedEdge) record() daybook.Record {
	if c.edge != nil {
		return *c.edge
	}
	r := daybook.NewRecord(edge.kind)
	r.Amend = true
	r.Set("id", daybook.IntValue(c.id))
	r.Set("is_current", daybook.BoolValue(false))
	return r
}

func change(what string, values []daybook.Value) RederivedEdge {
	end := func(schema, name, column int) string {
		return daybook.Node{Schema: values[schema].Text(), Name: values[name].Text(), Column: values[column].Text()}.String()
	}
	return RederivedEdge{
		Change: what, Relationship: values[edge.relationship].Text(), Session: values[edge.session].Text(),
		Source: end(edge.sourceSchema, edge.sourceName, edge.sourceColumn), Target: end(edge.targetSchema, edge.targetName, edge.targetColumn),
	}
}
