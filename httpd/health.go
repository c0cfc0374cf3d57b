package httpd

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/daybook-audit/daybook"
)

// readyTimeout is how long the store may take to say that it is ready.
const readyTimeout = 2 * time.Second

// healthz says that the process lives.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request, _ daybook.Principal) error {
	return sendJSON(w, map[string]string{"status": "ok"})
}

// readyz says whether writes can be taken now.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request, _ daybook.Principal) error {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		return &daybook.Error{
			Code: daybook.CodeUnavailable, Message: "writes cannot be taken now",
			Hint: "the server's log says why", Err: err,
		}
	}
	answer := map[string]any{"status": "ready"}
	if full := s.QueueFull(); full >= fullForLong {
		answer["queue_full_seconds"] = math.Round(full.Seconds())
	}
	return sendJSON(w, answer)
}

// fullForLong is how long the queue may be full before anybody needs to know.
// Writes are still taken then, but not all of them.
const fullForLong = 10 * time.Second

// index lists the calls.
func (s *Server) index(w http.ResponseWriter, _ *http.Request, _ daybook.Principal) error {
	type call struct {
		Method string `json:"method"`
		Path   string `json:"path"`
		Does   string `json:"does"`
	}
	var calls []call
	for _, c := range routesWith(s.Doors) {
		if c.Pattern != "/{$}" {
			calls = append(calls, call{c.Method, c.Pattern, c.Does})
		}
	}
	return sendJSON(w, map[string]any{"name": "daybook", "version": s.Version, "calls": calls})
}
