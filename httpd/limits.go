package httpd

import (
	"io"
	"net/http"
	"time"

	"github.com/daybook-audit/daybook"
)

// The bounds of a server where Limits set none.
const (
	DefaultMaxBody        = 32 << 20
	DefaultMaxRecords     = 10_000
	DefaultMaxBodies      = 256 << 20
	DefaultMaxHeader      = 64 << 10
	DefaultMaxRequests    = 256
	DefaultMaxConnections = 4096

	DefaultHeaderTimeout = 10 * time.Second
	DefaultBodyTimeout   = 2 * time.Minute
	DefaultStallTimeout  = 30 * time.Second
	DefaultAnswerTimeout = 3 * time.Minute
	DefaultIdleTimeout   = 2 * time.Minute
	DefaultDrainTimeout  = 30 * time.Second
)

// receiveGrace is for requests that are still received when the server ends.
const receiveGrace = time.Second

// Limits bound what the door takes, and how long it waits for whom. A zero is
// the default.
type Limits struct {
	MaxBody        int64 // bytes of a body, compressed and not
	MaxBodies      int64 // bytes of all bodies that are worked on, decompressed; a body alone may be larger
	MaxRecords     int   // records in one call
	MaxHeader      int   // bytes of a request's header
	MaxRequests    int   // requests answered at a time, besides those for health and metrics
	MaxConnections int   // connections open at a time

	HeaderTimeout time.Duration // to send a request's header
	BodyTimeout   time.Duration // to send a request with its body
	StallTimeout  time.Duration // for a body to make progress
	AnswerTimeout time.Duration // to take an answer; a stream has it anew for each flush
	IdleTimeout   time.Duration // without a request, until a connection is closed
	DrainTimeout  time.Duration // for requests in flight when the server ends
}

// OrDefault gives the limits with the defaults in their places.
func (l Limits) OrDefault() Limits {
	l.fill()
	return l
}

func (l *Limits) fill() {
	orDefault(&l.MaxBody, DefaultMaxBody)
	orDefault(&l.MaxBodies, DefaultMaxBodies)
	orDefault(&l.MaxRecords, DefaultMaxRecords)
	orDefault(&l.MaxHeader, DefaultMaxHeader)
	orDefault(&l.MaxRequests, DefaultMaxRequests)
	orDefault(&l.MaxConnections, DefaultMaxConnections)
	orDefault(&l.HeaderTimeout, DefaultHeaderTimeout)
	orDefault(&l.BodyTimeout, DefaultBodyTimeout)
	orDefault(&l.StallTimeout, DefaultStallTimeout)
	orDefault(&l.AnswerTimeout, DefaultAnswerTimeout)
	orDefault(&l.IdleTimeout, DefaultIdleTimeout)
	orDefault(&l.DrainTimeout, DefaultDrainTimeout)
}

func orDefault[T int | int64 | time.Duration](v *T, standard T) {
	if *v == 0 {
		*v = standard
	}
}

// bound sets the limits of a server of net/http.
func (l *Limits) bound(s *http.Server) {
	s.ReadHeaderTimeout = l.HeaderTimeout
	s.ReadTimeout = l.BodyTimeout
	s.WriteTimeout = l.BodyTimeout + l.AnswerTimeout
	s.IdleTimeout = l.IdleTimeout
	s.MaxHeaderBytes = l.MaxHeader
}

// isWatch says that a call is one of those that tell how the server does,
// which must be answered however much there is to do.
func (r *route) isWatch() bool {
	return r.Pattern == "/healthz" || r.Pattern == "/readyz" || r.Pattern == "/metrics"
}

// enter counts a request among those that are worked on. There may be so many;
// leave must follow either way.
func (s *Server) enter(call *route) error {
	if s.busy.Add(1) <= int64(s.MaxRequests) || call.isWatch() {
		return nil
	}
	return &daybook.Error{
		Code: daybook.CodeUnavailable, Message: "too many requests at a time",
		Hint: "send it again in a moment; nothing of it was done",
	}
}

func (s *Server) leave() { s.busy.Add(-1) }

// weighed reads a body and adds up what is held of all bodies until their
// requests are answered: what is made of them takes several times as much.
type weighed struct {
	io.Reader
	s  *Server
	in *incoming
}

func (s *Server) weigh(r io.Reader, in *incoming) io.Reader {
	if in == nil { // a request that no route has received, as in tests
		return r
	}
	return &weighed{r, s, in}
}

// Read reads on, unless too much is held already and not by this body alone.
func (w *weighed) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.in.weight += int64(n)
	if all := w.s.metrics.held.Add(int64(n)); all > w.s.MaxBodies && all > w.in.weight {
		return n, &daybook.Error{
			Code: daybook.CodeUnavailable, Message: "too much is being sent at a time",
			Hint: "send it again in a moment; nothing of it was recorded",
		}
	}
	return n, err
}

// letGo forgets a body whose request is answered.
func (s *Server) letGo(in *incoming) { s.metrics.held.Add(-in.weight) }
