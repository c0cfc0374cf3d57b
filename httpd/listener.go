package httpd

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// bounded is a listener that keeps so many connections at the most open. One
// that is over is told so and closed, whatever it was going to ask.
type bounded struct {
	net.Listener
	most    int64
	open    *atomic.Int64
	refused func()
	telling chan struct{} // holds those that are told, so that they are few
}

// mostTold bounds the connections that are told at a time why they are closed;
// more are closed without a word.
const mostTold = 64

const tooMany = "HTTP/1.1 503 Service Unavailable\r\n" +
	"Content-Type: application/problem+json\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: "

func (s *Server) bounded(l net.Listener) net.Listener {
	return &bounded{
		Listener: l, most: int64(s.MaxConnections), open: &s.metrics.connections,
		refused: s.metrics.refusedConnections.Inc, telling: make(chan struct{}, mostTold),
	}
}

// Accept gives the next connection that there is room for.
func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if b.open.Add(1) <= b.most {
			return &counted{Conn: c, open: b.open}, nil
		}
		b.open.Add(-1)
		b.refused()
		select {
		case b.telling <- struct{}{}:
			go func() {
				defer func() { <-b.telling }()
				sendAway(c)
			}()
		default:
			_ = c.Close()
		}
	}
}

// sendAway tells a client to come again, and gives it a moment to read that:
// what is closed with unread bytes is reset.
func sendAway(c net.Conn) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	if _, err := io.WriteString(c, tooMany+tooManyBody); err != nil {
		return
	}
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
		_, _ = io.CopyN(io.Discard, c, 1<<20)
	}
}

const tooManyBody = "201\r\n\r\n" +
	`{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"too many connections at a time","code":"unavailable",` +
	`"hint":"connect again in a moment, and keep connections for many calls"}` + "\n"

// counted is a connection that is counted until it is closed.
type counted struct {
	net.Conn
	open *atomic.Int64
	once sync.Once
}

// Close closes the connection and counts it no longer.
func (c *counted) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}
