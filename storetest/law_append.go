package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/google/uuid"
)

func lawEmpty(t *testing.T, at Opener) {
	s := open(t, at)
	head := mustHead(t, s)
	if uuid.Validate(head.LedgerID) != nil {
		t.Errorf("ledger_id %q is not a UUID", head.LedgerID)
	}
	head.LedgerID = ""
	if !sameHead(head, daybook.Head{Root: merkle.New().Root()}) || head.Checkpoint != nil {
		t.Errorf("the head is %+v", head)
	}
	if rows := mustScan(t, s, 0); len(rows) != 0 {
		t.Errorf("a scan gives %d rows", len(rows))
	}
	for _, k := range daybook.Kinds() {
		if entries := mustSelect(t, s, daybook.Query{Kind: k}); len(entries) != 0 {
			t.Errorf("%s has %d entries", k.Name, len(entries))
		}
	}
	spines, err := s.Spine(t.Context(), 0, 10)
	if err != nil || len(spines) != 0 {
		t.Errorf("spine: %d rows, %v", len(spines), err)
	}
	_, err = s.FullTile(t.Context(), 0, 0)
	wantCode(t, "a tile", err, daybook.CodeNotFound)
}

func lawAppend(t *testing.T, at Opener) {
	s := open(t, at)
	w := NewWriter(s)
	k := daybook.MustKind("conversations")
	id := mustHead(t, s).LedgerID
	size := int64(0)
	for _, n := range []int{1, 1, 5, 300, 2} {
		entries := mustWrite(t, w, examples(k, int(size), int(size)+n)...)
		size += int64(n)
		head := mustHead(t, s)
		want := daybook.Head{LedgerID: id, Size: size, Root: w.Tree().Root(), LoggedAt: entries[n-1].LoggedAt()}
		if !sameHead(head, want) {
			t.Fatalf("after %d: the head is %+v, want %+v", size, head, want)
		}
	}
	spines, err := s.Spine(t.Context(), 0, size)
	must(t, err)
	for i, row := range spines {
		if row.Seq != int64(i) {
			t.Fatalf("spine row %d has seq %d", i, row.Seq)
		}
	}
	if part, err := s.Spine(t.Context(), 7, 10); err != nil || len(part) != 3 || part[0].Seq != 7 {
		t.Errorf("spine from 7 to 10: %v, %v", part, err)
	}
	if past, err := s.Spine(t.Context(), size-1, size+10); err != nil || len(past) != 1 {
		t.Errorf("spine past the end: %v, %v", past, err)
	}
}

// lawFinish gives a store batches whose hashes, tiles and head are not made
// before it waits for them.
func lawFinish(t *testing.T, at Opener) {
	s := open(t, at)
	w := NewWriter(s)
	k := daybook.MustKind("conversations")
	for _, n := range []int{1, 300} {
		batch, tree := w.Batch(examples(k, int(w.Tree().Size()), int(w.Tree().Size())+n)...)
		whole := *batch
		hashes := make([][32]byte, n)
		for i, e := range batch.Entries {
			hashes[i], e.LogHash = e.LogHash, [32]byte{}
		}
		batch.Tiles, batch.Head = nil, daybook.Head{}
		batch.Finish = func() {
			batch.Tiles, batch.Head = whole.Tiles, whole.Head
			for i, e := range batch.Entries {
				e.LogHash = hashes[i]
			}
		}
		must(t, s.Append(t.Context(), func(daybook.View) (*daybook.Batch, error) { return batch, nil }))
		w.Wrote(batch, tree)
		wantEntries(t, "finished late", mustSelect(t, s, daybook.Query{Kind: k, Seqs: []int64{tree.Size() - 1}}), batch.Entries[n-1:])
		if head := mustHead(t, s); head.Size != tree.Size() || head.Root != tree.Root() {
			t.Errorf("the head is %+v", head)
		}
	}
	if hashes, err := s.FullTile(t.Context(), 0, 0); err != nil || len(hashes) != 8192 {
		t.Errorf("the first tile has %d bytes, %v", len(hashes), err)
	}
}

