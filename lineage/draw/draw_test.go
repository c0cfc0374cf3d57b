package draw

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A sketch makes a graph of edges written as source, target and relationship,
// and of nodes written as table|column with their depths.
func sketch(root string, q daybook.Graph, nodes map[string]int, edges ...[3]string) *daybook.Graph {
	g := q
	g.Root = root
	for name, depth := range nodes {
		table, column, _ := strings.Cut(name, "|")
		g.Nodes = append(g.Nodes, daybook.GraphNode{
			Node: daybook.Place{Table: table, Column: column}.String(), Table: table, Column: column, Depth: depth,
		})
	}
	slices.SortFunc(g.Nodes, func(a, b daybook.GraphNode) int {
		return strings.Compare(fmt.Sprint(a.Depth, a.Node), fmt.Sprint(b.Depth, b.Node))
	})
	for i, e := range edges {
		g.Edges = append(g.Edges, daybook.GraphEdge{
			Source: strings.ReplaceAll(e[0], "|", "."), Target: strings.ReplaceAll(e[1], "|", "."), RelationshipType: e[2],
			ID: int64(i), CreatedAt: fmt.Sprintf("2026-01-31T09:00:%02d.000000Z", i), Count: 1, Origin: "PARSED",
		})
	}
	return &g
}

// hard are names that the formats could stumble over.
const hard = "we\"ird [tab]le; <b>&amp;#35;`x`\\ \u2028\x1b[31m end"

func sketches() map[string]*daybook.Graph {
	columns := daybook.Graph{Direction: daybook.Upstream, Depth: 5, Columns: true}
	tables := daybook.Graph{Direction: daybook.Both, Depth: 2}
	of := map[string]*daybook.Graph{
		"column": sketch("gold.sheet.share", columns,
			map[string]int{"gold.sheet|share": 0, "silver.s|v": 1, "silver.s|total": 1, "bronze.raw|v": 2},
			[3]string{"silver.s|v", "gold.sheet|share", "TRANSFORMS"}, [3]string{"silver.s|total", "gold.sheet|share", "TRANSFORMS"},
			[3]string{"bronze.raw|v", "silver.s|v", "COPIES"}, [3]string{"bronze.raw|v", "silver.s|total", "AGGREGATES"}),
		"table_of_columns": sketch("gold.sheet", columns,
			map[string]int{"gold.sheet": 0, "gold.sheet|a": 0, "gold.sheet|b": 0, "silver.s|a": 1, "silver.t": 1, "silver.s|k": 1},
			[3]string{"silver.s|a", "gold.sheet|a", "COPIES"}, [3]string{"silver.s|a", "gold.sheet|b", "COPIES"},
			[3]string{"silver.t", "gold.sheet", "DERIVES_FROM"}, [3]string{"silver.s|k", "gold.sheet", "TRANSFORMS"}),
		"both": sketch("silver.s", tables,
			map[string]int{"silver.s": 0, "bronze.raw": 1, "gold.a": 1, "gold.b": 2},
			[3]string{"bronze.raw", "silver.s", "AGGREGATES"}, [3]string{"silver.s", "gold.a", "COPIES"}, [3]string{"gold.a", "gold.b", "JOINS"},
			[3]string{"gold.a", "bronze.raw", "DERIVES_FROM"}),
		"alone": sketch("nobody.knows", daybook.Graph{Direction: daybook.Downstream, Depth: 5}, map[string]int{"nobody.knows": 0}),
		"hard": sketch(hard+".ß", columns,
			map[string]int{hard + "|ß": 0, "日本." + hard + "|*": 1},
			[3]string{"日本." + hard + "|*", hard + "|ß", "LIKES \"|\" it"}),
	}
	of["column"].Edges[1].Resolution = "star"
	of["column"].Edges[3].Count = 1234
	of["table_of_columns"].Edges[3].Subtype = "SORT"
	return of
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, g := range sketches() {
		for format, write := range map[string]func(io.Writer, *daybook.Graph) error{
			"tree": Tree, "mmd": Mermaid, "dot": DOT,
			"json": func(w io.Writer, g *daybook.Graph) error { return OpenLineage(w, g, "postgres://warehouse:5432") },
		} {
			var b bytes.Buffer
			if err := write(&b, g); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+"."+format)
			if *update {
				if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || b.String() != string(want) {
				t.Errorf("%s: %v, got\n%s\nif that is right, run go test ./lineage/draw -update", file, err, b.String())
			}
		}
	}
}

