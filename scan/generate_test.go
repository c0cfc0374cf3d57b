package scan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// generatedTables are what generated queries read. All columns are integers, so
// that any expression of them has a type.
const generatedTables = `
CREATE SCHEMA g;
CREATE TABLE g.t1 (a int, b int, c int);
CREATE TABLE g.t2 (a int, d int, e int);
CREATE TABLE g.t3 (b int, f int, g int);
CREATE TABLE g."T4" ("A" int, "b c" int, h int, "order" int);
CREATE VIEW g.v AS SELECT a AS x, b AS y FROM g.t1;`

var tables = []relation{
	{"g.t1", []string{"a", "b", "c"}},
	{"g.t2", []string{"a", "d", "e"}},
	{"g.t3", []string{"b", "f", "g"}},
	{`g."T4"`, []string{`"A"`, `"b c"`, "h", `"order"`}},
	{"g.v", []string{"x", "y"}},
}

// A relation is something to select from: its name or text, and its columns.
type relation struct {
	name    string
	columns []string
}

// A generator writes random queries that PostgreSQL takes, and that make use of
// every column that they read: what a query reads and drops, PostgreSQL lists
// and lineage does not.
type generator struct {
	*rand.Rand
	names int
	ctes  []relation
}

func (g *generator) one(in int) bool { return g.IntN(in) == 0 }

func (g *generator) name(prefix string) string {
	g.names++
	return fmt.Sprintf("%s%d", prefix, g.names)
}

// A scope is what a query's expressions can name.
type scope struct {
	items  []relation // each with its alias for a name
	merged []string   // columns that stand for several by USING
	outer  *scope
}

// visible gives every column, the way it is written in this scope.
func (g *generator) visible(s *scope) []string {
	var refs []string
	for _, item := range s.items {
		for _, c := range item.columns {
			refs = append(refs, g.ref(s, item.name, c))
		}
	}
	return refs
}

// ref writes a column, without its table where it cannot be mistaken.
func (g *generator) ref(s *scope, alias, column string) string {
	n := 0
	for at := s; at != nil; at = at.outer {
		for _, item := range at.items {
			for _, c := range item.columns {
				if c == column {
					n++
				}
			}
		}
		if at != s || at.outer == nil {
			continue
		}
		break
	}
	if n == 1 && g.one(2) || slices.Contains(s.merged, column) && g.one(2) {
		return column
	}
	return alias + "." + column
}

// query writes a query with so many columns, or any number for 0.
func (g *generator) query(depth, n int, outer *scope) (string, []string) {
	switch {
	case depth > 0 && outer == nil && g.one(4):
		return g.with(depth, n)
	case depth > 0 && g.one(4):
		left, columns := g.query(depth-1, n, outer)
		right, _ := g.query(depth-1, len(columns), outer)
		return fmt.Sprintf("(%s) %s (%s)", left, g.pick("UNION ALL", "UNION", "UNION ALL", "INTERSECT", "EXCEPT"), right), columns
	}
	return g.selection(depth, n, outer)
}

func (g *generator) pick(words ...string) string { return words[g.IntN(len(words))] }

func (g *generator) with(depth, n int) (string, []string) {
	inner, columns := g.query(depth-1, 0, nil)
	name := g.name("w")
	head := name
	if g.one(2) {
		for i := range columns {
			columns[i] = g.name("k")
		}
		head += " (" + strings.Join(columns, ", ") + ")"
	}
	before := g.ctes
	g.ctes = append(slices.Clone(g.ctes), relation{name, columns})
	// The first of the two reads it, so that no column of it is dropped.
	body, out := g.selectFrom(depth-1, n, nil, &relation{name, columns})
	g.ctes = before
	return fmt.Sprintf("WITH %s AS %s(%s) %s", head, g.pick("", "", "MATERIALIZED "), inner, body), out
}

func (g *generator) selection(depth, n int, outer *scope) (string, []string) {
	return g.selectFrom(depth, n, outer, nil)
}

