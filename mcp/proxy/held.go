package proxy

// Some calls are not over when they are answered: the answer asks for more
// input, with which the client calls again (multi round-trip requests), or
// names a task, whose result the client fetches later. They wait here, under a
// key by which what follows is known.

// waits gives the key under which a call goes on to wait; "" where it is over.
func (l *link) waits(c *call, result *node) string {
	if task := result.get("task", "taskId").str(); task != "" && c.method != "tasks/result" {
		return "task " + task
	}
	if result.get("resultType").str() != "input_required" {
		return ""
	}
	l.inputs(result.get("inputRequests"))
	return inputKey(c.method, c.subject, result.get("requestState"))
}

// inputKey is what a call and its repetition with more input have in common.
func inputKey(method, subject string, state *node) string {
	return "input " + method + " " + subject + " " + state.str()
}

// inputs sees what a server asks of the client in the answer to a call.
func (l *link) inputs(requests *node) {
	if !requests.is('{') {
		return
	}
	for i, ask := range requests.items {
		method := ask.get("method").str()
		if method == "" || unrecorded[method] {
			continue
		}
		c, r := l.beginAsked(ask.get("params"), method)
		l.take(l.held, "ask "+requests.keys[i], c)
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
		l.responses(responses)
		key = inputKey(method, subjectOf(params, method), params.get("requestState"))
	default:
		return nil
	}
	c := l.held[key]
	delete(l.held, key)
	return c
}

func subjectOf(params *node, method string) string {
	if method == methodCall {
		return named(params.get("name"))
	}
	return ""
}

// responses sees what the client answers to what was asked of it.
func (l *link) responses(responses *node) {
	if !responses.is('{') {
		return
	}
	for i, response := range responses.items {
		key := "ask " + responses.keys[i]
		c := l.held[key]
		if c == nil {
			continue
		}
		delete(l.held, key)
		l.end(c, l.proxy.outcome(c, &node{kind: '{', keys: []string{"result"}, items: []*node{response}}))
	}
}

// taskEnds sees what a server says of a task: one that failed or was cancelled
// has no result to fetch.
func (l *link) taskEnds(params *node) {
	key := "task " + params.get("taskId").str()
	status := params.get("status").str()
	c := l.held[key]
	if c == nil || status != "failed" && status != "cancelled" {
		return
	}
	delete(l.held, key)
	problem := "the task " + status
	if status == "cancelled" {
		problem = "the task was cancelled"
	}
	if message := params.get("statusMessage"); message.is('"') && message.text != "" {
		problem += ": " + l.proxy.render.brief(message, maxSummary)
	}
	l.end(c, outcome{failed: true, problem: problem})
}
