package verify_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/postgres"
	"github.com/daybook-audit/daybook/verify"
)

// pgClass is one part of what a ledger is in PostgreSQL, and a way of changing
// it that a superuser has.
type pgClass struct {
	name     string
	edit     func(*intruder) string // says what it did; "" where chance found nothing to change
	named    bool                   // as in class
	remarked bool
}

// pgSpecimen is the sound ledger that mutants are copies of.
type pgSpecimen struct {
	at             string // its database, which nobody is connected to
	public         string
	anchor, before []byte // the anchor as it is, and as it was when the ledger was smaller
	tables         []string
	bodies         []string // those that hold bodies: partitions for what is partitioned
	rows           map[string]string
	dir            string
}

// TestPostgresMutants changes a ledger in PostgreSQL in every part and by all
// means that a superuser has who is past the triggers, and wants verify to see
// every change that anybody could read.
func TestPostgresMutants(t *testing.T) {
	t.Parallel()
	s := newPostgresSpecimen(t)
	each := max(mutants(t)/len(pgClasses)/3, 2) // a copy of a database takes as long as ten of a file
	var mu sync.Mutex
	tallies := make([]tally, len(pgClasses))
	var names []class
	t.Run("classes", func(t *testing.T) {
		for i, c := range pgClasses {
			names = append(names, class{name: c.name})
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				for n := range each {
					got := s.try(t, c, n)
					mu.Lock()
					tallies[i].add(got)
					mu.Unlock()
				}
			})
		}
	})
	t.Log("\n" + tabulate(names, tallies))
}

