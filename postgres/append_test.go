package postgres

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/storetest"
	"github.com/jackc/pgx/v5"
)

// sealed makes a batch of entries that are sealed already.
func sealed(tree *merkle.Tree, entries []*daybook.Entry) *daybook.Batch {
	for _, e := range entries {
		s := daybook.SpineOf(e)
		tree.Append(merkle.LeafHash(s.AppendLeaf(nil)))
	}
	last := entries[len(entries)-1]
	return &daybook.Batch{
		Entries: entries, Tiles: tree.TakeFull(),
		Head: daybook.Head{Size: tree.Size(), Root: tree.Root(), LoggedAt: last.LoggedAt()},
	}
}

func give(batch *daybook.Batch) func(daybook.View) (*daybook.Batch, error) {
	return func(daybook.View) (*daybook.Batch, error) { return batch, nil }
}

// TestTheSameAsInTheModel holds that the same entries have the same hashes,
// spine, tiles and root here as in the model of a store.
func TestTheSameAsInTheModel(t *testing.T) {
	t.Parallel()
	s, model := testStore(t), storetest.NewModel()
	w := storetest.NewWriter(model)
	for n := range 15 {
		var records []daybook.Record
		for _, k := range daybook.Kinds() {
			records = append(records, storetest.Records(k).Example(n))
		}
		batch, tree := w.Batch(records...)
		for _, of := range []daybook.Store{s, model} {
			if err := of.Append(t.Context(), give(batch)); err != nil {
				t.Fatal(err)
			}
		}
		w.Wrote(batch, tree)
	}
	head, err := s.Head(t.Context())
	if err != nil || head.Size != w.Tree().Size() || head.Root != w.Tree().Root() {
		t.Errorf("the head is %d, %s, %v; the tree's %d, %s", head.Size, head.Root, err, w.Tree().Size(), w.Tree().Root())
	}
	got, want := rowsOf(t, s), rowsOf(t, model)
	if len(got) != len(want) {
		t.Fatalf("%d rows, the model has %d", len(got), len(want))
	}
	for i := range got {
		text := got[i].Entry.AppendExport(nil)
		if *got[i].Spine != *want[i].Spine || !bytes.Equal(text, want[i].Entry.AppendExport(nil)) || got[i].Spine.LogHash != canon.Hash(got[i].Entry.AppendCanonical(nil)) {
			t.Errorf("row %d is %+v %s, the model's %+v %s", i, got[i].Spine, text, want[i].Spine, want[i].Entry.AppendExport(nil))
		}
	}
	mine, err := s.FullTile(t.Context(), 0, 0)
	theirs, err2 := model.FullTile(t.Context(), 0, 0)
	if err != nil || err2 != nil || !bytes.Equal(mine, theirs) {
		t.Errorf("the first tile differs: %v, %v", err, err2)
	}
}

