package hooks

import (
	"sync"
	"time"
)

// sessionKey names a session of one caller.
type sessionKey struct{ principal, business, session string }

// memory is what later events do not repeat. It is lost at a restart, and then
// the ids of events must do; nothing is lost by that but durations and which
// prompt a tool was used for.
type memory struct {
	mu       sync.Mutex
	turns    map[sessionKey]string
	models   map[sessionKey]string
	starts   map[string]time.Time
	question map[string]string // decision ids of permissions that were asked for
}

// most is how much of each sort is remembered; beyond, it begins anew.
const most = 20_000

func newMemory() *memory {
	return &memory{turns: map[sessionKey]string{}, models: map[sessionKey]string{}, starts: map[string]time.Time{}, question: map[string]string{}}
}

func keep[K comparable, V any](m *memory, all map[K]V, key K, value V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(all) >= most {
		clear(all)
	}
	all[key] = value
}

// take gives what is remembered; gone says that it is forgotten with that.
func take[K comparable, V any](m *memory, all map[K]V, key K, gone bool) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := all[key]
	if gone {
		delete(all, key)
	}
	return v, ok
}

func (m *memory) turn(s sessionKey, id string) { keep(m, m.turns, s, id) }

func (m *memory) turnOf(s sessionKey) string {
	id, _ := take(m, m.turns, s, false)
	return id
}

func (m *memory) model(s sessionKey, name string) {
	if name != "" {
		keep(m, m.models, s, name)
	}
}

func (m *memory) modelOf(s sessionKey) string {
	name, _ := take(m, m.models, s, false)
	return name
}

func (m *memory) began(tool string, at time.Time) { keep(m, m.starts, tool, at) }

func (m *memory) ended(tool string) (time.Time, bool) { return take(m, m.starts, tool, true) }

func (m *memory) asked(key, id string) { keep(m, m.question, key, id) }

func (m *memory) answered(key string) string {
	id, _ := take(m, m.question, key, true)
	return id
}
