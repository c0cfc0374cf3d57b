package ledger

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/redact"
)

// duplicate finds the entry that a record's log_id names already. The same
// content is answered with it; another is a conflict.
func (s *sequencer) duplicate(p daybook.Principal, r *daybook.Record) (answer, bool, error) {
	id := r.LogID()
	if e, ok := s.named(id); ok {
		return s.repeatOf(p, r, e)
	}
	spine, ok := s.stored[id]
	if !ok {
		return answer{}, false, nil
	}
	if spine.Kind != r.Kind && (p.Business == "" || spine.Kind == nil) {
		return answer{}, true, otherContent(r, "kind")
	}
	there := s.before[spine.Seq]
	if p.Business != "" && there == nil { // nobody can tell any more whose it was
		return answer{}, true, usedElsewhere("/log_id")
	}
	if there == nil {
		return answer{spine: spine, duplicate: true}, true, nil
	}
	return s.repeatOf(p, r, there)
}

// repeatOf answers a record with the entry of its log_id, whose content it must
// repeat: of one that was stored as the repeat of a pattern, what that says.
func (s *sequencer) repeatOf(p daybook.Principal, r *daybook.Record, e *daybook.Entry) (answer, bool, error) {
	said := e
	if first, ok := e.Repeats(); ok {
		id := strconv.FormatInt(first, 10)
		there, err := s.current(e.Kind, id)
		if err != nil {
			return answer{}, true, err
		}
		if _, own := s.overlaid(e.Kind, id); !own {
			s.known[subject{e.Kind, id}] = there // which the next repeat wants too
		}
		if there == nil || !there.IsPatternOf(e) {
			there = &daybook.Entry{Kind: r.Kind, Values: r.Values} // nobody can tell any more
		}
		if r.Kind == e.Kind {
			said = e.InFull(there)
		}
	}
	return answer{entry: e, duplicate: true}, true, s.mustRepeat(p, r, said)
}

// mustRepeat wants a record to say what the entry of its log_id says: every
// field it gives, and for a first entry none left out but those Daybook fills.
func (s *sequencer) mustRepeat(p daybook.Principal, r *daybook.Record, e *daybook.Entry) error {
	if foreign(p, e) {
		return usedElsewhere("/log_id")
	}
	if r.Kind != e.Kind {
		return otherContent(r, "kind")
	}
	if p.Name != e.Principal() {
		return otherContent(r, "principal")
	}
	if r.Amend != (e.Revision() > 1) {
		return otherContent(r, "amend")
	}
	for i := range r.Kind.Columns {
		c := &r.Kind.Columns[i]
		given, stands := r.Values[i], e.Values[i]
		if r.Filled(i) {
			given = daybook.Value{}
		}
		switch {
		case c.Envelope:
		case given.IsSet() && c.Amend == daybook.RuleGrow && c.Type == daybook.TypeTexts && r.Amend:
			if merged, err := grownTexts(stands, given); err != nil || merged != stands && !toldAmong(stands, given) {
				return otherContent(r, c.Name)
			}
		case given.IsSet() && c.Amend == daybook.RuleEarliest && r.Amend:
			if stands.Text() > given.Text() {
				return otherContent(r, c.Name)
			}
		case given.IsSet() && c.Name == "warnings":
		case given.IsSet() && given != stands && !sameButMarks(c, given, stands) && !sameButCuts(c, given, stands):
			return otherContent(r, c.Name)
		case !given.IsSet() && stands.IsSet() && !r.Amend && !c.Filled && !c.Serial:
			return otherContent(r, c.Name)
		}
	}
	return nil
}

// sameButMarks says whether two values are one but for secrets: what is taken
// out of a record may differ from one attempt to the next, as the rules of the
// server or of the client have changed meanwhile.
func sameButMarks(c *daybook.Column, given, stands daybook.Value) bool {
	switch {
	case !stands.IsSet() || !c.Type.IsText():
		return false
	case c.Type.IsJSON():
		return redact.AgreeJSON([]byte(given.Text()), []byte(stands.Text()))
	}
	return redact.Agree(given.Text(), stands.Text(), isCut(c, given) || isCut(c, stands))
}

// isCut says whether a text may have been cut to its column's length.
func isCut(c *daybook.Column, v daybook.Value) bool {
	most := daybook.MaxName
	switch {
	case c.Preview:
		most = daybook.PreviewLength
	case c.Long:
		most = daybook.MaxLong
	}
	return len(v.Text()) >= most && utf8.RuneCountInString(v.Text()) == most
}

// toldAmong says whether each text given is among those that stand, but for
// secrets.
func toldAmong(stands, given daybook.Value) bool {
	list, err := daybook.Texts(stands)
	more, errGiven := daybook.Texts(given)
	return err == nil && errGiven == nil && !slices.ContainsFunc(more, func(text string) bool {
		return !slices.ContainsFunc(list, func(other string) bool { return redact.Agree(text, other, false) })
	})
}

func otherContent(r *daybook.Record, column string) error {
	return &daybook.Error{
		Code: daybook.CodeConflict, Path: "/log_id", Message: "log_id " + r.LogID() + " was written before with another " + column,
		Hint: "repeat a write with the same content, or leave log_id out for a new one",
	}
}
