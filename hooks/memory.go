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
	question map[string]question // permissions that were asked for
	uses     map[string]string   // the last use of a tool with an input
	wholes   map[string]bool     // subjects whose end was told before their beginning
}

// most is how much of each sort is remembered; beyond, it begins anew.
const most = 20_000

func newMemory() *memory {
	return &memory{turns: map[sessionKey]string{}, models: map[sessionKey]string{}, starts: map[string]time.Time{}, question: map[string]question{}, uses: map[string]string{}, wholes: map[string]bool{}}
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

func (m *memory) whole(subject string) { keep(m, m.wholes, subject, true) }

func (m *memory) wasWhole(subject string) bool {
	was, _ := take(m, m.wholes, subject, false)
	return was
}

func (m *memory) use(input, id string) {
	if id != "" {
		keep(m, m.uses, input, id)
	}
}

func (m *memory) used(input string) string {
	id, _ := take(m, m.uses, input, false)
	return id
}

// A question is a permission that was asked for.
type question struct {
	session    sessionKey
	ofSubagent bool
	decision   string // its id
	e          *event // the use of the tool, without its input
}

func (m *memory) asked(key string, q question) { keep(m, m.question, key, q) }

// answered gives the question under the first of some keys that has one.
func (m *memory) answered(keys []string, gone bool) (question, bool) {
	for _, key := range keys {
		if q, ok := take(m, m.question, key, gone); ok {
			return q, true
		}
	}
	return question{}, false
}

// unanswered takes the questions of a session, those of subagents only if all
// are meant.
func (m *memory) unanswered(s sessionKey, all bool) []question {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []question
	for key, q := range m.question {
		if q.session == s && (all || !q.ofSubagent) {
			found = append(found, q)
			delete(m.question, key)
		}
	}
	return found
}
