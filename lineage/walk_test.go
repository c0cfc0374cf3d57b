package lineage

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
)

func up(node string) daybook.LineageQuery {
	return daybook.LineageQuery{Node: node, Direction: daybook.Upstream}
}

func down(node string) daybook.LineageQuery {
	return daybook.LineageQuery{Node: node, Direction: daybook.Downstream}
}

func TestWalkOfTables(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.edge("bronze.cell", "silver.summary", "AGGREGATES")
	b.edge("bronze.release", "silver.summary", "JOINS")
	b.edge("silver.summary", "gold.sheet", "DERIVES_FROM")
	b.edge("silver.summary.total", "gold.sheet.total", "COPIES")
	b.edge("silver.summary.year", "gold.sheet.year", "COPIES")
	b.edge("bronze.cell", "gold.sheet", "DERIVES_FROM")
	b.edge("gold.sheet.total", "gold.sheet.share", "TRANSFORMS") // within the table
	b.edge("gold.sheet", "silver.summary", "DERIVES_FROM")       // round again
	b.edge("bronze.other", "silver.other", "DERIVES_FROM")
	r := b.reader()
	wantDrawing(t, walkFrom(t, r, up("gold.sheet")), "gold.sheet",
		"0 gold.sheet", "1 bronze.cell", "1 silver.summary", "2 bronze.release",
		"bronze.cell > gold.sheet DERIVES_FROM", "bronze.cell > silver.summary AGGREGATES",
		"bronze.release > silver.summary JOINS", "gold.sheet > silver.summary DERIVES_FROM",
		"silver.summary > gold.sheet COPIES")
	wantDrawing(t, walkFrom(t, r, down("bronze.release")), "bronze.release",
		"0 bronze.release", "1 silver.summary", "2 gold.sheet",
		"bronze.release > silver.summary JOINS", "gold.sheet > silver.summary DERIVES_FROM",
		"silver.summary > gold.sheet COPIES")
	shallow := up("gold.sheet")
	shallow.Depth = 1
	wantDrawing(t, walkFrom(t, r, shallow), "gold.sheet",
		"0 gold.sheet", "1 bronze.cell", "1 silver.summary",
		"bronze.cell > gold.sheet DERIVES_FROM", "silver.summary > gold.sheet COPIES")
	// A column stands for its table.
	wantDrawing(t, walkFrom(t, r, up("silver.other.x")), "silver.other.x", "0 silver.other.x")
	if g := walkFrom(t, r, up("gold.sheet.total")); g.Root != "gold.sheet" || len(g.Nodes) != 4 {
		t.Errorf("a column in a walk of tables: %q", drawing(g))
	}
}

func TestWalkKeepsTheLowestIDOfEqualEdges(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	lowest := b.edge("silver.a.x", "gold.b.x", "COPIES")
	b.edge("silver.a.y", "gold.b.y", "COPIES")
	b.amend(lowest, nil) // its entry is now the newest; its id is the lowest still
	g := walkFrom(t, b.reader(), up("gold.b"))
	if len(g.Edges) != 1 || g.Edges[0].ID != lowest.Get("id").Int() {
		t.Errorf("edges %+v, want the one with id %d", g.Edges, lowest.Get("id").Int())
	}
}

func TestWalkOfColumns(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.edge("bronze.raw.v", "silver.s.v", "TRANSFORMS")
	b.edge("bronze.raw.u", "silver.s.unit", "COPIES")
	b.edge("silver.s.v", "gold.g.total", "AGGREGATES")
	b.edge("silver.s", "gold.g", "DERIVES_FROM")
	b.edge("silver.s", "gold.g.n", "AGGREGATES") // COUNT(*)
	b.edge("gold.g.total", "gold.g.share", "TRANSFORMS")
	r := b.reader()
	columns := func(q daybook.LineageQuery) daybook.LineageQuery { q.Columns = true; return q }
	wantDrawing(t, walkFrom(t, r, columns(up("gold.g.share"))), "gold.g.share",
		"0 gold.g.share", "1 gold.g.total", "2 silver.s.v", "3 bronze.raw.v",
		"bronze.raw.v > silver.s.v TRANSFORMS", "gold.g.total > gold.g.share TRANSFORMS",
		"silver.s.v > gold.g.total AGGREGATES")
	// From a table: it, and all of its columns.
	wantDrawing(t, walkFrom(t, r, columns(up("silver.s"))), "silver.s",
		"0 silver.s", "0 silver.s.unit", "0 silver.s.v", "1 bronze.raw.u", "1 bronze.raw.v",
		"bronze.raw.u > silver.s.unit COPIES", "bronze.raw.v > silver.s.v TRANSFORMS")
	// A column that comes from a whole table goes on with all of that.
	wantDrawing(t, walkFrom(t, r, columns(up("gold.g.n"))), "gold.g.n",
		"0 gold.g.n", "1 silver.s", "1 silver.s.unit", "1 silver.s.v", "2 bronze.raw.u", "2 bronze.raw.v",
		"bronze.raw.u > silver.s.unit COPIES", "bronze.raw.v > silver.s.v TRANSFORMS", "silver.s > gold.g.n AGGREGATES")
	// A column that no column edge reaches goes on with its table's edges.
	q := columns(up("gold.g.label"))
	q.Depth = 1
	wantDrawing(t, walkFrom(t, r, q), "gold.g.label",
		"0 gold.g", "0 gold.g.label", "1 silver.s", "silver.s > gold.g DERIVES_FROM")
	wantDrawing(t, walkFrom(t, r, columns(down("bronze.raw.v"))), "bronze.raw.v",
		"0 bronze.raw.v", "1 silver.s.v", "2 gold.g.total", "3 gold.g.share",
		"bronze.raw.v > silver.s.v TRANSFORMS", "gold.g.total > gold.g.share TRANSFORMS",
		"silver.s.v > gold.g.total AGGREGATES")
}

