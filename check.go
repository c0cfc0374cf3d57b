package daybook

import "strings"

// Check holds a record against its kind as far as the record alone tells:
// every value is one of its column's, no end is before its start, and an
// amendment names its subject and fills what may be filled. What is missing,
// [Record.CheckComplete] says; what depends on what stands in the ledger, is
// the ledger's to judge.
func (r *Record) Check() error {
	if r.Amend {
		if err := r.checkAmendment(); err != nil {
			return err
		}
	}
	k := r.Kind
	for i := range r.Values {
		if !r.Values[i].set {
			continue
		}
		c := &k.Columns[i]
		if c.Envelope && i != k.envelope.logID && c.Type != TypeTexts {
			continue // the ledger writes over it
		}
		if err := c.check(r.Values[i], c.Required || c.Subject || i == k.envelope.business); err != nil {
			return Under("/"+c.Name, err)
		}
	}
	return r.checkOrder()
}

// CheckComplete wants every column that the kind requires of a record that
// begins a subject, but for one that somebody else will fill; nil for none.
func (r *Record) CheckComplete(but *Column) error {
	if r.Amend {
		return nil
	}
	for i := range r.Values {
		c := &r.Kind.Columns[i]
		if !c.Required || r.Values[i].set || c == but {
			continue
		}
		return &Error{
			Code: CodeInvalid, Path: "/" + c.Name, Message: "is missing",
			Hint: r.Kind.Name + " need " + c.Name + ": " + r.Kind.ColumnDoc(c.Name),
		}
	}
	return nil
}

// checkOrder wants no end before its start. Canonical times and dates compare
// as text.
func (r *Record) checkOrder() error {
	for i := range r.Values {
		c := &r.Kind.Columns[i]
		if c.After == "" || !r.Values[i].set {
			continue
		}
		if early, late := r.Get(c.After), r.Values[i]; early.set && late.text < early.text {
			return &Error{
				Code: CodeInvalid, Path: "/" + c.Name, Message: late.text + " is before " + c.After + ", " + early.text,
				Hint: "check both, and their offsets from UTC",
			}
		}
	}
	return nil
}

// checkAmendment wants an amendment to name its subject and to fill at least
// one column, and none but those that the catalog lets an amendment fill.
func (r *Record) checkAmendment() error {
	k := r.Kind
	if !k.Amendable() {
		return &Error{
			Code: CodeConflict, Message: k.Name + " cannot be amended",
			Hint: "what was written stands; write a new record",
		}
	}
	if !r.Values[k.subject].set {
		subject := k.Subject().Name
		return &Error{
			Code: CodeInvalid, Path: "/" + subject, Message: "is missing",
			Hint: "say in " + subject + " which of " + k.Name + " to amend",
		}
	}
	fills := false
	for i := range r.Values {
		c := &k.Columns[i]
		switch {
		case !r.Values[i].set:
		case c.Amend != RuleNone:
			fills = true
		case !c.Envelope && i != k.subject && i != k.envelope.business:
			return &Error{Code: CodeConflict, Path: "/" + c.Name, Message: "cannot be amended", Hint: k.amendHint()}
		}
	}
	if !fills {
		return &Error{Code: CodeInvalid, Message: "the amendment fills nothing", Hint: k.amendHint()}
	}
	return nil
}

func (k *Kind) amendHint() string {
	var names []string
	for i := range k.Columns {
		if k.Columns[i].Amend != RuleNone {
			names = append(names, k.Columns[i].Name)
		}
	}
	return "an amendment of " + k.Name + " may fill " + strings.Join(names, ", ")
}
