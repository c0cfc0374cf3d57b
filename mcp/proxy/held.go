package proxy

import (
	"maps"
	"slices"
	"sync"
)

// Some calls are not over when they are answered: the answer asks for more
// input, with which the client calls again (multi round-trip requests), or
// names a task, whose result the client fetches later. They wait here, under a
// key by which what follows is known.

// A holding has them by their keys. Over HTTP the requests that belong to no
// session share one.
type holding struct {
	shared bool
	mu     sync.Mutex
	calls  map[string]*call
}

func newHolding() *holding { return &holding{calls: map[string]*call{}} }

// maxHeld is how many calls wait; what is over ends the one that waits longest.
const maxHeld = 4096

// put gives the call that has to make room, if any.
func (h *holding) put(key string, c *call) (ended *call) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ended = h.calls[key]
	if ended == nil && len(h.calls) >= maxHeld {
		oldest := ""
		for k, other := range h.calls {
			if ended == nil || other.began.Before(ended.began) {
				oldest, ended = k, other
			}
		}
		delete(h.calls, oldest)
	}
	h.calls[key] = c
	return ended
}

// take gives the call of a key, which waits no more; nil for none.
func (h *holding) take(key string) *call {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.calls[key]
	delete(h.calls, key)
	return c
}

// all takes every call.
func (h *holding) all() []*call {
	h.mu.Lock()
	defer h.mu.Unlock()
	calls := slices.Collect(maps.Values(h.calls))
	clear(h.calls)
	return calls
}

// hold lets a call wait.
func (l *link) hold(key string, c *call) {
	if ended := l.held.put(key, c); ended != nil {
		l.end(ended, outcome{failed: true, problem: "nobody went on with it"})
	}
}

// waits gives the key under which a call goes on to wait; "" where it is over.
func (l *link) waits(c *call, result *node) string {
	if task := result.get("task", "taskId").str(); task != "" && c.method != "tasks/result" {
		return "task " + task
	}
	if result.get("resultType").str() != "input_required" {
		return ""
	}
	state := result.get("requestState")
	l.inputs(result.get("inputRequests"), state)
	if l.held.shared && state == nil {
		return "" // it cannot be told from those of other clients
	}
	return inputKey(c.method, c.subject, state)
}

// inputKey is what a call and its repetition with more input have in common.
func inputKey(method, subject string, state *node) string {
	return "input " + method + " " + subject + " " + state.str()
}

func askKey(name string, state *node) string { return "ask " + name + " " + state.str() }

// inputs sees what a server asks of the client in the answer to a call.
func (l *link) inputs(requests, state *node) {
	if !requests.is('{') {
		return
	}
	for i, ask := range requests.items {
		method := ask.get("method").str()
		if method == "" || unrecorded[method] {
			continue
		}
		c, r := l.beginAsked(ask.get("params"), method)
		l.hold(askKey(requests.keys[i], state), c)
		l.proxy.scribe.later(c, r)
	}
}

// resume gives the call that a request goes on with: one that had asked for
// input, or the one whose task's result it fetches. It is nil for a request
// that is a call of its own.
func (l *link) resume(params *node, method string) *call {
	key := ""
	switch responses := params.get("inputResponses"); {
	case method == "tasks/result":
		key = "task " + params.get("taskId").str()
	case responses.is('{') || params.get("requestState") != nil:
		l.responses(responses, params.get("requestState"))
		key = inputKey(method, subjectOf(params, method), params.get("requestState"))
	default:
		return nil
	}
	return l.held.take(key)
}

func subjectOf(params *node, method string) string {
	if method == methodCall {
		return named(params.get("name"))
	}
	return ""
}

// responses sees what the client answers to what was asked of it.
func (l *link) responses(responses, state *node) {
	if !responses.is('{') {
		return
	}
	for i, response := range responses.items {
		c := l.held.take(askKey(responses.keys[i], state))
		if c == nil {
			continue
		}
		l.end(c, l.proxy.outcome(c, &node{kind: '{', keys: []string{"result"}, items: []*node{response}}))
	}
}

// taskEnds sees what a server says of a task: one that failed or was cancelled
// has no result to fetch.
func (l *link) taskEnds(params *node) {
	status := params.get("status").str()
	if status != "failed" && status != "cancelled" {
		return
	}
	c := l.held.take("task " + params.get("taskId").str())
	if c == nil {
		return
	}
	problem := "the task " + status
	if status == "cancelled" {
		problem = "the task was cancelled"
	}
	if message := params.get("statusMessage"); message.is('"') && message.text != "" {
		problem += ": " + l.proxy.render.brief(message, maxSummary)
	}
	l.end(c, outcome{failed: true, problem: problem})
}