// selectFrom writes a SELECT, from a certain relation among others where it is
// given.
func (g *generator) selectFrom(depth, n int, outer *scope, must *relation) (string, []string) {
	s := &scope{outer: outer}
	from := g.from(depth, s, must)
	var where string
	if g.one(2) {
		where = " WHERE " + g.condition(depth, s)
	}
	refs := g.visible(s)
	switch {
	case must == nil && n == 0 && len(s.merged) == 0 && unique(refs) && g.one(5):
		return g.star(s, from, where)
	case g.one(4):
		return g.grouped(n, refs, from, where)
	}
	list, columns := g.list(depth, n, refs, s)
	distinct := ""
	if g.one(6) {
		distinct = "DISTINCT "
	}
	text := "SELECT " + distinct + list + from + where
	if strings.Contains(list, "OVER named") {
		text += " WINDOW named AS (PARTITION BY " + refs[0] + ")"
	}
	if distinct == "" && g.one(4) {
		text += " ORDER BY " + g.pick(refs...) + g.pick("", " DESC", " NULLS LAST")
	}
	if g.one(5) {
		text += " LIMIT 5"
	}
	return text, columns
}

func unique(refs []string) bool {
	seen := map[string]bool{}
	for _, r := range refs {
		name := r[strings.LastIndex(r, ".")+1:]
		if seen[name] {
			return false
		}
		seen[name] = true
	}
	return true
}

// star writes SELECT * or SELECT t.*, u.*.
func (g *generator) star(s *scope, from, where string) (string, []string) {
	var stars, columns []string
	for _, item := range s.items {
		stars = append(stars, item.name+".*")
		columns = append(columns, item.columns...)
	}
	list := "*"
	if g.one(2) {
		list = strings.Join(stars, ", ")
	}
	return "SELECT " + list + from + where, columns
}

// grouped writes an aggregation: the first columns are grouped by, the others
// aggregated.
func (g *generator) grouped(n int, refs []string, from, where string) (string, []string) {
	keys := refs[:1+g.IntN(len(refs))]
	var outputs []string
	outputs = append(outputs, keys...)
	for _, r := range refs[len(keys):] {
		outputs = append(outputs, g.pick("sum(%s)::int", "max(%s)", "count(DISTINCT %s)::int", "min(%s) FILTER (WHERE 1 > 0)", "(array_agg(%s))[1]"))
		outputs[len(outputs)-1] = fmt.Sprintf(outputs[len(outputs)-1], r)
	}
	list, columns := g.fold(outputs, n)
	text := "SELECT " + list + from + where + " GROUP BY " + g.groupBy(keys)
	if g.one(3) {
		text += " HAVING count(*) > 1 AND max(" + g.pick(refs...) + ") > 2"
	}
	return text, columns
}

func (g *generator) groupBy(keys []string) string {
	list := strings.Join(keys, ", ")
	return g.pick(list, list, "ROLLUP ("+list+")", "GROUPING SETS (("+list+"), ())")
}

// list writes a select list that makes use of all refs.
func (g *generator) list(depth, n int, refs []string, s *scope) (string, []string) {
	outputs := make([]string, len(refs))
	for i, r := range refs {
		outputs[i] = g.expression(depth, r, refs, s)
	}
	return g.fold(outputs, n)
}

// fold makes so many columns of expressions, or as many as there are for 0.
func (g *generator) fold(outputs []string, n int) (list string, columns []string) {
	if n == 0 {
		n = len(outputs)
	}
	for len(outputs) < n {
		outputs = append(outputs, g.pick("1", "NULL::int", outputs[0]))
	}
	if len(outputs) > n {
		outputs = append(outputs[:n-1:n-1], "greatest("+strings.Join(outputs[n-1:], ", ")+")")
	}
	parts := make([]string, n)
	for i, o := range outputs {
		name := g.name("c")
		parts[i] = o + g.pick(" AS ", " AS ", " ") + name
		columns = append(columns, name)
	}
	return strings.Join(parts, ", "), columns
}

func (g *generator) expression(depth int, r string, refs []string, s *scope) string {
	other := g.pick(refs...)
	switch g.IntN(14) {
	case 0:
		return "coalesce(" + r + ", 0)"
	case 1:
		return "(" + r + " + " + other + ")"
	case 2:
		return "CASE WHEN " + other + " > 0 THEN " + r + " ELSE 0 END"
	case 3:
		return "CASE " + r + " WHEN 1 THEN " + other + " END"
	case 4:
		return "(sum(" + r + ") OVER (PARTITION BY " + other + " ORDER BY " + g.pick(refs...) + " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW))::int"
	case 5:
		return "(max(" + r + ") OVER named)"
	case 6:
		return "(" + r + "::text || '" + other + "')::text::int"
	case 7:
		return "(ARRAY[" + r + ", " + other + "])[1]"
	case 8:
		return "CAST(" + r + " AS int)"
	case 9:
		return "extract(year FROM make_date(" + r + ", 1, 1))::int"
	case 10:
		if depth > 0 {
			inner, _ := g.query(depth-1, 1, s)
			return "(" + r + " + (SELECT max(z) FROM (" + inner + ") q(z)))"
		}
	}
	return r
}

