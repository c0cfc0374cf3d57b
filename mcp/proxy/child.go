package proxy

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/daybook-audit/daybook"
)

// A child is a server that runs as a process, with all that it starts.
type child struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *os.File
	exited  chan struct{} // closed when the process has ended and was waited for
}

// start starts a server in a process group of its own.
func start(command *exec.Cmd, grace time.Duration) (*child, error) {
	out, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	command.Stdout = w
	command.WaitDelay = grace
	ownGroup(command)
	in, err := command.StdinPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		_ = out.Close() // nothing was read
		return nil, notStarted(command, err)
	}
	c := &child{command: command, in: in, out: out, exited: make(chan struct{})}
	go func() {
		defer close(c.exited)
		_ = command.Wait() // how it ended stands in its state
	}()
	return c, nil
}

func notStarted(command *exec.Cmd, err error) error {
	e := &daybook.Error{Code: daybook.CodeInvalid, Message: "the server " + command.Path + " cannot be started", Err: err}
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		e.Hint = "check the command behind --, and that the PATH has it"
	}
	return e
}

// lastWords is how long the output of a server is read on after its end, if
// something that it started holds it open.
const lastWords = time.Second

// bury ends what a server that has ended left behind, and reads what it had
// still said.
func (c *child) bury(downEnds <-chan struct{}) {
	c.terminate()
	over := time.NewTimer(lastWords)
	defer over.Stop()
	select {
	case <-downEnds:
	case <-over.C:
	}
	for deadline := time.Now().Add(lastWords); c.survivors() && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	c.kill()
	_ = c.out.Close() // ends the reading, where it still goes on
}
