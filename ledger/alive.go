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
	seen     int64             // what the entries before this seq say is known; -1 for none
	last     map[string]string // by session id: the logged_at of the last sign
	ended    map[string]bool   // the sessions that ended while those in the store are looked up; else nil
}

func (a *alive) watch() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.watching {
		a.watching, a.seen, a.last = true, -1, map[string]string{}
	}
}

// rest ends the watching: another server does it.
func (a *alive) rest() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.watching, a.last = false, nil
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
	if !a.watching || len(entries) == 0 {
		return
	}
	if entries[0].Seq == a.seen { // else others, or an unanswered commit, have written before
		a.seen += int64(len(entries))
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
	if a.watching && !a.ended[id] {
		a.last[id] = max(a.last[id], at)
	}
}

// begin says whether sessions in a store of so many entries are to be looked up,
// and from which seq on, -1 for all; end must follow.
func (a *alive) begin(size int64) (from int64, isNeeded bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.seen >= size {
		return 0, false
	}
	a.ended = map[string]bool{}
	return a.seen, true
}

// end says that they were looked up in a store of so many entries; -1 where
// that failed.
func (a *alive) end(size int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended = nil
	a.seen = max(a.seen, size)
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
