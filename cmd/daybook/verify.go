package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/verify"
)

type verifyCmd struct {
	Proof    []string `help:"Check a proof instead, with no store at hand; may be given again, or name a directory of proofs." sep:"none" placeholder:"FILE"`
	Receipts string   `help:"Check the receipts in this file, as the server answered them, by --proof or by what --server proves." placeholder:"FILE"`
	Export   string   `help:"Check an export instead of a store." placeholder:"FILE"`
	Only     bool     `name:"entries-only" help:"Leave out the store's indexes and schema, which takes longer than the entries."`
	As       string   `name:"format" help:"text or json." enum:"text,json,table" default:"text"`
}

func (verifyCmd) Help() string {
	return `Re-hashes every entry, rebuilds the tree over them, and holds it against the
checkpoints that were signed: the one in the store and the anchor. It looks at
the store's indexes and schema too, by which answers are found. It never writes, needs no server, and runs beside one. Exit 0: sound. Exit 1: not, and
the entries are named.

Of a ledger in PostgreSQL a login of daybook_retention is enough, which can write nothing; the key
files are looked for where the server has them, or named.

Examples:
  daybook verify
  daybook verify --store postgres://auditor@db.example.com/warehouse --public-key ledger.pub --anchor ledger.anchor
  daybook verify --store copy.db --public-key ledger.pub --anchor ledger.anchor --format json
  cp ledger.anchor before && daybook export -o ledger.ndjson
  daybook verify --export ledger.ndjson --public-key ledger.pub --anchor before
  daybook verify --proof decision.tlog-proof --public-key ledger.pub
  daybook verify --receipts answer.json --proof proofs --public-key ledger.pub
  daybook verify --receipts answer.json --server http://127.0.0.1:7777 --public-key ledger.pub`
}

func (c *verifyCmd) Run(ctx context.Context, g *Globals) error {
	if c.Receipts != "" {
		return c.receipts(ctx, g)
	}
	if len(c.Proof) > 0 {
		return c.proofs(g)
	}
	if g.Server != "" && g.Store == "" && c.Export == "" {
		return usagef("verify trusts no server and asks none: name a copy of its store with --store, or an export of it with --export")
	}
	source, closer, files, err := c.source(ctx, g)
	if err != nil {
		return err
	}
	defer closer.Close()
	o, err := c.options(g, files)
	if err != nil {
		return err
	}
	bar := progress(g.err, "verifying")
	o.Progress = bar.set
	report, err := verify.Run(ctx, source, o)
	bar.finish()
	if err != nil {
		return err
	}
	if err := c.print(g.out, report); err != nil {
		return err
	}
	if !report.Sound() {
		return errBad
	}
	return nil
}

// options finds the public key and the anchor: those named, else those beside
// the store. One that was named must be there. An export is held against a
// named anchor only: the one beside the store has gone on since.
func (c *verifyCmd) options(g *Globals, files local.Files) (verify.Options, error) {
	o := verify.Options{EntriesOnly: c.Only}
	public, err := readPublic(files.Public)
	if err != nil && (g.Public != "" || !errors.Is(err, os.ErrNotExist)) {
		return o, err
	}
	o.Public = public
	if c.Export != "" && g.Anchor == "" {
		return o, nil
	}
	o.Anchor, err = merkle.ReadAnchor(files.Anchor)
	if err != nil && (g.Anchor != "" || !errors.Is(err, os.ErrNotExist)) {
		return o, err
	}
	return o, nil
}

// readPublic reads a public key from its file, or takes the key itself as it
// stands in one.
func readPublic(named string) (string, error) {
	public, err := merkle.ReadPublic(named)
	if errors.Is(err, os.ErrNotExist) && strings.HasPrefix(named, daybook.OriginPrefix) && strings.Count(named, "+") >= 2 {
		return named, nil
	}
	return public, err
}

// source opens what is verified, and names the files of its ledger.
func (c *verifyCmd) source(ctx context.Context, g *Globals) (verify.Source, io.Closer, local.Files, error) {
	place, err := local.ParseStore(g.store())
	if err != nil {
		return nil, nil, local.Files{}, err
	}
	if c.Export == "" {
		store, files, err := local.Read(ctx, place, g.options())
		return store, store, files, err
	}
	files, err := local.FilesOf(ctx, place, g.options())
	if err != nil {
		return nil, nil, files, err
	}
	f, err := os.Open(c.Export)
	if err != nil {
		return nil, nil, files, err
	}
	return verify.NewExport(f), f, files, nil
}

func (c *verifyCmd) print(w io.Writer, report *verify.Report) error {
	if c.As == "json" {
		return indented(w, report)
	}
	return report.WriteText(w)
}

// proofs checks proofs, one after the other, up to the first that does not hold.
func (c *verifyCmd) proofs(g *Globals) error {
	public, err := g.provenBy()
	if err != nil {
		return err
	}
	files, err := proofFiles(c.Proof)
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		report, err := verify.Proof(text, public)
		if err != nil {
			return &daybook.Error{
				Code: daybook.CodeDamaged, Message: "the proof in " + file + " does not hold", Err: err,
				Hint: "ask for a new one with daybook prove, and check that the key is the ledger's",
			}
		}
		if err := c.printProof(g.out, report); err != nil {
			return err
		}
	}
	return nil
}

func (c *verifyCmd) printProof(w io.Writer, r *verify.ProofReport) error {
	if c.As == "json" {
		return indented(w, r)
	}
	what := string(r.Entry)
	if r.Entry == nil {
		what = fmt.Sprintf("it holds the digests alone: %s %s, logged_at %s, log_hash %s", r.Kind, r.LogID, r.LoggedAt, r.LogHash)
	}
	_, err := fmt.Fprintf(w, "the proof holds: entry %d is in %s, under the checkpoint of %d entries\n%s\n", r.Seq, r.Origin, r.Size, what)
	return err
}

func indented(w io.Writer, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", b)
	return err
}

// bar shows progress on a terminal, and nothing elsewhere.
type bar struct{ *progressbar.ProgressBar }

func progress(w io.Writer, what string) bar {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return bar{}
	}
	return bar{progressbar.NewOptions64(-1, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionClearOnFinish())}
}

func (b bar) set(done, total int64) {
	if b.ProgressBar == nil {
		return
	}
	if total > 0 {
		b.ChangeMax64(total)
	}
	_ = b.Set64(done)
}

func (b bar) finish() {
	if b.ProgressBar != nil {
		_ = b.Finish()
	}
}
