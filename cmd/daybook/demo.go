package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/term"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/demo"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/local"
)

type demoCmd struct {
	Once   bool   `help:"End after the story instead of serving on."`
	Dir    string `help:"Where the demo keeps its ledger and its warehouse." default:"daybook-demo" placeholder:"DIR"`
	Listen string `help:"The address to serve on." default:"127.0.0.1:7777" placeholder:"HOST:PORT"`
}

func (demoCmd) Help() string {
	return `Runs a real pipeline (USDA's corn balance sheet, from a CSV through bronze and silver
to gold, in SQL on SQLite), records it through the SDK over HTTP, asks the ledger
about it, verifies it, and forges a copy to show that verify sees it. Run it
again: the ledger goes on from where it was.

Examples:
  daybook demo
  daybook demo --once --dir /tmp/daybook-demo`
}

func (c *demoCmd) Run(ctx context.Context, g *Globals) error {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	at := *g
	at.Server, at.Store, at.Key, at.Public, at.Anchor = "", storeName(filepath.Join(c.Dir, "ledger.db")), "", "", ""
	at.SQLDialect = "sqlite" // which the demo's SQL is in
	at.logger = logger(g.err, "warn", g.LogFormat)
	l, err := at.local(ctx)
	if err != nil {
		return err
	}
	listener, err := c.listener(ctx, g)
	if err != nil {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
		defer cancel()
		_ = l.Close(closing)
		return err
	}
	return c.play(ctx, &at, l, listener)
}

// listener takes the address asked for, or a free one where that is the
// default and somebody has it, or nobody is meant to call.
func (c *demoCmd) listener(ctx context.Context, g *Globals) (net.Listener, error) {
	const usual, free = "127.0.0.1:7777", "127.0.0.1:0"
	if c.Once {
		return listenAt(ctx, free)
	}
	if !isLoopback(c.Listen) {
		return nil, usagef("the demo is for this machine alone: listen on a loopback address, such as 127.0.0.1:7777")
	}
	listener, err := listenAt(ctx, c.Listen)
	if err != nil && c.Listen == usual {
		fmt.Fprintf(g.err, "daybook: %s is taken; serving on a free port\n", usual)
		return listenAt(ctx, free)
	}
	return listener, err
}

// play serves the ledger and tells the story against it.
func (c *demoCmd) play(ctx context.Context, g *Globals, l *local.Local, listener net.Listener) error {
	serving, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	quiet := *g
	quiet.err = io.Discard
	go func() { served <- serve(serving, &quiet, l, listener, httpd.Config{}) }()
	url := "http://" + listener.Addr().String()
	told := c.tell(ctx, g, url)
	if told == nil && !c.Once {
		<-ctx.Done()
		fmt.Fprintln(g.out)
	}
	stop()
	if err := <-served; told == nil {
		return err
	}
	return told
}

func (c *demoCmd) tell(ctx context.Context, g *Globals, url string) error {
	sdk, err := client.New(url, client.Options{})
	if err != nil {
		return err
	}
	story := demo.NewStory(g.out, colourful(g))
	cast, err := demo.Record(ctx, sdk, c.Dir, story)
	if err != nil {
		return err
	}
	if err := demo.Ask(ctx, sdk, story); err != nil {
		return err
	}
	if err := demo.Why(ctx, sdk, story, c.brief(g)); err != nil {
		return err
	}
	if _, err := sdk.Prove(ctx, cast.DecisionEntry); err != nil {
		return err
	}
	if err := demo.Verify(ctx, g.store(), cast, story); err != nil {
		return err
	}
	if !c.Once {
		demo.Try(g.out, url, c.Dir, cast)
	}
	return nil
}

// brief tells why as daybook why --brief does.
func (c *demoCmd) brief(g *Globals) func(*daybook.Why) string {
	return func(why *daybook.Why) string {
		story := newWhyStory(why, colourful(g), false)
		story.brief()
		return story.String()
	}
}

func colourful(g *Globals) bool {
	f, ok := g.out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == ""
}
