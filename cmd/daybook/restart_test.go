package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
)

// longestRestart is how long a server may take until it is ready again.
const longestRestart = 2 * time.Second

// TestRestart kills a server under load and wants the next to be ready at once,
// however long the ledger is. DAYBOOK_ENTRIES says how long: 1000000 takes a
// few minutes to write.
func TestRestart(t *testing.T) {
	onEach(t, func(t *testing.T, fresh func(*testing.T) *state) { restart(t, fresh(t)) })
}

func restart(t *testing.T, s *state) {
	t.Helper()
	entries, err := strconv.Atoi(os.Getenv("DAYBOOK_ENTRIES"))
	isMeasured := err == nil
	if !isMeasured {
		entries = 3000
	}
	bulk(t, s, entries)
	var writers []*writer
	for i := range 4 {
		writers = append(writers, &writer{t: t, state: s, plot: &plot{t: t, name: fmt.Sprint("load", i)}, tell: plots["tiles"]})
	}
	for range 3 {
		begun := time.Now()
		p := s.start(t)
		if status, _, said := ask(t, http.MethodGet, p.url+"/readyz", ""); status != http.StatusOK {
			t.Fatalf("it serves, and is not ready: %d %s", status, said)
		}
		took := time.Since(begun)
		t.Logf("%d entries and more: ready after %v", entries, took)
		if isMeasured && took > longestRestart {
			t.Errorf("ready after %v", took)
		}
		var wg sync.WaitGroup
		for _, w := range writers {
			wg.Go(func() { w.run(t.Context(), p.url) })
		}
		before := s.count()
		time.Sleep(time.Duration(min(entries, 1500)) * time.Millisecond)
		eventually(t, "something was written", func() bool { return s.count() > before })
		p.kill()
		wg.Wait()
		if s.isDatabase {
			continue
		}
		if info, err := os.Stat(s.path + "-wal"); err != nil || info.Size() == 0 {
			t.Errorf("it left no WAL: %v", err)
		}
	}
}

// bulk makes a ledger of conversations.
func bulk(t *testing.T, s *state, entries int) {
	t.Helper()
	l, err := local.Open(t.Context(), s.path, s.options())
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	for done := 0; done < entries; {
		records := make([]daybook.Record, min(5000, entries-done))
		for i := range records {
			records[i], err = daybook.RecordOf(daybook.Conversation{
				AgentPosition: "CFO", ModelName: "claude-3.5-sonnet", InputTokens: new(int64(done + i)), OutputTokens: new(int64(311)),
				CostUSD: new(0.0071), Status: "completed", UserPromptPreview: "What does the balance sheet say of corn this month?",
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := l.Recorder.Record(t.Context(), daybook.Local, records); err != nil {
			t.Fatal(err)
		}
		done += len(records)
	}
	if err := l.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d entries written in %v", entries, time.Since(begun))
}
