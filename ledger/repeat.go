package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/daybook-audit/daybook"
)

// A repeat is the first operation of a session that repeats one of a pattern.
type repeat struct {
	first int64  // the seq of the pattern's first operation
	seq   int64  // of the one that repeats it
	at    string // when that was done
}

// isRepeat finds operations that repeat another.
var isRepeat = daybook.Filter{Column: "pattern_id", Op: daybook.OpFrom, Values: []daybook.Value{daybook.IntValue(0)}}

// addRepeat takes note of an operation of a session that repeats another.
func addRepeat(list []repeat, e *daybook.Entry) []repeat {
	first, ok := e.Repeats()
	if !ok || slices.ContainsFunc(list, func(r repeat) bool { return r.first == first }) {
		return list
	}
	return append(slices.Clip(list), repeat{first: first, seq: e.Seq, at: e.Time()})
}

// repeatsOf gives what the operations of a session repeat, each pattern once,
// in the order of the session.
func (s *sequencer) repeatsOf(sessionID string) ([]repeat, error) {
	st, err := s.session(sessionID)
	if err != nil || st.repeatsKnown {
		return st.repeatsOrNone(), err
	}
	operations, err := s.among(kindOperation, daybook.Is("session_id", sessionID), isRepeat)
	if err != nil {
		return nil, err
	}
	var list []repeat
	slices.SortFunc(operations, func(a, b *daybook.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, e := range operations {
		list = addRepeat(list, e)
	}
	return list, nil
}

func (st *session) repeatsOrNone() []repeat {
	if st == nil {
		return nil
	}
	return st.repeats
}

// said gives the edges that a session says by repeating operations which say
// them: as it would have written them, at the places of these operations.
func (s *sequencer) said(sessionID string) ([]*daybook.Entry, error) {
	repeats, err := s.repeatsOf(sessionID)
	if err != nil {
		return nil, err
	}
	var edges []*daybook.Entry
	for _, r := range repeats {
		first, err := s.current(kindOperation, strconv.FormatInt(r.first, 10))
		if err != nil {
			return nil, err
		}
		if first == nil {
			continue // its body is gone, and nobody can tell any more
		}
		behind, err := daybook.EdgesBehind(s.ctx, s.read, first)
		if err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
		for _, e := range behind {
			again := revise(e, r.seq)
			again.Values[place(kindEdge, "session_id")] = daybook.TextValue(sessionID)
			again.Values[place(kindEdge, "created_at")] = daybook.TextValue(r.at)
			edges = append(edges, again)
		}
	}
	return edges, nil
}

// saidAnew writes an edge that a session says by a repeat, and that is not
// current any more.
func (s *sequencer) saidAnew(p daybook.Principal, said *daybook.Entry) error {
	id, err := newLogID()
	if err != nil {
		return err
	}
	e := revise(said, s.next())
	e.Values[standings[e.Kind.Number].subject] = daybook.IntValue(e.Seq)
	setCurrent(e, true)
	s.add(e, p, id, 1)
	return nil
}