func TestWalkMeetsNamesHoweverTheyAreParted(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	current := func(e daybook.LineageEdge) { e.IsCurrent = new(true); b.add(e) }
	current(daybook.LineageEdge{
		SourceType: "TABLE", SourceName: "lake.bronze.cell", // no schema at all
		TargetType: "TABLE", TargetSchema: "lake", TargetName: "silver.summary", RelationshipType: "DERIVES_FROM",
	})
	current(daybook.LineageEdge{
		SourceType: "TABLE", SourceSchema: "lake.silver", SourceName: "summary",
		TargetType: "TABLE", TargetName: "sheet", RelationshipType: "DERIVES_FROM",
	})
	current(daybook.LineageEdge{ // the same names in another schema
		SourceType: "TABLE", SourceSchema: "pond.bronze", SourceName: "cell",
		TargetType: "TABLE", TargetSchema: "pond.silver", TargetName: "summary", RelationshipType: "DERIVES_FROM",
	})
	current(daybook.LineageEdge{ // a column with a dot
		SourceType: "COLUMN", SourceSchema: "lake", SourceName: "people", SourceColumn: "address.city",
		TargetType: "COLUMN", TargetSchema: "lake", TargetName: "towns", TargetColumn: "name", RelationshipType: "COPIES",
	})
	r := b.reader()
	wantDrawing(t, walkFrom(t, r, up("sheet")), "sheet",
		"0 sheet", "1 lake.silver.summary", "2 lake.bronze.cell",
		"lake.bronze.cell > lake.silver.summary DERIVES_FROM", "lake.silver.summary > sheet DERIVES_FROM")
	wantDrawing(t, walkFrom(t, r, down("lake.bronze.cell")), "lake.bronze.cell",
		"0 lake.bronze.cell", "1 lake.silver.summary", "2 sheet",
		"lake.bronze.cell > lake.silver.summary DERIVES_FROM", "lake.silver.summary > sheet DERIVES_FROM")
	q := down("lake.people.address.city")
	q.Columns = true
	wantDrawing(t, walkFrom(t, r, q), "lake.people.address.city",
		"0 lake.people.address.city", "1 lake.towns.name", "lake.people.address.city > lake.towns.name COPIES")
}

func TestWalkTakesOnlyWhatIsInEffect(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	pending := b.add(edgeOf(t, "bronze.a", "silver.x", "DERIVES_FROM"))
	r := b.reader()
	beforeEffect := b.now
	alone := []string{"0 silver.x"}
	wantDrawing(t, walkFrom(t, r, up("silver.x")), "silver.x", alone...)

	b.now = b.now.Add(time.Hour)
	current := b.amend(pending, map[string]daybook.Value{"is_current": daybook.BoolValue(true)})
	joined := []string{"0 silver.x", "1 bronze.a", "bronze.a > silver.x DERIVES_FROM"}
	wantDrawing(t, walkFrom(t, r, up("silver.x")), "silver.x", joined...)

	b.now = b.now.Add(time.Hour)
	beforeEnd := b.now
	ended := b.amend(current, map[string]daybook.Value{"is_current": daybook.BoolValue(false)})
	wantDrawing(t, walkFrom(t, r, up("silver.x")), "silver.x", alone...)

	asOf := func(at time.Time) daybook.LineageQuery { q := up("silver.x"); q.AsOf = at; return q }
	wantDrawing(t, walkFrom(t, r, asOf(noon.Add(-time.Hour))), "silver.x", alone...)
	wantDrawing(t, walkFrom(t, r, asOf(beforeEffect)), "silver.x", alone...)
	wantDrawing(t, walkFrom(t, r, asOf(loggedAt(t, current))), "silver.x", joined...)
	wantDrawing(t, walkFrom(t, r, asOf(loggedAt(t, current).Add(-time.Microsecond))), "silver.x", alone...)
	wantDrawing(t, walkFrom(t, r, asOf(beforeEnd.Add(-time.Minute))), "silver.x", joined...)
	wantDrawing(t, walkFrom(t, r, asOf(loggedAt(t, ended))), "silver.x", alone...)
	wantDrawing(t, walkFrom(t, r, asOf(b.now.AddDate(1, 0, 0))), "silver.x", alone...)
}