func (g *generator) condition(depth int, s *scope) string {
	refs := g.visible(s)
	r := g.pick(refs...)
	switch g.IntN(8) {
	case 0:
		return r + " BETWEEN 1 AND " + g.pick(refs...)
	case 1:
		return "NOT (" + r + " IS DISTINCT FROM " + g.pick(refs...) + " OR " + r + " IS NULL)"
	case 2, 3:
		if depth > 0 {
			inner, _ := g.query(depth-1, 1, s)
			return r + g.pick(" IN (", " NOT IN (", " = ANY (", " > ALL (") + inner + ")"
		}
	case 4:
		t := tables[g.IntN(3)]
		alias := g.name("e")
		return "EXISTS (SELECT 1 FROM " + t.name + " " + alias + " WHERE " + alias + "." + t.columns[0] + " = " + g.qualified(s) + ")"
	}
	return r + g.pick(" > 1", " = 2", " <> 3")
}

// qualified writes some column with its table: another query's may have its
// name.
func (g *generator) qualified(s *scope) string {
	item := s.items[g.IntN(len(s.items))]
	return item.name + "." + item.columns[g.IntN(len(item.columns))]
}

// from writes a FROM clause and fills the scope.
func (g *generator) from(depth int, s *scope, must *relation) string {
	text := " FROM " + g.item(depth, s, must, false)
	for range g.IntN(3) {
		before := len(s.items)
		item := g.item(depth, s, nil, true)
		added := s.items[before]
		switch common := g.common(s.items[:before], added); {
		case common != "" && len(s.merged) == 0 && g.one(2):
			text += g.pick(" JOIN ", " LEFT JOIN ", " FULL JOIN ") + item + " USING (" + common + ")"
			s.merged = append(s.merged, common)
		case len(s.merged) == 0 && g.one(4):
			text += g.pick(" CROSS JOIN ", ", ") + item
		default:
			left := s.items[g.IntN(before)]
			if strings.Contains(text, ", ") { // what stands before a comma cannot be named in ON
				left = added
			}
			text += g.pick(" JOIN ", " LEFT JOIN ", " INNER JOIN ") + item + " ON " +
				left.name + "." + g.pick(left.columns...) + " = " + added.name + "." + g.pick(added.columns...)
		}
	}
	return text
}

// common gives a column that an item shares with just one of others.
func (g *generator) common(items []relation, added relation) string {
	for _, c := range added.columns {
		n := 0
		for _, item := range items {
			if slices.Contains(item.columns, c) {
				n++
			}
		}
		if n == 1 {
			return c
		}
	}
	return ""
}

func (g *generator) item(depth int, s *scope, must *relation, joined bool) string {
	alias := g.name("r")
	if must != nil {
		s.items = append(s.items, relation{alias, must.columns})
		return must.name + " AS " + alias
	}
	if len(g.ctes) > 0 && g.one(3) {
		cte := g.ctes[g.IntN(len(g.ctes))]
		s.items = append(s.items, relation{alias, cte.columns})
		return cte.name + " " + alias
	}
	if depth > 0 && g.one(3) {
		lateral, outer := "", (*scope)(nil)
		if joined && g.one(2) {
			lateral, outer = "LATERAL ", &scope{items: slices.Clone(s.items)}
		}
		if s.outer != nil { // a correlated query further out is out of reach of what is no lateral
			lateral, outer = "", nil
		}
		inner, columns := g.query(depth-1, 0, outer)
		columns = slices.Clone(columns)
		head := alias
		if g.one(3) {
			for i := range columns {
				columns[i] = g.name("n")
			}
			head += " (" + strings.Join(columns, ", ") + ")"
		}
		s.items = append(s.items, relation{alias, columns})
		return lateral + "(" + inner + ") " + g.pick("AS ", "") + head
	}
	t := tables[g.IntN(len(tables))]
	s.items = append(s.items, relation{alias, slices.Clone(t.columns)})
	return t.name + g.pick(" ", " AS ") + alias
}
