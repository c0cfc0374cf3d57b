// Package local is the SDK on a store in this very process: the same calls as
// package client has over HTTP, with the whole road of a record behind them,
// intake, ledger and SQLite. The server stands on it, and so do the command
// line's commands where no server is named.
package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/access"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/lineage"
	"github.com/daybook-audit/daybook/sqlite"
)

// Options say how to open a ledger. The zero value works.
type Options struct {
	Key    string        // the private key's file; "" for the store's with .key
	Public string        // the public key's file; "" for the store's with .pub
	Anchor string        // the anchor's file; "" for the store's with .anchor
	Limits intake.Limits // of what is written
	Agent  string        // named on every record of Client that names no agent
	Logger *slog.Logger  // nil for slog's default
}

// Local is a ledger that this process holds. Recorder has the intake around
// the ledger, Reader the access log around the store's answers.
type Local struct {
	*client.Client
	Store *sqlite.Store

	ledger *ledger.Ledger
	access *access.Log
}

// Open opens the ledger in the SQLite file at path and makes it, with a key of
// its own, if it is not there. One process holds a ledger at a time; for
// another the error is CodeUnavailable and says who has it.
func Open(ctx context.Context, path string, o Options) (*Local, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	store, err := sqlite.Open(ctx, path, sqlite.Options{Logger: o.Logger})
	if err != nil {
		return nil, err
	}
	l, err := open(ctx, store, path, o)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return l, nil
}

func open(ctx context.Context, store *sqlite.Store, path string, o Options) (*Local, error) {
	head, err := store.Head(ctx)
	if err != nil {
		return nil, err
	}
	signer, err := signer(head, orBeside(o.Key, path, ".key"), orBeside(o.Public, path, ".pub"))
	if err != nil {
		return nil, err
	}
	book, err := ledger.Open(ctx, store, ledger.Options{Signer: signer, Anchor: orBeside(o.Anchor, path, ".anchor"), Logger: o.Logger})
	if err != nil {
		return nil, err
	}
	recorder := intake.New(book, o.Limits)
	reads := access.Around(lineage.NewReader(store, store), recorder, access.Options{Logger: o.Logger})
	return &Local{
		Client: client.Over(recorder, reads, book, daybook.Local).WithAgent(o.Agent),
		Store:  store, ledger: book, access: reads,
	}, nil
}

func orBeside(named, path, suffix string) string {
	if named != "" {
		return named
	}
	return path + suffix
}

// Announce tells other processes that want the store at which address it is
// served.
func (l *Local) Announce(address string) error { return l.Store.Announce(address) }

// Ready says why writes cannot be taken now, or nil: the store must let itself
// be written.
func (l *Local) Ready(ctx context.Context) error {
	return l.Store.Append(ctx, func(daybook.View) (*daybook.Batch, error) { return nil, nil })
}

// Close writes the counts of reads that are still open, commits what waits,
// signs the head and closes the store. Calls after it fail with
// CodeUnavailable.
func (l *Local) Close(ctx context.Context) error {
	// A crash between any two of these loses counts of repeated reads at most:
	// everything acknowledged is durable, and opening signs on.
	return errors.Join(l.access.Close(ctx), l.ledger.Close(ctx), l.Store.Close())
}

// ParseStore gives the path of a store written FILE or sqlite:FILE.
func ParseStore(s string) (path string, err error) {
	path = strings.TrimPrefix(s, "sqlite:")
	if path == "" {
		return "", &daybook.Error{Code: daybook.CodeInvalid, Message: "the store has no name", Hint: "write FILE or sqlite:FILE"}
	}
	if scheme, _, ok := strings.Cut(path, "://"); ok && path == s {
		return "", &daybook.Error{
			Code: daybook.CodeInvalid, Message: fmt.Sprintf("no store is of the sort %q: SQLite is the only one so far", scheme),
			Hint: "write FILE or sqlite:FILE; name a server with --server",
		}
	}
	return path, nil
}