func newPostgresSpecimen(t *testing.T) *pgSpecimen {
	t.Helper()
	s := &pgSpecimen{at: pgtest.New(t), dir: t.TempDir()}
	if _, err := postgres.Migrate(t.Context(), s.at, postgres.MigrateOptions{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	w := newScribe(t, s.dir, openPostgres(t, s.at))
	w.begin()
	w.close()
	var err error
	s.before, err = os.ReadFile(filepath.Join(s.dir, storeName+".anchor"))
	w.must(err)
	w = newScribe(t, s.dir, openPostgres(t, s.at))
	w.goOn()
	w.close()
	s.anchor, err = os.ReadFile(filepath.Join(s.dir, storeName+".anchor"))
	w.must(err)
	s.public, err = merkle.ReadPublic(filepath.Join(s.dir, storeName+".pub"))
	w.must(err)
	i := s.intrude(t, s.at)
	s.tables = i.texts(`SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind = 'r' ORDER BY 1`)
	s.bodies = i.texts(`SELECT c.oid::regclass::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'salt'
		WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind = 'r' ORDER BY 1`)
	s.rows = i.rows()
	i.close()
	if report, err := s.audit(s.at); err != nil || !report.Sound() {
		t.Fatalf("the specimen: %v, %s", err, describe(report))
	}
	return s
}

func openPostgres(t *testing.T, at string) *postgres.Store {
	t.Helper()
	store, err := postgres.Open(context.Background(), at, postgres.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// copied makes a database of the specimen's.
func (s *pgSpecimen) copied(t *testing.T) (at string) {
	t.Helper()
	at = pgtest.New(t)
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	from, _ := url.Parse(s.at)
	name := strings.TrimPrefix(u.Path, "/")
	u.Path = "/postgres"
	// It must not run in a transaction, so one statement at a time.
	pgtest.Exec(t, u.String(), "DROP DATABASE "+name)
	pgtest.Exec(t, u.String(), "CREATE DATABASE "+name+" TEMPLATE "+strings.TrimPrefix(from.Path, "/"))
	return at
}

func (s *pgSpecimen) try(t *testing.T, c pgClass, n int) (got tally) {
	t.Helper()
	at := s.copied(t)
	i := s.intrude(t, at)
	i.Rand = rand.New(rand.NewPCG(uint64(n), hashOf(c.name)))
	i.guards(false)
	what := c.edit(i)
	i.guards(true)
	for _, sql := range i.after {
		i.do(sql)
	}
	if i.err != nil {
		t.Errorf("mutant %d, %s: %v", n, what, i.err)
	}
	differ := i.differ()
	i.close()
	if what == "" || i.err != nil {
		return got
	}
	got.mutants++
	schema := strings.HasPrefix(what, "schema: ")
	if len(differ.rows) == 0 && !schema {
		return got
	}
	got.effective++
	report, err := s.audit(at)
	switch {
	case err != nil:
		got.seen++
		got.refused++
	case !report.Sound():
		got.seen++
	case c.remarked && schema && len(report.Notes) > 0:
		got.seen++
		got.remarked++
	default:
		t.Errorf("mutant %d, %s: not seen; rows that differ: %.300q\n%s", n, what, differ.rows, describe(report))
	}
	if err == nil && names(report, differ) {
		got.named++
	} else if c.named {
		said := fmt.Sprint(err)
		if err == nil {
			said = describe(report)
		}
		t.Errorf("mutant %d, %s: not named: %.300q\n%s", n, what, differ.rows, said)
	}
	return got
}

// audit verifies a database as `daybook verify` does.
func (s *pgSpecimen) audit(at string) (*verify.Report, error) {
	ctx := context.Background()
	store, err := postgres.Open(ctx, at, postgres.Options{ReadOnly: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	report, err := verify.Run(ctx, store, verify.Options{Public: s.public, Anchor: s.anchor})
	return report, errors.Join(err, store.Close())
}

// An intruder is a superuser at work on a ledger. The first statement that
// fails ends it.
type intruder struct {
	*rand.Rand
	*pgSpecimen
	conn    *pgx.Conn
	guarded []string // what turns the triggers on again
	after   []string // what is done when they are on again
	err     error
}

func (s *pgSpecimen) intrude(t *testing.T, at string) *intruder {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	return &intruder{pgSpecimen: s, conn: conn}
}

func (i *intruder) close() {
	i.err = errors.Join(i.err, i.conn.Close(context.Background()))
}

// guards turns the triggers off, or on again as they were.
func (i *intruder) guards(on bool) {
	if on {
		for _, sql := range i.guarded {
			i.do(sql)
		}
		return
	}
	const list = `SELECT format('ALTER TABLE IF EXISTS %s %%s TRIGGER %I', tgrelid::regclass, tgname) || CASE tgenabled WHEN 'A' THEN ' ALWAYS' ELSE '' END FROM pg_trigger
		WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'ledger.%' AND tgparentid = 0`
	for _, sql := range i.texts(list) {
		sql, always := strings.CutSuffix(sql, " ALWAYS")
		verb := "ENABLE"
		if always {
			verb = "ENABLE ALWAYS"
		}
		i.guarded = append(i.guarded, fmt.Sprintf(sql, verb))
		i.do(fmt.Sprintf(sql, "DISABLE"))
	}
}

func (i *intruder) do(sql string, args ...any) {
	if i.err != nil {
		return
	}
	if _, err := i.conn.Exec(context.Background(), sql, args...); err != nil {
		i.err = fmt.Errorf("SQL %q: %w", sql, err)
	}
}

func (i *intruder) texts(sql string, args ...any) []string {
	rows, err := i.conn.Query(context.Background(), sql, args...)
	if err != nil {
		i.err = errors.Join(i.err, err)
		return nil
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		i.err = errors.Join(i.err, fmt.Errorf("SQL %q: %w", sql, err))
	}
	return found
}

// one is a text of those that a statement gives, chosen by chance.
func (i *intruder) one(sql string, args ...any) string {
	found := i.texts(sql, args...)
	if len(found) == 0 {
		i.err = errors.Join(i.err, fmt.Errorf("SQL %q gives nothing", sql))
		return ""
	}
	return found[i.IntN(len(found))]
}

func (i *intruder) any(edits ...func() string) string { return edits[i.IntN(len(edits))]() }

// rows are all rows of the tables that hold evidence, by table and seq.
func (i *intruder) rows() map[string]string {
	all := map[string]string{}
	for _, table := range i.evidence() {
		key := "seq"
		switch {
		case table == "ledger.tile":
			key = "level || ' ' || tile_index"
		case table == "ledger.head", table == "ledger.checkpoint":
			key = "1"
		}
		name := strings.TrimPrefix(table, "ledger.")
		for n, row := range i.texts(fmt.Sprintf("SELECT (%s)::text || chr(1) || t::text FROM %s AS t ORDER BY 1", key, table)) {
			at, text, _ := strings.Cut(row, "\x01")
			k := name + " " + at
			if _, twice := all[k]; twice {
				k += " " + strconv.Itoa(n)
			}
			all[k] = text
		}
	}
	return all
}

func (i *intruder) evidence() []string {
	return append(slices.Clone(i.bodies), "ledger.spine", "ledger.tile", "ledger.head", "ledger.checkpoint")
}

// differ says in what a mutant differs from the specimen.
func (i *intruder) differ() (d difference) {
	now := map[string]string{}
	there := i.texts(`SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind = 'r'`)
	whole := i.pgSpecimen
	left := &intruder{pgSpecimen: &pgSpecimen{}, conn: i.conn}
	for _, table := range whole.bodies {
		if slices.Contains(there, table) {
			left.bodies = append(left.bodies, table)
		}
	}
	maps.Copy(now, left.rows())
	i.err = errors.Join(i.err, left.err)
	return contents{rows: now}.differ(contents{rows: whole.rows})
}
