package ledger

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/daybook-audit/daybook"
)

// amend makes the next revision of a subject: its whole state with the
// lifecycle fields that the record fills. One that would change nothing adds
// nothing, and is answered with the revision that says so already.
func (s *sequencer) amend(p daybook.Principal, r *daybook.Record) (answer, error) {
	before, err := s.amended(p, r)
	if err != nil {
		return answer{}, err
	}
	if r.Base != 0 && r.Base != before.Revision() {
		return answer{}, &daybook.Error{
			Code: daybook.CodeConflict, Message: fmt.Sprintf("was computed from revision %d, and there is %d", r.Base, before.Revision()),
			Hint: "compute it anew", Err: daybook.ErrStale,
		}
	}
	e := revise(before, s.next())
	changed, err := fill(e, r)
	if err != nil {
		return answer{}, err
	}
	if !changed {
		return answer{entry: before, duplicate: true}, nil
	}
	if err := s.references(p, r, before.Business()); err != nil {
		return answer{}, err
	}
	effects, err := s.settle(p, before, e)
	if err != nil {
		return answer{}, err
	}
	complete(e)
	if err := inOrder(e); err != nil {
		return answer{}, err
	}
	s.add(e, p, r.LogID(), before.Revision()+1)
	if effects != nil {
		err = effects()
	}
	return answer{entry: e}, err
}

// amended gives the current revision of the subject that a record amends.
func (s *sequencer) amended(p daybook.Principal, r *daybook.Record) (*daybook.Entry, error) {
	before, err := s.current(r.Kind, r.SubjectID())
	if err != nil {
		return nil, err
	}
	if before == nil || foreign(p, before) {
		name := r.Kind.Subject().Name
		return nil, &daybook.Error{
			Code: daybook.CodeNotFound, Path: "/" + name,
			Message: "no " + r.Kind.Name + " has " + name + " " + strconv.Quote(daybook.Clip(r.SubjectID())),
			Hint:    "write it first; an amendment fills in what exists",
		}
	}
	return before, s.mayAmend(p, before)
}

// fill merges what a record gives into the next revision.
func fill(e *daybook.Entry, r *daybook.Record) (changed bool, err error) {
	for i := range r.Kind.Columns {
		c := &r.Kind.Columns[i]
		if !r.Values[i].IsSet() || c.Subject || c.Envelope && c.Name != "warnings" {
			continue
		}
		if c.Computed != "" && isComputed(e, c) {
			changed = giveWay(e, r, c) || changed
			continue
		}
		merged, err := merge(c, e.Values[i], r.Values[i])
		if err != nil {
			return false, daybook.Under("/"+c.Name, err)
		}
		changed = changed || merged != e.Values[i] && c.Name != "warnings"
		e.Values[i] = merged
	}
	return changed, nil
}

// isComputed says that the value that stands in a column was computed. No
// client said it: it follows from other fields.
func isComputed(e *daybook.Entry, c *daybook.Column) bool { return e.Get(c.Computed).IsSet() }

// giveWay puts what a record gives in the place of a value that was computed,
// and of what says so: it is computed anew, or said by a client at last.
func giveWay(e *daybook.Entry, r *daybook.Record, c *daybook.Column) (changed bool) {
	for _, name := range []string{c.Name, c.Computed} {
		i, _ := e.Kind.Column(name)
		changed = changed || e.Values[i] != r.Values[i]
		e.Values[i] = r.Values[i]
	}
	return changed
}

// merge applies the catalog's rule of a column.
func merge(c *daybook.Column, stands, given daybook.Value) (daybook.Value, error) {
	if stands == given {
		return stands, nil
	}
	if c.Name == "warnings" {
		return grownTexts(stands, given)
	}
	switch c.Amend {
	case daybook.RuleOnce:
		if !stands.IsSet() {
			return given, nil
		}
	case daybook.RuleGrow:
		if c.Type == daybook.TypeTexts {
			return grownTexts(stands, given)
		}
		if !stands.IsSet() || given.Number(c.Type) >= stands.Number(c.Type) {
			return given, nil
		}
		return stands, refused(c, stands, given, "it only grows")
	case daybook.RuleOneWay:
		if !stands.IsSet() || isOpen(c, stands) {
			return given, nil
		}
		return stands, refused(c, stands, given, "it goes one way")
	case daybook.RuleEarliest:
		if stands.IsSet() && stands.Text() <= given.Text() {
			return stands, nil
		}
		return given, nil
	}
	return stands, refused(c, stands, given, "it is filled once")
}

func isOpen(c *daybook.Column, v daybook.Value) bool {
	if c.Type == daybook.TypeBool {
		return v.Bool() == c.Opens
	}
	return v.Text() == c.Closed[0]
}

func refused(c *daybook.Column, stands, given daybook.Value, why string) error {
	return &daybook.Error{
		Code: daybook.CodeConflict,
		Message: fmt.Sprintf("%s is %s already and cannot become %s: %s", c.Name,
			daybook.Clip(string(daybook.AppendValue(nil, c.Type, stands))), daybook.Clip(string(daybook.AppendValue(nil, c.Type, given))), why),
		Hint: "leave " + c.Name + " out, or write a new record that says what has changed",
	}
}

// grownTexts is the union of two arrays, in the order in which they came.
func grownTexts(stands, given daybook.Value) (daybook.Value, error) {
	list, err := daybook.Texts(stands)
	if err != nil {
		return stands, err
	}
	more, err := daybook.Texts(given)
	if err != nil {
		return stands, err
	}
	for _, text := range more {
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return daybook.TextsValue(list), nil
}

// inOrder wants no end before its start in the merged state.
func inOrder(e *daybook.Entry) error {
	for i := range e.Kind.Columns {
		c := &e.Kind.Columns[i]
		if c.After == "" || !e.Values[i].IsSet() {
			continue
		}
		if start := e.Text(c.After); e.Values[i].Text() < start {
			return daybook.Invalidf("/"+c.Name, "%s is before %s, which is %s", e.Values[i].Text(), c.After, start)
		}
	}
	return nil
}
