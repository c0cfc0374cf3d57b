package ledger

import (
	"container/list"
	"context"
	"log/slog"
	"maps"
	"sync"

	"github.com/daybook-audit/daybook"
)

// What is remembered of patterns: so many in memory, those used last; so many
// in the store, those that begin last; and of those that occurred once so many
// when the ledger closes.
const (
	mostPatterns     = 50_000
	mostKeptPatterns = 50_000
	mostKeptOnce     = 10_000
)

// remembered are the patterns that the commit loop knows, the one used last
// first.
type remembered struct {
	order *list.List // of *pattern
	at    map[daybook.PatternKey]*list.Element
	keeps keeper
}

func newRemembered(store daybook.Store, logger *slog.Logger) *remembered {
	known, _ := store.(daybook.KnownPatterns)
	return &remembered{order: list.New(), at: map[daybook.PatternKey]*list.Element{}, keeps: keeper{store: known, logger: logger}}
}

// find gives a pattern; nil for one that is not known.
func (m *remembered) find(key daybook.PatternKey) *pattern {
	for key, first := range m.keeps.take() {
		m.put(&pattern{key: key, first: first, kept: true})
	}
	found, ok := m.at[key]
	if !ok {
		return nil
	}
	m.order.MoveToFront(found)
	return found.Value.(*pattern)
}

func (m *remembered) put(p *pattern) {
	if old, ok := m.at[p.key]; ok {
		m.order.Remove(old)
	}
	m.at[p.key] = m.order.PushFront(p)
	for m.order.Len() > mostPatterns {
		m.drop(m.order.Back().Value.(*pattern))
	}
}

func (m *remembered) drop(p *pattern) {
	if at, ok := m.at[p.key]; ok {
		m.order.Remove(at)
		delete(m.at, p.key)
	}
}

// keep takes in the patterns of a batch that is in the store. Those that occur
// again are kept there too: most that occur once never do.
func (m *remembered) keep(s *sequencer) {
	if s.forgets {
		m.forget()
	}
	for _, p := range s.patterns {
		m.put(p)
	}
	kept := map[daybook.PatternKey]int64{}
	for key, p := range s.repeated {
		if !p.kept {
			p.kept = true
			kept[key] = p.first
		}
	}
	m.keeps.keep(kept)
}

// forget forgets all patterns: their first entries may be gone.
func (m *remembered) forget() {
	m.order.Init()
	clear(m.at)
	m.keeps.forget()
}

// close keeps the patterns that occurred once too, as many as may be, and waits
// until all are kept.
func (m *remembered) close() {
	once := map[daybook.PatternKey]int64{}
	for at := m.order.Front(); at != nil && len(once) < mostKeptOnce; at = at.Next() {
		if p := at.Value.(*pattern); !p.kept {
			once[p.key] = p.first
		}
	}
	m.keeps.keep(once)
	m.keeps.wait()
}

// A keeper keeps patterns in a store, beside the commits.
type keeper struct {
	store  daybook.KnownPatterns // nil for a store that keeps none
	logger *slog.Logger

	once   sync.Once
	loaded map[daybook.PatternKey]int64 // what the store had, until it is taken

	mu      sync.Mutex
	pending map[daybook.PatternKey]int64
	forgets bool
	working bool
	work    sync.WaitGroup
}

// load reads what the store keeps, once, when the first record comes that it
// matters for. It must not be called within an append.
func (k *keeper) load(ctx context.Context) {
	k.once.Do(func() {
		if k.store == nil {
			return
		}
		known, err := k.store.Patterns(context.WithoutCancel(ctx))
		if err != nil {
			k.logger.Warn("the patterns of operations could not be read; operations begin them anew", "error", err)
		}
		k.loaded = known
	})
}

// take gives what was loaded, once. It follows on load, whose record it is
// called for.
func (k *keeper) take() map[daybook.PatternKey]int64 {
	loaded := k.loaded
	k.loaded = nil
	return loaded
}

// keep keeps patterns, soon.
func (k *keeper) keep(first map[daybook.PatternKey]int64) {
	if len(first) == 0 || k.store == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pending == nil {
		k.pending = map[daybook.PatternKey]int64{}
	}
	maps.Copy(k.pending, first)
	k.begin()
}

// forget forgets all that is kept, soon.
func (k *keeper) forget() {
	if k.store == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pending, k.forgets = nil, true
	k.begin()
}

func (k *keeper) begin() {
	if !k.working {
		k.working = true
		k.work.Go(k.run)
	}
}

// run writes what waits, until nothing does.
func (k *keeper) run() {
	for {
		k.mu.Lock()
		pending, forgets := k.pending, k.forgets
		k.pending, k.forgets = nil, false
		if len(pending) == 0 && !forgets {
			k.working = false
			k.mu.Unlock()
			return
		}
		k.mu.Unlock()
		if err := k.write(pending, forgets); err != nil {
			k.logger.Warn("where patterns of operations begin could not be kept; after a restart they begin anew", "error", err)
		}
	}
}

func (k *keeper) write(pending map[daybook.PatternKey]int64, forgets bool) error {
	ctx := context.Background() // what is written follows from what is durable, whoever still waits
	if forgets {
		if err := k.store.ForgetPatterns(ctx); err != nil {
			return err
		}
	}
	if len(pending) == 0 {
		return nil
	}
	return k.store.KeepPatterns(ctx, pending, mostKeptPatterns)
}

// wait waits until all is kept.
func (k *keeper) wait() { k.work.Wait() }