func rowsOf(t *testing.T, s daybook.Store) (rows []daybook.Row) {
	t.Helper()
	err := s.Scan(t.Context(), 0, func(r daybook.Row) error {
		rows = append(rows, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// one makes a batch of one conversation on top of what a writer wrote.
func one(t testing.TB, w *storetest.Writer, n int) (*daybook.Batch, func()) {
	batch, tree := w.Batch(conversation(t, n))
	return batch, func() { w.Wrote(batch, tree) }
}

// TestStoresTakeTurns lets several stores append to one ledger: each sequences
// on what the others wrote.
func TestStoresTakeTurns(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	tree := merkle.New()
	var mu sync.Mutex // of the tree, which the ledger's lock guards as well
	var writers sync.WaitGroup
	for range 4 {
		s := openStore(t, address, Options{})
		writers.Go(func() {
			for n := range 10 {
				err := s.Append(t.Context(), func(v daybook.View) (*daybook.Batch, error) {
					if !mu.TryLock() {
						t.Error("two stores append at once")
						mu.Lock()
					}
					defer mu.Unlock()
					if v.Head().Size != tree.Size() || v.Head().Root != tree.Root() {
						t.Errorf("a store sees %d entries, there are %d", v.Head().Size, tree.Size())
					}
					model := storetest.NewWriter(storetest.NewModel())
					batch, _ := model.Batch(conversation(t, n))
					batch.Entries[0].Seq = tree.Size()
					return sealed(tree, batch.Entries), nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	s := openStore(t, address, Options{ReadOnly: true})
	for i, row := range rowsOf(t, s) {
		if row.Spine == nil || row.Entry == nil || row.Fault != "" || row.Spine.Seq != int64(i) {
			t.Errorf("row %d is %+v", i, row)
		}
	}
	if head, err := s.Head(t.Context()); err != nil || head.Size != 40 || head.Root != tree.Root() {
		t.Errorf("the head is %+v, %v", head, err)
	}
	err := s.Append(t.Context(), give(nil))
	wantHint(t, err, daybook.CodeForbidden, "ReadOnly")
	wantHint(t, s.SaveCheckpoint(t.Context(), nil), daybook.CodeForbidden, "ReadOnly")
}

// TestDroppedRowsAreNoticed has a trigger drop rows: there must be no receipt.
func TestDroppedRowsAreNoticed(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"conversations", "spine"} {
		s := testStore(t)
		exec(t, s, `CREATE FUNCTION public.drop_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
			CREATE TRIGGER dropping BEFORE INSERT ON {{ledger}}.`+table+` FOR EACH ROW EXECUTE FUNCTION public.drop_it()`)
		w := storetest.NewWriter(s)
		batch, _ := one(t, w, 1)
		if err := s.Append(t.Context(), give(batch)); err == nil {
			t.Errorf("rows that a trigger dropped from %s were appended", table)
		}
		if n := query[int64](t, s, "SELECT size FROM {{ledger}}.head"); n != 0 {
			t.Errorf("the head went on to %d", n)
		}
	}
}

// exec runs statements on a connection of the store that writes.
func exec(t testing.TB, s *Store, sql string) {
	t.Helper()
	err := s.use(t.Context(), s.writers, "exec", func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, s.sql(sql))
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// TestLostConnections ends the connection of an append at each of its steps:
// nothing is kept, but where it was committed, and the next append goes on.
func TestLostConnections(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	var ending string
	var killer *Store
	s := openStore(t, address, Options{Step: func(step string) {
		if step == ending {
			query[int64](t, killer, "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE relation = 'ledger.transfer'::regclass AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND mode = 'ExclusiveLock' AND granted")
			time.Sleep(20 * time.Millisecond) // the server has heard of it
		}
	}})
	killer = openStore(t, address, Options{ReadOnly: true})
	w := storetest.NewWriter(s)
	for n, step := range []string{"rows", "spine", "tiles", "none"} {
		ending = step
		batch, wrote := one(t, w, n)
		err := s.Append(t.Context(), give(batch))
		if step == "none" {
			if err != nil {
				t.Errorf("an append after lost connections: %v", err)
			}
			wrote()
			continue
		}
		if daybook.CodeOf(err) != daybook.CodeUnavailable {
			t.Errorf("the connection ended at %s: %v", step, err)
		}
	}
	if rows := rowsOf(t, s); len(rows) != 1 || rows[0].Entry == nil || rows[0].Spine == nil {
		t.Errorf("there are %d rows", len(rows))
	}
}

// TestAppendTriesAgain makes an append fail as a deadlock does, twice.
func TestAppendTriesAgain(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	w := storetest.NewWriter(s)
	batch, _ := one(t, w, 1)
	for most, want := range map[int]daybook.Code{2: "", appendTries: daybook.CodeUnavailable} {
		calls := 0
		exec(t, s, `DROP SEQUENCE IF EXISTS public.tries; CREATE SEQUENCE public.tries;
			CREATE OR REPLACE FUNCTION public.deadlock() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
				IF nextval('public.tries') <= `+string(rune('0'+most))+` THEN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected', MESSAGE = 'deadlock'; END IF;
				RETURN NEW; END $$;
			DROP TRIGGER IF EXISTS deadlocks ON {{ledger}}.conversations;
			CREATE TRIGGER deadlocks BEFORE INSERT ON {{ledger}}.conversations FOR EACH ROW EXECUTE FUNCTION public.deadlock()`)
		err := s.Append(t.Context(), func(v daybook.View) (*daybook.Batch, error) {
			calls++
			if v.Head().Size > 0 { // the other case was first
				next, _ := storetest.NewWriter(storetest.NewModel()).Batch(conversation(t, 2))
				next.Entries[0].Seq = 1
				next.Head.Size = 2
				return next, nil
			}
			return batch, nil
		})
		if daybook.CodeOf(err) != want || calls != min(most+1, appendTries) {
			t.Errorf("%d deadlocks: %v after %d calls", most, err, calls)
		}
	}
}

func TestStatementTimeout(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	w := storetest.NewWriter(s)
	exec(t, s, `CREATE FUNCTION public.dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(10); RETURN NEW; END';
		CREATE TRIGGER dawdles BEFORE INSERT ON {{ledger}}.conversations FOR EACH ROW EXECUTE FUNCTION public.dawdle()`)
	batch, _ := one(t, w, 1)

	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := s.Append(ctx, give(batch)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a caller who waits no longer: %v", err)
	}
	hasty := strings.Replace(s.target.config.ConnString(), "sslmode=disable", "sslmode=disable&statement_timeout=2000", 1)
	err := openStore(t, hasty, Options{}).Append(t.Context(), give(batch))
	wantHint(t, err, daybook.CodeUnavailable, "statement_timeout")
	exec(t, s, "DROP TRIGGER dawdles ON {{ledger}}.conversations")
	if err := s.Append(t.Context(), give(batch)); err != nil {
		t.Error(err)
	}
}
