package spool

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/daybook-audit/daybook"
)

// The bounds of a batch, and from where on it is compressed.
const (
	batchRecords = 1000
	batchBytes   = 1 << 20
	minZipped    = 1 << 10
	leastRecords = 8 // of a batch, after others were not answered
)

// The bounds of an answer.
const (
	maxAnswer     = 64 << 20
	maxProblem    = 1 << 20
	maxRetryAfter = 300 * time.Second
)

// cut gives how many of the lines go into the next batch, which may have so
// many records.
func cut(lines []line, most int) int {
	bytes, records := 0, 0
	for i := range lines {
		if lines[i].record == nil {
			continue
		}
		bytes += len(lines[i].record)
		records++
		if records > 1 && bytes > batchBytes || records > most {
			return i
		}
	}
	return len(lines)
}

// A verdict is what became of a line that was sent: taken, or refused with the
// server's problem.
type verdict struct {
	problem json.RawMessage // nil for taken
}

// A failure says that the server did not judge: it is asked again.
type failure struct {
	err        error
	after      time.Duration // it asks to wait so long
	unanswered bool          // it may have been too much at a time
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// errTooMuch says that the batch as a whole is at fault.
type tooMuch struct{ problem json.RawMessage }

func (*tooMuch) Error() string { return "the server refuses the batch as a whole" }

// post sends the records of lines, none of them damaged, and gives what became
// of the first of them: of all, unless an error says why it ends there.
func (s *sender) post(ctx context.Context, lines []line) ([]verdict, error) {
	verdicts, err := s.attempt(ctx, lines)
	var fault *tooMuch
	if !errors.As(err, &fault) {
		return verdicts, err
	}
	if len(lines) == 1 {
		return []verdict{{problem: fault.problem}}, nil
	}
	half := len(lines) / 2
	first, err := s.post(ctx, lines[:half])
	if err != nil {
		return first, err
	}
	rest, err := s.post(ctx, lines[half:])
	return append(first, rest...), err
}

func (s *sender) attempt(ctx context.Context, lines []line) ([]verdict, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.o.Timeout, fmt.Errorf("no answer within %s", s.o.Timeout))
	defer cancel()
	q, err := s.request(ctx, lines)
	if err != nil {
		return nil, &failure{err: err}
	}
	in, err := s.http.Do(q)
	if err != nil {
		return nil, &failure{err: s.unanswered(ctx, err), unanswered: true}
	}
	defer in.Body.Close()
	if in.StatusCode != http.StatusOK && in.StatusCode != http.StatusCreated {
		return nil, s.refusal(in)
	}
	body, err := io.ReadAll(io.LimitReader(in.Body, maxAnswer))
	if err != nil {
		return nil, &failure{err: s.unanswered(ctx, err), unanswered: true}
	}
	return s.judged(body, lines)
}

func (s *sender) request(ctx context.Context, lines []line) (*http.Request, error) {
	var body bytes.Buffer
	size := 0
	for i := range lines {
		size += len(lines[i].record) + 1
	}
	zipped := size >= minZipped && !s.near
	if err := writeBody(&body, lines, zipped); err != nil {
		return nil, err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, s.o.URL+"/v1/entries?on_invalid=skip", &body)
	if err != nil {
		return nil, fmt.Errorf("spool: the address of the server cannot be used: %w", err)
	}
	q.Header.Set("Content-Type", "application/x-ndjson")
	q.Header.Set("User-Agent", s.o.Program)
	if zipped {
		q.Header.Set("Content-Encoding", "gzip")
	}
	if s.o.Token != "" {
		q.Header.Set("Authorization", "Bearer "+s.o.Token)
	}
	q.Header["X-Idempotency-Key"] = nil // lets net/http send again over a new connection where an idle one was closed
	return q, nil
}

func writeBody(w *bytes.Buffer, lines []line, zipped bool) error {
	var out io.Writer = w
	var z *gzip.Writer
	if zipped {
		var err error
		if z, err = gzip.NewWriterLevel(w, gzip.BestSpeed); err != nil {
			return err
		}
		out = z
	}
	for i := range lines {
		record := lines[i].record
		if _, err := out.Write(record[:len(record):len(record)]); err != nil {
			return err
		}
		if _, err := out.Write([]byte{'\n'}); err != nil {
			return err
		}
	}
	if z != nil {
		return z.Close()
	}
	return nil
}

func (s *sender) unanswered(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		err = cause
	}
	var told *url.Error
	if errors.As(err, &told) { // which names the address again
		err = told.Err
	}
	return fmt.Errorf("no answer from %s: %w", s.o.URL, err)
}

// refusal reads an answer that is no success.
func (s *sender) refusal(in *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(in.Body, maxProblem))
	if err != nil {
		body = nil
	}
	media, _, _ := mime.ParseMediaType(in.Header.Get("Content-Type"))
	ours := problem{}
	isOurs := media == "application/problem+json" && json.Unmarshal(body, &ours) == nil && ours.Code != ""
	switch in.StatusCode {
	case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity:
		if isOurs {
			return &tooMuch{problem: body}
		}
	case http.StatusRequestEntityTooLarge:
		if !isOurs {
			body = fmt.Appendf(nil, `{"status": 413, "code": %q, "detail": "%s takes no body of this size"}`, daybook.CodeTooLarge, "what stands before the server")
		}
		return &tooMuch{problem: body}
	}
	said := s.o.URL + " answered " + in.Status
	if isOurs {
		said += ": " + daybook.Clip(ours.Detail)
	}
	return &failure{err: errors.New(said), after: retryAfter(in)}
}

// retryAfter gives the seconds of a Retry-After header, or none.
func retryAfter(in *http.Response) time.Duration {
	seconds, err := strconv.Atoi(in.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, maxRetryAfter)
}
