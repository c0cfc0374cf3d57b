package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/transfer"
)

type copyCmd struct {
	From   string `required:"" help:"The store to copy from: FILE, sqlite:FILE or postgres://…." placeholder:"STORE"`
	To     string `required:"" help:"The store to copy to: one that is not there yet, is empty, or holds an older copy of this ledger." placeholder:"STORE"`
	Move   bool   `help:"Have the ledger go on in the new store, and in the old one no more."`
	Cancel bool   `help:"Take back a move that was begun and is not finished."`

	WithKeys bool    `name:"with-keys" help:"Put the public key and the anchor beside the new store, too, and after a move the private key."`
	ToKey    string  `name:"to-key" help:"Where --with-keys puts the private key (default: the new store's own place)." placeholder:"FILE"`
	ToPublic string  `name:"to-public-key" help:"Where --with-keys puts the public key." placeholder:"FILE"`
	ToPrefix *string `name:"to-schema-prefix" help:"What the names of the new store's schemas begin with, where that is another than --schema-prefix says." placeholder:"PREFIX"`
	ToAnchor string  `name:"to-anchor" help:"Where --with-keys puts the anchor." placeholder:"FILE"`
}

func (copyCmd) Help() string {
	return `Carries a ledger from one store to another, whole: the same entries with the same hashes at
the same places, the same tree, tokens and all. Each entry is hashed again on the way, and a
damaged one is named and refused. Ended at any point, it goes on where it was when run again.

A copy can be read and verified, and not written: the ledger goes on in the old store, which a
server may use meanwhile. Run again it takes what was added since. With --move the ledger goes on
in the new store alone: end the server of a SQLite store first. The old store stays as it is,
to be read and verified, and refuses to be written from then on; copy it back the same way.

The private key, public key and anchor are named with --key, --public-key and --anchor where they
are not in the old store's own places.

Examples:
  daybook copy --from daybook.db --to copy.db
  daybook copy --from daybook.db --to postgres://admin@db.example.com/warehouse
  daybook copy --from daybook.db --to postgres://admin@db.example.com/warehouse --move --with-keys
  daybook copy --from daybook.db --to new.db --cancel`
}

func (c *copyCmd) Run(ctx context.Context, g *Globals) (err error) {
	if g.Server != "" {
		return usagef("copy works on stores: leave --server and DAYBOOK_URL out")
	}
	g.Store = "" // which copy has nothing to do with, so that no hint names it
	from, to, keys, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.store.Close(), to.store.Close()) }()
	o := transfer.Options{From: from.name, To: to.name, Move: c.Move, Step: step}
	if c.Cancel {
		if err := transfer.Cancel(ctx, from.store, to.store, o); err != nil {
			return err
		}
		_, err := fmt.Fprintf(g.out, "taken back: the ledger goes on in %s, and %s is a copy of it\n", from.name, to.name)
		return err
	}
	progress := newCounter(g.err, "copying")
	o.Progress = progress.set
	report, err := transfer.Copy(ctx, from.store, to.store, o)
	progress.finish()
	if err != nil {
		return err
	}
	if c.WithKeys {
		if err := keys.put(ctx, to.store, report); err != nil {
			return err
		}
	}
	return c.tell(g.out, o, report, keys)
}

// open opens both stores, the target last: what is wrong with the source or the
// key files is said before a target is made.
func (c *copyCmd) open(ctx context.Context, g *Globals) (from, to *side, keys *keyMove, err error) {
	if err := c.differ(g); err != nil {
		return nil, nil, nil, err
	}
	if from, err = openSide(ctx, g.options(), c.From, !c.Move && !c.Cancel); err != nil {
		return nil, nil, nil, err
	}
	if keys, err = c.keys(ctx, g, from); err == nil {
		to, err = openSide(ctx, c.target(g), c.To, false)
	}
	if err != nil {
		return nil, nil, nil, errors.Join(err, from.store.Close())
	}
	return from, to, keys, nil
}

// differ refuses to copy a store to itself.
func (c *copyCmd) differ(g *Globals) error {
	from, err := local.ParseStore(c.From)
	if err != nil {
		return err
	}
	to, err := local.ParseStore(c.To)
	if err != nil || !local.SamePlace(from, to) {
		return err
	}
	if _, ok := local.DatabaseURL(from); ok && c.target(g).SchemaPrefix != g.SchemaPrefix {
		return nil // two ledgers of one database
	}
	return usagef("--from and --to name the same store, %s: name another one with --to", to)
}

