package mcp

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook"
)

// A recording is a tool that writes one record of a kind.
type recording struct {
	kind   string
	id     string // what the answer calls the subject's id
	fields []field
	done   func(c *call, r *daybook.Receipt) string // what is told of it
}

// The parameters that many recordings have.
const (
	sessionID      = "session_id"
	conversationID = "conversation_id"
	logID          = "log_id"
)

var logIDParameter = parameter{name: logID, schema: schema{
	"type": "string", "format": "uuid",
	"description": "Leave it out, or give a UUID of your own: a call made again with it writes nothing twice.",
}}

// parameters gives those that a model is offered. A field that follows from the
// connection or the configuration is not asked for.
func (t recording) parameters(a audience) []parameter {
	k := daybook.MustKind(t.kind)
	s, err := k.Schema(daybook.SchemaRecord)
	if err != nil {
		panic(err) // every kind has one
	}
	properties := s["properties"].(schema)
	var all []parameter
	for _, f := range t.fields {
		p := parameterOf(k, properties, f)
		p.follow(k, a)
		all = append(all, p)
	}
	return append(all, logIDParameter)
}

// follow says what happens where a parameter is left out.
func (p *parameter) follow(k *daybook.Kind, a audience) {
	say := func(text string) {
		p.schema["description"] = p.schema["description"].(string) + " " + text
	}
	agent := k.Agent()
	switch {
	case agent != nil && p.name == agent.Name:
		if p.required = !a.named; a.named {
			say("Else as configured, or your client's name.")
		}
	case p.name == sessionID && a.connected:
		p.required = false
		say("Else the one checked out on this connection.")
	case strings.HasSuffix(p.name, conversationID) && a.connected:
		p.required = false
		say("Else this connection's own.")
	}
}

// receiptSchema is what a recording answers.
func receiptSchema(id string) schema {
	return object(schema{
		id: aText, "log_id": aText, "seq": aNumber, "logged_at": aText,
		"duplicate": schema{"type": "boolean", "description": "It was there already; nothing was added."},
	})
}

// write makes the record of a call's arguments and writes it.
func (t recording) write(ctx context.Context, c *call) (*answer, error) {
	r, err := t.record(c)
	if err != nil {
		return nil, err
	}
	receipt, err := c.record(ctx, r)
	if err != nil {
		return nil, err
	}
	return t.answer(c, receipt), nil
}

func (t recording) answer(c *call, r *daybook.Receipt) *answer {
	text := t.done(c, r)
	if r.Duplicate {
		text = "It was recorded before: nothing was added. " + text
	}
	return &answer{text: text, structured: map[string]any{
		t.id: r.ID, "log_id": r.LogID, "seq": r.Seq, "logged_at": r.LoggedAt, "duplicate": r.Duplicate,
	}}
}

// record reads the arguments as a record of the kind. Any column of the kind is
// taken, also those that the tool does not offer.
func (t recording) record(c *call) (daybook.Record, error) {
	k := daybook.MustKind(t.kind)
	for _, name := range []string{"kind", "amend"} {
		if _, ok := c.arguments[name]; ok {
			e := daybook.Invalidf("/"+name, "is not for this tool, which writes a new record of %s", k.Name)
			e.Hint = "leave " + name + " out"
			return daybook.Record{}, e
		}
	}
	r, err := daybook.NewDecoder(bytes.NewBuffer(marshal(c.arguments)), k).Next()
	if err != nil {
		return r, err
	}
	if err := t.check(&r); err != nil {
		return r, err
	}
	return r, c.complete(&r)
}

// check refuses a record that says nothing.
func (t recording) check(r *daybook.Record) error {
	for _, f := range t.fields {
		if f.needed && !r.Get(f.column).IsSet() {
			e := daybook.Invalidf("/"+f.column, "is missing")
			e.Hint = "give " + f.column + ": " + r.Kind.ColumnDoc(f.column)
			return e
		}
	}
	return nil
}

// complete fills in what the call leaves out: who the agent is, whose business
// it is, the conversation and the session.
func (c *call) complete(r *daybook.Record) error {
	if r.Business() == "" && c.defaults.Business != "" {
		r.SetBusiness(c.defaults.Business)
	}
	if a := r.Kind.Agent(); a != nil && !r.Get(a.Name).IsSet() && c.defaults.Agent != "" {
		r.Set(a.Name, daybook.TextValue(c.defaults.Agent))
	}
	for _, name := range []string{conversationID, "source_" + conversationID} {
		if c.defaults.Conversation != "" && !r.Get(name).IsSet() {
			r.Set(name, daybook.TextValue(c.defaults.Conversation))
		}
	}
	if i, ok := r.Kind.Column(sessionID); ok && !r.Values[i].IsSet() {
		return c.completeSession(r, r.Kind.Columns[i].Required)
	}
	return nil
}

// completeSession takes the session that is open on the connection.
func (c *call) completeSession(r *daybook.Record, required bool) error {
	open := c.memory.sessions()
	if len(open) == 1 {
		r.Set(sessionID, daybook.TextValue(open[0]))
		return nil
	}
	if !required {
		return nil
	}
	return noSession(open)
}

func noSession(open []string) error {
	e := daybook.Invalidf("/"+sessionID, "is missing")
	e.Hint = "call checkout first, and give the session_id that it answers"
	if len(open) > 1 {
		e.Message = strconv.Itoa(len(open)) + " sessions are checked out on this connection: say which one is meant"
		e.Hint = "give one of " + strings.Join(open[:min(len(open), 10)], ", ")
	}
	return e
}

// record writes one record. The paths of errors begin inside it.
func (c *call) record(ctx context.Context, r daybook.Record) (*daybook.Receipt, error) {
	receipts, err := c.Recorder.Record(ctx, c.principal, []daybook.Record{r})
	if err != nil {
		return nil, daybook.Inside("/0", err)
	}
	if len(receipts) != 1 {
		return nil, &daybook.Error{Code: daybook.CodeInternal, Message: fmt.Sprintf("mcp: %d receipts for one record", len(receipts))}
	}
	return &receipts[0], nil
}
