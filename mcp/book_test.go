package mcp_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/access"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/lineage"
	"github.com/daybook-audit/daybook/mcp"
	"github.com/daybook-audit/daybook/storetest"
)

// A book is a ledger behind the door.
type book struct {
	*mcp.Server
	read *lineage.Reader // past the log of reads
}

func newBook(t testing.TB) *book {
	t.Helper()
	store := storetest.NewModel()
	l, err := ledger.Open(t.Context(), store, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	writes := intake.New(l, intake.Limits{}).Deriving(intake.NewDeriver(intake.Derivation{}))
	reader := lineage.NewReader(store, nil).Against(l)
	reads := access.Around(reader, writes, access.Options{})
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if err := errors.Join(reads.Close(ctx), l.Close(ctx)); err != nil {
			t.Error(err)
		}
	})
	quiet := slog.New(slog.DiscardHandler)
	return &book{mcp.New(mcp.Config{Recorder: writes, Reader: reads, Version: "test", Logger: quiet}), reader}
}

// list gives the current states of a kind, the oldest first.
func (b *book) list(t *testing.T, kind string) []*daybook.Entry {
	t.Helper()
	page, err := b.read.List(t.Context(), daybook.Local, daybook.Query{Kind: daybook.MustKind(kind), Oldest: true})
	if err != nil {
		t.Fatal(err)
	}
	return page.Entries
}

// A way is how a client speaks to the server.
type way struct {
	name    string
	version string // of the protocol
	connect func(t *testing.T, b *book, version string) *client
}

func ways() []way {
	return []way{
		{"stdio 2025-06-18", "2025-06-18", overStdio},
		{"stdio 2025-11-25", "2025-11-25", overStdio},
		{"stdio 2026-07-28", "2026-07-28", overStdio},
		{"http 2025-06-18", "2025-06-18", overHTTP},
		{"http 2025-11-25", "2025-11-25", overHTTP},
		{"http 2026-07-28", "2026-07-28", overHTTP},
	}
}

// client is the SDK's own client, on a connection to the server.
type client struct {
	t *testing.T
	*sdk.ClientSession
	remembers bool // the server remembers what the connection did
}

func dial(t *testing.T, transport sdk.Transport, version string, remembers bool) *client {
	t.Helper()
	c := sdk.NewClient(&sdk.Implementation{Name: "tester", Version: "1"}, nil)
	session, err := c.Connect(t.Context(), transport, &sdk.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return &client{t, session, remembers}
}

func overStdio(t *testing.T, b *book, version string) *client {
	t.Helper()
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- b.Run(context.WithoutCancel(t.Context()), in, out, daybook.Local, mcp.Defaults{})
		_ = out.Close()
	}()
	t.Cleanup(func() {
		_ = toServer.Close()
		if err := <-done; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return dial(t, &sdk.IOTransport{Reader: fromServer, Writer: toServer}, version, true)
}

func overHTTP(t *testing.T, b *book, version string) *client {
	t.Helper()
	return overURL(t, b, version, "/mcp?agent=tester")
}

func overURL(t *testing.T, b *book, version, path string) *client {
	t.Helper()
	server := httptest.NewServer(b.handler(daybook.Local))
	t.Cleanup(server.Close)
	return dial(t, &sdk.StreamableClientTransport{Endpoint: server.URL + path, MaxRetries: -1}, version, false)
}

// handler stands for the server that the door is in.
func (b *book) handler(p daybook.Principal) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		if err := b.Handle(w, r, p); err != nil {
			w.WriteHeader(statusOf(err))
			_, _ = io.WriteString(w, err.Error())
		}
	})
}

func statusOf(err error) int {
	switch daybook.CodeOf(err) {
	case daybook.CodeMalformed:
		return http.StatusBadRequest
	case daybook.CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case daybook.CodeInvalid:
		return http.StatusUnprocessableEntity
	}
	return http.StatusInternalServerError
}

// call calls a tool that must not refuse.
func (c *client) call(tool string, arguments map[string]any) (structured map[string]any, text string) {
	c.t.Helper()
	structured, text, refused := c.try(tool, arguments)
	if refused {
		c.t.Fatalf("%s %v: %s", tool, arguments, text)
	}
	return structured, text
}

// try calls a tool.
func (c *client) try(tool string, arguments map[string]any) (structured map[string]any, text string, refused bool) {
	c.t.Helper()
	result, err := c.CallTool(c.t.Context(), &sdk.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		c.t.Fatalf("%s %v: %v", tool, arguments, err)
	}
	if len(result.Content) != 1 {
		c.t.Fatalf("%s answers %d contents", tool, len(result.Content))
	}
	content, _ := result.Content[0].(*sdk.TextContent)
	raw, err := json.Marshal(result.StructuredContent)
	if err != nil || content == nil {
		c.t.Fatalf("%s: %v, %v", tool, result.Content[0], err)
	}
	if err := json.Unmarshal(raw, &structured); err != nil {
		c.t.Fatal(err)
	}
	return structured, content.Text, result.IsError
}

// says wants parts in a text.
func says(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("it does not say %q:\n%s", part, text)
		}
	}
}
