package httpd

import (
	"fmt"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/redact"
	"github.com/google/uuid"
)

// serveHTTP gives every request its id and headers, and turns what no route
// matches into a problem.
func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	id := requestID(r)
	header := w.Header()
	header.Set("X-Request-Id", id)
	header.Set("X-Content-Type-Options", "nosniff")
	// Every read is logged, so no cache may answer in the ledger's place.
	header.Set("Cache-Control", "no-store")
	// The id travels in the request's own header, where the caller's may have been.
	r.Header.Set("X-Request-Id", id)

	handler, pattern := s.mux.Handler(r)
	if _, ours := handler.(http.HandlerFunc); !ours || !isClean(r.URL.EscapedPath()) {
		// The mux redirects to what it takes for meant. A write must not become
		// another call.
		handler, pattern = http.NotFoundHandler(), ""
	}
	if pattern == "" {
		handler = s.handle(route{Pattern: "none", answer: unmatched(handler)})
		handler.ServeHTTP(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// isClean says that a path has no empty, "." or ".." segments.
func isClean(escaped string) bool {
	return escaped == "/" || strings.HasPrefix(escaped, "/") && path.Clean(escaped) == strings.TrimSuffix(escaped, "/")
}

// handle surrounds an answer with what all calls have in common: the guard,
// the principal, compression, problems, panics, metrics and the access log.
func (s *Server) handle(call route) http.Handler {
	name := strings.TrimSpace(call.Method + " " + call.Pattern)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		s.metrics.inFlight.Inc()
		out := &responder{ResponseWriter: w, accepts: acceptsGzip(r), head: r.Method == http.MethodHead}
		body := s.receive(w, r)
		r.Body = body
		defer func() {
			body.leave()
			s.letGo(body)
			s.metrics.inFlight.Dec()
			s.metrics.observe(name, out.status, time.Since(start))
			s.metrics.bytesIn.Add(float64(body.n))
			s.metrics.bytesOut.Add(float64(out.sent))
			s.Logger.Debug("request", "route", name, "status", out.status, "bytes_in", body.n, "bytes_out", out.sent,
				"duration", time.Since(start), "request_id", r.Header.Get("X-Request-Id"))
		}()
		err := s.answer(call, out, r, body)
		if err == nil {
			err = out.finish()
		}
		if err != nil {
			_ = s.drain(r, body) // it is refused already
			s.fail(out, r, name, err)
		}
	})
}

// answer makes the call; a panic becomes an error.
func (s *Server) answer(call route, w http.ResponseWriter, r *http.Request, body *incoming) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = &panicked{fault: fault, stack: debug.Stack()}
		}
	}()
	if call.Method == http.MethodGet { // a body has no meaning there
		// Before the request has its place among those at a time: nobody who
		// sends slowly, and nobody who may not call, is to keep others out.
		if err := s.drain(r, body); err != nil {
			return s.bodyError(err)
		}
	}
	defer s.leave()
	if err := s.enter(&call); err != nil {
		return err
	}
	if err := s.guard(r); err != nil {
		return err
	}
	p, err := s.principalOf(r, &call)
	if err != nil {
		return err
	}
	return call.answer(s, w, r, p)
}

// fail sends the problem. Where the answer has begun it cannot, and cuts the
// connection instead, so that nobody takes a part for the whole.
func (s *Server) fail(out *responder, r *http.Request, name string, err error) {
	id := r.Header.Get("X-Request-Id")
	p := problemOf(err)
	s.metrics.refusals.WithLabelValues(name, p.Code).Inc()
	if p.Status >= http.StatusInternalServerError {
		p.Instance = "urn:request:" + id
		s.logFailure(r.Context(), name, id, err)
	} else {
		s.logRefusal(r, name, id, p)
	}
	if out.begun {
		out.status = statusCut
		panic(http.ErrAbortHandler)
	}
	out.reset()
	_ = p.send(out) // a client that has gone away is not told
}

// statusCut stands in the metrics for answers that were cut off.
const statusCut = 499

// panicked is a panic of ours, caught.
type panicked struct {
	fault any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("httpd: panic: %v", p.fault) }

// unmatched answers what no route takes: 404, or 405 with the methods that the
// path has.
func unmatched(standard http.Handler) func(*Server, http.ResponseWriter, *http.Request, daybook.Principal) error {
	return func(_ *Server, w http.ResponseWriter, r *http.Request, _ daybook.Principal) error {
		seen := &statusOnly{header: http.Header{}}
		standard.ServeHTTP(seen, r)
		if allow := seen.header.Get("Allow"); allow != "" {
			w.Header().Set("Allow", allow)
			return &problem{
				Status: http.StatusMethodNotAllowed, Detail: r.Method + " is not a method of this path",
				Code: "method_not_allowed", Hint: "use " + allow + "; entries are never changed or deleted",
			}
		}
		return &daybook.Error{
			Code: daybook.CodeNotFound, Message: "no such call", Hint: "GET / lists the calls",
		}
	}
}

// statusOnly takes the headers of an answer and drops the rest.
type statusOnly struct{ header http.Header }

func (w *statusOnly) Header() http.Header         { return w.header }
func (w *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
func (w *statusOnly) WriteHeader(int)             {}

// requestID gives the caller's id of the request where it is a plain one, else
// a new one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if id == "" || len(id) > 64 {
		return newRequestID()
	}
	for _, c := range []byte(id) {
		plain := c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '-' || c == '_' || c == '.'
		if !plain {
			return newRequestID()
		}
	}
	if _, secrets := redact.Default().Text(id); len(secrets) > 0 {
		return newRequestID() // it would stand in the log
	}
	return id
}

func newRequestID() string {
	id, err := uuid.NewV7()
	if err != nil { // no randomness: the id is for logs alone
		return "none"
	}
	return id.String()
}
