package daybook

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Code says what sort of error it is, so that a caller can tell what to do.
type Code string

// The codes, and the HTTP status each has at the doors.
const (
	CodeMalformed    Code = "malformed"    // 400: not the format it should be
	CodeUnauthorized Code = "unauthorized" // 401: who are you
	CodeForbidden    Code = "forbidden"    // 403: not yours to do
	CodeNotFound     Code = "not_found"    // 404: no such thing
	CodeConflict     Code = "conflict"     // 409: what stands in the ledger says otherwise
	CodeTooLarge     Code = "too_large"    // 413: over a limit
	CodeInvalid      Code = "invalid"      // 422: understood, but not allowed
	CodeTooMany      Code = "too_many"     // 429: too often; try again later
	CodeUnavailable  Code = "unavailable"  // 503: not now, try again
	CodeDamaged      Code = "damaged"      // 500: the store does not hold what it held
	CodeInternal     Code = "internal"     // 500: a fault of ours
)

// Error is the one error type of Daybook: what is wrong, where, and what to do
// next.
type Error struct {
	Code    Code
	Message string
	Hint    string // what to do next
	Path    string // RFC 6901 pointer into the input, where that is at fault
	Err     error  // what it wraps
}

// ErrStale says that a subject has gone on since an amendment was computed: see
// [Record].Base. What is computed anew may be written.
var ErrStale = errors.New("the subject has been amended since")

// Error gives the message with its path.
func (e *Error) Error() string {
	s := e.Message
	if e.Path != "" {
		s = e.Path + ": " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives what it wraps.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf gives the code of an error: CodeInternal for one that is not ours, ""
// for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// Invalidf makes an error of CodeInvalid at a path.
func Invalidf(path, format string, args ...any) *Error {
	return &Error{Code: CodeInvalid, Path: path, Message: fmt.Sprintf(format, args...)}
}

// Under puts a path before the path of an error of ours, such as the index of
// the record in its batch. Other errors pass unchanged.
func Under(path string, err error) error {
	var e *Error
	if path == "" || !errors.As(err, &e) {
		return err
	}
	at := *e
	at.Path = path + e.Path
	return &at
}

// Inside takes a path off the front of the path of an error of ours, for who
// knows what it is about: what [Under] put there. Other errors, and those of
// other paths, pass unchanged.
func Inside(path string, err error) error {
	var e *Error
	if path == "" || !errors.As(err, &e) {
		return err
	}
	rest, ok := strings.CutPrefix(e.Path, path)
	if !ok || rest != "" && rest[0] != '/' {
		return err
	}
	at := *e
	at.Path = rest
	return &at
}

// RefusedAt says which of n records the error of a [Recorder] is about, where
// it names one.
func RefusedAt(err error, n int) (index int, named bool) {
	var e *Error
	if !errors.As(err, &e) {
		return 0, false
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(e.Path, "/"), "/")
	index, fault := strconv.Atoi(first)
	if fault != nil || index < 0 || index >= n {
		return 0, false
	}
	return index, true
}

// Clip shortens what a client sent before it stands in a message.
func Clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// HintNear names the word that was probably meant, else gives the rest.
func HintNear(word string, words []string, otherwise string) string {
	best, least := "", min(4, len(word)/2+1)
	for _, w := range words {
		if d := distance(strings.ToLower(word), w, least); d < least {
			best, least = w, d
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	return otherwise
}

// distance is the Levenshtein distance of a and b, or most where it is more.
func distance(a, b string, most int) int {
	if len(a)-len(b) >= most || len(b)-len(a) >= most {
		return most
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
