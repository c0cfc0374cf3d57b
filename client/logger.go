package client

import (
	"context"
	"encoding/json"

	"github.com/daybook-audit/daybook"
)

// TransformationLogger is a session made in two steps: who it is and what for,
// then what it reads. Between Checkout and Checkin it is a [Session], whose
// calls it has: LogOperation, RegisterOutput, AddLineage, Checkin, and End for
// a defer.
type TransformationLogger struct {
	Session
	agentID, purpose string
}

// TransformationLogger gives a logger of an agent, for a purpose in human
// words. It is for one session.
func (c *Client) TransformationLogger(agentID, purpose string) *TransformationLogger {
	return &TransformationLogger{Session: Session{client: c}, agentID: agentID, purpose: purpose}
}

// Checkout starts the session over the tables it is going to read. The
// filters, if any, are written as JSON.
func (l *TransformationLogger) Checkout(ctx context.Context, tables []string, filters any) error {
	if l.id != "" {
		return &daybook.Error{
			Code: daybook.CodeConflict, Message: "client: session " + l.id + " was checked out by this logger before",
			Hint: "make a new logger for a new session",
		}
	}
	session := daybook.TransformationSession{AgentID: l.agentID, Purpose: l.purpose, SourceTables: tables}
	if filters != nil {
		text, err := json.Marshal(filters)
		if err != nil {
			return &daybook.Error{Code: daybook.CodeInvalid, Path: "/source_filters", Message: "client: cannot be written as JSON", Err: err}
		}
		session.SourceFilters = text
	}
	return l.checkout(ctx, session)
}
