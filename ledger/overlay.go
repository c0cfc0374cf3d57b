package ledger

import (
	"fmt"

	"github.com/daybook-audit/daybook"
)

// subject names a subject of any kind.
type subject struct {
	kind *daybook.Kind
	id   string
}

// lookup is a column's value by which a batch's own entries are found.
type lookup struct {
	kind          *daybook.Kind
	column, value string
}

// looked are the columns by which entries are looked up while sequencing.
var looked = map[*daybook.Kind][]string{
	kindArtifact:  {"session_id", "artifact_name"},
	kindEdge:      {"session_id", "target_name"},
	kindOperation: {"session_id"},
}

// lookedBy gives the columns by which an entry is looked up. Of operations only
// those are that make a table anew, or repeat another.
func lookedBy(e *daybook.Entry) []string {
	if e.Kind == kindOperation && !remakes(e) {
		if _, ok := e.Repeats(); !ok {
			return nil
		}
	}
	return looked[e.Kind]
}

// overlay is what a batch adds before it is in the store: the current entry of
// each subject it touches, and every entry by log_id.
type overlay struct {
	current map[subject]*daybook.Entry
	byLogID map[string]*daybook.Entry
	found   map[lookup][]string // subject ids, in order
}

func newOverlay() overlay {
	return overlay{current: map[subject]*daybook.Entry{}, byLogID: map[string]*daybook.Entry{}, found: map[lookup][]string{}}
}

// put adds an entry and gives what undoes it.
func (o *overlay) put(e *daybook.Entry) (undo func()) {
	key := subject{e.Kind, e.SubjectID()}
	before := o.current[key]
	o.current[key] = e
	o.byLogID[e.LogID()] = e
	var added []lookup
	if before == nil {
		for _, column := range lookedBy(e) {
			at := lookup{e.Kind, column, e.Text(column)}
			o.found[at] = append(o.found[at], key.id)
			added = append(added, at)
		}
	}
	return func() {
		delete(o.byLogID, e.LogID())
		for _, at := range added {
			o.found[at] = o.found[at][:len(o.found[at])-1]
		}
		if before == nil {
			delete(o.current, key)
			return
		}
		o.current[key] = before
	}
}

// overlaid gives the newest entry of a subject in this batch or the one before.
func (s *sequencer) overlaid(k *daybook.Kind, id string) (*daybook.Entry, bool) {
	at := subject{k, id}
	e, ok := s.overlay.current[at]
	if !ok && s.base != nil {
		e, ok = s.base.overlay.current[at]
	}
	return e, ok
}

// named gives the entry that a log_id names in this batch or the one before.
func (s *sequencer) named(logID string) (*daybook.Entry, bool) {
	e, ok := s.overlay.byLogID[logID]
	if !ok && s.base != nil {
		e, ok = s.base.overlay.byLogID[logID]
	}
	return e, ok
}

// current gives the newest entry of a subject, of the batches or the store; nil
// if there is none.
func (s *sequencer) current(k *daybook.Kind, id string) (*daybook.Entry, error) {
	if e, ok := s.overlaid(k, id); ok {
		return e, nil
	}
	if e, ok := s.known[subject{k, id}]; ok {
		return e, nil
	}
	entries, err := s.view.Select(s.ctx, daybook.Query{Kind: k, IDs: []string{id}})
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if len(entries) == 0 {
		return nil, nil
	}
	return entries[0], nil
}

// where gives the current entries whose column (one of those looked up) has
// one of the values, in ledger order of their subjects.
func (s *sequencer) where(k *daybook.Kind, column string, values ...string) ([]*daybook.Entry, error) {
	return s.among(k, daybook.Is(column, values...))
}

// among is where, narrowed by further filters. They narrow what the store gives
// alone: what the batches have touched comes in any case.
func (s *sequencer) among(k *daybook.Kind, by daybook.Filter, further ...daybook.Filter) ([]*daybook.Entry, error) {
	return s.asked(daybook.Query{Kind: k, Filters: append(further, by), Oldest: true}, by)
}

// asked is among with a query of its own for the store.
func (s *sequencer) asked(q daybook.Query, by daybook.Filter) ([]*daybook.Entry, error) {
	k := q.Kind
	stored, err := s.view.Select(s.ctx, q)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	var out []*daybook.Entry
	seen := map[string]bool{}
	take := func(e *daybook.Entry) {
		id := e.SubjectID()
		if seen[id] {
			return
		}
		seen[id] = true
		if newer, ok := s.overlaid(k, id); ok {
			e = newer
		}
		out = append(out, e)
	}
	for _, e := range stored {
		take(e)
	}
	for _, o := range s.overlays() {
		for _, v := range by.Values {
			for _, id := range o.found[lookup{k, by.Column, v.Text()}] {
				take(o.current[subject{k, id}])
			}
		}
	}
	return out, nil
}

// overlays are those of the batches, the older first.
func (s *sequencer) overlays() []*overlay {
	if s.base == nil {
		return []*overlay{&s.overlay}
	}
	return []*overlay{&s.base.overlay, &s.overlay}
}
