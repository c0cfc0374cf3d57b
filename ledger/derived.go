package ledger

import (
	"fmt"
	"maps"

	"github.com/daybook-audit/daybook"
)

// edgeSet are derived edges of a session.
type edgeSet struct {
	keys  map[daybook.EdgeKey]struct{}
	whole bool // they are all that the session has, so that nobody need look
}

func (s *edgeSet) has(key daybook.EdgeKey) bool {
	_, ok := s.keys[key]
	return ok
}

// maxDerived bounds how many derived edges are remembered; past it all are
// forgotten at once.
const maxDerived = 200_000

// keepDerived takes in the derived edges that a batch added.
func (c *sessionCache) keepDerived(added map[string]*edgeSet) {
	for id, set := range added {
		known := c.derived[id]
		switch {
		case known == nil && !set.whole:
			continue // they were known, and are forgotten since
		case c.derived == nil || c.edges+len(set.keys) > maxDerived:
			c.derived, c.edges, known = map[string]*edgeSet{}, 0, nil
			if !set.whole {
				continue
			}
		}
		if known == nil {
			known = &edgeSet{keys: make(map[daybook.EdgeKey]struct{}, len(set.keys)), whole: true}
			c.derived[id] = known
		}
		for key := range set.keys {
			if !known.has(key) {
				known.keys[key] = struct{}{}
				c.edges++
			}
		}
	}
}

// derive writes what follows from a record, and tells how much it was. An edge
// that the session has from an earlier operation is not written again.
func (s *sequencer) derive(p daybook.Principal, records []daybook.Record) (written int, err error) {
	for i := range records {
		r := &records[i]
		if r.Kind == kindEdge {
			fresh, err := s.isFresh(r)
			if err != nil {
				return written, err
			}
			if !fresh {
				continue
			}
		}
		a, err := s.record(p, r)
		if err != nil {
			return written, daybook.Under(fmt.Sprintf("/derived/%d", i), err)
		}
		if !a.duplicate {
			written++
		}
	}
	return written, nil
}

// isFresh says that a session does not have a derived edge yet, and takes note
// of it.
func (s *sequencer) isFresh(r *daybook.Record) (bool, error) {
	own, has, err := s.has(r)
	if err != nil || has {
		return false, err
	}
	key := daybook.EdgeKeyOf(r.Values)
	own.keys[key] = struct{}{}
	s.undo = append(s.undo, func() { delete(own.keys, key) })
	return true, nil
}

// areFresh says that a session has none of some derived edges yet.
func (s *sequencer) areFresh(derived []daybook.Record) (bool, error) {
	for i := range derived {
		if _, has, err := s.has(&derived[i]); err != nil || has {
			return false, err
		}
	}
	return true, nil
}

// has says whether a session has a derived edge already, and gives the batch's
// own set of those it has.
func (s *sequencer) has(r *daybook.Record) (own *edgeSet, has bool, err error) {
	id, key := r.Get("session_id").Text(), daybook.EdgeKeyOf(r.Values)
	own, err = s.derivedOf(id)
	if err != nil {
		return nil, false, err
	}
	sets := []*edgeSet{own, s.cache.derived[id]}
	if s.base != nil {
		sets = append(sets, s.base.derived[id])
	}
	for _, set := range sets {
		if set != nil && set.has(key) {
			return own, true, nil
		}
	}
	return own, false, nil
}

// derivedOf gives the batch's own set of a session's derived edges. Where those
// of the session are not known, it begins with what the store has.
func (s *sequencer) derivedOf(id string) (*edgeSet, error) {
	if own, ok := s.derived[id]; ok {
		return own, nil
	}
	own := &edgeSet{keys: map[daybook.EdgeKey]struct{}{}}
	s.derived[id] = own
	if s.cache.derived[id] != nil || id == "" {
		return own, nil
	}
	stored, err := s.view.Select(s.ctx, daybook.Query{
		Kind: kindEdge, Filters: []daybook.Filter{daybook.Is("session_id", id), daybook.Is("origin", daybook.EdgeParsed)},
	})
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	for _, e := range stored {
		own.keys[daybook.EdgeKeyOf(e.Values)] = struct{}{}
	}
	if s.base != nil && s.base.derived[id] != nil { // which the store may not show yet
		maps.Copy(own.keys, s.base.derived[id].keys)
	}
	own.whole = true
	return own, nil
}
