package client

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/daybook-audit/daybook"
)

// maxProblem bounds how much of a refusal is read, in bytes.
const maxProblem = 1 << 20

// problem is a refusal as RFC 9457 has it, with Daybook's members.
type problem struct {
	Detail string `json:"detail"`
	Code   string `json:"code"`
	Path   string `json:"path"`
	Hint   string `json:"hint"`
}

// refusal makes an answer that is not a success an error: the server's own
// where it is a problem of ours, else what the status says.
func (r *Remote) refusal(in *http.Response) error {
	e := &daybook.Error{Code: codeOf(in.StatusCode), Message: "client: " + r.base + " answered " + in.Status}
	media, _, _ := mime.ParseMediaType(in.Header.Get("Content-Type"))
	var p problem
	body, err := io.ReadAll(io.LimitReader(in.Body, maxProblem))
	if err == nil && media == "application/problem+json" && json.Unmarshal(body, &p) == nil && p.Code != "" {
		e = &daybook.Error{Code: daybook.Code(p.Code), Message: p.Detail, Path: p.Path, Hint: p.Hint}
	} else if in.StatusCode/100 == 3 {
		e.Hint = "give the address it points to: " + daybook.Clip(in.Header.Get("Location"))
	} else {
		e.Hint = "see that the address is that of a Daybook server, and what stands between"
	}
	if isTransient(in.StatusCode) {
		return &transient{err: e, after: retryAfter(in)}
	}
	return e
}

// isTransient says that the same request may be answered otherwise in a
// moment. A 408 is a body that was cut off on its way, as at a shutdown.
func isTransient(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// retryAfter gives the seconds of a Retry-After header, or none.
func retryAfter(in *http.Response) time.Duration {
	seconds, err := strconv.Atoi(in.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

func codeOf(status int) daybook.Code {
	switch status {
	case http.StatusBadRequest:
		return daybook.CodeMalformed
	case http.StatusUnauthorized:
		return daybook.CodeUnauthorized
	case http.StatusForbidden:
		return daybook.CodeForbidden
	case http.StatusNotFound:
		return daybook.CodeNotFound
	case http.StatusConflict:
		return daybook.CodeConflict
	case http.StatusRequestEntityTooLarge:
		return daybook.CodeTooLarge
	case http.StatusUnprocessableEntity:
		return daybook.CodeInvalid
	case http.StatusTooManyRequests:
		return daybook.CodeTooMany
	}
	if isTransient(status) {
		return daybook.CodeUnavailable
	}
	return daybook.CodeInternal
}
