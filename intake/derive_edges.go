package intake

import (
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/sqllineage"
)

// relationships are the words of relationship_type for what an edge does to
// its target.
var relationships = map[sqllineage.Subtype]string{
	sqllineage.Identity:       "COPIES",
	sqllineage.Transformation: "TRANSFORMS",
	sqllineage.Sort:           "TRANSFORMS",
	sqllineage.Window:         "TRANSFORMS",
	sqllineage.Conditional:    "TRANSFORMS",
	sqllineage.Aggregation:    "AGGREGATES",
	sqllineage.GroupBy:        "AGGREGATES",
	sqllineage.Join:           "JOINS",
	sqllineage.Filter:         "FILTERS",
}

const derivesFrom = "DERIVES_FROM" // between tables

// mostDescription is how many characters of an expression an edge shows.
const mostDescription = 200

// An edgeSaid is an edge as it is to be logged.
type edgeSaid struct {
	source, target daybook.Node
	sourceType     string
	targetType     string
	relationship   string
	subtype        sqllineage.Subtype
	resolution     sqllineage.Resolution
	description    string
}

// edgeSame is what makes two edges of one operation the same. A column may
// have the same relationship to another in several ways.
type edgeSame struct {
	source, target daybook.Node
	relationship   string
}

// edgeList are the edges of one operation, each once, in the order in which
// they are met.
type edgeList struct {
	list []edgeSaid
	at   map[edgeSame]int
}

// resolutions from the surest to the least sure, and subtypes from the
// strongest to the weakest.
var (
	resolutions = []sqllineage.Resolution{sqllineage.Exact, sqllineage.Guessed, sqllineage.Star, sqllineage.Unknown}
	subtypes    = []sqllineage.Subtype{
		sqllineage.Aggregation, sqllineage.Transformation, sqllineage.Identity, sqllineage.Conditional, sqllineage.Window,
		sqllineage.GroupBy, sqllineage.Join, sqllineage.Filter, sqllineage.Sort,
	}
)

func (l *edgeList) add(e edgeSaid) {
	if l.at == nil {
		l.at = map[edgeSame]int{}
	}
	key := edgeSame{e.source, e.target, e.relationship}
	if i, ok := l.at[key]; ok {
		there := &l.list[i]
		if slices.Index(resolutions, e.resolution) < slices.Index(resolutions, there.resolution) {
			there.resolution = e.resolution
		}
		if slices.Index(subtypes, e.subtype) < slices.Index(subtypes, there.subtype) {
			there.subtype, there.description = e.subtype, e.description
		}
		return
	}
	l.at[key] = len(l.list)
	l.list = append(l.list, e)
}

// add makes the edges that follow from the SQL: from each table read to each
// that is written by the same statement, and those of columns.
func (x *reading) add() {
	var tables, columns edgeList
	for _, f := range x.flows() {
		tables.add(edgeSaid{
			source: f.source.node, target: f.target.node, sourceType: tableType(f.source), targetType: tableType(f.target),
			relationship: derivesFrom, resolution: certainty(f.source, f.target, sqllineage.Exact),
		})
	}
	var lost []string
	for i := range x.result.Edges {
		e := &x.result.Edges[i]
		if e.Source.Table.Name == sqllineage.Unresolved {
			lost = append(lost, e.Source.Name)
			continue
		}
		if said, ok := x.edge(e); ok {
			columns.add(said)
		}
	}
	if len(lost) > 0 {
		slices.Sort(lost)
		x.troubles.add("of no known table, and left out: %s", some(slices.Compact(lost)))
	}
	x.log(tables.list, columns.list)
}

// log makes records of edges, as many as may be.
func (x *reading) log(tables, columns []edgeSaid) {
	most := min(x.o.MaxEdges, x.edges)
	if n := len(tables) + len(columns); n > most {
		x.troubles.add("of %d edges only those between tables were added: one operation may have %d, the operations of one call %d", n, x.o.MaxEdges, callEdges)
		columns = nil
		tables = tables[:min(len(tables), most)]
	}
	x.edges -= len(tables) + len(columns)
	derived := make([]daybook.Record, 0, len(tables)+len(columns))
	for _, list := range [][]edgeSaid{tables, columns} {
		for i := range list {
			if list[i].isSound() {
				derived = append(derived, x.record(&list[i]))
			}
		}
	}
	if len(derived) > 0 {
		x.metrics.edges.Add(float64(len(derived)))
		x.r.Derived = derived
	}
}

