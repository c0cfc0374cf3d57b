package transfer_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/storetest"
	"github.com/daybook-audit/daybook/transfer"
)

// tampered is a store that shows its rows as somebody has changed them.
type tampered struct {
	daybook.Movable
	row  func(r daybook.Row) []daybook.Row
	tile func(hashes []byte)
	head func(h *daybook.Head)
}

func (s tampered) Scan(ctx context.Context, from int64, fn func(daybook.Row) error) error {
	return s.Movable.Scan(ctx, from, func(r daybook.Row) error {
		rows := []daybook.Row{r}
		if s.row != nil {
			rows = s.row(r)
		}
		for _, r := range rows {
			if err := fn(r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s tampered) FullTile(ctx context.Context, level int, index int64) ([]byte, error) {
	hashes, err := s.Movable.FullTile(ctx, level, index)
	if err == nil && s.tile != nil {
		s.tile(hashes)
	}
	return hashes, err
}

func (s tampered) Head(ctx context.Context) (daybook.Head, error) {
	h, err := s.Movable.Head(ctx)
	if s.head != nil {
		s.head(&h)
	}
	return h, err
}

// atSeq changes one row.
func atSeq(seq int64, change func(r *daybook.Row) []daybook.Row) func(daybook.Row) []daybook.Row {
	return func(r daybook.Row) []daybook.Row {
		if r.Spine == nil || r.Spine.Seq != seq {
			return []daybook.Row{r}
		}
		return change(&r)
	}
}

// gone is a store whose connection is lost where its tree is read.
type gone struct{ daybook.Movable }

var errGone = &daybook.Error{Code: daybook.CodeUnavailable, Message: "the connection was lost"}

func (gone) FullTile(context.Context, int, int64) ([]byte, error) { return nil, errGone }

// A connection that is lost while a tree is read says nothing against what a
// store holds: nobody is to make a target anew for it, or to look for damage.
func TestALostConnectionIsNoDamage(t *testing.T) {
	t.Parallel()
	source, target := open(t, fresh(t), how{}), open(t, fresh(t), how{transfer: true})
	w := fill(t, source, 600)
	o := transfer.Options{From: "A", To: "B"}
	if _, err := transfer.Copy(t.Context(), source, target, o); err != nil {
		t.Fatal(err)
	}
	write(t, w, records(300)...)
	for name, c := range map[string]struct{ from, to daybook.Movable }{
		"the source's": {gone{source}, target}, "the target's": {source, gone{target}},
	} {
		if _, err := transfer.Copy(t.Context(), c.from, c.to, o); daybook.CodeOf(err) != daybook.CodeUnavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := transfer.Copy(t.Context(), source, target, o); err != nil {
		t.Error(err)
	}
}

// What is not whole is named, and what was copied of it is of no use to anybody.
func TestADamagedSourceIsRefused(t *testing.T) {
	t.Parallel()
	source := open(t, fresh(t), how{})
	fill(t, source, 600)
	one := func(r *daybook.Row) []daybook.Row { return []daybook.Row{*r} }
	for name, c := range map[string]struct {
		from tampered
		says string
	}{
		"a value": {tampered{row: atSeq(450, func(r *daybook.Row) []daybook.Row {
			e := *r.Entry
			e.Values = append([]daybook.Value(nil), e.Values...)
			i, _ := e.Kind.Column("principal")
			e.Values[i] = daybook.TextValue("somebody")
			r.Entry = &e
			return one(r)
		})}, "A: entry 450: its row does not give its log_hash"},
		"a hash in the spine": {tampered{row: atSeq(450, func(r *daybook.Row) []daybook.Row {
			s := *r.Spine
			s.LogHash[0] ^= 1
			r.Spine, r.Entry = &s, nil
			return one(r)
		})}, "A: tile/0/001 is not what the entries beneath it give"},
		"a row that is gone": {tampered{row: atSeq(450, func(*daybook.Row) []daybook.Row { return nil })}, "A: entry 450: it is not there; the next one that is has seq 451"},
		"the last row":       {tampered{row: atSeq(599, func(*daybook.Row) []daybook.Row { return nil })}, "A: entry 599 is not there"},
		"a row twice":        {tampered{row: atSeq(450, func(r *daybook.Row) []daybook.Row { return []daybook.Row{*r, *r} })}, "A: entry 451: it is not there; the next one that is has seq 450"},
		"a body without a place": {tampered{row: atSeq(450, func(r *daybook.Row) []daybook.Row {
			return []daybook.Row{*r, {Entry: r.Entry}}
		})}, "A: entry 451: a row of "},
		"a row that cannot be read": {tampered{row: atSeq(450, func(r *daybook.Row) []daybook.Row {
			r.Fault = "its salt is no text"
			return one(r)
		})}, "A: entry 450: its salt is no text"},
		"a row of no kind": {tampered{row: atSeq(450, func(r *daybook.Row) []daybook.Row {
			s := *r.Spine
			s.Kind = nil
			r.Spine = &s
			return one(r)
		})}, "A: entry 450: its place names no kind"},
		"a tile":   {tampered{tile: func(hashes []byte) { hashes[0] ^= 1 }}, "A: tile/0/000 is not what the entries beneath it give"},
		"the head": {tampered{head: func(h *daybook.Head) { h.Root[0] ^= 1 }}, "the entries of A give another root than its head has"},
		"a hash of a row too large for a chunk to go on": {tampered{row: atSeq(450, func(r *daybook.Row) []daybook.Row {
			e := *r.Entry
			e.Values = append([]daybook.Value(nil), e.Values...)
			i, _ := e.Kind.Column("warnings")
			e.Values[i] = daybook.TextsValue([]string{strings.Repeat("x", 65<<20)})
			s := *r.Spine
			s.LogHash = canon.Hash(e.AppendCanonical(nil))
			return []daybook.Row{{Spine: &s, Entry: &e}}
		})}, "the first 451 entries of A give another root than its tree has"},
		"a hash behind the last tile": {tampered{row: atSeq(590, func(r *daybook.Row) []daybook.Row {
			s := *r.Spine
			s.LogHash[0] ^= 1
			r.Spine, r.Entry = &s, nil
			return one(r)
		})}, "the entries of A give another root than its head has"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.from.Movable = source
			name := fresh(t)
			to := open(t, name, how{transfer: true})
			err := copyErr(t, c.from, to, transfer.Options{})
			wantCode(t, "copying", err, daybook.CodeDamaged)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %v, want %q", err, c.says)
			}
			must(t, to.Close())
			refused(t, name)
			// With the source mended it goes on, and none of what was wrong is there.
			to = open(t, name, how{transfer: true})
			carry(t, source, to, transfer.Options{})
			wantSame(t, source, to)
		})
	}
}

// Bodies that are gone are gone there as here; whether by rights verify says.
func TestEntriesWithoutBodiesAreCopied(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, fromName, toName string) {
		from := open(t, fromName, how{})
		fill(t, from, 600)
		gone := tampered{Movable: from, row: func(r daybook.Row) []daybook.Row {
			if r.Spine.Seq%3 == 0 {
				r.Entry = nil
			}
			return []daybook.Row{r}
		}}
		to := open(t, toName, how{transfer: true})
		if report := carry(t, gone, to, transfer.Options{}); report.Bodiless != 200 || report.Copied != 600 {
			t.Errorf("%+v", report)
		}
		wantSame(t, gone, to)
	})
}

// A ledger is copied while it is written, and every entry that was acknowledged
// before it was sealed is where it moved to.
func TestMoveWhileItIsWritten(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, fromName, toName string) {
		from := open(t, fromName, how{transfer: true})
		w := fill(t, from, 200)
		to := open(t, toName, how{transfer: true})
		var acknowledged atomic.Int64
		acknowledged.Store(200)
		var writing sync.WaitGroup
		ended := make(chan struct{})
		writing.Go(func() {
			batch := records(5)
			for {
				select {
				case <-ended:
					return
				default:
				}
				if _, err := w.Write(t.Context(), batch...); err != nil {
					if code := daybook.CodeOf(err); code != daybook.CodeUnavailable && code != daybook.CodeConflict {
						t.Errorf("the writer ended with %v", err)
					}
					return
				}
				acknowledged.Add(5)
			}
		})
		carry(t, from, to, transfer.Options{})
		report := carry(t, from, to, transfer.Options{Move: true})
		close(ended)
		writing.Wait()
		if report.Size != acknowledged.Load() {
			t.Errorf("%d entries moved of %d that were acknowledged", report.Size, acknowledged.Load())
		}
		wantSame(t, from, to)
		if _, err := storetest.NewWriter(from).Write(t.Context(), records(1)...); err == nil {
			t.Error("the old store was written")
		}
	})
}

// A server of the source signs what it wrote last a moment later, and may do so
// when the source is sealed already: the target waits for that, and has it.
func TestAMoveBringsTheLastCheckpoint(t *testing.T) {
	t.Parallel()
	name := sorts["postgres"](t)
	from, server := open(t, name, how{transfer: true}), open(t, name, how{transfer: true})
	w := fill(t, from, 3)
	write(t, w, records(2)...)
	lease, err := server.(daybook.Leaser).Lease(t.Context(), daybook.LeaseInbox)
	must(t, err)
	to := open(t, fresh(t), how{transfer: true})
	report := carry(t, from, to, transfer.Options{Move: true, Step: func(step string) {
		if step == "sealed" {
			sign(t, server)
		}
	}})
	must(t, lease.Release(t.Context()))
	c, err := merkle.UnverifiedCheckpoint(report.Checkpoint)
	must(t, err)
	if c.Size != 5 {
		t.Errorf("the checkpoint that came along is of %d entries, want 5", c.Size)
	}
}
