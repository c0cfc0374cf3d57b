package httpd

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/lineage"
)

// postKind writes records that need not name their kind.
func (s *Server) postKind(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	kind, err := kindOf(r)
	if err != nil {
		return err
	}
	return s.write(w, r, p, kind)
}

// list gives current states, a page at a time.
func (s *Server) list(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	kind, err := kindOf(r)
	if err != nil {
		return err
	}
	values, err := anyParameters(r)
	if err != nil {
		return err
	}
	q, err := lineage.ParseFilters(kind, values)
	if err != nil {
		return err
	}
	page, err := s.Reader.List(r.Context(), p, q)
	if err != nil {
		return err
	}
	return sendPage(w, r, page)
}

// get gives the current state of a subject.
func (s *Server) get(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	kind, id, err := subjectOf(r)
	if err != nil {
		return err
	}
	if _, err := parameters(r); err != nil {
		return err
	}
	entry, err := s.Reader.Get(r.Context(), p, kind, id)
	if err != nil {
		return err
	}
	return sendBytes(w, http.StatusOK, "application/json", append(entry.AppendExport(nil), '\n'))
}

// revisions gives every revision of a subject, the oldest first.
func (s *Server) revisions(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	kind, id, err := subjectOf(r)
	if err != nil {
		return err
	}
	values, err := parameters(r, "limit", "cursor")
	if err != nil {
		return err
	}
	q, err := lineage.ParseFilters(kind, values)
	if err != nil {
		return err
	}
	q.IDs, q.Revisions, q.Oldest = []string{id}, true, true
	page, err := s.Reader.List(r.Context(), p, q)
	if err != nil {
		return err
	}
	if len(page.Entries) == 0 && q.After == nil {
		return noSubject(kind, id)
	}
	return sendPage(w, r, page)
}

// sendPage answers {"entries": […], "next": cursor}; next is "" on the last
// page, and a Link header leads to it on the others.
func sendPage(w http.ResponseWriter, r *http.Request, page *daybook.Page) error {
	b := buffers.Get().(*bytes.Buffer)
	defer putBuffer(b)
	b.WriteString(`{"entries": [`)
	for i, entry := range page.Entries {
		if i > 0 {
			b.WriteString(",\n ")
		}
		b.Write(entry.AppendExport(b.AvailableBuffer()))
	}
	b.WriteString(`], "next": `)
	b.Write(canon.AppendString(b.AvailableBuffer(), page.Next))
	b.WriteString("}\n")
	linkNext(w, r, page.Next)
	return sendBytes(w, http.StatusOK, "application/json", b.Bytes())
}

// linkNext leads to the page behind the one that is sent, if there is one.
func linkNext(w http.ResponseWriter, r *http.Request, cursor string) {
	if cursor == "" {
		return
	}
	next := url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath}
	values := r.URL.Query()
	values.Set("cursor", cursor)
	next.RawQuery = values.Encode()
	w.Header().Set("Link", "<"+next.String()+`>; rel="next"`)
}

// kindOf gives the kind that the path names.
func kindOf(r *http.Request) (*daybook.Kind, error) {
	kind, err := daybook.KindNamed(r.PathValue("kind"))
	if err == nil {
		return kind, nil
	}
	var names []byte
	for i, k := range daybook.Kinds() {
		if i > 0 {
			names = append(names, ", "...)
		}
		names = append(names, k.Name...)
	}
	return nil, &daybook.Error{
		Code: daybook.CodeNotFound, Message: "there is no call and no kind " + strconv.Quote(daybook.Clip(r.PathValue("kind"))),
		Hint: "the kinds are " + string(names),
	}
}

// subjectOf gives the kind and the subject's id that the path names, the id in
// its canonical form. What cannot be an id of the kind names no subject.
func subjectOf(r *http.Request) (*daybook.Kind, string, error) {
	kind, err := kindOf(r)
	if err != nil {
		return nil, "", err
	}
	id := r.PathValue("id")
	v, err := kind.Subject().ParseText(id)
	if err != nil || !v.IsSet() || canon.CheckString(id) != nil {
		return nil, "", noSubject(kind, id)
	}
	if kind.Subject().Type == daybook.TypeInt {
		return kind, strconv.FormatInt(v.Int(), 10), nil
	}
	return kind, v.Text(), nil
}

func noSubject(kind *daybook.Kind, id string) error {
	return &daybook.Error{
		Code: daybook.CodeNotFound, Message: "no " + kind.Name + " has the " + kind.Subject().Name + " " + strconv.Quote(daybook.Clip(id)),
		Hint: "GET /v1/" + kind.Name + " lists those that there are",
	}
}
