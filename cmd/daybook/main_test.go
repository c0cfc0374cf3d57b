package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// asDaybook makes the test binary be the daybook command, so that a test can
// start it as a process of its own and kill it.
const asDaybook = "DAYBOOK_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asDaybook) != "" {
		main()
	}
	testscript.Main(m, map[string]func(){"daybook": main})
}

// TestScripts runs the stories of testdata/script: what a user types, and what
// comes back.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true})
}

// process is a running server.
type process struct {
	url  string
	cmd  *exec.Cmd
	done chan error
}

var servingOn = regexp.MustCompile(`on (http://[^ ]+)`)

// startServer starts daybook serve on a store and waits until it serves.
func startServer(t *testing.T, store string) *process {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], "serve", "--store", store, "--listen", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), asDaybook+"=1", "DAYBOOK_URL=", "DAYBOOK_STORE=")
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
			if m := servingOn.FindStringSubmatch(lines.Text()); m != nil {
				urls <- m[1]
			}
			t.Log(lines.Text())
		}
		p.done <- cmd.Wait()
	}()
	select {
	case p.url = <-urls:
	case err := <-p.done:
		t.Fatalf("the server ended: %v", err)
	case <-time.After(30 * time.Second):
		t.Fatal("the server did not begin to serve")
	}
	return p
}

// kill ends the process as kill -9 does, and waits until it is gone.
func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill() // it may have ended by itself
		<-p.done
		p.done <- nil
	}
}

// interrupt ends the process as Ctrl-C does, and gives how it ended.
func (p *process) interrupt() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	err := <-p.done
	p.done <- nil
	return err
}
