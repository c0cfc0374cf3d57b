package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/storetest"
)

// slow is a store that takes its time, and nothing at all before the queue to it
// was full.
type slow struct {
	*storetest.Model
	full chan struct{}
}

func (s slow) Append(ctx context.Context, sequence func(daybook.View) (*daybook.Batch, error)) error {
	<-s.full
	time.Sleep(3 * time.Millisecond)
	return s.Model.Append(ctx, sequence)
}

// A sender writes batches of thoughts, and knows what became of each.
type sender struct {
	name        string
	taken, lost []string // subjects
}

const (
	batches   = 3
	inABatch  = 20
	insistent = 16
)

// send writes n batches by a client that tries again for so long.
func (s *sender) send(t *testing.T, url string, n int, patience time.Duration) {
	remote, err := client.NewRemote(url, client.Options{MaxElapsed: patience})
	if err != nil {
		t.Error(err)
		return
	}
	for b := range n {
		records := make([]daybook.Record, inABatch)
		ids := make([]string, inABatch)
		for i := range records {
			ids[i] = fmt.Sprintf("%s-%d-%d", s.name, b, i)
			r, err := daybook.RecordOf(daybook.ThinkingLog{ThinkingID: ids[i], ConversationID: "c", AgentPosition: s.name, ThinkingContent: "so it goes"})
			if err != nil {
				t.Error(err)
			}
			records[i] = r
		}
		switch _, err := remote.Record(t.Context(), daybook.Principal{}, records); {
		case err == nil:
			s.taken = append(s.taken, ids...)
		case daybook.CodeOf(err) == daybook.CodeUnavailable:
			s.lost = append(s.lost, ids...)
		default:
			t.Error(err)
		}
	}
}

// TestOverloadOverHTTP: more is sent than a slow store takes. Clients that try
// again get all of it in; of one that does not, what was acknowledged is there
// and what was refused is not.
func TestOverloadOverHTTP(t *testing.T) {
	t.Parallel()
	quiet := slog.New(slog.DiscardHandler)
	model, full := storetest.NewModel(), make(chan struct{})
	l, err := ledger.Open(t.Context(), slow{model, full}, ledger.Options{QueueRecords: 3 * inABatch, MaxCommit: 2 * inABatch, QueueWait: -1, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	var refused atomic.Int64
	door := httpd.New(httpd.Config{Recorder: intake.New(l, intake.Limits{}), Prover: l, Logger: quiet}).Handler()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &statusSeen{ResponseWriter: w}
		door.ServeHTTP(seen, r)
		if seen.status == http.StatusServiceUnavailable {
			if refused.Add(1) == 1 {
				close(full)
			}
			if w.Header().Get("Retry-After") == "" {
				t.Error("a 503 does not say when to come again")
			}
		}
	}))
	defer server.Close()
	senders := []*sender{{name: "hasty"}}
	var all sync.WaitGroup
	for i := range insistent {
		s := &sender{name: fmt.Sprint("patient", i)}
		senders = append(senders, s)
		all.Go(func() { s.send(t, server.URL, batches, time.Minute) })
	}
	senders[0].send(t, server.URL, 40, -1)
	all.Wait()
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if refused.Load() == 0 {
		t.Error("nothing was ever refused")
	}
	checkSenders(t, model, senders)
}

func checkSenders(t *testing.T, model *storetest.Model, senders []*sender) {
	t.Helper()
	there := map[string]bool{}
	err := model.Scan(t.Context(), 0, func(r daybook.Row) error {
		there[r.Entry.SubjectID()] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := 0
	for i, s := range senders {
		acknowledged += len(s.taken)
		if i > 0 && len(s.taken) != batches*inABatch {
			t.Errorf("%s, who tries again, got %d records in", s.name, len(s.taken))
		}
		for _, id := range s.taken {
			if !there[id] {
				t.Errorf("%s was acknowledged and is not there", id)
			}
		}
		for _, id := range s.lost {
			if there[id] {
				t.Errorf("%s was refused and is there", id)
			}
		}
	}
	if len(there) != acknowledged {
		t.Errorf("%d are there, %d were acknowledged", len(there), acknowledged)
	}
}

type statusSeen struct {
	http.ResponseWriter
	status int
}

func (s *statusSeen) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusSeen) Unwrap() http.ResponseWriter { return s.ResponseWriter }
