package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCommands are what the stories have besides testscript's own: server
// starts daybook serve with its arguments, on a free port and the story's
// store, and sets SERVER to its URL; end ends it as Ctrl-C does; token takes
// the token in a file for DAYBOOK_TOKEN.
func scriptCommands() map[string]func(ts *testscript.TestScript, neg bool, args []string) {
	var servers sync.Map // of *scriptServer, by the story's folder
	return map[string]func(ts *testscript.TestScript, neg bool, args []string){
		"exits":  exits,
		"tamper": tamper,
		"server": func(ts *testscript.TestScript, _ bool, args []string) {
			servers.Store(ts.Getenv("WORK"), startScriptServer(ts, args))
		},
		"end": func(ts *testscript.TestScript, _ bool, _ []string) {
			s, ok := servers.Load(ts.Getenv("WORK"))
			if !ok {
				ts.Fatalf("there is no server to end")
			}
			ts.Check(s.(*scriptServer).end(os.Interrupt))
		},
		"token": func(ts *testscript.TestScript, _ bool, args []string) {
			ts.Setenv("DAYBOOK_TOKEN", strings.TrimSpace(ts.ReadFile(args[0])))
		},
	}
}

// scriptServer is the server of a story.
type scriptServer struct {
	process *os.Process
	done    chan error
	once    sync.Once
	err     error
}

func (s *scriptServer) end(how os.Signal) error {
	s.once.Do(func() {
		_ = s.process.Signal(how) // it may have ended by itself
		s.err = <-s.done
	})
	return s.err
}

func startScriptServer(ts *testscript.TestScript, args []string) *scriptServer {
	cmd := exec.Command(os.Args[0], append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), asDaybook+"=1", entersStart+"=1", "DAYBOOK_URL=", "DAYBOOK_TOKEN=", "DAYBOOK_STORE="+ts.Getenv("DAYBOOK_STORE"))
	said, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	s := &scriptServer{process: cmd.Process, done: make(chan error, 1)}
	url := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(said)
		for lines.Scan() {
			if m := servingOn.FindStringSubmatch(lines.Text()); m != nil {
				url <- m[1]
			}
		}
		s.done <- cmd.Wait()
	}()
	ts.Defer(func() { _ = s.end(os.Kill) }) // unless the story has ended it
	select {
	case at := <-url:
		ts.Setenv("SERVER", at)
	case err := <-s.done:
		s.done <- err
		ts.Fatalf("the server ended: %v", err)
	case <-time.After(30 * time.Second):
		ts.Fatalf("the server did not begin to serve")
	}
	return s
}
