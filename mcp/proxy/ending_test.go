package proxy

import (
	"bufio"
	"os"
	"syscall"
	"testing"
	"time"
)

// TestClientThatOnlyListens: a client that says all it has to say and closes its
// end, as a pipeline does, is answered still; one that is gone is not waited for.
func TestClientThatOnlyListens(t *testing.T) {
	t.Parallel()
	for _, listens := range []bool{true, false} {
		b := newBook(t)
		p := newProxy(t, b, func(o *Options) { o.Grace = 100 * time.Millisecond })
		in, to, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		from, out, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() {
			_, err := p.Stdio(t.Context(), in, out, fakeServer("tools"), nil)
			_ = out.Close()
			done <- err
		}()
		if _, err := to.WriteString(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"late"}}` + "\n"); err != nil {
			t.Fatal(err)
		}
		_ = to.Close()
		if listens {
			line, _ := bufio.NewReader(from).ReadString('\n')
			contains(t, "the answer", line, "at last")
		} else {
			_ = from.Close()
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if c := b.call("late"); *c.Success != listens {
			t.Errorf("listens %v: %+v", listens, c)
		}
		_, _ = from.Close(), in.Close()
	}
}

// TestAskedToEnd: a client that ends its server by a SIGTERM kills it 2 s later,
// so a server that does not hear is ended before.
func TestAskedToEnd(t *testing.T) {
	t.Parallel()
	s := startSession(t, fakeServer("deaf"), func(o *Options) { o.Grace = time.Minute })
	s.hear()
	s.tool(1, "silent", "{}")
	eventually(t, "the call", func() bool { return len(s.book.calls()) == 1 })
	began := time.Now()
	s.signals <- syscall.SIGTERM
	if code := s.wait(); code != 128+9 {
		t.Errorf("exit code %d", code)
	}
	if took := time.Since(began); took < hurried || took > time.Minute { // before the grace is over
		t.Errorf("it took %s", took)
	}
	contains(t, "the outcome", s.book.call("silent").ErrorMessage, "signal: killed, after the proxy was told to end")
}

func TestServerThatClosesItsOutput(t *testing.T) {
	t.Parallel()
	s := startSession(t, fakeServer("tools"), func(o *Options) { o.Grace = 2 * time.Second })
	s.tool(1, "mute", "{}")
	s.wait()
	contains(t, "the outcome", s.book.call("mute").ErrorMessage, "signal: terminated, after it closed its output")
}