// edge says an edge in the ledger's words; ok is false for one that goes
// nowhere.
func (x *reading) edge(e *sqllineage.Edge) (said edgeSaid, ok bool) {
	source := x.names.resolve(e.Source.Table, reads)
	target, ordinal := x.output, e.Ordinal
	if e.Target.Table.Name != sqllineage.Output {
		target = x.names.resolve(e.Target.Table, writes)
		ordinal = -1
	} else if e.Statement != x.bare {
		return said, false
	}
	relationship, known := relationships[e.Subtype]
	if !known {
		return said, false
	}
	said = edgeSaid{
		source: source.node, target: target.node, sourceType: tableType(source), targetType: tableType(target),
		relationship: relationship, subtype: e.Subtype, resolution: certainty(source, target, e.Resolution),
		description: x.expression(e.Expression),
	}
	if e.Source.Name != "" {
		said.source.Column, said.sourceType = e.Source.Name, "COLUMN"
	}
	if e.Target.Name != "" {
		said.target.Column, said.targetType = x.outputColumn(e.Target.Name, ordinal), "COLUMN"
	}
	return said, true
}

// certainty is how surely an edge was resolved, when its tables are looked at
// too.
func certainty(source, target *named, r sqllineage.Resolution) sqllineage.Resolution {
	if (source.guessed || target.guessed) && r == sqllineage.Exact {
		return sqllineage.Guessed
	}
	return r
}

func tableType(n *named) string {
	if n.path {
		return "ARTIFACT"
	}
	return "TABLE"
}

// expression is the text of an expression, on one line, cut.
func (x *reading) expression(s sqllineage.Span) string {
	if s.Start < 0 || s.Start >= s.End || s.End > len(x.sql) {
		return ""
	}
	text := x.sql[s.Start:s.End]
	most := min(len(text), 16*mostDescription) // of which the rest is space
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text[:most], "")), " ")
	if short := cut(text, mostDescription); len(short) < len(text) {
		return short + "…"
	}
	return text
}

// isSound says that an entry can hold the names.
func (e *edgeSaid) isSound() bool {
	for _, name := range []string{e.source.Name, e.target.Name} {
		if name == "" {
			return false
		}
	}
	for _, name := range []string{e.source.Schema, e.source.Name, e.source.Column, e.target.Schema, e.target.Name, e.target.Column} {
		if !isName(name) {
			return false
		}
	}
	return true
}

// isName says that a column of names can hold a text.
func isName(s string) bool {
	return canon.CheckString(s) == nil && len(cut(s, daybook.MaxName)) == len(s)
}

// record makes the record of an edge.
func (x *reading) record(e *edgeSaid) daybook.Record {
	r := daybook.NewRecord(edge.kind)
	for _, v := range []struct {
		at   int
		text string
	}{
		{edge.sourceType, e.sourceType},
		{edge.sourceSchema, e.source.Schema},
		{edge.sourceName, e.source.Name},
		{edge.sourceColumn, e.source.Column},
		{edge.targetType, e.targetType},
		{edge.targetSchema, e.target.Schema},
		{edge.targetName, e.target.Name},
		{edge.targetColumn, e.target.Column},
		{edge.relationship, e.relationship},
		{edge.subtype, string(e.subtype)},
		{edge.resolution, string(e.resolution)},
		{edge.describe, e.description},
		{edge.origin, daybook.EdgeParsed},
		{edge.version, ExtractorVersion},
	} {
		if v.text != "" {
			r.Values[v.at] = daybook.TextValue(v.text)
		}
	}
	r.Values[edge.business] = x.r.Values[operation.business]
	r.Values[edge.session] = x.r.Values[operation.session]
	r.Values[edge.created] = x.r.Values[operation.created]
	r.Fill(edge.logID, newID())
	return r
}
