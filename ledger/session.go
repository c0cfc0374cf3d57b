package ledger

import (
	"fmt"

	"github.com/daybook-audit/daybook"
)

// session is what sequencing needs to know of a transformation session: how
// many operations and outputs it has, and the greatest operation_order.
type session struct {
	operations, outputs, greatest int64

	repeats      []repeat // what its operations repeat
	repeatsKnown bool     // these are all
}

// sessionCache keeps what is known of sessions from one batch to the next.
type sessionCache struct {
	known   map[string]session
	derived map[string]*edgeSet // all derived edges of these sessions
	edges   int                 // in derived
}

// maxSessions bounds the cache; past it everything is forgotten at once.
const maxSessions = 10_000

// keep takes in what a batch that is in the store came to know.
func (c *sessionCache) keep(s *sequencer) {
	if c.known == nil || len(c.known)+len(s.sessions) > maxSessions {
		c.known = make(map[string]session, len(s.sessions))
	}
	for id, st := range s.sessions {
		c.known[id] = *st
	}
	c.keepDerived(s.derived)
}

// heard takes in an entry that another server has added to a session.
func (c *sessionCache) heard(e *daybook.Entry, id string) {
	if st, ok := c.known[id]; ok && e.Revision() == 1 {
		st.count(e)
		c.known[id] = st
	}
	if set := c.derived[id]; set != nil && e.Kind == kindEdge && e.Text("origin") == daybook.EdgeParsed {
		if key := daybook.EdgeKeyOf(e.Values); !set.has(key) {
			set.keys[key] = struct{}{}
			c.edges++
		}
	}
}

// count takes in the first entry of something that belongs to the session.
func (st *session) count(e *daybook.Entry) {
	switch e.Kind {
	case kindOperation:
		st.operations++
		st.repeats = addRepeat(st.repeats, e)
		st.greatest = max(st.greatest, e.Get("operation_order").Int())
	case kindArtifact:
		st.outputs++
	}
}

func (c *sessionCache) forget() { *c = sessionCache{} }

// session gives the state of a session as of this point of the batch.
func (s *sequencer) session(id string) (*session, error) {
	if st, ok := s.sessions[id]; ok {
		return st, nil
	}
	known, ok := s.cache.known[id]
	if s.base != nil {
		if st := s.base.sessions[id]; st != nil {
			known, ok = *st, true
		}
	}
	if !ok {
		var err error
		if known.operations, known.greatest, err = s.view.Tally(s.ctx, kindOperation, id); err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
		if known.outputs, _, err = s.view.Tally(s.ctx, kindArtifact, id); err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
		known.repeatsKnown = known.operations == 0
	}
	st := &known
	s.sessions[id] = st
	return st, nil
}

// within applies what holds for a first entry that belongs to a session: the
// session is open, and an operation has its order.
func (s *sequencer) within(p daybook.Principal, e *daybook.Entry) error {
	id := e.Text("session_id")
	if id == "" {
		return s.takeEffectNow(e)
	}
	owner, err := s.current(kindSession, id)
	if err != nil {
		return err
	}
	if derivedAfterwards(p, e, owner) {
		return s.takeEffectNow(e)
	}
	if status := owner.Text("status"); status != "ACTIVE" {
		return &daybook.Error{
			Code: daybook.CodeConflict, Path: "/session_id", Message: "session " + id + " is " + status,
			Hint: "check out a new session, with this one as its parent_session_id",
		}
	}
	st, err := s.session(id)
	if err != nil {
		return err
	}
	was := *st
	s.undo = append(s.undo, func() { *st = was })
	if e.Kind == kindOperation {
		if order := place(e.Kind, "operation_order"); !e.Values[order].IsSet() {
			e.Values[order] = daybook.IntValue(st.greatest + 1)
		}
	}
	st.count(e)
	return nil
}

// settle applies what follows when an amendment ends a session or takes an
// edge or artifact out of effect. What must come behind the amendment's own
// entry it gives as effects.
func (s *sequencer) settle(p daybook.Principal, before, e *daybook.Entry) (effects func() error, err error) {
	switch e.Kind {
	case kindSession:
		if before.Text("status") == "ACTIVE" && e.Text("status") != "ACTIVE" {
			return s.checkin(p, e)
		}
	case kindEdge, kindArtifact:
		return nil, s.end(before, e)
	default:
		if i, ok := e.Kind.Column("completed_at"); ok && e.Kind.Columns[i].Filled && before.Text("status") != e.Text("status") {
			setAbsent(e, "completed_at", s.loggedAt)
		}
	}
	return nil, nil
}

// checkin ends a session: the ledger counts, and says when. What a COMPLETED
// session made takes effect.
func (s *sequencer) checkin(p daybook.Principal, e *daybook.Entry) (func() error, error) {
	id := e.SubjectID()
	st, err := s.session(id)
	if err != nil {
		return nil, err
	}
	setAbsent(e, "completed_at", s.loggedAt)
	if i := place(e.Kind, "operations_count"); !e.Values[i].IsSet() {
		e.Values[i] = daybook.IntValue(st.operations)
	}
	if i := place(e.Kind, "outputs_count"); !e.Values[i].IsSet() {
		e.Values[i] = daybook.IntValue(st.outputs)
	}
	if e.Text("status") != "COMPLETED" {
		return nil, nil
	}
	return func() error {
		if err := s.artifactsTakeEffect(p, id); err != nil {
			return err
		}
		return s.edgesTakeEffect(p, id)
	}, nil
}
