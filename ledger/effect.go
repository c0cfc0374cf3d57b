package ledger

import (
	"cmp"
	"slices"

	"github.com/daybook-audit/daybook"
)

// takeEffectLater makes is_current the ledger's to say: a client may say that
// something is not current, never that it is.
func takeEffectLater(r *daybook.Record) {
	if r.Amend || r.Kind != kindEdge && r.Kind != kindArtifact {
		return
	}
	if v := r.Get("is_current"); v.IsSet() && v.Bool() {
		r.Set("is_current", daybook.Value{})
	}
}

// takeEffectNow is for edges that hold from the start.
func (s *sequencer) takeEffectNow(e *daybook.Entry) error {
	if !e.Get("is_current").IsSet() {
		setCurrent(e, true)
	}
	return nil
}

// end fills in when an edge ceased to hold, and refuses to put into effect by
// hand what only a checkin can.
func (s *sequencer) end(before, e *daybook.Entry) error {
	was, is := before.Get("is_current"), e.Get("is_current")
	if !was.IsSet() && is.IsSet() && is.Bool() {
		return &daybook.Error{
			Code: daybook.CodeConflict, Path: "/is_current", Message: "takes effect when its session checks in COMPLETED, not by hand",
			Hint: "check the session in",
		}
	}
	if e.Kind == kindEdge && is.IsSet() && !is.Bool() && was != is {
		setAbsent(e, "invalidated_at", s.loggedAt)
	}
	return nil
}

// alreadyCurrent finds the current edge that says the same as a record of an
// edge that would hold from the start; nil for everything else.
func (s *sequencer) alreadyCurrent(p daybook.Principal, r *daybook.Record) (*daybook.Entry, error) {
	if r.Kind != kindEdge || r.Get("is_current").IsSet() {
		return nil, nil
	}
	e := &daybook.Entry{Kind: r.Kind, Values: r.Values}
	if id := e.Text("session_id"); id != "" {
		owner, err := s.current(kindSession, id)
		if err != nil || !derivedAfterwards(p, e, owner) {
			return nil, err
		}
	}
	return s.equalCurrent(e)
}

// derivedAfterwards says that an edge is one that an operator has derived from
// what a completed session ran: it is the session's, and holds from the start.
func derivedAfterwards(p daybook.Principal, e, session *daybook.Entry) bool {
	return e.Kind == kindEdge && e.Text("origin") == daybook.EdgeParsed &&
		p.Role == daybook.RoleAdmin && session.Text("status") == "COMPLETED"
}

// equalCurrent finds the current edge that says the same as another.
func (s *sequencer) equalCurrent(e *daybook.Entry) (*daybook.Entry, error) {
	there, err := s.currentInto(e.Text("target_name"))
	return there[daybook.EdgeKeyOf(e.Values)], err
}

func isTrue(e *daybook.Entry) bool {
	v := e.Get("is_current")
	return v.IsSet() && v.Bool()
}

// edgesTakeEffect makes a session's edges current, in the place of what its
// operations replaced: those that it wrote, and those that operations say which
// it repeated. One that is current already adds nothing.
func (s *sequencer) edgesTakeEffect(p daybook.Principal, sessionID string) error {
	edges, err := s.pending(kindEdge, sessionID)
	if err != nil {
		return err
	}
	said, err := s.said(sessionID)
	if err != nil || len(edges)+len(said) == 0 {
		return err
	}
	pending := map[*daybook.Entry]bool{}
	for _, e := range edges {
		pending[e] = true
	}
	if len(said) > 0 { // of two that say the same, that of the earlier operation takes effect
		edges = append(edges, said...)
		slices.SortStableFunc(edges, func(a, b *daybook.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	}
	there, err := s.currentInto(targetsOf(edges)...)
	if err != nil {
		return err
	}
	for _, e := range edges {
		key := daybook.EdgeKeyOf(e.Values)
		if there[key] != nil {
			continue
		}
		if pending[e] {
			err = s.addAmended(p, e, func(e *daybook.Entry) { setCurrent(e, true) })
		} else {
			err = s.saidAnew(p, e)
		}
		if err != nil {
			return err
		}
		there[key] = e
	}
	return s.replace(p, sessionID, edges, there)
}

// artifactsTakeEffect makes a session's artifacts current, superseding earlier
// ones of the same name.
func (s *sequencer) artifactsTakeEffect(p daybook.Principal, sessionID string) error {
	artifacts, err := s.pending(kindArtifact, sessionID)
	if err != nil {
		return err
	}
	for _, a := range artifacts {
		earlier, err := s.currentArtifacts(a)
		if err != nil {
			return err
		}
		for _, old := range earlier {
			if !isTrue(old) || old.Business() != a.Business() {
				continue
			}
			err := s.addAmended(p, old, func(e *daybook.Entry) {
				setCurrent(e, false)
				setAbsent(e, "superseded_by_id", a.SubjectID())
			})
			if err != nil {
				return err
			}
		}
		if err := s.addAmended(p, a, func(e *daybook.Entry) { setCurrent(e, true) }); err != nil {
			return err
		}
	}
	return nil
}

// currentArtifacts gives the artifacts of the name of another that may be
// current: the one that the store has, since no two of a name are current in a
// business, and those that the batches have touched. It is nearly always the
// newest, however many there have been.
func (s *sequencer) currentArtifacts(a *daybook.Entry) ([]*daybook.Entry, error) {
	named := daybook.Is("artifact_name", a.Text("artifact_name"))
	return s.asked(daybook.Query{Kind: kindArtifact, Business: a.Business(), Filters: []daybook.Filter{isCurrent, named}, Limit: 1}, named)
}

// pending gives what a session has made and nobody has judged.
func (s *sequencer) pending(k *daybook.Kind, sessionID string) ([]*daybook.Entry, error) {
	all, err := s.where(k, "session_id", sessionID)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(e *daybook.Entry) bool { return e.Get("is_current").IsSet() }), nil
}