// keys finds the key files of the ledger beside its store, and their places
// beside the other, and holds the store against them.
func (c *copyCmd) keys(ctx context.Context, g *Globals, from *side) (*keyMove, error) {
	head, err := from.store.Head(ctx)
	if err != nil {
		return nil, err
	}
	target, err := local.ParseStore(c.To)
	if err != nil {
		return nil, err
	}
	here, err := local.FilesFor(from.place, head.LedgerID, g.options())
	if err != nil {
		return nil, err
	}
	there, err := local.FilesFor(target, head.LedgerID, c.target(g))
	if err != nil {
		return nil, err
	}
	keys, err := readKeys(here, there, c.Move)
	if err != nil {
		return nil, err
	}
	if err := keys.hold(ctx, from.store); err != nil {
		return nil, err
	}
	return keys, keys.free(daybook.OriginPrefix + head.LedgerID)
}

// target are the options of the store that is copied to.
func (c *copyCmd) target(g *Globals) local.Options {
	o := g.options()
	o.Key, o.Public, o.Anchor = c.ToKey, c.ToPublic, c.ToAnchor
	if c.ToPrefix != nil {
		o.SchemaPrefix = *c.ToPrefix
	}
	return o
}

// side is one of the two stores.
type side struct {
	store daybook.Movable
	place local.Place
	name  string // for people: whole, and no password
}

// openSide opens a store whatever its mark. One that is copied from is only
// read, so that its server may run.
func openSide(ctx context.Context, o local.Options, named string, readOnly bool) (*side, error) {
	place, err := local.ParseStore(named)
	if err != nil {
		return nil, err
	}
	store, err := local.OpenMovable(ctx, place, o, readOnly)
	if err != nil {
		return nil, err
	}
	return &side{store: store, place: place, name: wholeName(place, o.SchemaPrefix)}, nil
}

// wholeName names a place so that it is found from any folder.
func wholeName(place local.Place, prefix string) string {
	name := place.String()
	if strings.Contains(name, "://") {
		if prefix != "" {
			name += " (schemas " + prefix + "…)"
		}
		return name
	}
	if path, err := filepath.Abs(name); err == nil {
		name = path
	}
	return "sqlite:" + name
}

// tell says what was done, and what is to be done.
func (c *copyCmd) tell(w io.Writer, o transfer.Options, r *transfer.Report, keys *keyMove) error {
	var b strings.Builder
	if r.Already {
		fmt.Fprintf(&b, "the ledger was moved before\n")
	} else {
		fmt.Fprintf(&b, "copied %s\n", entries(r.Copied))
	}
	fmt.Fprintf(&b, "  %s has %s of %s%s, root %s\n", o.To, entries(r.Size), daybook.OriginPrefix, r.LedgerID, base64.StdEncoding.EncodeToString(r.Root[:]))
	if r.Bodiless > 0 {
		fmt.Fprintf(&b, "  %s have a place and no body, there as here; daybook verify says whether they are gone by rights\n", entries(r.Bodiless))
	}
	if c.Move {
		tellMove(&b, o, keys, c.WithKeys)
	} else {
		fmt.Fprintf(&b, "  it is a copy, to be read and verified; the ledger goes on in %s\n", o.From)
		if r.Grown > 0 {
			fmt.Fprintf(&b, "  %s came meanwhile: run this again to take them\n", entries(r.Grown))
		}
		b.WriteString("  to have the ledger go on in the copy, run this again with --move\n")
	}
	for _, left := range r.Left {
		fmt.Fprintf(&b, "  not carried, and still in the old store: %s\n", left)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func tellMove(b *strings.Builder, o transfer.Options, keys *keyMove, done bool) {
	fmt.Fprintf(b, "  the ledger goes on there; %s is not written any more: no server and no client should use it any more\n", o.From)
	if done {
		fmt.Fprintf(b, "  its key is %s, the public key and the anchor %s and %s; put those of the old store away\n", keys.to.Key, keys.to.Public, keys.to.Anchor)
		return
	}
	b.WriteString("  it needs its key, public key and anchor, or those named with --key, --public-key and --anchor; do this, or run this again with --with-keys:\n")
	b.WriteString(keys.commands())
}
