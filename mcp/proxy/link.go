package proxy

import (
	"fmt"
	"sync"
	"time"
)

// A link is one connection of a client with a server: what the one has asked
// of the other and not got an answer to. Messages are shown to it in the order
// in which they pass; it never changes them.
type link struct {
	proxy *Proxy
	over  string // how they are connected: stdio, http
	again bool   // messages of the server may be delivered again, which are not new ones

	mu      sync.Mutex
	client  party
	calls   *pending // of the client
	asks    *pending // of the server
	held    *holding // calls that wait for more input, or whose task runs
	told    ids      // requests of the server that were seen
	touched time.Time

	// Over HTTP alone:
	name    string // by which further requests find it; "" for a request that stands alone
	streams int    // requests under way
	orphans map[*call]orphan
}

// party is who one end of a link says that it is.
type party struct{ name, version string }

func partyOf(n *node) party { return party{n.get("name").str(), n.get("version").str()} }

func (p *Proxy) link(over string) *link {
	return &link{
		proxy: p, over: over, calls: newPending(), asks: newPending(), held: newHolding(),
		told: ids{}, touched: time.Now(), orphans: map[*call]orphan{},
	}
}

// fromClient sees messages on their way to the server, and gives what must be
// written before they may pass.
func (l *link) fromClient(messages []*node) []intent {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.touched = time.Now()
	var intents []intent
	for _, m := range messages {
		method := m.get("method")
		switch id := m.get("id").id(); {
		case method.is('"') && id != "":
			intents = append(intents, l.request(m, method.str(), id)...)
		case method.is('"'):
			l.clientNotes(m, method.str())
		case id != "":
			l.settle(l.asks, id, m)
		}
	}
	return intents
}

// fromServer sees messages on their way to the client.
func (l *link) fromServer(messages []*node) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.touched = time.Now()
	for _, m := range messages {
		method := m.get("method")
		switch id := m.get("id").id(); {
		case method.is('"') && id != "":
			l.asked(m, method.str(), id)
		case method.is('"'):
			l.serverNotes(m, method.str())
		case id != "":
			l.settle(l.calls, id, m)
		}
	}
}

// request sees a request of the client.
func (l *link) request(m *node, method, id string) []intent {
	params := m.get("params")
	if info := params.get("clientInfo"); info != nil && method == "initialize" {
		l.client = partyOf(info)
	} else if info := params.get("_meta").get("io.modelcontextprotocol/clientInfo"); info != nil {
		l.client = partyOf(info) // later protocols say it with every request
	}
	if resumed := l.resume(params, method); resumed != nil {
		l.take(l.calls, id, resumed)
		return nil
	}
	if unrecorded[method] {
		return nil
	}
	c, r := l.begin(m, method)
	l.take(l.calls, id, c)
	return []intent{{id, c, r}}
}

// refuse forgets calls that are not going to be made.
func (l *link) refuse(intents []intent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, i := range intents {
		if l.calls.get(i.id) == i.call {
			l.calls.take(i.id)
		}
	}
}

// asked sees a request of the server.
func (l *link) asked(m *node, method, id string) {
	if l.again && !l.told.add(id) {
		return
	}
	if unrecorded[method] {
		return
	}
	c, r := l.beginAsked(m.get("params"), method)
	l.take(l.asks, id, c)
	l.proxy.scribe.later(c, r)
}

// take keeps a call until it is answered.
func (l *link) take(of *pending, id string, c *call) {
	if before := of.take(id); before != nil {
		delete(l.orphans, before)
		l.end(before, outcome{failed: true, problem: "another request took its id before it was answered"})
	}
	if ended := of.put(id, c); ended != nil {
		delete(l.orphans, ended)
		l.end(ended, outcome{unknown: true, problem: fmt.Sprintf("not known: more than %d calls wait for an answer, and this one waited longest", maxPending)})
	}
}

// settle sees the answer to a request.
func (l *link) settle(of *pending, id string, m *node) {
	c := of.take(id)
	if c == nil {
		return // not recorded, or answered before
	}
	delete(l.orphans, c)
	if key := l.waits(c, m.get("result")); key != "" {
		l.hold(key, c)
		return
	}
	l.end(c, l.proxy.outcome(c, m))
}

// end writes what came of a call.
func (l *link) end(c *call, o outcome) {
	l.proxy.scribe.later(c, c.amendment(o))
}

// clientNotes sees a notification of the client.
func (l *link) clientNotes(m *node, method string) {
	if method != "notifications/cancelled" {
		return
	}
	l.cancel(l.calls, m, "cancelled by the client")
}

// serverNotes sees a notification of the server.
func (l *link) serverNotes(m *node, method string) {
	switch method {
	case "notifications/cancelled":
		l.cancel(l.asks, m, "cancelled by the server")
	case "notifications/tasks/status":
		l.taskEnds(m.get("params"))
	}
}

func (l *link) cancel(of *pending, m *node, by string) {
	c := of.take(m.get("params", "requestId").id())
	if c == nil {
		return
	}
	delete(l.orphans, c)
	if reason := m.get("params", "reason"); reason.is('"') && reason.text != "" {
		by += ": " + l.proxy.render.brief(reason, maxSummary)
	}
	l.end(c, outcome{failed: true, problem: by})
}

// awaits says whether the client has calls that are not answered yet.
func (l *link) awaits() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.calls.byID) > 0
}

// close ends whatever is not answered yet: nobody will answer any more.
func (l *link) close(why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, of := range []*pending{l.calls, l.asks} {
		for _, c := range of.all() {
			l.end(c, outcome{failed: true, problem: l.orphans[c].because(why)})
		}
	}
	clear(l.orphans)
	if l.held.shared {
		return // others go on with it
	}
	for _, c := range l.held.all() {
		l.end(c, outcome{failed: true, problem: why})
	}
}

// ids remembers the last ids that it was given.
type ids map[string]bool

// maxIDs is how many; a stream that is taken up again repeats fewer.
const maxIDs = 4096

// add says whether an id is new.
func (s ids) add(id string) bool {
	if s[id] {
		return false
	}
	if len(s) >= maxIDs {
		clear(s)
	}
	s[id] = true
	return true
}
