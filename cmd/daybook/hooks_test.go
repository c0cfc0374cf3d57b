package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/contract"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/local"
)

// TestClaudeCodeTellsTheServer posts a turn of Claude Code to a server with
// tokens, and holds the traffic against the OpenAPI document.
func TestClaudeCodeTellsTheServer(t *testing.T) {
	t.Parallel()
	logger := slog.New(slog.DiscardHandler)
	l, err := local.Open(t.Context(), filepath.Join(t.TempDir(), "daybook.db"), local.Options{Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close(t.Context())
	document, err := contract.Load(httpd.OpenAPI("test", doors()...))
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[daybook.Role]string{}
	for _, role := range []daybook.Role{daybook.RoleWriter, daybook.RoleReader} {
		made, err := l.Tokens.Create(t.Context(), daybook.Local, daybook.TokenRequest{Name: string(role), Role: role, Business: "acme"})
		if err != nil {
			t.Fatal(err)
		}
		secrets[role] = made.Text
	}
	door := httpd.New(httpd.Config{
		Recorder: l.Recorder, Reader: l.Reader, Prover: l.Prover, Tiler: l.Tiler, Ready: l.Ready, Tokens: l.Tokens, MayProve: l.MayProve, Logger: logger,
		Doors: doorsOf(l, logger, nil),
	})
	server := httptest.NewServer(document.Around(door.Handler(), func(err error) { t.Errorf("%.1500s", err) }))
	defer server.Close()
	const path = "/v1/hooks/claude-code"
	for _, c := range []struct {
		secret, path, body string
		status             int
	}{
		{secrets[daybook.RoleWriter], path, `{"session_id": "s", "prompt_id": "p", "hook_event_name": "UserPromptSubmit", "prompt": "sum it up"}`, 200},
		{secrets[daybook.RoleWriter], path, `{"session_id": "s", "prompt_id": "p", "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_use_id": "t1", "tool_input": {"command": "make"}}`, 200},
		{secrets[daybook.RoleWriter], path, `{"session_id": "s", "prompt_id": "p", "hook_event_name": "PostToolUse", "tool_name": "Bash", "tool_use_id": "t1", "tool_input": {"command": "make"}, "tool_response": "made"}`, 200},
		{secrets[daybook.RoleWriter], path, `{"session_id": "s", "prompt_id": "p", "hook_event_name": "Stop", "last_assistant_message": "done"}`, 200},
		{secrets[daybook.RoleWriter], path, `{"session_id": "s", "hook_event_name": "Something"}`, 200},
		{secrets[daybook.RoleWriter], path, `{"session_id": "s"}`, 422},
		{secrets[daybook.RoleWriter], path, `nonsense`, 400},
		{secrets[daybook.RoleWriter], path + "?agents=x", `{"session_id": "s", "hook_event_name": "Stop"}`, 422},
		{secrets[daybook.RoleWriter], path + "?business=other", `{"session_id": "s2", "hook_event_name": "UserPromptSubmit", "prompt": "x"}`, 403},
		{secrets[daybook.RoleReader], path, `{"session_id": "s", "hook_event_name": "Stop"}`, 403},
		{"", path, `{"session_id": "s", "hook_event_name": "Stop"}`, 401},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		if c.secret != "" {
			request.Header.Set("Authorization", "Bearer "+c.secret)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != c.status {
			t.Errorf("%s %s: %d, want %d", c.path, c.body, response.StatusCode, c.status)
		}
	}
	events, err := l.Activity(t.Context(), "claude-code", time.Time{})
	if err != nil || len(events) < 2 {
		t.Errorf("%v %+v", err, events)
	}
}
