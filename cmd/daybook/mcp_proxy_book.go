package main

import (
	"context"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/redact"
)

// ownServer is the server of this machine, where nobody names another.
const ownServer = "http://127.0.0.1:7777"

const (
	patience  = 5 * time.Second // of one write of the proxy
	retries   = 2 * time.Second // how long a call waits for a server that is away, with --sync
	delivery  = 2 * time.Second // how long the end waits until what is spooled is delivered
	proxyName = "daybook-mcp-proxy"
)

// proxyBook is where a proxy's records go.
type proxyBook struct {
	daybook.Recorder
	close func()
}

// open opens it. Where it cannot be and calls may pass unrecorded, each write
// fails instead, and says why.
func (c *mcpProxyCmd) open(ctx context.Context, g *Globals, redactor *redact.Redactor) (*proxyBook, error) {
	book, err := c.openBook(ctx, g, redactor)
	if err != nil && !c.FailClosed {
		return &proxyBook{closedBook{err}, func() {}}, nil
	}
	return book, err
}

func (c *mcpProxyCmd) openBook(ctx context.Context, g *Globals, redactor *redact.Redactor) (*proxyBook, error) {
	server := g.Server
	switch {
	case server == "" && g.Store != "":
		return c.openStore(ctx, g)
	case server == "":
		server = ownServer
	}
	o := client.Options{Token: g.Token, UserAgent: proxyName, MaxElapsed: retries}
	if c.Sync {
		far, err := client.NewRemote(server, o)
		if err != nil {
			return nil, err
		}
		return &proxyBook{far, func() {}}, nil
	}
	spooled, err := client.NewSpooled(server, o, client.Spooling{Dir: c.Spool, Redactor: redactor, Logger: g.logger})
	if err != nil {
		return nil, err
	}
	return &proxyBook{spooled.Recorder, func() { endSpool(ctx, g, spooled) }}, nil
}

// endSpool gives what was written last a little time. The next process delivers
// what is left.
func endSpool(ctx context.Context, g *Globals, spooled *client.Client) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), delivery)
	defer cancel()
	if err := spooled.Flush(ctx); err != nil {
		g.logger.Info("not everything is delivered yet", "error", err)
	}
	if err := spooled.Close(); err != nil {
		g.logger.Warn("the spool did not close", "error", err)
	}
}

func (c *mcpProxyCmd) openStore(ctx context.Context, g *Globals) (*proxyBook, error) {
	b, err := g.open(ctx)
	if err != nil {
		return nil, err
	}
	return &proxyBook{b.Recorder, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
		defer cancel()
		if err := b.close(ctx); err != nil {
			g.logger.Error("the store did not close", "error", err)
		}
	}}, nil
}

// closedBook is a book that could not be opened.
type closedBook struct{ why error }

func (b closedBook) Record(context.Context, daybook.Principal, []daybook.Record) ([]daybook.Receipt, error) {
	return nil, b.why
}
