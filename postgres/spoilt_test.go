package postgres

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
)

// Whoever reads a row that no entry gives is told so, and gets nothing in its place.
func TestReadsOfSpoiltRows(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	conversations, operations := daybook.MustKind("conversations"), daybook.MustKind("transformation_operation")
	selects := func(k *daybook.Kind) func(*Store) error {
		return func(s *Store) error {
			_, err := s.Select(ctx, daybook.Query{Kind: k})
			return err
		}
	}
	sums := func(q daybook.SumQuery) func(*Store) error {
		q.Kind, q.Snapshot = conversations, 20
		return func(s *Store) error {
			_, err := s.Sums(ctx, q)
			return err
		}
	}
	spine := func(s *Store) error {
		_, err := s.Spine(ctx, 0, 20)
		return err
	}
	for name, c := range map[string]struct {
		sql  string
		read func(*Store) error
	}{
		"a time":               {"UPDATE {{ledger}}.conversations SET ended_at = '-infinity' WHERE seq = 3", selects(conversations)},
		"a place":              {`UPDATE {{ledger}}.spine SET log_hash = '\x00' WHERE seq = 3`, selects(conversations)},
		"a place of the spine": {`UPDATE {{ledger}}.spine SET log_hash = '\x00' WHERE seq = 3`, spine},
		"JSON":                 {`UPDATE {{ledger}}.transformation_operation SET parameters = '{"b":1}' WHERE seq = 13`, selects(operations)},
		"a number to add up":   {"UPDATE {{ledger}}.conversations SET cost_usd = 'NaN' WHERE seq = 3", sums(daybook.SumQuery{Sum: []string{"cost_usd"}})},
		"a day to add up by":   {"UPDATE {{ledger}}.conversations SET started_at = 'infinity' WHERE seq = 3", sums(daybook.SumQuery{By: []string{"started_at"}})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := spoilt(t, c.sql)
			if err := c.read(s); daybook.CodeOf(err) != daybook.CodeDamaged {
				t.Errorf("got %v, want code %s", err, daybook.CodeDamaged)
			}
		})
	}
}

func TestEdgesOfSpoiltRows(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	w := storetest.NewWriter(s)
	edge := record(t, daybook.LineageEdge{
		SourceType: "TABLE", SourceName: "bronze.a", TargetType: "TABLE", TargetName: "silver.b", RelationshipType: "DERIVES_FROM", IsCurrent: new(true),
	})
	if _, err := w.Write(t.Context(), edge); err != nil {
		t.Fatal(err)
	}
	q := daybook.EdgesQuery{Tables: []string{"silver.b"}, Side: daybook.TargetSide, Snapshot: 1}
	found, err := s.Edges(t.Context(), q)
	if err != nil || len(found) != 1 {
		t.Fatalf("%d edges, %v", len(found), err)
	}
	exec(t, s, "ALTER TABLE {{ledger}}.lineage_edge DISABLE TRIGGER ALL; UPDATE {{ledger}}.lineage_edge SET created_at = 'infinity'")
	if found, err := s.Edges(t.Context(), q); daybook.CodeOf(err) != daybook.CodeDamaged {
		t.Errorf("got %v, %v, want code %s", found, err, daybook.CodeDamaged)
	}
}

// A head that no ledger has is seen by who asks for it, by who writes, and by
// who opens the store.
func TestSpoiltHeads(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"none":              "DELETE FROM {{ledger}}.head",
		"no root":           `UPDATE {{ledger}}.head SET root = '\x00'`,
		"less than nothing": "UPDATE {{ledger}}.head SET size = -1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := spoilt(t, "ALTER TABLE {{ledger}}.head DISABLE TRIGGER ALL;"+sql)
			_, err := s.Head(t.Context())
			wantDamaged(t, "asking", err)
			err = s.Append(t.Context(), func(daybook.View) (*daybook.Batch, error) {
				t.Error("asked for a batch")
				return nil, nil
			})
			wantDamaged(t, "writing", err)
			_, err = Open(t.Context(), s.target.config.ConnString(), Options{Logger: slog.New(slog.DiscardHandler)})
			wantDamaged(t, "opening", err)
		})
	}
}

