package spool_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/spool"
)

// TestWhateverHappens: writers come and go, senders come and go, answers are
// lost, the server is away or refuses, positions vanish and half lines are
// left. Each record is taken or rejected, once, in its writer's order.
func TestWhateverHappens(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			m := newModel(t, seed)
			for range 120 {
				m.step()
			}
			m.end()
		})
	}
}

// model is what must come of it.
type model struct {
	t       *testing.T
	random  *rand.Rand
	dir     string
	server  *server
	writers []*modelWriter
	senders []*spool.Spool
}

type modelWriter struct {
	spool *spool.Spool // nil when it has ended
	ids   []string
	bad   []string // of ids: what the server refuses
}

func newModel(t *testing.T, seed uint64) *model {
	m := &model{t: t, random: rand.New(rand.NewPCG(seed, 1)), dir: t.TempDir(), server: newServer(t)}
	luck := rand.New(rand.NewPCG(seed, 2)) // only under the server's lock
	m.server.trouble = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		m.server.mu.Lock()
		n := luck.IntN(6)
		m.server.mu.Unlock()
		if n == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return n == 0
	}
	m.server.after = func(int) bool { return luck.IntN(4) == 0 }
	m.server.refuse = func(r map[string]any) int {
		switch {
		case strings.HasPrefix(r["thinking_content"].(string), "bad"):
			return http.StatusConflict
		case luck.IntN(200) == 0 && !m.server.taken[r["log_id"].(string)]:
			return http.StatusServiceUnavailable
		}
		return 0
	}
	return m
}

func (m *model) step() {
	switch n := m.random.IntN(20); {
	case n < 3 || len(m.writers) == 0:
		m.writers = append(m.writers, &modelWriter{spool: open(m.t, m.dir, spool.Options{})})
	case n < 14:
		m.write(m.writers[m.random.IntN(len(m.writers))])
	case n < 16:
		m.senders = append(m.senders, open(m.t, m.dir, spool.Options{URL: m.server.URL}))
	case n < 18 && len(m.senders) > 0:
		m.close(m.senders[0])
		m.senders = m.senders[1:]
	case n == 18:
		m.leave(m.writers[m.random.IntN(len(m.writers))])
	default:
		m.damage()
	}
	time.Sleep(time.Duration(m.random.IntN(3)) * time.Millisecond)
}

// write writes a few records, one at a time or together.
func (m *model) write(w *modelWriter) {
	if w.spool == nil {
		return
	}
	var records []daybook.Record
	for range 1 + m.random.IntN(12) {
		r := thought("good")
		if m.random.IntN(10) == 0 {
			r = thought("bad")
			w.bad = append(w.bad, r.LogID())
		}
		records = append(records, r)
		w.ids = append(w.ids, r.LogID())
	}
	if _, err := w.spool.Record(m.t.Context(), daybook.Principal{}, records); err != nil {
		m.t.Error(err)
	}
}

func (m *model) close(s *spool.Spool) {
	if err := s.Close(); err != nil {
		m.t.Error(err)
	}
}

// leave ends a writer, and leaves a half line behind as a kill does.
func (m *model) leave(w *modelWriter) {
	if w.spool == nil {
		return
	}
	m.close(w.spool)
	w.spool = nil
}

// damage does what a kill or a crash may do to a directory that no sender is
// at work in: a position is lost, or a half line is left.
func (m *model) damage() {
	for _, s := range m.senders {
		m.close(s)
	}
	m.senders = nil
	for _, path := range segments(m.t, m.dir) {
		switch m.random.IntN(3) {
		case 0:
			_ = os.Remove(strings.TrimSuffix(path, ".seg") + ".ack")
		case 1:
			_ = os.WriteFile(strings.TrimSuffix(path, ".seg")+".ack", []byte("00000000000"), 0o600)
		}
	}
	number := fmt.Sprintf("%016d.seg", m.random.IntN(1e9)+1)
	if err := os.WriteFile(filepath.Join(m.dir, number), []byte("{\"daybook_spool\": 1}\n01234567 000000"), 0o600); err != nil {
		m.t.Error(err)
	}
}

// end delivers what is left, with a server that is well again.
func (m *model) end() {
	for _, w := range m.writers {
		m.leave(w)
	}
	m.server.mu.Lock()
	m.server.trouble, m.server.after = nil, nil
	m.server.mu.Unlock()
	ctx, cancel := context.WithTimeout(m.t.Context(), time.Minute)
	defer cancel()
	status, err := spool.Drain(ctx, m.dir, spool.Options{URL: m.server.URL}, nil)
	if err != nil || status.Records != 0 {
		m.t.Fatalf("what is left: %+v, %v", status, err)
	}
	rejects, err := spool.Rejects(m.dir)
	if err != nil {
		m.t.Fatal(err)
	}
	m.check(rejects)
}

func (m *model) check(rejects []spool.Reject) {
	log := m.server.log()
	of := map[string]*modelWriter{}
	total := 0
	for _, w := range m.writers {
		total += len(w.ids)
		for _, id := range w.ids {
			of[id] = w
		}
	}
	taken := map[*modelWriter][]string{}
	for _, id := range log {
		taken[of[id]] = append(taken[of[id]], id)
	}
	refused := map[*modelWriter][]string{}
	for i := range rejects {
		_, id := rejects[i].Name()
		refused[of[id]] = append(refused[of[id]], id)
	}
	for i, w := range m.writers {
		good := slices.DeleteFunc(slices.Clone(w.ids), func(id string) bool { return slices.Contains(w.bad, id) })
		if !slices.Equal(taken[w], good) || !slices.Equal(refused[w], w.bad) {
			m.t.Errorf("writer %d: %d of %d taken, in order: %v; %d of %d rejected", i, len(taken[w]), len(good), slices.Equal(taken[w], good), len(refused[w]), len(w.bad))
		}
	}
	if len(log)+len(rejects) != total {
		m.t.Errorf("%d taken and %d rejected of %d", len(log), len(rejects), total)
	}
}