func lawSequence(t *testing.T, at Opener) {
	s := open(t, at)
	w := NewWriter(s)
	k := daybook.MustKind("conversations")
	mustWrite(t, w, examples(k, 0, 3)...)
	before := mustHead(t, s)
	err := s.Append(t.Context(), func(v daybook.View) (*daybook.Batch, error) {
		if !sameHead(v.Head(), before) {
			t.Errorf("the view's head is %+v, want %+v", v.Head(), before)
		}
		if got := mustSelect(t, v, daybook.Query{Kind: k}); len(got) != 3 {
			t.Errorf("the view has %d entries, want 3", len(got))
		}
		return nil, nil
	})
	if err != nil {
		t.Errorf("a nil batch: %v", err)
	}
	wantSame(t, "a nil batch", s, before)

	batch, _ := w.Batch(example(k, 3))
	if err := s.Append(t.Context(), func(daybook.View) (*daybook.Batch, error) { return batch, errTest }); err != errTest { //nolint:errorlint // unchanged is the law
		t.Errorf("sequencing failed with %v, append with %v", errTest, err)
	}
	wantSame(t, "an error", s, before)

	func() {
		defer func() {
			if recover() == nil {
				t.Error("a panic of sequencing was swallowed")
			}
		}()
		_ = s.Append(t.Context(), func(daybook.View) (*daybook.Batch, error) { panic("sequencing") })
	}()
	wantSame(t, "a panic", s, before)
	mustWrite(t, w, example(k, 3))
}

func lawRefuse(t *testing.T, at Opener) {
	s := open(t, at)
	w := NewWriter(s)
	k := daybook.MustKind("lineage_edge")
	first := mustWrite(t, w, examples(k, 0, 300)...)
	before := mustHead(t, s)
	fresh := func() []daybook.Record { return examples(k, 300, 303) }
	repeat := daybook.NewRecord(k)
	copy(repeat.Values, first[0].Values)
	for name, spoil := range map[string]func(*daybook.Batch){
		"a gap before the batch": func(b *daybook.Batch) {
			for _, e := range b.Entries {
				e.Seq++
			}
		},
		"an overlap":              func(b *daybook.Batch) { b.Entries[0].Seq = 299 },
		"a gap in the batch":      func(b *daybook.Batch) { b.Entries[2].Seq++ },
		"a repetition":            func(b *daybook.Batch) { b.Entries[2].Seq-- },
		"a head too far":          func(b *daybook.Batch) { b.Head.Size++ },
		"a head that stays":       func(b *daybook.Batch) { b.Head.Size = 300 },
		"a log_id that is there":  func(b *daybook.Batch) { setLogID(b.Entries[2], first[7].LogID()) },
		"a log_id twice":          func(b *daybook.Batch) { setLogID(b.Entries[2], b.Entries[0].LogID()) },
		"a subject that is there": func(b *daybook.Batch) { copySubject(b.Entries[2], first[7]) },
		"a subject twice":         func(b *daybook.Batch) { copySubject(b.Entries[2], b.Entries[0]) },
		"a tile that is there":    func(b *daybook.Batch) { b.Tiles = append(b.Tiles, merkle.Tile{Hashes: make([]byte, 8192)}) },
	} {
		batch, _ := w.Batch(fresh()...)
		spoil(batch)
		if err := s.Append(t.Context(), func(daybook.View) (*daybook.Batch, error) { return batch, nil }); err == nil {
			t.Errorf("%s was appended", name)
		}
		wantSame(t, name, s, before)
	}
	mustWrite(t, w, fresh()...)
}

func setLogID(e *daybook.Entry, id string) {
	i, _ := e.Kind.Column("log_id")
	e.Values[i] = daybook.TextValue(id)
}

func copySubject(e, from *daybook.Entry) {
	i, _ := e.Kind.Column(e.Kind.Subject().Name)
	e.Values[i] = from.Values[i]
}

