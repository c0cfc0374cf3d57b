package verify_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

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
