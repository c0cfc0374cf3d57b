package ledger

import (
	"slices"
	"sync"

	"github.com/daybook-audit/daybook"
)

// alive holds the sessions that are ACTIVE, with their last sign of life. It
// is told of every commit, so that nobody needs to search the store, but for
// those that were there before.
type alive struct {
	mu       sync.Mutex
	watching bool
	unknown  bool              // the store may hold ACTIVE sessions that are not here
	last     map[string]string // by session id: the logged_at of the last sign
	ended    map[string]bool   // the sessions that ended while those in the store are looked up; else nil
}

func (a *alive) watch() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.watching, a.unknown, a.last = true, true, map[string]string{}
}

// lost says that entries were written without saw hearing of them.
func (a *alive) lost() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unknown = true
}

func (a *alive) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.last)
}

var (
	statusOfSession = place(kindSession, "status")
	sessionOf       = map[*daybook.Kind]int{
		kindOperation: place(kindOperation, "session_id"),
		kindArtifact:  place(kindArtifact, "session_id"),
		kindEdge:      place(kindEdge, "session_id"),
	}
)

// saw takes the signs of life from entries that were committed.
func (a *alive) saw(entries []*daybook.Entry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.watching {
		return
	}
	for _, e := range entries {
		if e.Kind == kindSession {
			if e.Values[statusOfSession].Text() == active {
				a.last[e.SubjectID()] = e.LoggedAt()
			} else {
				delete(a.last, e.SubjectID())
				if a.ended != nil {
					a.ended[e.SubjectID()] = true
				}
			}
			continue
		}
		if at, ok := sessionOf[e.Kind]; ok {
			if id := e.Values[at].Text(); a.last[id] != "" {
				a.last[id] = e.LoggedAt()
			}
		}
	}
}

const active = "ACTIVE"

// keep notes a sign of life that may be older than what is known.
func (a *alive) keep(id, at string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.ended[id] {
		a.last[id] = max(a.last[id], at)
	}
}

// begin says whether the sessions in the store are to be looked up, which end
// must follow.
func (a *alive) begin() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.unknown {
		return false
	}
	a.unknown, a.ended = false, map[string]bool{}
	return true
}

func (a *alive) end(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended = nil
	a.unknown = a.unknown || err != nil
}

func (a *alive) drop(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.last, id)
}

// silent gives the sessions without a sign of life since a time, in order.
func (a *alive) silent(since string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var ids []string
	for id, at := range a.last {
		if at < since {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
