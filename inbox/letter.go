package inbox

import (
	"bytes"
	"errors"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// Principal is who a letter's records are of: the login's name behind
// "postgres/", which no token can have.
func Principal(l *daybook.Letter) daybook.Principal {
	return daybook.Principal{Name: "postgres/" + l.Writer, Role: daybook.RoleWriter, Business: l.Business}
}

// open reads a letter as a record. It was written when the job wrote it, not
// when it was read: that is filled in where the record does not say.
func open(l *daybook.Letter) (daybook.Record, *daybook.Error) {
	kind, err := daybook.KindNamed(l.Kind)
	if err != nil {
		return daybook.Record{}, errorOf(err)
	}
	r, err := daybook.NewDecoder(bytes.NewBuffer(bytes.Clone(l.Record)), kind).Next()
	if err != nil {
		return daybook.Record{}, errorOf(err)
	}
	written := canon.FormatTime(l.WrittenAt)
	if r.Amend {
		fillEnd(&r, written)
	} else {
		fillTime(&r, written)
	}
	return r, nil
}

// fillTime fills in when it happened: when it was written, or at the earliest
// of the times given that may not come before it.
func fillTime(r *daybook.Record, written string) {
	name := r.Kind.Time().Name
	at, _ := r.Kind.Column(name)
	if r.Values[at].IsSet() {
		return
	}
	for i := range r.Values {
		if r.Kind.Columns[i].After == name && r.Values[i].IsSet() {
			written = min(written, r.Values[i].Text())
		}
	}
	r.Fill(at, daybook.TextValue(written))
}

// fillEnd fills in when it was completed, which the ledger else does when it
// has the amendment, for one that ends its subject.
func fillEnd(r *daybook.Record, written string) {
	at, ok := r.Kind.Column("completed_at")
	status, hasStatus := r.Kind.Column("status")
	if !ok || !hasStatus || !r.Kind.Columns[at].Filled || r.Values[at].IsSet() || !r.Values[status].IsSet() {
		return
	}
	if r.Values[status].Text() != r.Kind.Columns[status].Closed[0] {
		r.Fill(at, daybook.TextValue(written))
	}
}

// errorOf gives an error as one of ours.
func errorOf(err error) *daybook.Error {
	var e *daybook.Error
	if errors.As(err, &e) {
		return e
	}
	return &daybook.Error{Code: daybook.CodeInternal, Message: "inbox", Err: err}
}

// refuse gives a letter as it is kept aside: the record and the reason without
// the secrets that can be found in them.
func (d *Drain) refuse(l *daybook.Letter, why *daybook.Error) daybook.RefusedLetter {
	refused := daybook.RefusedLetter{Letter: *l, Why: &daybook.Error{Code: why.Code, Path: why.Path, Hint: why.Hint}}
	bare := *why
	bare.Path = ""
	refused.Why.Message = strings.TrimSpace(bare.Error())
	if d.o.Redactor != nil {
		refused.Record, _ = d.o.Redactor.JSON(l.Record)
		refused.Why.Message, _ = d.o.Redactor.Text(refused.Why.Message)
		refused.Why.Path, _ = d.o.Redactor.Text(refused.Why.Path)
	}
	return refused
}
