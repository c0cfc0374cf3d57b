package lineage

import (
	"context"
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
