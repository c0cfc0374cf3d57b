package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/postgres"
)

type migrateCmd struct {
	DryRun bool   `help:"Say what would be done, and do nothing."`
	Adopt  bool   `help:"Take the rows of an audit.ingest_run and audit.validation_status of your own into the ledger, and leave those tables as they are."`
	As     string `name:"format" help:"How the steps come out: ${enum}; sql is a script that psql runs." enum:"table,json,csv,sql" default:"table"`
}

func (migrateCmd) Help() string {
	return `Makes the schemas ledger, audit and gold in a PostgreSQL database, with tables, views, triggers
and roles, or gives those of an earlier Daybook what they lack; and makes partitions for the months to
come. Doing it again changes nothing. It changes nothing but what Daybook made: neither other schemas
nor what others have put into these three. --schema-prefix P_ makes P_ledger, P_audit and
P_gold instead, beside a schema audit of your own.

Where tables audit.ingest_run and audit.validation_status of your own are there already, it refuses:
--adopt takes their rows into the ledger as entries, once each however often it is run, and leaves the
tables as they are. What the ledger holds is then in audit.ingest_run_entries and
audit.validation_status_entries, until a table is renamed away and migrate is run again. With --dry-run
it says how the columns are read.

It wants a login that may create schemas and roles, or is a member of daybook_owner; the server wants
one that is a member of daybook_writer. Servers of an earlier Daybook should be stopped before. A server
never migrates by itself: it refuses an older schema and says so. --dry-run needs no right to write;
with --format sql it prints a script, for those whose administrators run everything themselves with psql.

Give the password in PGPASSWORD or ~/.pgpass, or the whole URL in DAYBOOK_STORE: what is on the command
line is seen by who lists processes.

Examples:
  daybook migrate --store postgres://admin@db.example.com/warehouse --dry-run
  daybook migrate --store postgres://admin@db.example.com/warehouse
  daybook migrate --store postgres:///warehouse --schema-prefix daybook_
  daybook migrate --store postgres:///warehouse --adopt --dry-run
  daybook migrate --store postgres:///warehouse --dry-run --format sql > pending.sql`
}

func (c *migrateCmd) Run(ctx context.Context, g *Globals) error {
	if g.Server != "" && g.Store == "" {
		return usagef("migrate works on a database: name it with --store, and leave --server and DAYBOOK_URL out")
	}
	place, err := local.ParseStore(g.store())
	if err != nil {
		return err
	}
	url, ok := local.DatabaseURL(place)
	if !ok {
		_, err := fmt.Fprintf(g.err, "daybook: %s is a SQLite file: there is nothing to do: a command that writes to it brings its schema up to date\n", place)
		return err
	}
	run, done := postgres.Migrate, "done"
	if c.DryRun {
		run, done = postgres.Plan, "would be done"
	} else {
		fmt.Fprintf(g.err, "daybook: migrating %s\n", place)
	}
	begun := time.Now()
	m, err := run(ctx, url, postgres.MigrateOptions{SchemaPrefix: g.SchemaPrefix, Logger: g.logger, Adopt: c.Adopt})
	if err != nil {
		return err
	}
	if err := c.print(g.out, m); err != nil {
		return err
	}
	for _, note := range m.Notes {
		fmt.Fprintf(g.err, "daybook: %s\n", note)
	}
	fmt.Fprintf(g.err, "daybook: %s, %s\n", migrated(m, done), time.Since(begun).Round(time.Millisecond))
	if c.Adopt {
		return c.adopt(ctx, g, url)
	}
	return nil
}

// migrated says in a line what a migration comes to.
func migrated(m *postgres.Migration, done string) string {
	switch {
	case len(m.Steps) == 0:
		return fmt.Sprintf("%s is up to date at version %d", m.Place, m.To)
	case m.From == 0:
		return fmt.Sprintf("%s: version %d of the schema, from nothing: %s %s", m.Place, m.To, count(len(m.Steps), "step"), done)
	}
	return fmt.Sprintf("%s: version %d of the schema, from %d: %s %s", m.Place, m.To, m.From, count(len(m.Steps), "step"), done)
}

func (c *migrateCmd) print(w io.Writer, m *postgres.Migration) error {
	if c.As == "sql" {
		_, err := io.WriteString(w, m.Script())
		return err
	}
	t := &daybook.Table{Columns: []string{"version", "name", "state"}}
	for _, step := range m.Steps {
		t.Rows = append(t.Rows, []any{step.Version, step.Name, c.state()})
	}
	if c.As == "table" && len(t.Rows) == 0 {
		return nil
	}
	return Format{c.As}.rows(w, t, func() ([]byte, error) { return c.json(m) })
}

func (c *migrateCmd) state() string {
	if c.DryRun {
		return "pending"
	}
	return "done"
}

// json gives a migration with the SQL of its steps where they were not run.
func (c *migrateCmd) json(m *postgres.Migration) ([]byte, error) {
	type step struct {
		Version int64  `json:"version"`
		Name    string `json:"name"`
		State   string `json:"state"`
		SQL     string `json:"sql,omitempty"`
	}
	said := struct {
		Place string   `json:"place"`
		From  int64    `json:"from"`
		To    int64    `json:"to"`
		Steps []step   `json:"steps"`
		Notes []string `json:"notes"`
	}{m.Place, m.From, m.To, []step{}, append([]string{}, m.Notes...)}
	for _, s := range m.Steps {
		one := step{s.Version, s.Name, c.state(), ""}
		if c.DryRun {
			one.SQL = s.SQL
		}
		said.Steps = append(said.Steps, one)
	}
	return json.MarshalIndent(said, "", "  ")
}