func loggedAt(t *testing.T, e *daybook.Entry) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, e.LoggedAt())
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestWalkStaysInTheBusiness(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	for _, business := range []string{"acme", "default"} {
		e := edgeOf(t, "bronze."+business, "silver.x", "DERIVES_FROM")
		e.IsCurrent, e.BusinessID = new(true), business
		b.add(e)
	}
	for _, asOf := range []time.Time{{}, b.now} {
		q := up("silver.x")
		q.AsOf = asOf
		g, err := b.reader().Lineage(t.Context(), daybook.Principal{Name: "a", Business: "acme"}, q)
		if err != nil {
			t.Fatal(err)
		}
		wantDrawing(t, g, "silver.x", "0 silver.x", "1 bronze.acme", "bronze.acme > silver.x DERIVES_FROM")
	}
}

func TestWalkRefuses(t *testing.T) {
	t.Parallel()
	r := newBook(t).reader()
	for name, q := range map[string]daybook.LineageQuery{
		"no node":      {Direction: daybook.Upstream},
		"no direction": {Node: "a.b"},
		"no such way":  {Node: "a.b", Direction: "sideways"},
		"negative":     {Node: "a.b", Direction: daybook.Upstream, Depth: -1},
		"too deep":     {Node: "a.b", Direction: daybook.Upstream, Depth: daybook.MaxDepth + 1},
	} {
		_, err := r.Lineage(t.Context(), anyone, q)
		if daybook.CodeOf(err) != daybook.CodeInvalid {
			t.Errorf("%s: got %v, want an error of CodeInvalid", name, err)
		}
	}
	for _, node := range []string{"nobody.knows", ".", "..", "a.", ".b", strings.Repeat("a.", 600)} {
		for _, columns := range []bool{false, true} {
			q := up(node)
			q.Columns = columns
			wantDrawing(t, walkFrom(t, r, q), node, "0 "+node)
		}
	}
}

func TestWalkEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := newBook(t)
	if _, err := b.reader().Lineage(ctx, anyone, up("a.b")); err == nil {
		t.Error("a walk went on after its context was cancelled")
	}
}

// said writes a current edge with what a parser says of it.
func (b *book) said(source, target, relationship, subtype, origin string) {
	b.t.Helper()
	e := edgeOf(b.t, source, target, relationship)
	e.Subtype, e.Origin, e.IsCurrent = subtype, origin, new(true)
	b.add(e)
}

// What a parser says of one statement: an edge between the tables, edges
// between columns, and edges from columns that only decide on rows.
func (b *book) parsed() {
	b.said("s.a", "s.t", "DERIVES_FROM", "", "PARSED")
	b.said("s.a.x", "s.t.x", "COPIES", "IDENTITY", "PARSED")
	b.said("s.a.k", "s.t", "JOINS", "JOIN", "PARSED")
	b.said("s.a.k", "s.t", "TRANSFORMS", "SORT", "PARSED")
}

func columnsOf(q daybook.LineageQuery) daybook.LineageQuery { q.Columns = true; return q }

