package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize/english"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/scan"
)

type scanCmd struct {
	URL      string        `arg:"" help:"The database: postgres://user@host:5432/database."`
	Schema   []string      `help:"Only tables of this schema; may be given again." placeholder:"NAME"`
	Exclude  []string      `help:"No tables like this, schema.table or a schema, with * and ?; may be given again." placeholder:"PATTERN"`
	Business string        `help:"The tenant to write for." default:"default" placeholder:"NAME"`
	Timeout  time.Duration `help:"How long one statement on the database may take." default:"5m"`
	DryRun   bool          `help:"Say what would be written, and write nothing."`
	Format
}

func (scanCmd) Help() string {
	return `Reads the system catalog of a PostgreSQL database, in transactions that only read, and
writes what it says of lineage: an artifact for each table and view, with its columns, types,
comments and keys; the definition of each view; and an edge for each flow of a
column into a view, of origin IMPORTED. It reads no row of any table, and needs a
role that may connect, and no more.

A second scan writes what has changed since, and ends what is gone; where nothing
has changed it writes nothing. Give the password in PGPASSWORD or ~/.pgpass: what is in a URL is
seen by who lists processes. Against a server it takes a token of role admin, as
it writes and reads.

Examples:
  daybook scan postgres://reader@db.example.com/warehouse --dry-run
  daybook scan postgres://reader@db.example.com/warehouse
  daybook scan postgres://reader@localhost/warehouse --schema silver --schema gold --exclude 'gold.tmp_*'
  daybook scan postgres://reader@localhost/warehouse --dry-run --format json > plan.json`
}

// Validate refuses what no scan can have.
func (c *scanCmd) Validate() error {
	if c.Timeout <= 0 {
		return errors.New("--timeout must be more than nothing")
	}
	return c.filter().Check()
}

func (c *scanCmd) filter() scan.Filter { return scan.Filter{Schemas: c.Schema, Exclude: c.Exclude} }

func (c *scanCmd) Run(ctx context.Context, g *Globals) error {
	bar := progress(g.err, "scanning")
	defer bar.finish()
	plan, err := c.plan(ctx, bar)
	if err != nil {
		return err
	}
	if c.DryRun && !g.hasLedger() {
		return c.compare(ctx, g, bar, plan, &backend{})
	}
	return g.with(ctx, func(b *backend) error { return c.compare(ctx, g, bar, plan, b) })
}

// plan makes of the database what there is to say of it, before any ledger is
// opened: a URL that is wrong must not make one.
func (c *scanCmd) plan(ctx context.Context, bar bar) (*scan.Plan, error) {
	db, err := scan.Read(ctx, c.URL, c.Timeout, func(what string) { bar.step("reading "+what, 0, 0) })
	if err != nil {
		return nil, err
	}
	bar.step("reading the definitions of views", 0, 0)
	return scan.NewPlan(db, c.filter())
}

func (c *scanCmd) compare(ctx context.Context, g *Globals, bar bar, plan *scan.Plan, b *backend) error {
	report, err := scan.Run(ctx, plan, scan.Options{
		Recorder: b.Recorder, Reader: b.Reader, Principal: b.who, Business: c.Business, DryRun: c.DryRun, Progress: bar.step,
	})
	bar.finish()
	if err != nil {
		return err
	}
	return c.print(g, report)
}

// hasLedger says whether there is a ledger to ask.
func (g *Globals) hasLedger() bool {
	if g.Server != "" {
		return true
	}
	place, err := local.ParseStore(g.store())
	return err != nil || place.Exists() // opening it says what is wrong
}

// step shows what is being done.
func (b bar) step(what string, done, all int) {
	if b.ProgressBar != nil {
		b.Describe(what)
	}
	b.set(int64(done), int64(all))
}

// print says what was written, or would be.
func (c *scanCmd) print(g *Globals, r *scan.Report) error {
	t := changes(r)
	if c.Format.Format != "table" {
		return c.rows(g.out, t, func() ([]byte, error) { return json.MarshalIndent(r, "", "  ") })
	}
	if r.DryRun && len(t.Rows) > 0 {
		if err := writeTable(g.out, t); err != nil {
			return err
		}
	}
	warn(g.err, r.News())
	return summary(g.out, r)
}

// changes is a difference as rows: what is new, and what ends.
func changes(r *scan.Report) *daybook.Table {
	t := &daybook.Table{Columns: []string{"change", "what", "name", "from", "how"}}
	add := func(cells ...any) { t.Rows = append(t.Rows, cells) }
	d := r.Difference
	for i := range d.Artifacts {
		a := &d.Artifacts[i]
		add("write", a.ArtifactType, a.ArtifactName, strings.Join(a.SourceTables, ", "), count(len(a.Columns), "column"))
	}
	for i := range d.Edges {
		add(append([]any{"write"}, edgeCells(&d.Edges[i])...)...)
	}
	for i := range d.Gone {
		add("end", d.Gone[i].ArtifactType, d.Gone[i].ArtifactName, nil, nil)
	}
	for i := range d.Ended {
		add(append([]any{"end"}, edgeCells(&d.Ended[i])...)...)
	}
	return t
}

// implied are the subtypes that say no more than their relationship does.
var implied = []string{"", "IDENTITY", "TRANSFORMATION", "AGGREGATION", "JOIN", "FILTER"}

func edgeCells(e *daybook.LineageEdge) []any {
	from := daybook.Node{Schema: e.SourceSchema, Name: e.SourceName, Column: e.SourceColumn}
	to := daybook.Node{Schema: e.TargetSchema, Name: e.TargetName, Column: e.TargetColumn}
	how := e.RelationshipType
	if !slices.Contains(implied, e.Subtype) {
		how += " (" + e.Subtype + ")"
	}
	return []any{"edge", to.String(), from.String(), how}
}

// mostWarned is how many notes a terminal is shown.
const mostWarned = 20

func warn(w io.Writer, notes []scan.Note) {
	for i, n := range notes {
		if i == mostWarned {
			fmt.Fprintf(w, "daybook: and %d more notes; --format json has them all\n", len(notes)-i)
			return
		}
		fmt.Fprintf(w, "daybook: %s: %s\n", plain(n.Relation), plain(n.Text))
	}
}

// summary says in a few lines what a scan has come to.
func summary(w io.Writer, r *scan.Report) error {
	tables, views, columns := r.Counts()
	fmt.Fprintf(w, "%s: %s, %s, %s\n", r.Plan.Database.Location, count(tables, "table"), count(views, "view"), count(columns, "column"))
	d := r.Difference
	if len(d.Kept) > 0 {
		fmt.Fprintf(w, "%s of them: current artifacts of others, which stay as they are\n", count(len(d.Kept), "table"))
	}
	if d.Empty() {
		_, err := fmt.Fprintln(w, "the ledger says all of it already: nothing was written")
		return err
	}
	written, ended := "written", "ended"
	if r.DryRun {
		written, ended = "would be written", "would be ended"
	}
	fmt.Fprintf(w, "%s: %s, %s, %s\n", written, count(len(d.Artifacts), "artifact"), count(len(d.Operations), "definition"), count(len(d.Edges), "edge"))
	if len(d.Gone)+len(d.Ended) > 0 {
		fmt.Fprintf(w, "%s: %s, %s\n", ended, count(len(d.Gone), "artifact"), count(len(d.Ended), "edge"))
	}
	for _, id := range r.Sessions {
		fmt.Fprintf(w, "session %s\n", id)
	}
	return nil
}

func count(n int, what string) string { return english.Plural(n, what, "") }
