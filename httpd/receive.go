package httpd

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// incoming is the body of a request while it is received. It counts the bytes,
// and cuts a client that stalls, that takes too long altogether, or that still
// sends some time after the server began to drain.
type incoming struct {
	io.ReadCloser
	n          int64 // bytes read so far
	weight     int64 // bytes of it that are held in memory, decompressed
	err        error // how reading ended: io.EOF when all of it is here
	held       *connections
	connection *http.ResponseController
	stall      time.Duration // without progress
	last       time.Time     // when all of it must be here
	allowed    time.Time     // when the deadline was set
}

func (s *Server) receive(w http.ResponseWriter, r *http.Request) *incoming {
	b := &incoming{ReadCloser: r.Body, held: s.outside, connection: http.NewResponseController(w), stall: s.StallTimeout}
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		// net/http waits already for the client to go away: with a deadline it
		// would take that for the client's end.
		b.ReadCloser, b.err = http.NoBody, io.EOF
		return b
	}
	if held, ok := r.Context().Value(heldKey{}).(*connections); ok {
		b.held = held
	}
	b.last = time.Now().Add(s.BodyTimeout)
	b.allow()
	return b
}

// Read reads on, and once the body has ended says again how.
func (b *incoming) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	b.allow()
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	if err != nil {
		b.err = err
		b.held.release(b)
	}
	return n, err
}

// allow gives the client time anew. A deadline that is almost as good is left,
// because reads are many.
func (b *incoming) allow() {
	now := time.Now()
	if now.Sub(b.allowed) < b.stall/32 {
		return
	}
	b.allowed = now
	until := now.Add(b.stall)
	if b.last.Before(until) {
		until = b.last
	}
	b.held.hold(b, until)
}

// leave ends receiving when the request is answered. What the client still
// sends then is read by net/http, as a courtesy.
func (b *incoming) leave() {
	if b.err == nil {
		b.held.release(b)
	}
}

// connections are those of one Serve, as far as draining must know them.
type connections struct {
	mu     sync.Mutex
	states map[net.Conn]http.ConnState
	bodies map[*incoming]struct{} // still received
	cutAt  time.Time              // when these are cut; zero unless draining
	closed bool                   // to connections without a request
}

type heldKey struct{}

func newConnections() *connections {
	return &connections{states: map[net.Conn]http.ConnState{}, bodies: map[*incoming]struct{}{}}
}

func (c *connections) within(ctx context.Context) context.Context {
	return context.WithValue(ctx, heldKey{}, c)
}

// track is the http.Server's ConnState.
func (c *connections) track(connection net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case state == http.StateClosed || state == http.StateHijacked:
		delete(c.states, connection)
		return
	case state == http.StateNew && c.closed:
		_ = connection.Close() // accepted just before the listener closed
	}
	c.states[connection] = state
}

// inFlight counts the requests whose header is here and whose answer is not
// yet sent.
func (c *connections) inFlight() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, state := range c.states {
		if state == http.StateActive {
			n++
		}
	}
	return n
}

// hold sets the deadline of a body, no later than draining lets it.
func (c *connections) hold(b *incoming, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bodies[b] = struct{}{}
	if !c.cutAt.IsZero() && c.cutAt.Before(until) {
		until = c.cutAt
	}
	_ = b.connection.SetReadDeadline(until) // a writer without deadlines, as in tests, does without
}

// release lets go of a body. One that is all here must have no deadline left,
// or the request that is now worked on would be cut by it.
func (c *connections) release(b *incoming) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.bodies, b)
	var until time.Time
	if !errors.Is(b.err, io.EOF) {
		until = time.Now().Add(receiveGrace)
	}
	_ = b.connection.SetReadDeadline(until)
}

// drain gives bodies that are still received the grace, and no longer.
func (c *connections) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cutAt = time.Now().Add(receiveGrace)
	for b := range c.bodies {
		_ = b.connection.SetReadDeadline(c.cutAt)
	}
}

// closeNew closes the connections that have not sent a header. It is for
// http.Server.RegisterOnShutdown: from then on net/http answers no request
// whose header is not here yet, but would wait five seconds for it.
func (c *connections) closeNew() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for connection, state := range c.states {
		if state == http.StateNew {
			_ = connection.Close()
		}
	}
}
