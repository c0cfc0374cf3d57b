package httpd

import (
	"bytes"
	"net/http"
	"strconv"
	"time"

	"github.com/daybook-audit/daybook"
)

// amend fills lifecycle fields of the subject that the path names.
func (s *Server) amend(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	kind, id, err := subjectOf(r)
	if err != nil {
		return err
	}
	b, err := s.readAmendment(w, r, kind)
	if err != nil {
		return err
	}
	if b == nil {
		return &daybook.Error{
			Code: daybook.CodeMalformed, Message: "there is no record in the body",
			Hint: "send an object with the fields to fill",
		}
	}
	b.records[0].Amend = true
	return s.sendAmendment(w, r, p, b, id)
}

// verb is an amendment with a name; its body may be empty.
func (s *Server) verb(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	kind, id, err := subjectOf(r)
	if err != nil {
		return err
	}
	verb, err := daybook.VerbNamed(kind, r.PathValue("verb"))
	if err != nil {
		return err
	}
	b, err := s.readAmendment(w, r, kind)
	if err != nil {
		return err
	}
	if b == nil {
		b = &batch{records: []daybook.Record{daybook.NewRecord(kind)}, places: []int{0}, single: true}
	}
	verb.Apply(&b.records[0], p.Name, time.Now())
	return s.sendAmendment(w, r, p, b, id)
}

// readAmendment reads the one object of the body; nil for an empty body.
func (s *Server) readAmendment(w http.ResponseWriter, r *http.Request, kind *daybook.Kind) (*batch, error) {
	if _, err := parameters(r); err != nil {
		return nil, err
	}
	if r.ContentLength == 0 {
		return nil, nil
	}
	if _, err := wantType(r, "application/json"); err != nil {
		return nil, err
	}
	body, err := s.readBody(w, r)
	if err != nil {
		return nil, err
	}
	defer putBuffer(body)
	start := bytes.TrimLeft(body.Bytes(), " \t\r\n")
	if len(start) == 0 {
		return nil, nil
	}
	notOne := &daybook.Error{
		Code: daybook.CodeMalformed, Message: "want one object",
		Hint: `send one object with the fields to fill; many amendments go to /v1/entries, each with "amend": true`,
	}
	if start[0] != '{' {
		return nil, notOne
	}
	b, err := s.decode(daybook.NewDecoder(body, kind), false)
	if err != nil {
		return nil, err
	}
	if len(b.records) != 1 {
		return nil, notOne
	}
	b.single = true
	return b, nil
}

func (s *Server) sendAmendment(w http.ResponseWriter, r *http.Request, p daybook.Principal, b *batch, id string) error {
	if err := setSubject(&b.records[0], id); err != nil {
		return err
	}
	if err := b.identify(r, p); err != nil {
		return err
	}
	receipts, err := s.record(r, p, b, false)
	if err != nil {
		return err
	}
	return sendBytes(w, http.StatusOK, "application/json", append(appendReceipt(nil, &receipts[0]), '\n'))
}

// setSubject gives an amendment the subject of the path. A body may repeat it,
// but not name another.
func setSubject(record *daybook.Record, id string) error {
	column := record.Kind.Subject()
	if given := record.SubjectID(); given != "" && given != id {
		e := daybook.Invalidf("/"+column.Name, "is %s, but the path says %s",
			strconv.Quote(daybook.Clip(given)), strconv.Quote(daybook.Clip(id)))
		e.Hint = "leave " + column.Name + " out"
		return e
	}
	v, err := column.ParseText(id)
	if err != nil {
		return err
	}
	record.Set(column.Name, v)
	return nil
}