// What stands in quotes in Mermaid and DOT is what they take for quoted, so
// that a name can neither end its quotes nor begin anything else.
func TestNamesStayInTheirQuotes(t *testing.T) {
	t.Parallel()
	label := `"[^"\\<>&` + "`" + `\x00-\x1f]*"`
	mermaid := regexp.MustCompile(`^(flowchart LR|  subgraph t\d+\[` + label + `\]|  end| +n\d+\[` + label + `\]|  n\d+ -->\|` + label + `\| n\d+|  style n\d+ stroke-width:3px|  %% .*)$`)
	quoted := `"([^"\\\x00-\x1f]|\\\\|\\")*"`
	dot := regexp.MustCompile(`^(digraph lineage \{|  rankdir=LR;|  node \[shape=box\];|  subgraph cluster_\d+ \{|    label=` + quoted + `;| +n\d+ \[label=` + quoted + `(, penwidth=3)?\];|  n\d+ -> n\d+ \[label=` + quoted + `\];|  ?\}|\})$`)
	for name, g := range sketches() {
		for grammar, write := range map[*regexp.Regexp]func(io.Writer, *daybook.Graph) error{mermaid: Mermaid, dot: DOT} {
			var b bytes.Buffer
			if err := write(&b, g); err != nil {
				t.Fatal(err)
			}
			open := 0
			for text := range strings.Lines(b.String()) {
				text = strings.TrimSuffix(text, "\n")
				if !grammar.MatchString(text) {
					t.Errorf("%s: no line of the language: %s", name, text)
				}
				open += strings.Count(text, "subgraph ") + strings.Count(text, "digraph ")
				if bare := strings.TrimSpace(text); bare == "end" || bare == "}" {
					open--
				}
			}
			if open != 0 {
				t.Errorf("%s: what is opened is not closed:\n%s", name, b.String())
			}
		}
	}
}

// A large graph is cut to what Mermaid draws, and says so.
func TestMermaidIsCut(t *testing.T) {
	t.Parallel()
	for name, width := range map[string]int{"many edges": 1, "long names": 1000} {
		g := &daybook.Graph{Root: "t0", Direction: daybook.Upstream, Depth: 100, Nodes: []daybook.GraphNode{{Node: "t0", Table: "t0"}}}
		for i := range 2000 {
			name := fmt.Sprintf("%0*d", width, i+1)
			g.Nodes = append(g.Nodes, daybook.GraphNode{Node: name, Table: name, Depth: 1 + i})
			g.Edges = append(g.Edges, daybook.GraphEdge{Source: name, Target: "t0", RelationshipType: "COPIES"})
		}
		slices.Reverse(g.Edges)
		var b bytes.Buffer
		if err := Mermaid(&b, g); err != nil {
			t.Fatal(err)
		}
		edges := strings.Count(b.String(), "-->")
		if edges == 0 || edges > mermaidEdges || b.Len() > mermaidText {
			t.Errorf("%s: %d edges in %d bytes", name, edges, b.Len())
		}
		if !strings.Contains(b.String(), fmt.Sprintf("%%%% %d of 2,000 edges are drawn, those nearest to the root", edges)) {
			t.Errorf("%s: it does not say so: %.200s", name, b.String())
		}
		if !strings.Contains(b.String(), g.Nodes[1].Node+`"]`) || strings.Contains(b.String(), g.Nodes[2000].Node+`"]`) {
			t.Errorf("%s: the nearest are not those that stay", name)
		}
	}
}

// The events have what OpenLineage requires of dataset events and of the facet,
// and each edge is in one of them.
func TestOpenLineageHasWhatIsRequired(t *testing.T) {
	t.Parallel()
	for name, g := range sketches() {
		var b bytes.Buffer
		if err := OpenLineage(&b, g, DefaultNamespace); err != nil {
			t.Fatal(err)
		}
		var events []event
		decoder := json.NewDecoder(&b)
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&events); err != nil {
			t.Fatal(err)
		}
		edges := 0
		for _, e := range events {
			facet := e.Dataset.Facets.ColumnLineage
			if e.EventTime == "" || e.Producer == "" || e.SchemaURL == "" || e.Dataset.Namespace == "" || e.Dataset.Name == "" || facet.SchemaURL == "" || facet.Fields == nil {
				t.Errorf("%s: %+v", name, e)
			}
			inputs := slices.Clone(facet.Dataset)
			for column, f := range facet.Fields {
				if column == "" {
					t.Errorf("%s: a field without a name", name)
				}
				inputs = append(inputs, f.InputFields...)
			}
			for _, in := range inputs {
				if in.Namespace == "" || in.Name == "" || in.Field == "" {
					t.Errorf("%s: %+v", name, in)
				}
				edges += len(in.Transformations)
				for _, how := range in.Transformations {
					if how.Type != "DIRECT" && how.Type != "INDIRECT" || (how.Type == "INDIRECT") != daybook.IsIndirect(how.Subtype) {
						t.Errorf("%s: %+v", name, how)
					}
				}
			}
		}
		if edges != len(g.Edges) {
			t.Errorf("%s: %d transformations of %d edges", name, edges, len(g.Edges))
		}
	}
}

// The tree shows every node that a walk in its direction found.
func TestTreeShowsEveryNode(t *testing.T) {
	t.Parallel()
	for name, g := range sketches() {
		var b bytes.Buffer
		if err := Tree(&b, g); err != nil {
			t.Fatal(err)
		}
		for _, n := range g.Nodes {
			if !strings.Contains(b.String(), line(n.Node)) {
				t.Errorf("%s: %q is not in\n%s", name, n.Node, b.String())
			}
		}
		if strings.ContainsRune(b.String(), 0x1b) {
			t.Errorf("%s: it moves the cursor", name)
		}
	}
}
