package main

import (
	"context"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/postgres"
)

// backend is the ledger that a command works on, over the wire or in process:
// the same interfaces either way.
type backend struct {
	daybook.Recorder
	daybook.Reader
	daybook.Coster
	daybook.Prover
	daybook.Tiler
	tokens tokens
	who    daybook.Principal
	close  func(context.Context) error
}

// open connects to the server, else opens the local store.
func (g *Globals) open(ctx context.Context) (*backend, error) {
	if g.Server != "" {
		far, err := client.NewRemote(g.Server, client.Options{Token: g.Token})
		if err != nil {
			return nil, err
		}
		return &backend{Recorder: far, Reader: far, Coster: far, Prover: far, Tiler: far, tokens: far, who: daybook.Local, close: func(context.Context) error { return nil }}, nil
	}
	l, err := g.local(ctx)
	if err != nil {
		return nil, err
	}
	return &backend{Recorder: l.Recorder, Reader: l.Reader, Coster: l.Access, Prover: l.Prover, Tiler: l.Tiler, tokens: onStore{l.Tokens}, who: daybook.Local, close: l.Close}, nil
}

// store is the local store that was named, or the usual one.
func (g *Globals) store() string {
	if g.Store == "" {
		return "daybook.db"
	}
	return string(g.Store)
}

// where names the local store in messages: a database by host, port and name.
func (g *Globals) where() string {
	place, err := local.ParseStore(g.store())
	if err != nil {
		return storeName(g.store()).String()
	}
	return place.String()
}

// storeName is how a store is named. It may be a URL with a password, which is
// not shown.
type storeName string

// String gives the name without a password, so that it can be given again.
func (s storeName) String() string {
	if scheme, _, isURL := strings.Cut(string(s), "://"); isURL && scheme != "sqlite" {
		shown, err := postgres.Shown(string(s))
		if err != nil {
			return scheme + "://…"
		}
		return shown
	}
	return string(s)
}

func (g *Globals) local(ctx context.Context) (*local.Local, error) {
	return local.Open(ctx, g.store(), g.options())
}

// step is called after each step that writes. It is nil, but in tests that end
// the process there.
var step func(name string)

func (g *Globals) options() local.Options {
	return local.Options{Key: g.Key, Public: g.Public, Anchor: g.Anchor, SchemaPrefix: g.SchemaPrefix, Dialect: string(g.SQLDialect), Logger: g.logger, Step: step, Intake: g.Intake.options()}
}

// asking is with for commands that have nothing to ask of a ledger that is not
// there: they do not make one.
func (g *Globals) asking(ctx context.Context, fn func(b *backend) error) error {
	if g.Server == "" {
		place, err := local.ParseStore(g.store())
		if err != nil {
			return err
		}
		if !place.Exists() {
			return &daybook.Error{
				Code: daybook.CodeNotFound, Message: "there is no ledger at " + place.String(),
				Hint: "name one with --store, or a server with --server; daybook log and daybook serve make one",
			}
		}
	}
	return g.with(ctx, fn)
}

// closeTime is how long closing may take, also after an interrupt.
const closeTime = 30 * time.Second

// with opens the ledger, calls fn and closes it again; both errors count.
func (g *Globals) with(ctx context.Context, fn func(b *backend) error) error {
	b, err := g.open(ctx)
	if err != nil {
		return err
	}
	err = fn(b)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	if closeErr := b.close(closing); err == nil {
		err = closeErr
	}
	return err
}
