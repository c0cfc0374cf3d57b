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
	lists := listsOf(daybook.EdgesQuery{})
	indexes := []string{"name (%name=? AND is_current=? AND %column=?", "piece (%name=? AND is_current=? AND %column=?", "all (%name=? AND is_current=?", "name (%name=? AND is_current=?", "piece (%name=? AND is_current=?"}
	for side, prefix := range sidePrefix {
		for i, list := range lists {
			for _, business := range []bool{false, true} {
				want := "SCAN j VIRTUAL TABLE; SEARCH r USING INDEX ledger_lineage_edge_" + prefix + strings.ReplaceAll(indexes[i], "%", prefix)
				got := s.planOf(t, newFlowReader(s.tables[lineageEdge]).sql(daybook.Side(side), list.where, business))
				if !strings.HasPrefix(got, want) || !strings.Contains(got, "SEARCH n USING COVERING INDEX ledger_lineage_edge_subject (id=? AND revision=?") || !strings.HasSuffix(got, "SEARCH s USING INTEGER PRIMARY KEY (rowid=?)") {
					t.Errorf("side %d, %s:\n got %s\nwant %s", side, list.where, got, want)
				}
			}
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
