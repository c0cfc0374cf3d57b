package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/local"
)

type serveCmd struct {
	Listen string `help:"The address to listen on." env:"DAYBOOK_LISTEN" default:"127.0.0.1:7777" placeholder:"HOST:PORT"`
}

func (serveCmd) Help() string {
	return `Takes writes and answers questions over HTTP/JSON until it is interrupted; then it
finishes what it has taken, signs a last checkpoint and closes the store.

There are no tokens yet, so it listens on loopback addresses only.

Examples:
  daybook serve
  daybook serve --store /var/lib/daybook/ledger.db --listen 127.0.0.1:8080`
}

func (c *serveCmd) Run(ctx context.Context, g *Globals) error {
	if g.Server != "" {
		return usagef("serve opens a store of its own: leave --server and DAYBOOK_URL out")
	}
	listener, err := listen(ctx, c.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	l, err := g.local(ctx)
	if err != nil {
		return err
	}
	return serve(ctx, g, l, listener)
}

// listen opens a loopback address; on any other everyone could write and read.
func listen(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, usagef("--listen wants host:port, such as 127.0.0.1:7777: %v", err)
	}
	ip := net.ParseIP(host)
	if host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, &daybook.Error{
			Code: daybook.CodeForbidden, Message: "will not listen on " + address + ": without tokens everyone who reaches it could read and write",
			Hint: "listen on 127.0.0.1 or [::1], and put what authenticates before it",
		}
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, &daybook.Error{Code: daybook.CodeUnavailable, Message: "cannot listen on " + address, Err: err, Hint: "choose another address with --listen; port 0 takes a free one"}
	}
	return listener, nil
}

// serve answers on the listener until ctx ends, then closes the ledger.
func serve(ctx context.Context, g *Globals, l *local.Local, listener net.Listener) error {
	address := listener.Addr().String()
	err := l.Announce(address)
	if err == nil {
		registry := prometheus.NewRegistry()
		server := httpd.New(httpd.Config{
			Recorder: l.Recorder, Reader: l.Reader, Prover: l.Prover, Tiler: l.Tiler, Ready: l.Ready,
			Logger: g.logger, Registry: registry, Version: versionText(),
		})
		fmt.Fprintf(g.err, "daybook: serving %s on http://%s (no tokens: everyone on this machine may read and write)\n", g.store(), address)
		err = server.Serve(ctx, listener)
	}
	g.logger.Info("closing the ledger")
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	begun := time.Now()
	if closeErr := l.Close(closing); err == nil {
		err = closeErr
	}
	g.logger.Info("closed", "took", time.Since(begun))
	return err
}
