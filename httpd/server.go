package httpd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/token"
	"github.com/prometheus/client_golang/prometheus"
)

// Config is what the door stands before, and its bounds. Recorder, Reader and
// Prover are needed; everything else has a default.
type Config struct {
	Recorder daybook.Recorder // with the intake around it
	Reader   daybook.Reader   // with the access log around it
	Prover   daybook.Prover
	Tiler    daybook.Tiler // what gives tiles; nil for none

	// Tokens say who calls, and are made and revoked here; nil for none.
	Tokens *token.Keeper
	// Principal says who calls, or gives an error of CodeUnauthorized. By
	// default it goes by Tokens, and where none was ever made everyone is
	// daybook.Local. Address and user agent are filled in from the request.
	Principal func(*http.Request) (daybook.Principal, error)
	// MayProve says whether a principal that is bound to a business may have an
	// entry proven; nil for never.
	MayProve func(ctx context.Context, p daybook.Principal, logID string) error
	// Ready says why writes cannot be taken now, or nil.
	Ready func(context.Context) error
	// QueueFull says for how long writers have found the queue full; 0 where it
	// is not. By default it never is.
	QueueFull func() time.Duration

	Doors []Door // what else is served, behind the same guard, tokens and bounds

	Logger   *slog.Logger         // by default slog.Default()
	Registry *prometheus.Registry // what /metrics shows, besides the door's own

	Limits
	Hosts   []string // host names it answers to, besides loopback names and IP addresses
	Version string   // of the program, for the index
}

// Server is the HTTP door.
type Server struct {
	Config
	mux     *http.ServeMux
	metrics *metrics
	outside *connections // of requests that come by Handler
	busy    atomic.Int64 // requests that are worked on
	quiet   quiet

	described func() []byte // the OpenAPI document
}

// New makes a server. It listens to nothing until Serve.
func New(c Config) *Server {
	if c.Ready == nil {
		c.Ready = func(context.Context) error { return nil }
	}
	if c.QueueFull == nil {
		c.QueueFull = func() time.Duration { return 0 }
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Registry == nil {
		c.Registry = prometheus.NewRegistry()
	}
	c.Limits.fill()
	s := &Server{
		Config: c, mux: http.NewServeMux(), metrics: newMetrics(c.Registry),
		outside: newConnections(),
	}
	if s.Principal == nil {
		s.Principal = s.byToken
	}
	s.described = sync.OnceValue(func() []byte { return OpenAPI(c.Version, c.Doors...) })
	for _, call := range routesWith(c.Doors) {
		s.mux.Handle(call.Method+" "+call.Pattern, s.handle(call))
	}
	return s
}

// Handler gives the door as a handler for a server of one's own.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serveHTTP) }

// Serve answers on a listener until ctx ends. Then it stops accepting, cuts
// requests that are not here whole within a second (nothing of them was done),
// and lets the others in flight finish, for DrainTimeout at most; the error tells
// whether any of these was cut off. It closes the listener.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	held := newConnections()
	server := &http.Server{
		Handler:     s.Handler(),
		ConnState:   held.track,
		BaseContext: func(net.Listener) context.Context { return held.within(context.WithoutCancel(ctx)) },
		ErrorLog:    slog.NewLogLogger(s.Logger.Handler(), slog.LevelDebug),
	}
	s.bound(server)
	server.RegisterOnShutdown(held.closeNew)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(s.bounded(listener)) }()
	select {
	case err := <-failed:
		return fmt.Errorf("httpd: %w", err)
	case <-ctx.Done():
	}
	s.Logger.Info("draining", "in_flight", held.inFlight())
	held.drain()
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.DrainTimeout)
	defer cancel()
	if err := server.Shutdown(draining); err != nil {
		err = errors.Join(err, server.Close())
		return fmt.Errorf("httpd: requests were cut off after %s: %w", s.DrainTimeout, err)
	}
	return nil
}
