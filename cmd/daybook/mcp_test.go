package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const mcpHello = `{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "told", "version": "1"}}}
{"jsonrpc": "2.0", "method": "notifications/initialized"}
`

// TestMCPServeEndsOnSIGTERM with its input open, closes the store properly, and
// writes nothing but the protocol on its output.
func TestMCPServeEndsOnSIGTERM(t *testing.T) {
	t.Parallel()
	store := filepath.Join(t.TempDir(), "ledger.db")
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], "mcp", "serve", "--store", store, "--log-level", "debug")
	cmd.Env = append(os.Environ(), asDaybook+"=1", "DAYBOOK_URL=", "DAYBOOK_STORE=")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	if _, err := io.WriteString(in, mcpHello+`{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "checkout", "arguments": {}}}`+"\n"); err != nil {
		t.Fatal(err)
	}
	for id := range 2 {
		if !lines.Scan() {
			t.Fatalf("it ended: %v", lines.Err())
		}
		var m struct{ ID int }
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil || m.ID != id+1 {
			t.Fatalf("message %d is %s", id+1, lines.Text())
		}
	}
	// Meanwhile the store is its own.
	if code, said := runCommand(t, "mcp", "serve", "--store", store); code != exitBad || !strings.Contains(said, "another process") {
		t.Errorf("a second one: %d %s", code, said)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(testPatience):
		t.Fatal("it did not end")
	}
	if code, said := runCommand(t, "verify", "--store", store); code != exitDone {
		t.Errorf("verify: %d %s", code, said)
	}
}

// TestServeEndsWithAgentsConnected: nothing that an agent holds open keeps a
// server from ending.
func TestServeEndsWithAgentsConnected(t *testing.T) {
	t.Parallel()
	p := startServer(t, filepath.Join(t.TempDir(), "ledger.db"))
	for _, m := range []string{
		`{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "log_action", "arguments": {"agent_position": "CFO", "action_type": "x"}}}`,
		`{"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": {"notifications": {"toolsListChanged": true}}}`,
	} {
		if status, answer := fetch(t, "POST", p.url+"/mcp", m); status != http.StatusOK || strings.Contains(answer, "isError") {
			t.Errorf("%d %s", status, answer)
		}
	}
	if status, _ := fetch(t, "GET", p.url+"/mcp", ""); status != http.StatusMethodNotAllowed {
		t.Errorf("a stream: %d", status)
	}
	if err := p.interrupt(); err != nil { // which it is where it had to cut somebody off
		t.Errorf("it ended with %v", err)
	}
}