func lawCancel(t *testing.T, at Opener) {
	s := open(t, at)
	w := NewWriter(s)
	records := examples(daybook.MustKind("action_logs"), 0, 4)
	mustWrite(t, w, records[0])
	before := mustHead(t, s)
	batch, _ := w.Batch(records[1:3]...)

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.Append(cancelled, func(daybook.View) (*daybook.Batch, error) { return batch, nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	wantSame(t, "cancelled before", s, before)

	ctx, cancel := context.WithCancel(t.Context())
	err = s.Append(ctx, func(v daybook.View) (*daybook.Batch, error) {
		cancel()
		if _, err := v.Select(ctx, daybook.Query{Kind: daybook.MustKind("action_logs")}); !errors.Is(err, context.Canceled) {
			t.Errorf("a view's select, cancelled: %v", err)
		}
		return batch, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled within: %v", err)
	}
	wantSame(t, "cancelled within", s, before)
	if _, err := s.Select(cancelled, daybook.Query{Kind: daybook.MustKind("action_logs")}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled select: %v", err)
	}
	mustWrite(t, w, records[3])
}

func lawTally(t *testing.T, at Opener) {
	s := open(t, at)
	w := NewWriter(s)
	session, other := uuid.NewString(), uuid.NewString()
	var records []daybook.Record
	add := func(kind, sessionID string, order int64) {
		k := daybook.MustKind(kind)
		r := example(k, len(records))
		r.Set("session_id", daybook.TextValue(sessionID))
		r.Set("operation_order", daybook.IntValue(order))
		records = append(records, r)
	}
	for _, order := range []int64{1, 7, 3} {
		add("transformation_operation", session, order)
	}
	add("transformation_operation", other, 99)
	add("output_artifact", session, 0)
	entries := mustWrite(t, w, records...)
	again := daybook.NewRecord(entries[4].Kind)
	copy(again.Values, entries[4].Values)
	again.SetLogID(uuid.NewString())
	mustWrite(t, w, again) // a second revision counts for nothing

	want := map[string][2]int64{"transformation_operation": {3, 7}, "output_artifact": {1, 0}, "lineage_edge": {0, 0}, "conversations": {0, 0}}
	must(t, s.Append(t.Context(), func(v daybook.View) (*daybook.Batch, error) {
		for name, w := range want {
			count, greatest, err := v.Tally(t.Context(), daybook.MustKind(name), session)
			if err != nil || count != w[0] || greatest != w[1] {
				t.Errorf("%s: %d entries, greatest order %d, %v; want %v", name, count, greatest, err, w)
			}
		}
		return nil, nil
	}))
}

func lawTiles(t *testing.T, at Opener) {
	s := open(t, at)
	w := NewWriter(s)
	k := daybook.MustKind("mcp_usage_logs")
	for i := range 7 {
		mustWrite(t, w, examples(k, i*100, (i+1)*100)...)
	}
	reader := merkle.StoreReader{
		Size: w.Tree().Size(),
		Full: func(level int, index int64) ([]byte, error) { return s.FullTile(t.Context(), level, index) },
		Leaves: func(from, to int64) ([]merkle.Hash, error) {
			rows, err := s.Spine(t.Context(), from, to)
			var leaves []merkle.Hash
			for _, row := range rows {
				leaves = append(leaves, merkle.LeafHash(row.AppendLeaf(nil)))
			}
			return leaves, err
		},
	}
	tree, err := merkle.Restore(w.Tree().Size(), reader)
	must(t, err)
	if tree.Root() != mustHead(t, s).Root {
		t.Error("the tiles and the spine do not give the root")
	}
	for _, size := range []int64{1, 256, 257, 511, 512} {
		if _, err := merkle.RootAt(size, reader); err != nil {
			t.Errorf("the root at %d: %v", size, err)
		}
	}
	_, err = s.FullTile(t.Context(), 0, 2)
	wantCode(t, "a tile that is not full", err, daybook.CodeNotFound)
	_, err = s.FullTile(t.Context(), 1, 0)
	wantCode(t, "a level that is not full", err, daybook.CodeNotFound)
}
