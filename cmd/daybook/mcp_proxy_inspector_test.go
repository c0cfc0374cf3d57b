package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// everything is the stock MCP server from npm, behind a proxy that records on a
// server of ours.
type everything struct {
	t    *testing.T
	book *process
	i    *inspector
	kill func() // the server, as kill -9 does
}

func newEverything(t *testing.T) (e *everything, flags []string) {
	t.Helper()
	dir := t.TempDir()
	e = &everything{t: t, book: startServer(t, filepath.Join(dir, "ledger.db"))}
	return e, []string{"mcp", "proxy", "--name", "everything", "--server", e.book.url, "--spool", filepath.Join(dir, "spool")}
}

// TestProxyStockOverStdio starts the proxy, which starts the server, for each
// call, as the inspector does.
func TestProxyStockOverStdio(t *testing.T) {
	t.Parallel()
	server, client := fromNPM(t, "mcp-server-everything"), fromNPM(t, "mcp-inspector")
	e, flags := newEverything(t)
	dir := t.TempDir()
	pid, script := filepath.Join(dir, "pid"), filepath.Join(dir, "proxy.sh")
	// The inspector would take some of the flags for its own.
	text := fmt.Sprintf("exec '%s' -- sh -c 'echo $$ > %s; exec node %s'\n", strings.Join(append([]string{os.Args[0]}, flags...), "' '"), pid, server)
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	e.i = &inspector{t, client, []string{"sh", script}}
	e.kill = func() {
		text, err := os.ReadFile(pid)
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		killProcess(t, n)
	}
	e.i.ask("--method", "tools/list")
	e.i.ask("--method", "resources/read", "--uri", "demo://resource/static/document/features.md")
	e.i.ask("--method", "prompts/get", "--prompt-name", "simple-prompt")
	e.use()
	e.told("SELECT action_target, success FROM action_logs WHERE action_target NOT LIKE '% initialize' ORDER BY started_at",
		"everything resources/read demo://resource/static/document/features.md,true\neverything prompts/get simple-prompt,true\n")
}

func TestProxyStockOverHTTP(t *testing.T) {
	t.Parallel()
	overHTTP(t, "streamableHttp", "/mcp", "http")
}

func TestProxyStockOverSSE(t *testing.T) {
	t.Parallel()
	overHTTP(t, "sse", "/sse", "sse")
}

func overHTTP(t *testing.T, mode, path, transport string) {
	t.Helper()
	program, client := fromNPM(t, "mcp-server-everything"), fromNPM(t, "mcp-inspector")
	port := freePort(t)
	server := exec.CommandContext(t.Context(), program, mode)
	server.Env = append(os.Environ(), "PORT="+port)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.Wait() }() // it is killed
	waitForPort(t, port)
	e, flags := newEverything(t)
	e.kill = func() { _ = server.Process.Kill(); <-ended }
	t.Cleanup(e.kill)
	proxy := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], append(flags, "--upstream", "http://127.0.0.1:"+port+path, "--listen", "127.0.0.1:0")...)
	proxy.Env = append(os.Environ(), asDaybook+"=1", "DAYBOOK_URL=", "DAYBOOK_STORE=")
	at := startAndFind(t, proxy, regexp.MustCompile(` on=(http://[^ ]+)`))
	e.i = &inspector{t, client, []string{at, "--transport", transport}}
	e.use()
	_ = proxy.Process.Signal(os.Interrupt)
	if err := proxy.Wait(); err != nil {
		t.Error(err)
	}
}

// use makes calls, the last of which the server does not outlive, and holds
// what was recorded against them.
func (e *everything) use() {
	e.t.Helper()
	if _, text := e.i.call("echo", "message=hi"); text != "Echo: hi" {
		e.t.Errorf("it echoes %q", text)
	}
	dies := exec.CommandContext(e.t.Context(), e.i.program, append(append([]string{"--cli"}, e.i.target...),
		"--method", "tools/call", "--tool-name", "trigger-long-running-operation", "--tool-arg", "duration=60", "--tool-arg", "steps=60")...)
	dies.Env = append(os.Environ(), asDaybook+"=1", "DAYBOOK_URL=", "DAYBOOK_STORE=")
	if err := dies.Start(); err != nil {
		e.t.Fatal(err)
	}
	defer func() { _ = dies.Process.Kill(); _ = dies.Wait() }() // over HTTP it hopes on for a minute
	const called = "SELECT error_message FROM mcp_usage_logs WHERE tool_name = 'trigger-long-running-operation' AND "
	e.await(called + "success IS NULL")
	e.kill()
	story := e.await(called + "NOT success")
	if !strings.Contains(story, "the server ended before it was answered (signal: killed") && !strings.Contains(story, "the server broke the connection before it was answered") {
		e.t.Errorf("of the call that the server did not outlive it says %q", story)
	}
	e.told("SELECT tool_name, success, replace(result_summary, char(10), '/') AS s FROM mcp_usage_logs WHERE success", "echo,true,1 text/Echo: hi\n")
}

func (e *everything) query(sql string) string {
	e.t.Helper()
	code, out := runCommand(e.t, "query", "--server", e.book.url, "--format", "csv", sql)
	if code != 0 {
		e.t.Fatalf("%s: %s", sql, out)
	}
	_, rows, _ := strings.Cut(out, "\n")
	return rows
}

// await waits until a query has an answer.
func (e *everything) await(sql string) string {
	e.t.Helper()
	for deadline := time.Now().Add(testPatience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if rows := e.query(sql); rows != "" {
			return rows
		}
	}
	e.t.Fatalf("no rows came of %s", sql)
	return ""
}

func (e *everything) told(sql, want string) {
	e.t.Helper()
	if got := e.query(sql); got != want {
		e.t.Errorf("%s\ngives %q\nwant  %q", sql, got, want)
	}
}

func killProcess(t *testing.T, pid int) {
	t.Helper()
	p, err := os.FindProcess(pid)
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	_, port, err := net.SplitHostPort(freeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func waitForPort(t *testing.T, port string) {
	t.Helper()
	for deadline := time.Now().Add(testPatience); ; time.Sleep(50 * time.Millisecond) {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = c.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// startAndFind starts a process and waits until it has said what is looked for.
func startAndFind(t *testing.T, cmd *exec.Cmd, what *regexp.Regexp) string {
	t.Helper()
	said, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // unless it has ended
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(said)
		for lines.Scan() {
			if m := what.FindStringSubmatch(lines.Text()); m != nil {
				found <- m[1]
			}
		}
	}()
	select {
	case text := <-found:
		return text
	case <-time.After(testPatience):
		t.Fatal(fmt.Errorf("it did not say %s", what))
	}
	return ""
}
