package proxy

import (
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
)

// maxName is how many bytes a name may have in a record.
const maxName = 1000

// unrecorded are the requests that say nothing of what an agent does: they are
// made without end, to see what there is and who is alive.
var unrecorded = map[string]bool{
	"ping": true, "logging/setLevel": true, "roots/list": true,
	"tools/list": true, "prompts/list": true, "resources/list": true, "resources/templates/list": true,
	"tasks/list": true, "tasks/get": true,
}

// A call is a request that was recorded and waits for its answer.
type call struct {
	method  string
	id      string // of the record
	subject string // of what was called: the tool's name
	began   time.Time
	asked   bool // by the server
	missing bool // it is not in the ledger, so nothing can be said of it there; the scribe's own
}

// An intent is a call that is about to be made, with its record.
type intent struct {
	id     string // of the request
	call   *call
	record daybook.Record
}

// outcome is what came of a call.
type outcome struct {
	failed     bool
	unknown    bool // nobody can say whether it failed
	problem    string
	summary    string
	resolution string // of an escalation
}

func newCall(method string) *call {
	return &call{method: method, id: newID(), began: time.Now()}
}

func newID() string {
	id, err := uuid.NewV7()
	if err != nil { // never: the system always has random bytes
		id = uuid.New()
	}
	return id.String()
}

// begin makes the call and the record of a client's request.
func (l *link) begin(m *node, method string) (*call, daybook.Record) {
	c, params := newCall(method), m.get("params")
	conversation, session := l.within(params)
	if method == methodCall {
		c.subject = named(params.get("name"))
		return c, record(daybook.MCPUsageLog{
			UsageID: c.id, BusinessID: l.proxy.o.Business, AgentPosition: l.agent(), ConversationID: conversation, SessionID: session,
			ServerName: l.proxy.o.Name, ToolName: c.subject, CalledAt: c.began, Parameters: l.proxy.render.json(params.get("arguments")),
		})
	}
	return c, record(daybook.ActionLog{
		ActionID: c.id, BusinessID: l.proxy.o.Business, AgentPosition: l.agent(), ConversationID: conversation, SessionID: session,
		ActionType: "mcp_call", ActionTarget: l.target(method, params), ActionDetails: l.details(method, params), StartedAt: c.began,
	})
}

// beginAsked makes the call and the record of a server's request.
func (l *link) beginAsked(params *node, method string) (*call, daybook.Record) {
	c := newCall(method)
	c.asked = true
	if method == methodElicit {
		return c, record(l.escalation(c, params))
	}
	conversation, session := l.within(params)
	return c, record(daybook.ActionLog{
		ActionID: c.id, BusinessID: l.proxy.o.Business, AgentPosition: l.agent(), ConversationID: conversation, SessionID: session,
		ActionType: "mcp_call", ActionTarget: l.target(method, params), ActionDetails: l.details(method, params), StartedAt: c.began,
	})
}

// amendment makes the record of what came of a call.
func (c *call) amendment(o outcome) daybook.Record {
	took := time.Since(c.began) // by a clock that is never set back
	done := c.began.Add(took)
	var success *bool
	if !o.unknown {
		success = new(!o.failed)
	}
	var r daybook.Record
	switch {
	case c.method == methodCall && !c.asked:
		r = record(daybook.MCPUsageLog{
			UsageID: c.id, DurationMS: new(took.Milliseconds()), Success: success, ErrorMessage: o.problem, ResultSummary: o.summary,
		})
	case c.method == methodElicit && c.asked:
		by := human
		if o.failed || o.unknown { // it is over, and nobody answered
			o.resolution, by = o.problem, ""
		}
		r = record(daybook.EscalationLog{EscalationID: c.id, ResolvedAt: done, Resolution: o.resolution, ResolvedBy: by})
	default:
		r = record(daybook.ActionLog{
			ActionID: c.id, CompletedAt: done, DurationMS: new(took.Milliseconds()), Success: success,
			ErrorMessage: o.problem, ResultSummary: o.summary,
		})
	}
	r.Amend = true
	return r
}

// record packs the struct of a kind. What cannot be packed, though every value
// was made such that it can, is a record of no kind, which nobody takes.
func record(v any) daybook.Record {
	r, err := daybook.RecordOf(v)
	if err != nil {
		return daybook.Record{}
	}
	r.SetLogID(newID()) // a write that is tried again is the same write
	return r
}

// agent is who calls.
func (l *link) agent() string {
	switch {
	case l.proxy.o.Agent != "":
		return l.proxy.o.Agent
	case l.client.name != "":
		return clip(l.client.name, maxName)
	}
	return "mcp-client"
}

// within gives the conversation and the session that a request is made in.
func (l *link) within(params *node) (conversation, session string) {
	conversation, session = l.proxy.o.Conversation, l.proxy.o.Session
	meta := params.get("_meta")
	if given := meta.get(metaConversation).str(); given != "" {
		conversation = clip(given, maxName)
	}
	if given := meta.get(metaSession).str(); given != "" {
		session = clip(given, maxName)
	}
	return conversation, session
}

// The members of a request's _meta that say what it is part of.
const (
	metaConversation = "daybook/conversation_id"
	metaSession      = "daybook/session_id"
)

// target says in a line what an action is upon.
func (l *link) target(method string, params *node) string {
	target := l.proxy.o.Name + " " + clip(method, maxName)
	for _, name := range []string{"uri", "name", "taskId"} {
		if n := params.get(name); n.is('"') {
			return target + " " + l.proxy.render.brief(n, maxName)
		}
	}
	if ref := params.get("ref"); ref != nil {
		for _, name := range []string{"name", "uri"} {
			if n := ref.get(name); n.is('"') {
				return target + " " + l.proxy.render.brief(n, maxName)
			}
		}
	}
	return target
}

// details are the particulars of an action.
func (l *link) details(method string, params *node) []byte {
	dst := quote([]byte(`{"server":`), l.proxy.o.Name)
	dst = quote(append(dst, `,"transport":`...), l.over)
	dst = quote(append(dst, `,"method":`...), clip(method, maxName))
	if method == methodSample {
		dst = l.proxy.sampling(dst, params)
	} else if params != nil {
		dst = l.proxy.render.appendNode(append(dst, `,"params":`...), params)
	}
	return l.proxy.render.clean(append(dst, '}'))
}

// named gives a name that a record takes.
func named(n *node) string {
	if name := n.str(); name != "" {
		return clip(name, maxName)
	}
	return "(none)"
}

// count says how many there are of something.
func count(n int, what string) string {
	if n != 1 && !strings.HasSuffix(what, "s") {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}
