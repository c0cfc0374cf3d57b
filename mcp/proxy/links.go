package proxy

import (
	"net/http"
	"sync"
)

// maxLinks is how many sessions are remembered; the one that was silent for
// longest makes room.
const maxLinks = 4096

// links are the connections over HTTP, by what their requests have in common:
// a session's id, or the address that the server named at the beginning of its
// stream. A request that has neither is a connection of its own.
type links struct {
	proxy *Proxy
	mu    sync.Mutex
	named map[string]*link
	held  *holding // of the requests that stand alone
}

func newLinks(p *Proxy) *links {
	return &links{proxy: p, named: map[string]*link{}, held: &holding{shared: true, calls: map[string]*call{}}}
}

// of gives the link that a request belongs to.
func (ls *links) of(r *http.Request) *link {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	name := "address " + r.URL.RequestURI()
	if id := r.Header.Get(sessionHeader); id != "" {
		name = "session " + id
		if ls.named[name] == nil { // one that was begun before this proxy was
			ls.add(name, ls.make())
		}
	}
	if l := ls.named[name]; l != nil {
		return l
	}
	l := ls.make()
	l.held = ls.held // what goes on with a call of this one comes by another link
	return l
}

const sessionHeader = "Mcp-Session-Id"

func (ls *links) make() *link {
	l := ls.proxy.link("http")
	l.again = true
	return l
}

// name gives a link a name by which further requests find it.
func (ls *links) name(name string, l *link) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.named[name] == nil {
		ls.add(name, l)
	}
}

func (ls *links) add(name string, l *link) {
	if len(ls.named) >= maxLinks {
		ls.forgetOldest()
	}
	ls.named[name] = l
	l.mu.Lock()
	defer l.mu.Unlock()
	l.name = name
	if l.held.shared {
		l.held = newHolding()
	}
}

func (ls *links) forgetOldest() {
	oldest := ""
	for name, l := range ls.named {
		if oldest == "" || l.last().Before(ls.named[oldest].last()) {
			oldest = name
		}
	}
	go ls.named[oldest].close("the session was silent for too long")
	delete(ls.named, oldest)
}

// forget ends a link.
func (ls *links) forget(l *link, why string) {
	ls.mu.Lock()
	for name, named := range ls.named {
		if named == l {
			delete(ls.named, name)
		}
	}
	ls.mu.Unlock()
	l.close(why)
}

// close ends them all.
func (ls *links) close(why string) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for name, l := range ls.named {
		delete(ls.named, name)
		l.close(why)
	}
	last := ls.make()
	last.held = ls.held
	ls.held.shared = false
	last.close(why)
}
