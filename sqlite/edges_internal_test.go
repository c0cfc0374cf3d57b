package sqlite

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

// Each way to find edges goes by the index that is made for it, one place after
// the other, and never by all edges.
func TestEdgesGoByTheirIndexes(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	lists := listsOf(daybook.EdgesQuery{}, rarities{true, true})
	indexes := []string{"name (%name=? AND is_current=? AND %column=?", "name (%name=? AND is_current=?", "piece (%name=? AND is_current=? AND %column=?", "piece (%name=? AND is_current=?", "all (%name=? AND is_current=?"}
	for side, prefix := range sidePrefix {
		for i, list := range lists {
			for _, business := range []bool{false, true} {
				want := "SCAN j VIRTUAL TABLE; SEARCH r USING INDEX ledger_lineage_edge_" + prefix + strings.ReplaceAll(indexes[i], "%", prefix)
				got := s.planOf(t, newFlowReader(s.tables[lineageEdge]).sql(daybook.Side(side), list.from(), business))
				if !strings.HasPrefix(got, want) || !strings.Contains(got, "SEARCH n USING COVERING INDEX ledger_lineage_edge_subject (id=? AND revision=?") || !strings.HasSuffix(got, "SEARCH s USING INTEGER PRIMARY KEY (rowid=?)") {
					t.Errorf("side %d, %s:\n got %s\nwant %s", side, list.where, got, want)
				}
			}
		}
	}
}

// Many places are found in an index alone, and their edges read in order.
func TestManyEdgesAreReadInOrder(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var q daybook.EdgesQuery
	for range manyPlaces {
		q.Places = append(q.Places, daybook.Place{Table: "s.t", Column: "c"})
	}
	for side, prefix := range sidePrefix {
		got := s.planOf(t, newFlowReader(s.tables[lineageEdge]).sql(daybook.Side(side), listsOf(q, rarities{})[0].from(), false))
		want := "SEARCH x USING COVERING INDEX ledger_lineage_edge_" + prefix + "name (" + prefix + "name=? AND is_current=? AND " + prefix + "column=?); USE TEMP B-TREE FOR ORDER BY; "
		if !strings.Contains(got, want) || !strings.Contains(got, "SCAN k; ") || !strings.Contains(got, "SEARCH r USING INTEGER PRIMARY KEY (rowid=?") {
			t.Errorf("side %d:\n got %s\nwant %s", side, got, want)
		}
	}
}

// The rare ways to name an end are looked for only where an edge has them, or
// where that would take long to find out.
func TestRarities(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, step := range []struct {
		sql  string
		want rarities
	}{
		{"SELECT 1", rarities{}},
		{"DROP INDEX ledger_lineage_edge_source_all", rarities{piece: true, star: true}},
	} {
		if err := s.writer.exec(step.sql); err != nil {
			t.Fatal(err)
		}
		err := s.read(t.Context(), "look", func(c *conn) error {
			if got := c.rarities(daybook.SourceSide); got != step.want {
				t.Errorf("%s: %+v, want %+v", step.sql, got, step.want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// planOf gives SQLite's plan of a statement.
func (s *Store) planOf(t *testing.T, sql string) string {
	t.Helper()
	var steps []string
	err := s.read(t.Context(), "plan", func(c *conn) error {
		return c.each("EXPLAIN QUERY PLAN "+sql, func(stmt *sqlite.Stmt) error {
			steps = append(steps, stmt.ColumnText(3))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(strings.Join(steps, "; "), "VIRTUAL TABLE INDEX 1:", "VIRTUAL TABLE")
}
