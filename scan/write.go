package scan

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
)

// The most that one session holds: each is written whole by one call, which a
// server takes 10,000 records and 32 MiB of.
const (
	mostRecords = 9_000
	mostBytes   = 16 << 20
)

// writer writes a difference.
type writer struct {
	recorder  daybook.Recorder
	principal daybook.Principal
	business  string
	started   time.Time
	subject   subject
	progress  func(done, all int)
}

// write writes a difference in sessions, each in one call: its checkout, what
// it says, what it ends, and its checkin, all of that or nothing. A scan that
// is interrupted has said what it has said, and another goes on from there.
// It gives the ids of the sessions.
func (w *writer) write(ctx context.Context, d *Difference) ([]string, error) {
	records, err := w.records(d)
	if err != nil {
		return nil, err
	}
	batches := inBatches(records)
	w.subject.Parts = len(batches)
	var ids []string
	written := 0
	for i, batch := range batches {
		w.subject.Part = i + 1
		id, err := w.session(ctx, ids, batch)
		if err != nil {
			return ids, err
		}
		ids = append(ids, id)
		written += len(batch)
		w.progress(written, len(records))
	}
	return ids, nil
}

// session writes one session: with the first one's as its parent, where it is
// another's part.
func (w *writer) session(ctx context.Context, before []string, batch []daybook.Record) (string, error) {
	if w.subject.Parts == 1 {
		w.subject.Part, w.subject.Parts = 0, 0
	}
	w.subject.Records = len(batch)
	of, err := json.Marshal(w.subject)
	if err != nil {
		return "", err
	}
	id := newID()
	session := daybook.TransformationSession{
		ID: id, AgentID: Agent, AgentVersion: Extractor, BusinessID: w.business, StartedAt: w.started, SourceFilters: of,
		Purpose: "Document the lineage of the tables of " + w.subject.Database,
	}
	if len(before) > 0 {
		session.ParentSessionID = before[0]
	}
	checkout, err := record(session)
	if err != nil {
		return "", err
	}
	checkin, err := record(daybook.TransformationSession{ID: id, Status: "COMPLETED", CompletedAt: time.Now()})
	if err != nil {
		return "", err
	}
	checkin.Amend = true
	all := append([]daybook.Record{checkout}, batch...)
	for i := range all {
		if !all[i].Amend {
			all[i].Set("session_id", daybook.TextValue(id))
			all[i].SetBusiness(w.business)
		}
	}
	_, err = w.recorder.Record(ctx, w.principal, append(all, checkin))
	return id, err
}

// records makes the records of a difference. What ends comes first: an edge
// that is said anew in other words would be no news beside the one that stands.
func (w *writer) records(d *Difference) ([]daybook.Record, error) {
	var b builder
	for i := range d.Ended {
		b.amend(daybook.LineageEdge{ID: d.Ended[i].ID, IsCurrent: new(false)})
	}
	for i := range d.Gone {
		b.amend(daybook.OutputArtifact{ID: d.Gone[i].ID, IsCurrent: new(false)})
	}
	for i := range d.Artifacts {
		a := d.Artifacts[i]
		a.ID, a.CreatedAt = newID(), w.started
		b.add(a)
	}
	for i := range d.Operations {
		op := d.Operations[i]
		op.CreatedAt = w.started
		b.add(op)
	}
	for i := range d.Edges {
		e := d.Edges[i]
		e.CreatedAt = w.started
		b.add(e)
	}
	return b.records, b.err
}

// builder collects records until one cannot be made.
type builder struct {
	records []daybook.Record
	err     error
}

func (b *builder) add(v any) {
	if b.err != nil {
		return
	}
	r, err := record(v)
	if err != nil {
		b.err = daybook.Under("/"+strconv.Itoa(len(b.records)), err)
		return
	}
	b.records = append(b.records, r)
}

func (b *builder) amend(v any) {
	b.add(v)
	if b.err == nil {
		b.records[len(b.records)-1].Amend = true
	}
}

func record(v any) (daybook.Record, error) {
	r, err := daybook.RecordOf(v)
	if err == nil {
		r.SetLogID(newID())
	}
	return r, err
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// inBatches parts records into batches that a server takes.
func inBatches(records []daybook.Record) [][]daybook.Record {
	var batches [][]daybook.Record
	start, size := 0, 0
	for i := range records {
		n := 0
		for _, v := range records[i].Values {
			n += len(v.Text())
		}
		if i > start && (i-start >= mostRecords || size+n > mostBytes) {
			batches = append(batches, records[start:i])
			start, size = i, 0
		}
		size += n
	}
	return append(batches, records[start:])
}
