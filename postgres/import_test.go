package postgres

import (
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
)

// theirID is the ledger that arrives in these tests.
const theirID = "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"

// arriving is the mark of a ledger that is being copied here.
var arriving = daybook.Transfer{
	State: daybook.TransferArriving, ID: "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b02", Peer: "sqlite:/a.db", At: time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC),
}

// chunkOf gives a chunk of the first conversations of a ledger.
func chunkOf(t *testing.T, n int) *daybook.Chunk {
	t.Helper()
	w := storetest.NewWriter(storetest.NewModel())
	records := make([]daybook.Record, n)
	for i := range records {
		records[i] = conversation(t, i)
	}
	batch, _ := w.Batch(records...)
	chunk := &daybook.Chunk{Tiles: batch.Tiles, Head: batch.Head}
	for _, e := range batch.Entries {
		spine := daybook.SpineOf(e)
		chunk.Rows = append(chunk.Rows, daybook.Row{Spine: &spine, Entry: e})
	}
	return chunk
}

// A copy is written to nowhere but into a store that is marked for it, and
// there behind what has arrived.
func TestImportsThatAreRefused(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := openStore(t, testURL(t), Options{Transfer: true})
	refused := func(what string, err error, code daybook.Code) {
		t.Helper()
		if daybook.CodeOf(err) != code {
			t.Errorf("%s: got %v, want code %s", what, err, code)
		}
	}
	state := &daybook.StoreState{}
	refused("no mark", s.Import(ctx, chunkOf(t, 1)), daybook.CodeInternal)
	refused("no mark, and the end", s.Complete(ctx, state, nil, arriving), daybook.CodeInternal)
	refused("no id", s.TakeOver(ctx, "{"+theirID+"}", arriving), daybook.CodeInternal)
	must(t, s.TakeOver(ctx, theirID, arriving))

	refused("nothing", s.Import(ctx, &daybook.Chunk{Head: daybook.Head{Size: 0}}), daybook.CodeConflict)
	behind := chunkOf(t, 3)
	behind.Rows = behind.Rows[1:]
	refused("a gap", s.Import(ctx, behind), daybook.CodeConflict)
	short := chunkOf(t, 3)
	short.Head.Size = 2
	refused("another size", s.Import(ctx, short), daybook.CodeConflict)
	must(t, s.Import(ctx, chunkOf(t, 3)))
	refused("what is there", s.Import(ctx, chunkOf(t, 3)), daybook.CodeConflict)

	refused("no checkpoint", s.Complete(ctx, state, []byte("a note"), arriving), daybook.CodeInternal)
	refused("another ledger", s.TakeOver(ctx, "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b03", arriving), daybook.CodeConflict)
	if head, err := s.Head(ctx); err != nil || head.Size != 3 || head.LedgerID != theirID {
		t.Errorf("the head is %+v, %v", head, err)
	}
	if mark, err := s.Transfer(ctx); err != nil || !mark.Same(arriving) {
		t.Errorf("the mark is %+v, %v", mark, err)
	}
}

// A mark is changed by who knows it, and by who may; and no letter is left
// behind.
func TestMarksThatAreRefused(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := testStore(t)
	moved := daybook.Transfer{State: daybook.TransferMoved, ID: theirID, Peer: "sqlite:/a.db", At: arriving.At}
	_, err := s.Mark(ctx, arriving, moved)
	wantHint(t, err, daybook.CodeConflict, "run it again")

	server := openStore(t, writerURL(t, s), Options{})
	_, err = server.Mark(ctx, daybook.Transfer{}, moved)
	wantHint(t, err, daybook.CodeForbidden, "the login that migrates")

	exec(t, s, `SELECT {{audit}}.log_entry('conversations', '{"agent_position": "CFO"}')`)
	_, err = s.Mark(ctx, daybook.Transfer{}, moved)
	wantHint(t, err, daybook.CodeConflict, "let a server take them")
	exec(t, s, "DELETE FROM {{ledger}}.inbox")
	if head, err := s.Mark(ctx, daybook.Transfer{}, moved); err != nil || head.Size != 0 {
		t.Errorf("the head is %+v, %v", head, err)
	}
}
