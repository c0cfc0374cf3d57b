package client

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/daybook-audit/daybook"
)

// The words of a session's and an ingest run's status that are written here.
const (
	statusActive    = "ACTIVE"
	statusCompleted = "COMPLETED"
	statusFailed    = "FAILED"
)

// Session is what an agent does between checkout and checkin. Its methods may
// be called from several goroutines.
type Session struct {
	client  *Client
	id      string
	started time.Time

	ended    atomic.Value // the status it was checked in with, a string
	mu       sync.Mutex   // held while it is checked in
	checkins map[string]daybook.Record
}

// Checkout starts a session of an agent over the tables it is going to read.
func (c *Client) Checkout(ctx context.Context, agentID string, tables ...string) (*Session, error) {
	return c.CheckoutSession(ctx, daybook.TransformationSession{AgentID: agentID, SourceTables: tables})
}

// CheckoutSession starts a session with whatever else is known of it: its
// purpose, filters, conversation, parent session.
func (c *Client) CheckoutSession(ctx context.Context, session daybook.TransformationSession) (*Session, error) {
	s := &Session{client: c}
	if err := s.checkout(ctx, session); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Session) checkout(ctx context.Context, session daybook.TransformationSession) error {
	if session.StartedAt.IsZero() {
		session.StartedAt = s.client.now()
	}
	receipt, err := s.client.Log(ctx, session)
	if err != nil {
		return err
	}
	s.id, s.started = receipt.ID, session.StartedAt
	return nil
}

// ID is the session's id, for records that belong to it, such as a
// [daybook.ValidationStatus].
func (s *Session) ID() string { return s.id }

// open says why nothing can be written to the session, or nil.
func (s *Session) open() error {
	if s.id == "" {
		return &daybook.Error{Code: daybook.CodeInvalid, Message: "client: no session is checked out", Hint: "call Checkout first"}
	}
	if status, ok := s.ended.Load().(string); ok {
		return &daybook.Error{
			Code: daybook.CodeConflict, Path: "/session_id", Message: "client: session " + s.id + " is checked in " + status,
			Hint: "check out a new session, with this one as its ParentSessionID",
		}
	}
	return nil
}

// within puts the session's id on a record, and refuses that of another.
func (s *Session) within(id *string) error {
	if err := s.open(); err != nil {
		return err
	}
	if *id != "" && *id != s.id {
		return &daybook.Error{
			Code: daybook.CodeInvalid, Path: "/session_id", Message: "client: " + daybook.Clip(*id) + " is not this session, which is " + s.id,
			Hint: "leave SessionID out",
		}
	}
	*id = s.id
	return nil
}

// LogOperation writes one thing done. The ledger numbers a session's
// operations in the order in which they come.
func (s *Session) LogOperation(ctx context.Context, op daybook.TransformationOperation) (daybook.Receipt, error) {
	if err := s.within(&op.SessionID); err != nil {
		return daybook.Receipt{}, err
	}
	return s.client.Log(ctx, op)
}

// RegisterOutput writes something that was made. It becomes current, and an
// earlier one of the same name superseded, when the session checks in
// COMPLETED.
func (s *Session) RegisterOutput(ctx context.Context, output daybook.OutputArtifact) (daybook.Receipt, error) {
	if err := s.within(&output.SessionID); err != nil {
		return daybook.Receipt{}, err
	}
	return s.client.Log(ctx, output)
}

// AddLineage writes that data flows from source to target, each written
// schema.name or schema.name.column, in a relationship such as DERIVES_FROM,
// AGGREGATES, JOINS, FILTERS, TRANSFORMS or COPIES. It becomes current when
// the session checks in COMPLETED.
func (s *Session) AddLineage(ctx context.Context, source, target, relationship string) (daybook.Receipt, error) {
	from, err := daybook.ParseNode(source)
	if err != nil {
		return daybook.Receipt{}, daybook.Under("/source_name", err)
	}
	to, err := daybook.ParseNode(target)
	if err != nil {
		return daybook.Receipt{}, daybook.Under("/target_name", err)
	}
	return s.AddEdge(ctx, daybook.LineageEdge{
		SourceType: from.Type(), SourceSchema: from.Schema, SourceName: from.Name, SourceColumn: from.Column,
		TargetType: to.Type(), TargetSchema: to.Schema, TargetName: to.Name, TargetColumn: to.Column,
		RelationshipType: relationship,
	})
}

// AddEdge is AddLineage with everything that an edge can say.
func (s *Session) AddEdge(ctx context.Context, edge daybook.LineageEdge) (daybook.Receipt, error) {
	if err := s.within(&edge.SessionID); err != nil {
		return daybook.Receipt{}, err
	}
	return s.client.Log(ctx, edge)
}

// Checkin ends the session: COMPLETED, FAILED or ABANDONED. Only COMPLETED
// makes its outputs and lineage current. To check in twice with one status is
// no error; a checkin that failed may be made again.
func (s *Session) Checkin(ctx context.Context, status string) error {
	return s.checkin(ctx, status, "")
}

// CheckinFailed ends the session FAILED, with the message of what went wrong.
func (s *Session) CheckinFailed(ctx context.Context, cause error) error {
	return s.checkin(ctx, statusFailed, plainText(cause.Error()))
}

func (s *Session) checkin(ctx context.Context, status, message string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.open(); err != nil {
		if s.ended.Load() == status {
			return nil
		}
		return err
	}
	if status == statusActive {
		return &daybook.Error{
			Code: daybook.CodeInvalid, Path: "/status", Message: "client: a checkin ends a session, and ACTIVE is one that goes on",
			Hint: "check in COMPLETED, FAILED or ABANDONED",
		}
	}
	r, err := s.checkinRecord(status, message)
	if err != nil {
		return err
	}
	if _, err := s.client.one(ctx, r); err != nil {
		return err
	}
	s.ended.Store(status)
	return nil
}

// checkinRecord makes the amendment of a checkin, the same again when one that
// failed is made again: it may have been written after all.
func (s *Session) checkinRecord(status, message string) (daybook.Record, error) {
	if r, ok := s.checkins[status]; ok {
		return r, nil
	}
	now := s.client.now()
	if now.Before(s.started) { // the clock was set back meanwhile
		now = s.started
	}
	r, err := s.client.verb("checkin", daybook.TransformationSession{
		ID: s.id, Status: status, CompletedAt: now, ErrorMessage: message,
	})
	if err != nil {
		return r, err
	}
	complete(&r, now)
	if s.checkins == nil {
		s.checkins = map[string]daybook.Record{}
	}
	s.checkins[status] = r
	return r, nil
}

// maxMessage bounds the error message of a checkin, in bytes: an error of any
// length must not cost the checkin.
const maxMessage = 16 << 10

// plainText makes text fit for an entry: errors and panics may hold any bytes.
func plainText(s string) string {
	s = s[:min(len(s), maxMessage)]
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
