package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/lineage"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/sqlite"
)

// sampling measures the bytes that repeats of one operation take, as references
// and in full, with all their indexes, the spine and the tree, and the sessions
// that they are done in. What an empty ledger takes is not counted.
func (b *bench) sampling(repeats int) error {
	empty, err := b.bytesOf("empty", nil, 0, 1)
	if err != nil {
		return err
	}
	for _, m := range []struct{ repeats, each int }{{repeats, repeats}, {repeats, 100}, {repeats / 10, 1}} {
		repeats, each := m.repeats, m.each
		b.heading("%d repeats of an operation of %d bytes of SQL, %d a session", repeats, len(longSQL()), each)
		full, err := b.bytesOf(fmt.Sprintf("full-%d", each), nil, repeats, each)
		if err != nil {
			return err
		}
		sampled, err := b.bytesOf(fmt.Sprintf("sampled-%d", each), &intake.Sampling{}, repeats, each)
		if err != nil {
			return err
		}
		full, sampled = full-empty, sampled-empty
		for _, line := range []struct {
			what  string
			bytes int64
		}{{"in full", full}, {"sampled", sampled}} {
			fmt.Fprintf(b.w, "  %-52s %10.0f B each %5.1f %%\n", line.what, float64(line.bytes)/float64(repeats), 100*float64(line.bytes)/float64(full))
		}
	}
	return nil
}

// bytesOf gives the bytes of a ledger with so many repeats, so many of them in
// each session.
func (b *bench) bytesOf(name string, sampling *intake.Sampling, repeats, each int) (total int64, err error) {
	l, err := local.Open(b.ctx, b.path("sampling-"+name), local.Options{Logger: quiet, Intake: local.Intake{Sampling: sampling}})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, l.Close(b.ctx)) }()
	begun := time.Now()
	for done := 0; done < repeats; done += each {
		if err := b.session(l, min(each, repeats-done)); err != nil {
			return 0, err
		}
	}
	if repeats > 0 {
		b.line(name, repeats, time.Since(begun), 0)
		if err := b.wantEvery(l, repeats); err != nil {
			return 0, err
		}
	}
	parts, err := l.Store.(*sqlite.Store).DBStat(b.ctx)
	for _, p := range parts {
		total += p.Bytes
	}
	return total, err
}

// session does the operation so many times in a session.
func (b *bench) session(l *local.Local, times int) error {
	receipt, err := l.LogSession(b.ctx, daybook.TransformationSession{AgentID: "bench"})
	if err != nil {
		return err
	}
	all, err := records(times, func(i int) any {
		o := operation(receipt.ID, i)
		o.TransformationLogic = longSQL()
		return o
	})
	if err != nil {
		return err
	}
	for _, part := range batches(all) {
		if _, err := l.Recorder.Record(b.ctx, daybook.Local, part); err != nil {
			return err
		}
	}
	end := daybook.NewRecord(daybook.MustKind("transformation_session"))
	end.Amend = true
	end.Set("id", daybook.TextValue(receipt.ID))
	end.Set("status", daybook.TextValue("COMPLETED"))
	end.SetLogID(id())
	_, err = l.Recorder.Record(b.ctx, daybook.Local, []daybook.Record{end})
	return err
}

// wantEvery wants history to tell of each repeat, an answer after the other.
func (b *bench) wantEvery(l *local.Local, repeats int) error {
	begun := time.Now()
	q := daybook.HistoryQuery{Table: "silver.commodity_summary", Limit: lineage.MaxEvents}
	told, all := 0, 0
	for {
		events, err := l.Access.History(b.ctx, daybook.Local, q)
		if err != nil {
			return err
		}
		for _, e := range events {
			if e.Kind == "transformation_operation" {
				told++
			}
		}
		if all += len(events); len(events) < q.Limit {
			break
		}
		q.After = events[len(events)-1].Cursor()
	}
	fmt.Fprintf(b.w, "  %-52s %10d among %d events, %v\n", "repeats that history shows", told, all, time.Since(begun).Round(time.Millisecond))
	if told < repeats {
		return fmt.Errorf("history shows %d of %d repeats", told, repeats)
	}
	return nil
}

// longSQL is some 2 KB of SQL, as a report has it.
func longSQL() string {
	var b strings.Builder
	b.WriteString("CREATE OR REPLACE TABLE silver.commodity_summary AS\nSELECT commodity_code, marketing_year")
	for i := range 28 {
		fmt.Fprintf(&b, ",\n  SUM(CASE WHEN attribute_id = %d THEN value * unit_factor END) AS attribute_%d", 100+i, 100+i)
	}
	b.WriteString("\nFROM bronze.wasde_cell\nGROUP BY commodity_code, marketing_year")
	return b.String()
}
