package mcp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/daybook-audit/daybook"
)

// checkinTool ends a session.
func checkinTool() tool {
	return tool{
		name: "checkin", title: "End work with data", writes: true, repeatable: true,
		says: "Call this when the work of a session is over: COMPLETED makes its outputs and lineage current, FAILED and ABANDONED leave all as it was. " +
			"Say what went wrong in error_message.",
		parameters: checkinParameters, do: checkin,
		answers: object(schema{sessionID: aText, "status": aText, "log_id": aText, "seq": aNumber, "logged_at": aText, "duplicate": aTruth}),
	}
}

const statusCompleted = "COMPLETED"

func checkinParameters(a audience) []parameter {
	session := parameter{name: sessionID, required: !a.connected, schema: schema{"type": "string", "format": "uuid", "description": "The session, as checkout answered it."}}
	if a.connected {
		session.schema["description"] = "The session. Else the one checked out on this connection."
	}
	return []parameter{
		session,
		{name: "status", schema: schema{"type": "string", "enum": []string{statusCompleted, "FAILED", "ABANDONED"}, "default": statusCompleted, "description": "FAILED and ABANDONED leave what was current as it was."}},
		{name: "error_message", schema: schema{"type": "string", "description": daybook.MustKind("transformation_session").ColumnDoc("error_message")}},
		{name: "source_tables", schema: schema{"type": "array", "items": aText, "description": "Further tables that were read, which checkout did not name. " + tableHint}},
		logIDParameter,
	}
}

// checkin fills the session's lifecycle fields.
func checkin(ctx context.Context, c *call) (*answer, error) {
	if err := c.arguments.only(checkinParameters(c.audience)); err != nil {
		return nil, err
	}
	id, err := c.session()
	if err != nil {
		return nil, err
	}
	status, err := c.arguments.word("status", statusCompleted, "FAILED", "ABANDONED")
	if err != nil {
		return nil, err
	}
	r, err := c.checkinRecord(id, status)
	if err != nil {
		return nil, err
	}
	receipt, err := c.record(ctx, r)
	if err != nil {
		return nil, ofSession(err)
	}
	c.memory.closed(receipt.ID)
	return &answer{
		text: fmt.Sprintf("Session %s is checked in %s.", receipt.ID, status),
		structured: map[string]any{
			sessionID: receipt.ID, "status": status, "log_id": receipt.LogID, "seq": receipt.Seq, "logged_at": receipt.LoggedAt, "duplicate": receipt.Duplicate,
		},
	}, nil
}

// ofSession gives an error the name that the session's id has here.
func ofSession(err error) error {
	var e *daybook.Error
	if !errors.As(err, &e) || e.Path != "/id" {
		return err
	}
	at := *e
	at.Path = "/" + sessionID
	if at.Code == daybook.CodeNotFound {
		at.Hint = "give the session_id that checkout answered"
	}
	return &at
}

// session is the one that a call names, or the one that is open on its
// connection.
func (c *call) session() (string, error) {
	id, err := c.arguments.text(sessionID)
	if err != nil || id != "" {
		return id, err
	}
	open := c.memory.sessions()
	if len(open) != 1 {
		return "", noSession(open)
	}
	return open[0], nil
}

// checkinRecord makes the amendment that ends a session.
func (c *call) checkinRecord(id, status string) (daybook.Record, error) {
	k := daybook.MustKind("transformation_session")
	given := arguments{"id": marshal(id), "status": marshal(status)}
	for _, name := range []string{"error_message", "source_tables", logID} {
		if value, ok := c.arguments[name]; ok {
			given[name] = value
		}
	}
	r, err := daybook.NewDecoder(bytes.NewBuffer(marshal(given)), k).Next()
	if err != nil {
		return r, err
	}
	verb, err := daybook.VerbNamed(k, "checkin")
	if err != nil {
		return r, err
	}
	verb.Apply(&r, c.principal.Name, time.Now())
	if c.defaults.Business != "" {
		r.SetBusiness(c.defaults.Business)
	}
	return r, nil
}