// Who writes does not go on behind a spine that ends too early; who reads is to
// see it.
func TestHeadsAheadOfTheSpine(t *testing.T) {
	t.Parallel()
	s := spoilt(t, "DELETE FROM {{ledger}}.spine WHERE seq >= 18")
	at := s.target.config.ConnString()
	_, err := Open(t.Context(), at, Options{Logger: slog.New(slog.DiscardHandler)})
	wantDamaged(t, "opening", err)
	readOnly := openStore(t, at, Options{ReadOnly: true})
	if head, err := readOnly.Head(t.Context()); err != nil || head.Size != 20 {
		t.Errorf("the head is %+v, %v", head, err)
	}
}

func wantDamaged(t *testing.T, what string, err error) {
	t.Helper()
	if daybook.CodeOf(err) != daybook.CodeDamaged {
		t.Errorf("%s: got %v, want code %s", what, err, daybook.CodeDamaged)
	}
}

// An entry that cannot be put into its column is found while the batch is on its
// way: nothing of it stays, and the connection goes on.
func TestAppendGivesUpMidway(t *testing.T) {
	t.Parallel()
	s := openStore(t, testURL(t), Options{})
	w := storetest.NewWriter(s)
	for name, spoil := range map[string]func(*daybook.Entry){
		"a value": func(e *daybook.Entry) { set(e, "session_id", daybook.TextValue("no uuid")) },
		"a place": func(e *daybook.Entry) { set(e, "log_id", daybook.TextValue("no uuid")) },
		"a date":  func(e *daybook.Entry) { set(e, "retain_until", daybook.TextValue("tomorrow")) },
	} {
		batch, _ := w.Batch(conversation(t, 1), operation(t, 1), operation(t, 2))
		spoil(batch.Entries[2])
		if err := s.Append(t.Context(), give(batch)); daybook.CodeOf(err) != daybook.CodeInternal {
			t.Errorf("%s: got %v, want code %s", name, err, daybook.CodeInternal)
		}
		if _, err := w.Write(t.Context(), conversation(t, 1), operation(t, 1)); err != nil {
			t.Errorf("behind %s: %v", name, err)
		}
	}
	if faults, sound := faultsOf(t, s); len(faults) != 0 || sound != 6 {
		t.Errorf("%d rows are sound, and %q", sound, faults)
	}
}

func set(e *daybook.Entry, column string, v daybook.Value) {
	i, _ := e.Kind.Column(column)
	e.Values[i] = v
}

// A store that is only read writes nothing, whatever it is asked.
func TestReadOnlyStoresWriteNothing(t *testing.T) {
	t.Parallel()
	at := testURL(t)
	s := openStore(t, at, Options{ReadOnly: true})
	ctx := t.Context()
	for name, write := range map[string]func() error{
		"append":          func() error { return s.Append(ctx, give(nil)) },
		"checkpoint":      func() error { return s.SaveCheckpoint(ctx, []byte("note")) },
		"new origin":      func() error { return s.NewOrigin(ctx, "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01") },
		"room":            func() error { return s.Room(ctx, 1) },
		"import":          func() error { return s.Import(ctx, &daybook.Chunk{}) },
		"mark":            func() error { _, err := s.Mark(ctx, daybook.Transfer{}, daybook.Transfer{}); return err },
		"partitions":      func() error { _, err := s.MakePartitions(ctx, time.Now(), 1); return err },
		"forget patterns": func() error { return s.ForgetPatterns(ctx) },
		"settle":          func() error { return s.Settle(ctx, nil, nil) },
	} {
		if err := write(); daybook.CodeOf(err) != daybook.CodeForbidden {
			t.Errorf("%s: got %v, want code %s", name, err, daybook.CodeForbidden)
		}
	}
	// Sequencing ahead is nothing that writes.
	if head := s.View().Head(); head.Size != 0 || head.LedgerID == "" {
		t.Errorf("the head is %+v", head)
	}
	if _, err := s.View().Spines(context.WithoutCancel(ctx), []string{"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"}); err != nil {
		t.Error(err)
	}
}