func TestWalkLeavesOutWhatIsIndirect(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.parsed()
	r := b.reader()
	wantDrawing(t, walkFrom(t, r, columnsOf(up("s.t.x"))), "s.t.x", "0 s.t.x", "1 s.a.x", "s.a.x > s.t.x COPIES")
	wantDrawing(t, walkFrom(t, r, columnsOf(up("s.t"))), "s.t", "0 s.t", "0 s.t.x", "1 s.a.x", "s.a.x > s.t.x COPIES")
	wantDrawing(t, walkFrom(t, r, columnsOf(down("s.a.k"))), "s.a.k", "0 s.a.k")
	q := columnsOf(up("s.t.x"))
	q.Indirect = true
	wantDrawing(t, walkFrom(t, r, q), "s.t.x", "0 s.t", "0 s.t.x", "1 s.a.k", "1 s.a.x",
		"s.a.k > s.t JOINS", "s.a.k > s.t TRANSFORMS", "s.a.x > s.t.x COPIES")
	q.Node, q.Direction = "s.a.k", daybook.Downstream
	wantDrawing(t, walkFrom(t, r, q), "s.a.k", "0 s.a.k", "1 s.t", "s.a.k > s.t JOINS", "s.a.k > s.t TRANSFORMS")
	// A constant comes from nowhere: the parser named every column.
	wantDrawing(t, walkFrom(t, r, columnsOf(up("s.t.constant"))), "s.t.constant", "0 s.t.constant")
	// Tables say it in one line.
	g := walkFrom(t, r, up("s.t"))
	wantDrawing(t, g, "s.t", "0 s.t", "1 s.a", "s.a > s.t COPIES")
	if g.Edges[0].Count != 4 {
		t.Errorf("the edge stands for %d, want 4", g.Edges[0].Count)
	}
}

func TestWalkCarriesColumnsAlongStars(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.said("s.raw.*", "s.a.*", "COPIES", "IDENTITY", "PARSED")
	b.said("s.a.*", "s.t.*", "COPIES", "IDENTITY", "PARSED")
	b.said("s.a.y", "s.t.x", "TRANSFORMS", "TRANSFORMATION", "PARSED")
	r := b.reader()
	g := walkFrom(t, r, columnsOf(up("s.t.c")))
	wantDrawing(t, g, "s.t.c", "0 s.t.c", "1 s.a.c", "2 s.raw.c", "s.a.c > s.t.c COPIES", "s.raw.c > s.a.c COPIES")
	for _, e := range g.Edges {
		if e.Resolution != "star" {
			t.Errorf("the edge %+v does not say that it is presumed", e)
		}
	}
	// x has an edge of its own, either way.
	wantDrawing(t, walkFrom(t, r, columnsOf(up("s.t.x"))), "s.t.x",
		"0 s.t.x", "1 s.a.y", "2 s.raw.y", "s.a.y > s.t.x TRANSFORMS", "s.raw.y > s.a.y COPIES")
	wantDrawing(t, walkFrom(t, r, columnsOf(down("s.raw.x"))), "s.raw.x", "0 s.raw.x", "1 s.a.x", "s.raw.x > s.a.x COPIES")
	wantDrawing(t, walkFrom(t, r, columnsOf(down("s.a.y"))), "s.a.y",
		"0 s.a.y", "1 s.t.x", "1 s.t.y", "s.a.y > s.t.x TRANSFORMS", "s.a.y > s.t.y COPIES")
}

func TestWalkBothWays(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.edge("s.a", "s.b", "COPIES")
	b.edge("s.b", "s.c", "COPIES")
	b.edge("s.a", "s.sibling", "COPIES")
	b.edge("s.c", "s.a", "COPIES") // round again
	g := walkFrom(t, b.reader(), daybook.LineageQuery{Node: "s.b", Direction: daybook.Both, Depth: 1})
	wantDrawing(t, g, "s.b", "0 s.b", "1 s.a", "1 s.c", "s.a > s.b COPIES", "s.b > s.c COPIES")
	if g.Nodes[0].Side != "" || g.Nodes[1].Side != daybook.Upstream || g.Nodes[2].Side != daybook.Downstream {
		t.Errorf("the sides of %+v", g.Nodes)
	}
	g = walkFrom(t, b.reader(), daybook.LineageQuery{Node: "s.b", Direction: daybook.Both})
	for _, n := range g.Nodes {
		want := map[string]daybook.Direction{"s.a": daybook.Both, "s.b": "", "s.c": daybook.Both, "s.sibling": daybook.Downstream}[n.Node]
		if n.Side != want {
			t.Errorf("%s is %q, want %q", n.Node, n.Side, want)
		}
	}
}

func TestWalkRefusesWordsThatThereAreNone(t *testing.T) {
	t.Parallel()
	for _, q := range []daybook.LineageQuery{
		{Origins: []string{"PARSED", "rumour"}}, {Relationships: []string{"joins"}}, {Relationships: []string{""}}, {Indirect: true},
	} {
		q.Node, q.Direction = "a.b", daybook.Both
		_, err := newBook(t).reader().Lineage(t.Context(), anyone, q)
		wantCode(t, err, daybook.CodeInvalid)
		var e *daybook.Error
		if !errors.As(err, &e) || e.Hint == "" || e.Path == "" {
			t.Errorf("%+v: %#v has no hint or path", q, err)
		}
	}
}
