package scan_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/scan"
)

// warehouse makes the database of testdata/warehouse.sql.
func warehouse(t *testing.T) string {
	t.Helper()
	ddl, err := os.ReadFile("testdata/warehouse.sql")
	if err != nil {
		t.Fatal(err)
	}
	url := pgtest.New(t)
	pgtest.Exec(t, url, string(ddl))
	return url
}

func planOf(t *testing.T, url string, f scan.Filter) *scan.Plan {
	t.Helper()
	db, err := scan.Read(t.Context(), url, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := scan.NewPlan(db, f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Every edge of the warehouse, as PostgreSQL has it and as it was written down
// by hand.
func TestEdgesOfTheWarehouse(t *testing.T) {
	t.Parallel()
	p := planOf(t, warehouse(t), scan.Filter{})
	var got []string
	for i := range p.Parts {
		for j := range p.Parts[i].Edges {
			got = append(got, edgeText(&p.Parts[i].Edges[j]))
		}
	}
	wanted := readEdges(t)
	for _, e := range got {
		if !wanted[e] {
			t.Errorf("not expected: %s", e)
		}
	}
	for _, e := range slices.Sorted(maps.Keys(wanted)) {
		if n := count(got, e); n != 1 {
			t.Errorf("%d times: %s", n, e)
		}
	}
	for _, n := range p.Notes {
		if n.Relation != "gold.dead" {
			t.Errorf("a note on %s: %s", n.Relation, n.Text)
		}
	}
}

func count(list []string, s string) (n int) {
	for _, x := range list {
		if x == s {
			n++
		}
	}
	return n
}

func edgeText(e *daybook.LineageEdge) string {
	source := daybook.Node{Schema: e.SourceSchema, Name: e.SourceName, Column: e.SourceColumn}
	target := daybook.Node{Schema: e.TargetSchema, Name: e.TargetName, Column: e.TargetColumn}
	return strings.TrimSpace(fmt.Sprintf("%s <- %s %s %s", target, source, e.RelationshipType, e.Subtype))
}

func readEdges(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("testdata/warehouse.edges")
	if err != nil {
		t.Fatal(err)
	}
	wanted, target := map[string]bool{}, ""
	for line := range strings.Lines(string(text)) {
		source, isSource := strings.CutPrefix(line, "\t")
		switch {
		case strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "":
		case isSource:
			wanted[target+" <- "+strings.TrimSpace(source)] = true
		default:
			target = strings.TrimSpace(line)
		}
	}
	return wanted
}

func TestLocations(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"postgres://h:5432/d":                    "postgres://h:5432/d/s.t0",
		"postgres:///d?host=%2Frun%2Fpostgresql": "postgres:///d/s.t0?host=%2Frun%2Fpostgresql",
	} {
		db := large(1)
		db.Location = location
		p, err := scan.NewPlan(db, scan.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Parts[0].Artifact.ArtifactLocation; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// Views come behind what they read, whatever they are called.
func TestViewsComeBehindWhatTheyRead(t *testing.T) {
	t.Parallel()
	p := planOf(t, warehouse(t), scan.Filter{})
	seen := map[string]bool{}
	for i := range p.Parts {
		for _, source := range p.Parts[i].Artifact.SourceTables {
			if !seen[source] {
				t.Errorf("%s comes before %s, which it reads", p.Parts[i].Artifact.ArtifactName, source)
			}
		}
		seen[p.Parts[i].Artifact.ArtifactName] = true
	}
}
