package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/inbox"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/merkle"
)

// A taker is one server that takes letters, as often as it is started.
type taker struct {
	t       *testing.T
	address string
	signer  *merkle.Signer
	anchor  string
}

func newTaker(t *testing.T, address string, signer *merkle.Signer) *taker {
	t.Helper()
	return &taker{t, address, signer, filepath.Join(t.TempDir(), "anchor")}
}

// run takes letters until it dies: at the n-th step its store is closed under
// it, as a killed process loses its connections.
func (k *taker) run(ctx context.Context, dieAt int64) error {
	quiet := slog.New(slog.DiscardHandler)
	s, err := Open(ctx, k.address, Options{Logger: quiet})
	if err != nil {
		return err
	}
	defer s.Close()
	l, err := ledger.Open(ctx, s, ledger.Options{Signer: k.signer, Anchor: k.anchor, Logger: quiet})
	if err != nil {
		return err
	}
	defer l.Close(context.WithoutCancel(ctx))
	dead := make(chan struct{})
	var steps atomic.Int64
	d, err := inbox.Start(s, inbox.Options{Recorder: intake.New(l, intake.Limits{}), Logger: quiet, Step: func(string) {
		if steps.Add(1) == dieAt {
			_ = s.Close() // behind this step nothing of it reaches the database
			close(dead)
		}
	}})
	if err != nil {
		return err
	}
	defer d.Close()
	select {
	case <-dead:
	case <-ctx.Done():
	}
	return nil
}

// TestInboxAcrossCrashes: two servers take what three jobs write, and each dies
// again and again between recording and removing. Each letter is in the ledger
// once, those of a job in its order, and those of a transaction that was rolled
// back are not.
func TestInboxAcrossCrashes(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	head, err := s.Head(t.Context())
	must(t, err)
	private, _, err := merkle.GenerateKey(daybook.OriginPrefix + head.LedgerID)
	must(t, err)
	signer, err := merkle.NewSigner(private)
	must(t, err)
	const transactions = 12
	var jobs, servers sync.WaitGroup
	written := make([][]string, 3)
	for i := range written {
		_, c := jobOf(t, address)
		jobs.Go(func() {
			for n := range transactions {
				inSQL(t, c, "BEGIN")
				var ids []string
				for range 1 + n%4 {
					ids = append(ids, scanOne[string](t, c, `SELECT audit.log_entry('action_logs', jsonb_build_object('agent_position', $1::text))`, fmt.Sprint("job ", i)))
				}
				if n%5 == 4 {
					inSQL(t, c, "ROLLBACK")
					continue
				}
				inSQL(t, c, "COMMIT")
				written[i] = append(written[i], ids...)
			}
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for i := range 2 {
		k := newTaker(t, address, signer)
		servers.Go(func() {
			for round := int64(0); ctx.Err() == nil; round++ {
				if err := k.run(ctx, 1+(5*round+int64(i))%30); err != nil && ctx.Err() == nil {
					t.Errorf("server %d: %v", i, err)
				}
			}
		})
	}
	jobs.Wait()
	for w := (daybook.Waiting{Letters: 1}); w.Letters > 0 && ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
		w, err = s.Waiting(t.Context())
		must(t, err)
	}
	cancel()
	servers.Wait()
	found := make([][]string, len(written))
	must(t, s.Scan(t.Context(), 0, func(r daybook.Row) error {
		var job int
		if _, err := fmt.Sscanf(r.Entry.Text("agent_position"), "job %d", &job); err != nil {
			return err
		}
		found[job] = append(found[job], r.Entry.SubjectID())
		return nil
	}))
	for i := range written {
		if !slices.Equal(found[i], written[i]) {
			t.Errorf("of job %d the ledger has %d entries, want its %d, each once and in its order", i, len(found[i]), len(written[i]))
		}
	}
	if w, err := s.Waiting(t.Context()); err != nil || w != (daybook.Waiting{}) {
		t.Errorf("there still are %+v, %v", w, err)
	}
}
