package proxy

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Stdio starts a server as a process and stands between it and a client that
// speaks over in and out. It returns when the server has ended, with its exit
// code; that of one which a signal ended is 128 and the signal's number.
// Signals are passed on to the server and to what it has started. The
// command's Stdin and Stdout are the proxy's to set.
func (p *Proxy) Stdio(ctx context.Context, in io.Reader, out io.Writer, command *exec.Cmd, signals <-chan os.Signal) (int, error) {
	server, err := start(command, p.o.Grace)
	if err != nil {
		return 0, err
	}
	l := p.link("stdio")
	client := &lineWriter{w: out}
	up, down := p.upward(l, in, server, client), p.downward(l, server, client)
	upEnds := run(up, func() { _ = server.in.Close() }) // it may be closed
	downEnds := run(down, func() {})

	downEnds.busy = func() bool { return l.awaits() && hears(out) }
	why := p.attend(ctx, server, upEnds, downEnds, signals)
	server.bury(downEnds.over)
	state := server.command.ProcessState
	l.close(fmt.Sprintf("the server ended before it was answered (%s%s)", state, why))
	return exitCode(state), nil
}

// A way is a pump that runs.
type way struct {
	over chan struct{} // closed at its end
	err  error         // how it ended; to be read after that
	busy func() bool   // somebody waits for what it is still to bring
}

func run(p *pump, after func()) *way {
	w := &way{over: make(chan struct{})}
	go func() {
		defer close(w.over)
		w.err = p.run()
		after()
	}()
	return w
}

// attend waits until the server has ended, and sees to it that it does once it
// has nobody to serve. It says what that came after.
func (p *Proxy) attend(ctx context.Context, server *child, up, down *way, signals <-chan os.Signal) (why string) {
	var ends ending
	stopped, upEnds, downEnds := ctx.Done(), up.over, down.over
	for {
		select {
		case <-server.exited:
			ends.stop()
			return why
		case <-upEnds:
			upEnds = nil
			ends.begin(&why, ", after the client went away", p.o.Grace)
		case <-downEnds:
			downEnds = nil
			if down.err != nil { // nobody reads what the server says
				_ = server.in.Close() // it may be closed
				ends.begin(&why, ", after the client went away", p.o.Grace)
				continue
			}
			ends.begin(&why, "", p.o.Grace) // it is about to end, most likely
		case s := <-signals:
			ends.told = true
			server.signal(s)
			ends.begin(&why, ", after the proxy was told to end", p.o.Grace)
			if s == syscall.SIGTERM {
				ends.hurry(p.o.Grace)
			}
		case <-stopped:
			stopped = nil
			ends.told = true
			if signals == nil {
				server.terminate()
			}
			ends.begin(&why, ", after the proxy was told to end", p.o.Grace)
		case <-ends.over():
			if why == "" {
				why = ", after it closed its output"
			}
			if upEnds == nil && downEnds != nil && !ends.told && down.busy() {
				ends.timer.Reset(p.o.Grace) // the client will say no more, but it listens
				continue
			}
			ends.next(server, p.o.Grace)
		}
	}
}

// ending is the end of a server that takes its time: asked to first, then made
// to.
type ending struct {
	timer *time.Timer
	asked bool
	told  bool // by a signal, so that nothing more is waited for
}

// hurried is how long a server may take once the proxy was asked to end by a
// SIGTERM. Clients that end their servers so kill them 2 s later, and until
// then what became of the calls is to be written.
const hurried = 1500 * time.Millisecond

// hurry makes the next step the last one. The server was asked to end.
func (e *ending) hurry(grace time.Duration) {
	if e.asked {
		return
	}
	e.asked = true
	e.timer.Reset(min(hurried, grace))
}

func (e *ending) begin(why *string, because string, grace time.Duration) {
	if e.timer == nil {
		*why = because
		e.timer = time.NewTimer(grace)
	}
}

func (e *ending) over() <-chan time.Time {
	if e.timer == nil {
		return nil
	}
	return e.timer.C
}

func (e *ending) next(server *child, grace time.Duration) {
	if e.asked {
		server.kill()
		return
	}
	e.asked = true
	server.terminate()
	e.timer.Reset(grace)
}

func (e *ending) stop() {
	if e.timer != nil {
		e.timer.Stop()
	}
}

// upward is the way of the client's messages.
func (p *Proxy) upward(l *link, in io.Reader, server *child, client *lineWriter) *pump {
	up := newPump(in, &lineWriter{w: server.in})
	up.hold = heldOpen
	up.see = func(messages []*node, ok bool) error {
		_, answer, err := p.admit(l, messages, ok)
		if err != nil && len(answer) > 0 {
			_ = client.line(answer) // a client that is gone needs none
		}
		return err
	}
	if p.o.Closed {
		up.hold = heldClosed
		up.over = func() {
			_ = client.line(appendError(nil, nil, codeRefused, "daybook mcp proxy: the message is longer than what can be held until it is recorded"))
		}
	}
	return up
}

// downward is the way of the server's messages.
func (p *Proxy) downward(l *link, server *child, client *lineWriter) *pump {
	down := newPump(server.out, client)
	down.see = func(messages []*node, ok bool) error {
		p.unread(ok, "server")
		l.fromServer(messages)
		return nil
	}
	return down
}
