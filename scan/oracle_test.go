package scan_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/scan"
	"github.com/daybook-audit/daybook/sqllineage"
)

// oracles is how many generated queries are held against PostgreSQL, unless
// DAYBOOK_ORACLES says otherwise.
const oracles = 300

// What a generated query reads, as sqllineage tells it from the text alone, is
// what PostgreSQL lists among the dependencies of a view of it; and what a
// definition reads, as PostgreSQL writes it, is the same.
func TestGeneratedQueriesReadWhatPostgreSQLSays(t *testing.T) {
	t.Parallel()
	many := oracles
	if n, err := strconv.Atoi(os.Getenv("DAYBOOK_ORACLES")); err == nil {
		many = n
	}
	url := pgtest.New(t)
	pgtest.Exec(t, url, generatedTables)
	queries := createViews(t, url, many)
	compare(t, url, queries, func(string) map[string]bool { return nil })
	t.Logf("%d queries", len(queries))
}

// compare holds what is read of queries, and of their views' definitions,
// against what PostgreSQL lists but for columns that a query drops.
func compare(t *testing.T, url string, queries map[string]string, drops func(sql string) map[string]bool) {
	t.Helper()
	db, err := scan.Read(t.Context(), url, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	catalog := tableCatalog{}
	for _, r := range db.Relations {
		for _, c := range r.Columns {
			catalog[r.String()] = append(catalog[r.String()], c.Name)
		}
	}
	wrong := 0
	for _, r := range db.Relations {
		sql, held := queries[r.Table]
		if !held {
			continue
		}
		want := listed(r)
		for name := range drops(sql) {
			delete(want, name)
		}
		for what, text := range map[string]string{"the query": sql, "its definition": r.Definition} {
			got, trouble := read(text, catalog)
			maps.DeleteFunc(got, func(name string, _ bool) bool { return rows(sql, name) })
			maps.DeleteFunc(want, func(name string, _ bool) bool { return rows(sql, name) })
			if extra, missing := difference(got, want), difference(want, got); len(extra)+len(missing) > 0 || trouble != "" {
				wrong++
				if wrong <= 10 {
					t.Errorf("%s of %s: reads also %q, and not %q; %s\n%s", what, r.Name, extra, missing, trouble, text)
				}
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d are read otherwise than by PostgreSQL", wrong, 2*len(queries))
	}
}

// moreTables are what only the queries written by hand read.
const moreTables = `
CREATE TYPE g.person AS (name text, age int);
CREATE TYPE g.two AS (one int, other int);
CREATE TABLE g.doc (id int, body jsonb, tags text[], at timestamptz, who g.person, amount numeric(10,2));
CREATE FUNCTION g.twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';
CREATE FUNCTION g.pair(int, int) RETURNS g.two LANGUAGE sql AS 'SELECT $1, $2';`

// The same of queries written by hand, which have what the generator does not
// know.
func TestQueriesReadWhatPostgreSQLSays(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/queries.sql")
	if err != nil {
		t.Fatal(err)
	}
	url := pgtest.New(t)
	pgtest.Exec(t, url, generatedTables+moreTables)
	queries := map[string]string{}
	for i, sql := range strings.Split(strings.TrimSpace(string(text)), "\n\n")[1:] {
		name := fmt.Sprintf("q%d", i)
		if err := pgtest.Run(t.Context(), url, "CREATE VIEW g."+name+" AS "+sql); err != nil {
			t.Errorf("%v\n%s", err, sql)
			continue
		}
		queries[name] = sql
	}
	compare(t, url, queries, func(sql string) map[string]bool {
		dropped := map[string]bool{}
		_, names, _ := strings.Cut(sql, "-- drops ")
		for _, name := range strings.Fields(names) {
			dropped[name] = true
		}
		return dropped
	})
}

// rows says that a query reads the rows of the column's table whole, in a
// comment: PostgreSQL does not list the columns of those.
func rows(sql, column string) bool {
	_, table, whole := strings.Cut(sql, "-- rows of ")
	return whole && strings.HasPrefix(column, strings.TrimSpace(table)+".")
}

// createViews makes views of generated queries, and gives their texts by the
// views' names. PostgreSQL may refuse a few.
func createViews(t *testing.T, url string, many int) map[string]string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	queries := map[string]string{}
	refused := map[string]string{}
	for i := range many {
		g := &generator{Rand: rand.New(rand.NewPCG(2026, uint64(i)))}
		sql, _ := g.query(3, 0, nil)
		name := fmt.Sprintf("q%d", i)
		if _, err := conn.Exec(t.Context(), "CREATE VIEW g."+name+" AS "+sql); err != nil {
			refused[name] = err.Error() + "\n" + sql
			continue
		}
		queries[name] = sql
	}
	if len(refused) > many/10 {
		for name, why := range refused {
			t.Log(name, why)
		}
		t.Fatalf("PostgreSQL refused %d of %d queries: mend the generator", len(refused), many)
	}
	return queries
}

// tableCatalog has the columns of tables by schema.name.
type tableCatalog map[string][]string

// Columns gives the columns of a table.
func (c tableCatalog) Columns(t sqllineage.Table) ([]string, bool) {
	columns, ok := c[t.Schema+"."+t.Name]
	return columns, ok
}

// listed are the columns that PostgreSQL lists.
func listed(r *scan.Relation) map[string]bool {
	columns := map[string]bool{}
	for _, d := range r.Reads {
		if d.Column != "" {
			columns[d.Source.String()+"."+d.Column] = true
		}
	}
	return columns
}

// read are the columns that sqllineage finds.
func read(text string, catalog sqllineage.Catalog) (columns map[string]bool, trouble string) {
	result := sqllineage.Parse(text, sqllineage.Options{Dialect: sqllineage.PostgreSQL, Catalog: catalog})
	if result.Status != sqllineage.Parsed {
		trouble = fmt.Sprintf("%s: %v", result.Status, result.Warnings)
	}
	columns = map[string]bool{}
	for _, e := range result.Edges {
		if name := e.Source.Name; name != "ctid" && name != "tableoid" { // every table has them
			columns[e.Source.String()] = true
		}
	}
	return columns, trouble
}

func difference(a, b map[string]bool) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(a)), func(c string) bool { return b[c] })
}
