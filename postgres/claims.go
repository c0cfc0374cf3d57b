package postgres

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
)

// adoptable are the kinds of which a warehouse may have tables of its own, in a
// schema audit of its own.
var adoptable = []string{"ingest_run", "validation_status"}

// asideName is what the view of a kind is called while its name is somebody
// else's.
func asideName(kind string) string { return kind + "_entries" }

// aside gives names in which the views of some kinds have other names.
func (n names) aside(kinds []string) names {
	if len(kinds) == 0 {
		return n
	}
	pairs := []string{}
	for _, k := range kinds {
		pairs = append(pairs, "{{audit}}."+quoted(k), n.audit+"."+quoted(asideName(k)))
	}
	n.fill = strings.NewReplacer(append(pairs, n.pairs()...)...)
	return n
}

// A claim is a name in audit or gold that a migration is to use.
type claim struct{ schema, name string }

// made finds what a migration makes in the schemas for reading.
var made = regexp.MustCompile(`(?m)^CREATE (?:OR REPLACE )?(?:VIEW|TABLE|FUNCTION|PROCEDURE|MATERIALIZED VIEW|SEQUENCE|TYPE) \{\{(audit|gold)\}\}\.("?)([a-z_]+)"?`)

// claimsOf lists the names that the migrations behind a version use.
func (t *target) claimsOf(from int64) []claim {
	var list []claim
	for _, m := range allMigrations() {
		if m.version <= from {
			continue
		}
		for _, found := range made.FindAllStringSubmatch(m.text(), -1) {
			list = append(list, claim{t.names.prefix + found[1], found[3]})
		}
	}
	return list
}

// selectTaken finds the objects of some schemas that are not daybook_owner's:
// relations, types and functions, which a new one of the name would meet.
const selectTaken = `SELECT o.schema, o.name, o.is_rows FROM (
  SELECT n.nspname AS schema, c.relname AS name, c.relowner AS owner, c.relkind IN ('r', 'p', 'v', 'm', 'f') AS is_rows
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  UNION ALL
  SELECT n.nspname, t.typname, t.typowner, false FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace WHERE t.typrelid = 0
  UNION ALL
  SELECT n.nspname, p.proname, p.proowner, false FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
) AS o WHERE o.schema = ANY ($1) AND o.owner IS DISTINCT FROM to_regrole('daybook_owner') ORDER BY o.schema, o.name`

// taken are the objects of others in the schemas for reading; true where they
// have rows.
func (t *target) taken(ctx context.Context, q querier) (map[claim]bool, error) {
	rows, err := q.Query(ctx, selectTaken, []string{t.names.prefix + "audit", t.names.prefix + "gold"})
	if err != nil {
		return nil, err
	}
	found := map[claim]bool{}
	var c claim
	var hasRows bool
	_, err = pgx.ForEachRow(rows, []any{&c.schema, &c.name, &hasRows}, func() error {
		found[c] = found[c] || hasRows
		return nil
	})
	return found, err
}

// claim makes sure that what is pending makes nothing that is there already and
// is somebody else's. Tables of adoptable kinds stay whose they are where the
// operator wants them adopted: our views then have other names.
func (t *target) claim(ctx context.Context, q querier, from int64, adopt bool) error {
	taken, err := t.taken(ctx, q)
	if err != nil {
		return t.failed("look for names that are taken", err)
	}
	aside, err := t.setAside(ctx, q)
	if err != nil {
		return t.failed("look at the views", err)
	}
	var offered, refused []string
	for _, c := range t.claimsOf(from) {
		hasRows, isTaken := taken[c]
		name := c.schema + "." + c.name
		switch {
		case !isTaken, slices.Contains(aside, c.name) && c.schema == t.names.prefix+"audit":
		case hasRows && slices.Contains(adoptable, c.name) && c.schema == t.names.prefix+"audit":
			aside, offered = append(aside, c.name), append(offered, name)
		default:
			refused = append(refused, name)
		}
	}
	for _, kind := range aside {
		if c := (claim{t.names.prefix + "audit", asideName(kind)}); adopt && hasKey(taken, c) {
			refused = append(refused, c.schema+"."+c.name)
		}
	}
	switch {
	case len(refused) > 0:
		return t.nameTaken(append(refused, offered...))
	case len(offered) > 0 && !adopt:
		return t.offer(offered)
	}
	t.names = t.names.aside(aside)
	return nil
}

