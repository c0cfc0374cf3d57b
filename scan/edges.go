package scan

import (
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

// The words of lineage_edge that a scan writes. The first three say what a
// table-level edge between tables of one database is, in its subtype.
const (
	subtypePartition   = "PARTITION"
	subtypeInheritance = "INHERITANCE"
	derivesFrom        = "DERIVES_FROM"
	imported           = "IMPORTED"
)

// nodeType is what an edge says that a relation as a whole is.
func nodeType(k Kind) string {
	if k.IsView() {
		return "VIEW"
	}
	return "TABLE"
}

// end is one end of an edge.
type end struct {
	name   Name
	kind   Kind
	column string
}

func (e end) nodeType() string {
	if e.column != "" {
		return "COLUMN"
	}
	return nodeType(e.kind)
}

// edge makes an edge that is as sure as the catalog.
func edge(source, target end, relationship, subtype string) daybook.LineageEdge {
	return daybook.LineageEdge{
		SourceType: source.nodeType(), SourceSchema: source.name.Schema, SourceName: source.name.Table, SourceColumn: source.column,
		TargetType: target.nodeType(), TargetSchema: target.name.Schema, TargetName: target.name.Table, TargetColumn: target.column,
		RelationshipType: relationship, Subtype: subtype, Resolution: string(sqllineage.Exact), Origin: imported, ExtractorVersion: Extractor,
	}
}

// parentEdges say that the rows of a partition are rows of its parent, and so
// with tables that inherit. The columns of the two are the same by definition,
// and a table may have thousands of partitions: an edge between tables says it.
func (p *planner) parentEdges(r *Relation) []daybook.LineageEdge {
	subtype := subtypeInheritance
	if r.isPartition() {
		subtype = subtypePartition
	}
	var edges []daybook.LineageEdge
	for _, parent := range r.Parents {
		kind := Table
		if known := p.known[parent]; known != nil {
			kind = known.Kind
		}
		edges = append(edges, edge(end{name: r.Name, kind: r.Kind}, end{name: parent, kind: kind}, derivesFrom, subtype))
	}
	return edges
}

// generatedEdges say which columns the generated ones of a table come from.
func generatedEdges(r *Relation) []daybook.LineageEdge {
	var edges []daybook.LineageEdge
	for _, g := range r.Generated {
		edges = append(edges, edge(end{r.Name, r.Kind, g.Source}, end{r.Name, r.Kind, g.Column}, "TRANSFORMS", string(sqllineage.Transformation)))
	}
	return edges
}

// relationships are the words of relationship_type for the exact ones.
var relationships = map[sqllineage.Subtype]string{
	sqllineage.Identity: "COPIES", sqllineage.Transformation: "TRANSFORMS", sqllineage.Aggregation: "AGGREGATES",
	sqllineage.Join: "JOINS", sqllineage.Filter: "FILTERS", sqllineage.GroupBy: "AGGREGATES",
	sqllineage.Sort: "TRANSFORMS", sqllineage.Window: "TRANSFORMS", sqllineage.Conditional: "TRANSFORMS",
}

// viewEdges says what flows into a view. That PostgreSQL lists a dependency
// decides that there is an edge; the definition says where to and how.
func (p *planner) viewEdges(r *Relation) []daybook.LineageEdge {
	v := &viewPlan{planner: p, view: r, reads: map[Name]*source{}, at: map[daybook.LineageEdge]int{}}
	for _, d := range r.Reads {
		v.read(d)
	}
	result := sqllineage.Parse(r.Definition, sqllineage.Options{Dialect: sqllineage.PostgreSQL, Catalog: catalog(p.known)})
	if result.Status != sqllineage.Parsed {
		p.note(r, "its definition was not understood whole (%s)%s", result.Status, firstWarning(result))
	}
	for i := range result.Edges {
		v.take(&result.Edges[i])
	}
	v.leftOver()
	return v.edges
}

func firstWarning(r *sqllineage.Result) string {
	if len(r.Warnings) == 0 {
		return ""
	}
	return ": " + r.Warnings[0].Message
}

// catalog tells sqllineage the columns of the relations of a snapshot.
type catalog map[Name]*Relation

// Columns gives the columns of a relation: PostgreSQL writes every name in a
// definition with its schema, and in its case.
func (c catalog) Columns(t sqllineage.Table) ([]string, bool) {
	r := c[Name{t.Schema, t.Name}]
	if r == nil {
		return nil, false
	}
	return r.columnNames(), true
}

// viewPlan collects the edges of one view.
type viewPlan struct {
	*planner
	view  *Relation
	reads map[Name]*source
	edges []daybook.LineageEdge
	at    map[daybook.LineageEdge]int // where an edge of the same ends and relationship is
}

// source is a relation that a view reads, with the columns that its definition
// depends on.
type source struct {
	kind    Kind
	columns map[string]bool // whether an edge of the definition explains it
}

func (v *viewPlan) read(d Dependency) {
	s := v.reads[d.Source]
	if s == nil {
		s = &source{kind: d.Kind, columns: map[string]bool{}}
		v.reads[d.Source] = s
		v.add(edge(end{name: d.Source, kind: d.Kind}, v.end(""), derivesFrom, ""))
	}
	if d.Column != "" {
		s.columns[d.Column] = false
	}
}

func (v *viewPlan) end(column string) end { return end{v.view.Name, v.view.Kind, column} }

// subtypes are the exact words, the strongest first.
var subtypes = []sqllineage.Subtype{
	sqllineage.Aggregation, sqllineage.Transformation, sqllineage.Identity, sqllineage.Conditional, sqllineage.Window,
	sqllineage.GroupBy, sqllineage.Join, sqllineage.Filter, sqllineage.Sort,
}

// add adds an edge, unless it is there: a column may have the same relationship
// to another in several ways, of which the strongest is told.
func (v *viewPlan) add(e daybook.LineageEdge) {
	key := identity(&e)
	i, there := v.at[key]
	if !there {
		v.at[key] = len(v.edges)
		v.edges = append(v.edges, e)
		return
	}
	if stands := &v.edges[i]; strength(e.Subtype) < strength(stands.Subtype) {
		stands.Subtype, stands.Resolution, stands.TransformationDescription = e.Subtype, e.Resolution, e.TransformationDescription
	}
}

func strength(subtype string) int { return slices.Index(subtypes, sqllineage.Subtype(subtype)) }

// take takes an edge of the definition, if PostgreSQL knows of its source.
func (v *viewPlan) take(e *sqllineage.Edge) {
	name := Name{e.Source.Table.Schema, e.Source.Table.Name}
	s := v.reads[name]
	switch {
	case e.Source.Name == "" || e.Source.Name == "*" || isSystem(name.Schema) || systemColumns[e.Source.Name]:
		return // the edge between the tables says as much, and the system's are left out
	case s == nil:
		v.note(v.view, "its definition seems to read %s, which PostgreSQL does not list among what it depends on: left out", e.Source)
		return
	}
	if _, listed := s.columns[e.Source.Name]; listed {
		s.columns[e.Source.Name] = true
	} else if !v.wholeRow(name, e.Source.Name) {
		v.note(v.view, "its definition seems to read %s, which PostgreSQL does not list among what it depends on: left out", e.Source)
		return
	}
	made := edge(end{name, s.kind, e.Source.Name}, v.end(v.targetColumn(e)), relationships[e.Subtype], string(e.Subtype))
	made.Resolution = string(e.Resolution)
	made.TransformationDescription = v.expression(e.Expression)
	v.add(made)
}

// mostDescription is how many bytes of an expression an edge shows.
const mostDescription = 200

// expression is the text of an expression on one line, cut where it is long.
func (v *viewPlan) expression(s sqllineage.Span) string {
	if s.Start < 0 || s.Start >= s.End || s.End > len(v.view.Definition) {
		return ""
	}
	text := strings.Join(strings.Fields(v.view.Definition[s.Start:s.End]), " ")
	if len(text) <= mostDescription {
		return text
	}
	return strings.ToValidUTF8(text[:mostDescription], "") + "…"
}

// targetColumn is the view's column that an edge flows into, by its place; ""
// where it decides on the view's rows.
func (v *viewPlan) targetColumn(e *sqllineage.Edge) string {
	if e.Ordinal < 0 || e.Ordinal >= len(v.view.Columns) {
		return ""
	}
	return v.view.Columns[e.Ordinal].Name
}

// wholeRow says whether a column can be read without being listed: whoever
// reads rows whole depends on their table, and not on its columns.
func (v *viewPlan) wholeRow(name Name, column string) bool {
	r := v.known[name]
	return r != nil && r.column(column) != nil && strings.Contains(v.view.Definition, ".*")
}

// leftOver adds what PostgreSQL lists and the definition did not show: columns
// that a subquery reads and nobody takes from it, or that were not understood.
func (v *viewPlan) leftOver() {
	var names []string
	for _, d := range v.view.Reads {
		if d.Column == "" || v.reads[d.Source].columns[d.Column] {
			continue
		}
		e := edge(end{d.Source, d.Kind, d.Column}, v.end(""), derivesFrom, "")
		e.TransformationDescription = "the definition depends on the column, and which column of the view it flows into was not found"
		v.add(e)
		names = append(names, d.Source.String()+"."+d.Column)
	}
	if names != nil {
		v.note(v.view, "it depends on %s, and was not found to take that into any of its columns", strings.Join(names, ", "))
	}
}

// systemColumns are those that every table has beside its own.
var systemColumns = map[string]bool{"tableoid": true, "ctid": true, "xmin": true, "xmax": true, "cmin": true, "cmax": true}

// isSystem says whether a schema is PostgreSQL's own. The names in pg_catalog
// are written without it.
func isSystem(schema string) bool {
	return schema == "" || strings.HasPrefix(schema, "pg_") || schema == "information_schema"
}
