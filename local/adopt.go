package local

import (
	"context"
	"slices"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/postgres"
)

// Adopted is what came of adopting a table.
type Adopted struct {
	Table   string       `json:"table"`
	Kind    string       `json:"kind"`
	Taken   int64        `json:"taken"`   // rows that became entries
	Amended int64        `json:"amended"` // rows that had changed since they were taken
	Already int64        `json:"already"` // rows that stand in the ledger as they are
	Refused int64        `json:"refused"` // rows that could not be taken
	Reasons []RefusedRow `json:"reasons"` // of the first of those
}

// RefusedRow is a row that could not be taken.
type RefusedRow struct {
	Key    string `json:"key"`
	Reason string `json:"reason"`
}

const (
	adoptBatch  = 500 // rows that are written at once
	mostReasons = 100
)

// Adopt takes the rows of a table into the ledger, as the entries of its kind.
// Rows that were taken before are left, or amended where they have changed; those
// that cannot be taken are told, and keep none of the others back. Progress is
// told how many are done. An error is of what would keep every row back.
func (l *Local) Adopt(ctx context.Context, from *postgres.Adoption, t *postgres.AdoptedTable, progress func(done int64)) (*Adopted, error) {
	a := &adopting{to: l.Recorder, said: Adopted{Table: t.Name, Kind: t.Kind.Name, Reasons: []RefusedRow{}}, progress: progress}
	err := from.Rows(ctx, t, func(r *postgres.AdoptedRow) error { return a.row(ctx, r) })
	if err == nil {
		err = a.flush(ctx)
	}
	return &a.said, err
}

type adopting struct {
	to       daybook.Recorder
	said     Adopted
	batch    []*postgres.AdoptedRow
	progress func(done int64)
}

func (a *adopting) row(ctx context.Context, r *postgres.AdoptedRow) error {
	if r.Fault != "" {
		a.refuse(r, r.Fault)
		return nil
	}
	if a.batch = append(a.batch, r); len(a.batch) < adoptBatch {
		return nil
	}
	return a.flush(ctx)
}

// flush writes the rows that wait.
func (a *adopting) flush(ctx context.Context) error {
	rows := a.batch
	a.batch = nil
	if err := a.write(ctx, rows); err != nil {
		return err
	}
	a.progress(a.said.Taken + a.said.Amended + a.said.Already + a.said.Refused)
	return nil
}

// write writes rows: together; where one of them is refused, that one by
// itself, and together what stands before it and behind it. Where none is
// named it is the first that is written by itself.
func (a *adopting) write(ctx context.Context, rows []*postgres.AdoptedRow) error {
	if len(rows) == 0 {
		return nil
	}
	receipts, err := a.to.Record(ctx, daybook.Local, recordsOf(rows))
	if err == nil {
		for i := range receipts {
			a.count(receipts[i])
		}
		return nil
	}
	if blocks(ctx, err) {
		return err
	}
	at, named := daybook.RefusedAt(err, len(rows))
	if named {
		if err := a.write(ctx, rows[:at]); err != nil {
			return err
		}
	}
	if err := a.one(ctx, rows[at]); err != nil {
		return err
	}
	return a.write(ctx, rows[at+1:])
}

// recordsOf gives the records of rows, for intake to fill in: the rows' own stay
// as they are.
func recordsOf(rows []*postgres.AdoptedRow) []daybook.Record {
	records := make([]daybook.Record, len(rows))
	for i, r := range rows {
		records[i] = r.Record
		records[i].Values = slices.Clone(r.Record.Values)
	}
	return records
}

func (a *adopting) count(r daybook.Receipt) {
	if r.Duplicate {
		a.said.Already++
	} else {
		a.said.Taken++
	}
}

// one writes a row, or what has changed of it.
func (a *adopting) one(ctx context.Context, r *postgres.AdoptedRow) error {
	receipts, err := a.to.Record(ctx, daybook.Local, recordsOf([]*postgres.AdoptedRow{r}))
	switch {
	case err == nil:
		a.count(receipts[0])
		return nil
	case blocks(ctx, err):
		return err
	case daybook.CodeOf(err) != daybook.CodeConflict:
		a.refuse(r, err.Error())
		return nil
	case r.Amendment == nil:
		a.refuse(r, "it was changed after it was taken, or its id is taken: "+err.Error())
		return nil
	}
	receipts, amendErr := a.to.Record(ctx, daybook.Local, []daybook.Record{*r.Amendment})
	switch {
	case blocks(ctx, amendErr):
		return amendErr
	case amendErr != nil:
		a.refuse(r, "it was changed after it was taken, in a way that the ledger does not accept: "+amendErr.Error())
	case receipts[0].Duplicate:
		a.said.Already++
	default:
		a.said.Amended++
	}
	return nil
}

// blocks says that an error is none of the row's.
func blocks(ctx context.Context, err error) bool {
	switch daybook.CodeOf(err) {
	case daybook.CodeUnavailable, daybook.CodeInternal, daybook.CodeDamaged:
		return true
	}
	return err != nil && ctx.Err() != nil
}

func (a *adopting) refuse(r *postgres.AdoptedRow, reason string) {
	if a.said.Refused++; len(a.said.Reasons) < mostReasons {
		a.said.Reasons = append(a.said.Reasons, RefusedRow{Key: r.Key, Reason: reason})
	}
}
