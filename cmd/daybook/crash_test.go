package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/verify"
)

// writer sends batches of thoughts, and keeps the receipts. A batch that was
// not answered is sent again, to whichever server is there next.
type writer struct {
	name     string
	sent     int
	open     []daybook.Record
	receipts []daybook.Receipt
}

const perBatch = 20

func (w *writer) batch(t *testing.T) []daybook.Record {
	if w.open != nil {
		return w.open
	}
	w.open = make([]daybook.Record, perBatch)
	for i := range w.open {
		r, err := daybook.RecordOf(daybook.ThinkingLog{
			ThinkingID: fmt.Sprintf("%s-%d", w.name, w.sent+i), ConversationID: "c", AgentPosition: w.name, ThinkingContent: "so it goes",
		})
		if err != nil {
			t.Fatal(err)
		}
		w.open[i] = r
	}
	w.sent += perBatch
	return w.open
}

// run writes until the server is gone.
func (w *writer) run(ctx context.Context, t *testing.T, url string) {
	remote, err := client.NewRemote(url, client.Options{MaxElapsed: -1})
	if err != nil {
		t.Error(err)
		return
	}
	for ctx.Err() == nil {
		receipts, err := remote.Record(ctx, daybook.Principal{}, w.batch(t))
		if err != nil {
			return
		}
		w.open = nil
		w.receipts = append(w.receipts, receipts...)
	}
}

// TestKilledUnderLoad kills the server under load, 20 times. Every receipt
// ever returned must be there and verify, and nothing may be there twice.
func TestKilledUnderLoad(t *testing.T) {
	t.Parallel()
	store := filepath.Join(t.TempDir(), "ledger.db")
	writers := []*writer{{name: "ann"}, {name: "bob"}, {name: "eve"}, {name: "joe"}}
	for range 20 {
		p := startServer(t, store)
		var wg sync.WaitGroup
		for _, w := range writers {
			wg.Go(func() { w.run(t.Context(), t, p.url) })
		}
		time.Sleep(time.Duration(20+rand.IntN(150)) * time.Millisecond)
		p.kill()
		wg.Wait()
	}
	checkReceipts(t, store, writers)
}

func checkReceipts(t *testing.T, path string, writers []*writer) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	public, err := merkle.ReadPublic(path + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	anchor, err := merkle.ReadAnchor(path + ".anchor")
	if err != nil {
		t.Fatal(err)
	}
	report, err := verify.Run(t.Context(), store, verify.Options{Public: public, Anchor: anchor})
	if err != nil || !report.Sound() {
		t.Fatalf("not sound: %+v, %v", report, err)
	}
	byLogID, subjects := map[string]daybook.Spine{}, map[string]bool{}
	err = store.Scan(t.Context(), 0, func(r daybook.Row) error {
		byLogID[r.Spine.LogID] = *r.Spine
		if subjects[r.Entry.SubjectID()] {
			t.Errorf("%s is there twice", r.Entry.SubjectID())
		}
		subjects[r.Entry.SubjectID()] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for _, w := range writers {
		for _, receipt := range w.receipts {
			kept++
			spine, ok := byLogID[receipt.LogID]
			if !ok || spine.Seq != receipt.Seq || hex.EncodeToString(spine.LogHash[:]) != receipt.LogHash || !subjects[receipt.ID] {
				t.Errorf("the receipt %+v is not kept", receipt)
			}
		}
	}
	if kept == 0 {
		t.Error("no receipt was ever returned")
	}
	t.Logf("%d receipts of %d entries", kept, len(byLogID))
}

// TestManyWritersSendTwice: 8 writers with 1,000 entries each, every batch
// sent twice, are 8,000 entries without a gap.
func TestManyWritersSendTwice(t *testing.T) {
	t.Parallel()
	store := filepath.Join(t.TempDir(), "ledger.db")
	p := startServer(t, store)
	var wg sync.WaitGroup
	writers := make([]*writer, 8)
	for i := range writers {
		w := &writer{name: fmt.Sprint("writer-", i)}
		writers[i] = w
		wg.Go(func() { w.sendTwice(t, p.url, 1000/perBatch) })
	}
	wg.Wait()
	if err := p.interrupt(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	checkReceipts(t, store, writers)
	s, err := sqlite.Open(t.Context(), store, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if head, err := s.Head(t.Context()); err != nil || head.Size != 8000 {
		t.Errorf("%d entries, %v; want 8000", head.Size, err)
	}
}

func (w *writer) sendTwice(t *testing.T, url string, batches int) {
	remote, err := client.NewRemote(url, client.Options{})
	if err != nil {
		t.Error(err)
		return
	}
	for range batches {
		records := w.batch(t)
		for again := range 2 {
			receipts, err := remote.Record(t.Context(), daybook.Principal{}, records)
			if err != nil {
				t.Error(err)
				return
			}
			for _, r := range receipts {
				if r.Duplicate != (again == 1) {
					t.Errorf("sent %d times: duplicate is %v", again+1, r.Duplicate)
				}
			}
			w.receipts = append(w.receipts, receipts...)
		}
		w.open = nil
	}
}
