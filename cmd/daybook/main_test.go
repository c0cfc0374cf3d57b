package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// testPatience is how long a test waits for what must come. It matters to tests alone
// that fail: machines may be slow.
const testPatience = 3 * time.Minute

// asDaybook makes the test binary be the daybook command, so that a test can
// start it as a process of its own and kill it.
const asDaybook = "DAYBOOK_TEST_AS_COMMAND"

// entersStart makes that command enter its start into the ledger, which is left
// out where every entry is to have a writer who knows of it.
const entersStart = "DAYBOOK_TEST_ENTERS_START"

// dieAt names the step of a write behind which that command kills itself, and
// the how manieth of it: rows:3.
const dieAt = "DAYBOOK_TEST_DIE_AT"

func TestMain(m *testing.M) {
	if os.Getenv(asWriter) != "" {
		writeUntilKilled(os.Getenv(asWriter))
	}
	if os.Getenv(asDaybook) != "" {
		step = dying(os.Getenv(dieAt))
		enters = os.Getenv(entersStart) != ""
		main()
	}
	testscript.Main(m, map[string]func(){"daybook": func() {
		step = dying(os.Getenv(dieAt))
		main()
	}})
}

// dying gives what ends the process as kill -9 does, the n-th time that it is
// called with a name; nil for no name.
func dying(at string) func(string) {
	name, count, ok := strings.Cut(at, ":")
	n, err := strconv.ParseInt(count, 10, 64)
	if !ok || err != nil {
		return nil
	}
	var met atomic.Int64
	return func(step string) {
		if step != name || met.Add(1) != n {
			return
		}
		if p, err := os.FindProcess(os.Getpid()); err == nil {
			_ = p.Kill()
		}
		select {} // until it is gone
	}
}

// TestScripts runs the stories of testdata/script: what a user types, and what
// comes back.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true, Cmds: scriptCommands()})
}

// process is a running server.
type process struct {
	url  string
	cmd  *exec.Cmd
	done chan error

	mu    sync.Mutex
	heard strings.Builder // what it has said so far
}

func (p *process) hear(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard.WriteString(line + "\n")
}

// told is what the process has said so far.
func (p *process) told() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.heard.String()
}

var servingOn = regexp.MustCompile(`on (http://[^ ]+)`)

// startServer starts daybook serve on a store and waits until it serves.
func startServer(t *testing.T, store string, env ...string) *process {
	t.Helper()
	p, err := serveOn(t, store, env...)
	if err != nil {
		t.Fatalf("the server ended: %v", err)
	}
	return p
}

// serveOn starts daybook serve on a store. It gives the server once it serves,
// or what it ended with and said before that.
func serveOn(t *testing.T, store string, env ...string) (*process, error) {
	t.Helper()
	return serveAt(t, store, "127.0.0.1:0", env...)
}

// serveAt is serveOn at an address.
func serveAt(t *testing.T, store, address string, env ...string) (*process, error) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], "serve", "--store", store, "--listen", address)
	cmd.Env = append(append(os.Environ(), asDaybook+"=1", "DAYBOOK_URL=", "DAYBOOK_STORE="), env...)
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, done: make(chan error, 1)}
	t.Cleanup(p.kill)
	urls := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(said)
		for lines.Scan() {
			p.hear(lines.Text())
			if m := servingOn.FindStringSubmatch(lines.Text()); m != nil {
				urls <- m[1]
			}
		}
		err := cmd.Wait()
		if err != nil {
			err = fmt.Errorf("%w, having said: %s", err, p.told())
		}
		p.done <- err
	}()
	select {
	case p.url = <-urls:
	case err := <-p.done:
		p.done <- err
		return p, err
	case <-time.After(testPatience):
		t.Fatal("the server did not begin to serve")
	}
	return p, nil
}

// runCommand runs the daybook command and gives its exit code and what it
// said.
func runCommand(t *testing.T, args ...string) (code int, said string) {
	t.Helper()
	var out bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(""), &out, &out)
	return code, out.String()
}

// runToDeath runs the command in a process of its own that is to die at a step.
func runToDeath(t *testing.T, at string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asDaybook+"=1", "DAYBOOK_URL=", "DAYBOOK_STORE=", dieAt+"="+at)
	if out, err := cmd.CombinedOutput(); err == nil || cmd.ProcessState.Exited() {
		t.Fatalf("%s: it ended by itself: %v, %s", at, err, out)
	}
}

// wait waits until the process has ended by itself, and gives how.
func (p *process) wait() error {
	select {
	case err := <-p.done:
		p.done <- err
		return err
	case <-time.After(testPatience):
		return errors.New("it goes on")
	}
}

// killed says that the process has ended, and not by itself.
func (p *process) killed() bool {
	return p.cmd.ProcessState != nil && !p.cmd.ProcessState.Exited()
}

// kill ends the process as kill -9 does, and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	p.done <- <-p.done
}

// interrupt ends the process as Ctrl-C does, and gives how it ended.
func (p *process) interrupt() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return p.wait()
}
