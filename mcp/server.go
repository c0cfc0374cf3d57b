package mcp

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook"
)

// Config is what the door stands before. Recorder and Reader are needed.
type Config struct {
	Recorder daybook.Recorder // with the intake around it
	Reader   daybook.Reader   // with the access log around it

	Version  string               // of the program
	Logger   *slog.Logger         // by default slog.Default()
	Registry *prometheus.Registry // shows what is counted; nil for nobody
}

// Server is the MCP door.
type Server struct {
	Config
	metrics *metrics
	offers  offers
	http    http.Handler
}

// New makes a server. It serves nobody until Run or Handle.
func New(c Config) *Server {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	s := &Server{Config: c, metrics: newMetrics(c.Registry), offers: offers{made: map[audience]*sdk.Server{}}}
	s.http = s.streamable()
	return s
}

// audience is what tells the servers of different callers apart: which tools
// they are shown, and what these want to be told.
type audience struct {
	records, asks bool // may write, may read
	named         bool // who the agent is need not be said with each call
	connected     bool // calls come over one connection, which remembers sessions
}

// serverFor makes the SDK's server of an audience.
func (s *Server) serverFor(a audience) *sdk.Server {
	server := sdk.NewServer(
		&sdk.Implementation{Name: "daybook", Title: "Daybook", Version: s.Version},
		&sdk.ServerOptions{
			Instructions: instructions(a), Logger: slog.New(slog.DiscardHandler),
			// Tools and resources are those of the program, and never change while it runs.
			SetCacheable: lasting,
			Capabilities: &sdk.ServerCapabilities{Tools: &sdk.ToolCapabilities{}, Resources: &sdk.ResourceCapabilities{}},
		})
	var offered []string
	for _, t := range tools() {
		if t.writes && a.records || !t.writes && a.asks {
			server.AddTool(t.describe(a), s.handler(t))
			offered = append(offered, t.name)
		}
	}
	s.addResources(server, a)
	server.AddReceivingMiddleware(s.guarded(offered))
	return server
}

// lasting says how long a client may keep what it was told of the server: not
// beyond the next start of a newer one, and for nobody else, whose role may be
// shown other tools. What was read may be kept no longer than for one answer.
func lasting(_ context.Context, r sdk.Request, c *sdk.Cacheable) {
	c.CacheScope, c.TTLMs = "private", int(keepFor.Milliseconds())
	if _, reads := r.(*sdk.ReadResourceRequest); reads {
		c.TTLMs = 0
	}
}

const keepFor = 5 * time.Minute

// guarded turns a panic of ours into an error, since it would otherwise end the
// process, refuses to hold streams open on which nothing would ever come, and
// says which tools there are to who calls another.
func (s *Server) guarded(offered []string) sdk.Middleware {
	return func(next sdk.MethodHandler) sdk.MethodHandler {
		return func(ctx context.Context, method string, r sdk.Request) (result sdk.Result, err error) {
			defer func() { err = ofProtocol(err) }()
			defer s.recovered(ctx, method, &err)
			if method == "subscriptions/listen" {
				return nil, noSuchMethod(method)
			}
			if call, ok := r.(*sdk.CallToolRequest); ok && !slices.Contains(offered, call.Params.Name) {
				return nil, unknownTool(call.Params.Name, offered)
			}
			return next(ctx, method, r)
		}
	}
}
