package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os/signal"
	"syscall"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/mcp/proxy"
)

// http stands in front of a server until the program is told to end.
func (c *mcpProxyCmd) http(ctx context.Context, g *Globals, p *proxy.Proxy) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP)
	defer stop()
	handler, err := p.Handler(c.Upstream, proxy.HTTPOptions{Loopback: isLoopback(c.Listen)})
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return &daybook.Error{
			Code: daybook.CodeUnavailable, Message: "the address cannot be listened on", Err: err,
			Hint: "give another with --listen; each proxy needs one of its own",
		}
	}
	at, err := url.Parse(c.Upstream)
	if err != nil {
		return err
	}
	local := url.URL{Scheme: "http", Host: listener.Addr().String(), Path: at.Path}
	g.logger.Info("recording "+c.Name, "on", local.String(), "of", at.Scheme+"://"+at.Host+at.Path)
	if !isLoopback(c.Listen) {
		g.logger.Warn("others than this machine can reach this address, and call the server through it")
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	return stopServing(server)
}

// drainTime is how long answers that are under way may take when the program is
// told to end. Streams of events would go on without end.
const drainTime = 3 * time.Second

func stopServing(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	}
	return err
}
