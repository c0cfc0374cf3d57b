package verify_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

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
		switch table {
		case "ledger.tile":
			key = "level || ' ' || tile_index"
		case "ledger.head", "ledger.checkpoint":
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
