package httpd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/daybook-audit/daybook"
)

// problem is an error as RFC 9457 has it, with three members more: the code,
// the path of what is wrong, and what to do next.
type problem struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	Instance string `json:"instance,omitempty"` // names the request, where our log says more
	Code     string `json:"code"`
	Path     string `json:"path,omitempty"` // RFC 6901 pointer into the body, or /name of a query parameter
	Hint     string `json:"hint,omitempty"`
}

func (p *problem) Error() string { return p.Detail }

var statusOf = map[daybook.Code]int{
	daybook.CodeMalformed:    http.StatusBadRequest,
	daybook.CodeUnauthorized: http.StatusUnauthorized,
	daybook.CodeForbidden:    http.StatusForbidden,
	daybook.CodeNotFound:     http.StatusNotFound,
	daybook.CodeConflict:     http.StatusConflict,
	daybook.CodeTooLarge:     http.StatusRequestEntityTooLarge,
	daybook.CodeInvalid:      http.StatusUnprocessableEntity,
	daybook.CodeTooMany:      http.StatusTooManyRequests,
	daybook.CodeUnavailable:  http.StatusServiceUnavailable,
	daybook.CodeDamaged:      http.StatusInternalServerError,
	daybook.CodeInternal:     http.StatusInternalServerError,
}

// problemOf tells an error as a problem. What an error of 500 and more wraps
// stays inside: it is for the log.
func problemOf(err error) *problem {
	var ready *problem
	if errors.As(err, &ready) {
		return ready.filled()
	}
	var ours *daybook.Error
	switch {
	case errors.As(err, &ours):
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		ours = &daybook.Error{Code: daybook.CodeUnavailable, Message: "it took too long, or the client gave it up", Hint: "ask for less, or try again"}
	default:
		ours = &daybook.Error{Code: daybook.CodeInternal}
	}
	p := &problem{
		Status: statusOf[ours.Code], Detail: ours.Message, Code: string(ours.Code), Path: ours.Path, Hint: ours.Hint,
	}
	switch {
	case p.Status == 0 || ours.Code == daybook.CodeInternal:
		p.Status, p.Code, p.Path = http.StatusInternalServerError, string(daybook.CodeInternal), ""
		p.Detail, p.Hint = "a fault of ours", "try again; the server's log says more under the request's id"
	case p.Status < http.StatusInternalServerError && ours.Err != nil:
		p.Detail += ": " + ours.Err.Error()
	}
	return p.filled()
}

func (p *problem) filled() *problem {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	return p
}

func (p *problem) send(w http.ResponseWriter) error {
	header := w.Header()
	header.Set("Content-Type", "application/problem+json")
	switch p.Status {
	case http.StatusServiceUnavailable:
		header.Set("Retry-After", "1")
	case http.StatusTooManyRequests:
		header.Set("Retry-After", "10")
	case http.StatusRequestTimeout:
		header.Set("Connection", "close") // what comes late must not be taken for a request
	case http.StatusUnauthorized:
		header.Set("WWW-Authenticate", `Bearer realm="daybook"`)
	}
	w.WriteHeader(p.Status)
	var b bytes.Buffer
	if err := writeJSON(&b, p); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	if err != nil {
		return err
	}
	if out, ok := w.(*responder); ok {
		return out.finish()
	}
	return nil
}

// writeJSON writes v without escaping <, > and &, which stand in hints.
func writeJSON(b *bytes.Buffer, v any) error {
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// sendJSON answers 200 with v.
func sendJSON(w http.ResponseWriter, v any) error {
	var b bytes.Buffer
	if err := writeJSON(&b, v); err != nil {
		return err
	}
	return sendBytes(w, http.StatusOK, "application/json", b.Bytes())
}

func sendBytes(w http.ResponseWriter, status int, contentType string, body []byte) error {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}
