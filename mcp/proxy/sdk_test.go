package proxy

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/daybook-audit/daybook"
)

// sdkServer is a server of the official SDK, with a tool that asks the user and
// one that does not.
func sdkServer() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "sdk", Version: "1"}, nil)
	s.AddTool(&mcp.Tool{Name: "echo", InputSchema: map[string]any{"type": "object"}}, func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "hi"}}}, nil
	})
	s.AddTool(&mcp.Tool{Name: "deploy", InputSchema: map[string]any{"type": "object"}}, func(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if len(r.Params.InputResponses) == 0 {
			return &mcp.CallToolResult{RequestState: "r1", InputRequests: mcp.InputRequestMap{"confirm": &mcp.ElicitParams{Message: "Deploy?"}}}, nil
		}
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "deployed"}}}, nil
	})
	return s
}

// Every version of the protocol that the official SDK speaks works through the
// proxy, and is recorded alike.
func TestProtocolVersions(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"} {
		for _, mode := range []string{"stateful", "json", "stateless", "sse"} {
			if mode == "stateless" && version < "2026" || mode == "sse" && version > "2026" {
				continue // there it cannot ask the user
			}
			t.Run(version+" "+mode, func(t *testing.T) {
				t.Parallel()
				server := sdkServer()
				get := func(*http.Request) *mcp.Server { return server }
				o := &mcp.StreamableHTTPOptions{Stateless: mode == "stateless", JSONResponse: mode == "json"}
				var h http.Handler = mcp.NewStreamableHTTPHandler(get, o)
				if mode == "sse" {
					h = mcp.NewSSEHandler(get, nil)
				}
				up := httptest.NewServer(h)
				defer up.Close()
				b := newBook(t)
				p := newProxy(t, b, nil)
				front, err := p.Handler(up.URL+"/mcp", HTTPOptions{Loopback: true})
				if err != nil {
					t.Fatal(err)
				}
				here := httptest.NewServer(front)
				defer func() { here.CloseClientConnections(); here.Close() }()
				var transport mcp.Transport = &mcp.StreamableClientTransport{Endpoint: here.URL + "/mcp"}
				if mode == "sse" {
					transport = &mcp.SSEClientTransport{Endpoint: here.URL + "/mcp"}
				}
				converseBySDK(t, b, transport, version)
			})
		}
	}
}

func TestProtocolVersionsOverStdio(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2024-11-05", "2025-11-25", "2026-07-28"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			b := newBook(t)
			p := newProxy(t, b, nil)
			fromClient, toProxy, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			fromProxy, toClient, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				if _, err := p.Stdio(context.WithoutCancel(t.Context()), fromClient, toClient, fakeServer("sdk"), nil); err != nil {
					t.Error(err)
				}
				_ = toClient.Close()
			}()
			converseBySDK(t, b, &mcp.IOTransport{Reader: fromProxy, Writer: toProxy}, version)
			<-ended
		})
	}
}

func converseBySDK(t *testing.T, b *testBook, transport mcp.Transport, version string) {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "asker", Version: "3"}, &mcp.ClientOptions{
		ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: "accept"}, nil
		},
	})
	session, err := client.Connect(t.Context(), transport, &mcp.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"echo", "deploy"} {
		result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: name, Arguments: map[string]any{}})
		if err != nil || result.IsError {
			t.Fatalf("%s: %+v %v", name, result, err)
		}
	}
	if err := session.Close(); err != nil {
		t.Log(err)
	}
	for name, text := range map[string]string{"echo": "hi", "deploy": "deployed"} {
		if c := b.call(name); !*c.Success || c.ResultSummary != "1 text\n"+text || c.AgentPosition != "asker" {
			t.Errorf("%s: %+v", name, c)
		}
	}
	var list []daybook.EscalationLog
	eventually(t, "the escalation", func() bool {
		list = b.escalations()
		return len(list) == 1 && !list[0].ResolvedAt.IsZero()
	})
	if list[0].Subject != "files: Deploy?" || list[0].Resolution != "accept" {
		t.Errorf("%+v", list[0])
	}
}