// setAside lists the kinds whose views have other names since an earlier
// migration.
func (t *target) setAside(ctx context.Context, q querier) (kinds []string, err error) {
	for _, kind := range adoptable {
		var mine bool
		err := q.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = to_regclass($1) AND c.relowner = to_regrole('daybook_owner'))",
			t.names.audit+"."+quoted(asideName(kind))).Scan(&mine)
		if err != nil {
			return nil, err
		}
		if mine {
			kinds = append(kinds, kind)
		}
	}
	return kinds, nil
}

func hasKey[K comparable, V any](m map[K]V, k K) bool {
	_, ok := m[k]
	return ok
}

// claimLedger refuses a schema ledger that holds anything, and is no ledger of
// Daybook's.
func (t *target) claimLedger(ctx context.Context, q querier) error {
	var holds bool
	err := q.QueryRow(ctx, `SELECT NOT EXISTS (
  SELECT FROM pg_attribute AS a WHERE a.attrelid = to_regclass($2) AND a.attname = 'version_id'
) AND EXISTS (
  SELECT FROM pg_namespace AS n WHERE n.nspname = $1 AND (EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = n.oid)
    OR EXISTS (SELECT FROM pg_proc AS p WHERE p.pronamespace = n.oid) OR EXISTS (SELECT FROM pg_type AS y WHERE y.typnamespace = n.oid))
)`, t.names.prefix+"ledger", t.versionTable()).Scan(&holds)
	if err != nil || !holds {
		return t.failed("look at the schema", err)
	}
	return &daybook.Error{
		Code: daybook.CodeConflict, Message: fmt.Sprintf("postgres: the schema %sledger of %s is somebody else's: it holds objects that Daybook did not make", t.names.prefix, t.place),
		Hint: "nothing was done; have Daybook's schemas begin with another name: " + t.withPrefix(),
	}
}

func (t *target) nameTaken(names []string) error {
	are := "are there already and are"
	if len(names) == 1 {
		are = "is there already and is"
	}
	return &daybook.Error{
		Code: daybook.CodeConflict, Message: fmt.Sprintf("postgres: %s of %s %s not Daybook's", strings.Join(names, ", "), t.place, are),
		Hint: "nothing was done; have Daybook's schemas begin with another name, and what is there stays as it is: " + t.withPrefix(),
	}
}

// offer says what may be done about tables that Daybook would have views for.
func (t *target) offer(names []string) error {
	are, stay, their := "are tables of your own", "they stay as they are", "their"
	if len(names) == 1 {
		are, stay, their = "is a table of your own", "it stays as it is", "its"
	}
	return &daybook.Error{
		Code: daybook.CodeConflict, Message: fmt.Sprintf("postgres: %s of %s %s", strings.Join(names, ", "), t.place, are),
		Hint: "nothing was done, and " + stay + ". Either take " + their + " rows into the ledger, too: " + t.command() + " --adopt\n" +
			"  or have Daybook's schemas begin with another name: " + t.withPrefix(),
	}
}

// withPrefix is the command that leaves the names alone which are taken.
func (t *target) withPrefix() string {
	return "daybook migrate --store '" + t.url + "' --schema-prefix " + t.names.prefix + "daybook_"
}

// settleViews gives views the names of their kinds that are free by now, and
// tells of those that are not.
func (t *target) settleViews(ctx context.Context, conn *pgx.Conn, m *Migration) error {
	aside, err := t.setAside(ctx, conn)
	if err != nil {
		return t.failed("look at the views", err)
	}
	for _, kind := range aside {
		var free bool
		if err := conn.QueryRow(ctx, "SELECT to_regclass($1) IS NULL AND to_regtype($1) IS NULL", t.names.audit+"."+quoted(kind)).Scan(&free); err != nil {
			return t.failed("look at the views", err)
		}
		switch schema := t.names.prefix + "audit."; {
		case free:
			if _, err := conn.Exec(ctx, "ALTER VIEW "+t.names.audit+"."+quoted(asideName(kind))+" RENAME TO "+quoted(kind)); err != nil {
				return t.failed("rename a view", err)
			}
			m.Notes = append(m.Notes, fmt.Sprintf("the name %s%s is free: the view %s%s has it now", schema, kind, schema, asideName(kind)))
		default:
			m.Notes = append(m.Notes, fmt.Sprintf("%s%s is a table of your own and stays as it is; what the ledger holds of the kind is in the view %s%s", schema, kind, schema, asideName(kind)))
		}
	}
	return nil
}
