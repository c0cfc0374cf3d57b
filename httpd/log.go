package httpd

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/daybook-audit/daybook"
)

// What is logged of a request are its route, id, status and code. Paths,
// parameters and messages hold what clients wrote, and stay out.

// logRefusal tells of a request that was refused: who may not at all is worth
// a warning, a write that was not taken worth knowing.
func (s *Server) logRefusal(r *http.Request, name, id string, p *problem) {
	level, attributes := slog.LevelDebug, []any{"route", name, "status", p.Status, "code", p.Code, "request_id", id}
	switch {
	case p.Status == http.StatusUnauthorized || p.Status == http.StatusForbidden:
		level, attributes = slog.LevelWarn, append(attributes, "address", remoteHost(r))
	case r.Method == http.MethodPost:
		level = slog.LevelInfo
	}
	s.Logger.Log(r.Context(), level, "request refused", attributes...)
}

// logFailure tells of what was no fault of the client. Of an overload, where
// there are many alike, one in a second is told.
func (s *Server) logFailure(ctx context.Context, name, id string, err error) {
	if ctx.Err() != nil {
		return
	}
	attributes := []any{"route", name, "request_id", id, "error", err}
	var fault *panicked
	if errors.As(err, &fault) {
		attributes = append(attributes, "stack", string(fault.stack))
	}
	level := slog.LevelError
	if daybook.CodeOf(err) == daybook.CodeUnavailable {
		level = slog.LevelWarn
		if !s.quiet.speak(time.Now()) {
			level = slog.LevelDebug
		}
	}
	s.Logger.Log(ctx, level, "request failed", attributes...)
}

// quiet lets one in a second speak.
type quiet struct{ last atomic.Int64 }

func (q *quiet) speak(now time.Time) bool {
	last := q.last.Load()
	return now.UnixNano()-last >= int64(time.Second) && q.last.CompareAndSwap(last, now.UnixNano())
}
