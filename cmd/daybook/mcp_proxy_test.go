package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// proxied starts the proxy, as a process, in front of a server that is a shell
// script.
func proxied(t *testing.T, script string, flags ...string) (cmd *exec.Cmd, to io.WriteCloser, from *bufio.Reader) {
	t.Helper()
	cmd = exec.Command(os.Args[0], append(append([]string{"mcp", "proxy", "--name", "shell"}, flags...), "sh", "-c", script)...)
	cmd.Env = append(os.Environ(), asDaybook+"=1", "DAYBOOK_URL=", "DAYBOOK_STORE=")
	cmd.Stderr = io.Discard
	to, err := cmd.StdinPipe()
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
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // unless it has ended
	return cmd, to, bufio.NewReader(out)
}

// TestProxyPassesSignals: a signal to the proxy is one to the server, whose exit
// code is the proxy's.
func TestProxyPassesSignals(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		cmd, to, from := proxied(t, `trap 'exit 5' INT TERM HUP; echo ready; while :; do sleep 0.05; done`, "--store", filepath.Join(t.TempDir(), "ledger.db"))
		if _, err := from.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		_ = to.Close()
		if code := cmd.ProcessState.ExitCode(); code != 5 {
			t.Errorf("%s: exit code %d", s, code)
		}
	}
}

// TestProxyDies: a proxy that is killed leaves the intent of the call that was
// under way, and its server ends as its input does.
func TestProxyDies(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := startServer(t, filepath.Join(dir, "ledger.db"))
	ended := filepath.Join(dir, "ended")
	flags := []string{"--server", p.url, "--spool", filepath.Join(dir, "spool")}
	cmd, to, from := proxied(t, `read -r line; echo "$line"; read -r line; touch `+ended, flags...)
	defer to.Close()
	if _, err := fmt.Fprintln(to, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}`); err != nil {
		t.Fatal(err)
	}
	if _, err := from.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for deadline := time.Now().Add(testPatience); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(ended); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the server goes on")
		}
	}
	// The next one delivers what the first had written.
	next, to, _ := proxied(t, "true", flags...)
	defer to.Close()
	_ = next.Wait()
	if code, out := runCommand(t, "spool", "flush", filepath.Join(dir, "spool"), "--server", p.url); code != 0 {
		t.Fatal(out)
	}
	code, out := runCommand(t, "query", "--server", p.url, "--format", "csv", "SELECT tool_name FROM mcp_usage_logs WHERE success IS NULL")
	if code != 0 || out != "tool_name\na\n" {
		t.Errorf("%d %s", code, out)
	}
}

// TestProxiesShareASpool: several at once, as a client with several servers has.
func TestProxiesShareASpool(t *testing.T) {
	t.Parallel()
	const proxies, calls = 4, 50
	dir := t.TempDir()
	p := startServer(t, filepath.Join(dir, "ledger.db"))
	var all sync.WaitGroup
	for range proxies {
		cmd, to, from := proxied(t, `n=0; while read -r line; do echo '{"jsonrpc":"2.0","id":'$n',"result":{}}'; n=$((n+1)); done`, "--server", p.url, "--spool", filepath.Join(dir, "spool"), "--fail-closed")
		all.Go(func() {
			for i := range calls {
				fmt.Fprintf(to, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"a"}}`+"\n", i)
				if _, err := from.ReadString('\n'); err != nil {
					t.Error(err)
				}
			}
			_ = to.Close()
			_ = cmd.Wait()
		})
	}
	all.Wait()
	if code, out := runCommand(t, "spool", "flush", filepath.Join(dir, "spool"), "--server", p.url); code != 0 {
		t.Fatal(out)
	}
	code, out := runCommand(t, "query", "--server", p.url, "--format", "csv", "SELECT count(*) AS n FROM mcp_usage_logs WHERE success")
	if want := fmt.Sprintf("n\n%d\n", proxies*calls); code != 0 || out != want {
		t.Errorf("%d %q, want %q", code, out, want)
	}
}
