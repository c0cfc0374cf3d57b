package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/lineage"
)

// asked runs a command that succeeds, and reads its answer as JSON unless into
// is nil.
func asked(t *testing.T, into any, args ...string) string {
	t.Helper()
	code, said := runCommand(t, args...)
	if code != exitDone {
		t.Fatalf("daybook %s: %s", strings.Join(args, " "), said)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(said), into); err != nil {
			t.Fatalf("daybook %s: %v in %s", strings.Join(args, " "), err, said)
		}
	}
	return said
}

// completed gives an agent's completed sessions, the newest first.
func completed(t *testing.T, store, agent string) (ids []string) {
	t.Helper()
	var events []daybook.Event
	asked(t, &events, "agent", agent, "--store", store, "--format", "json")
	for _, e := range events {
		if e.Kind == "transformation_session" && e.Status == "COMPLETED" {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// The demo's pipeline runs twice. Its ledger tells of both runs, compares them,
// and plans how to undo the second: the statements of that plan, executed on a
// warehouse whose tables are emptied, bring back every row.
func TestTwoRunsOfTheDemo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := filepath.Join(dir, "ledger.db")
	for range 2 {
		asked(t, nil, "demo", "--once", "--dir", dir)
	}
	told := asked(t, nil, "history", "gold.us_corn_balance_sheet", "--store", store, "--format", "csv")
	for _, want := range []string{" superseded by ", "TABLE gold.us_corn_balance_sheet, 3 rows took effect", "checked in COMPLETED: 2 operations", "column edges silver.us_corn_supply_use → gold.us_corn_balance_sheet took effect"} {
		if !strings.Contains(told, want) {
			t.Errorf("the history has no %q:\n%s", want, told)
		}
	}

	analyst, transformer := completed(t, store, "balance_analyst"), completed(t, store, "wasde_transformer")
	if len(analyst) != 2 || len(transformer) != 2 {
		t.Fatalf("got the sessions %v and %v", analyst, transformer)
	}
	var d lineage.SessionDiff
	asked(t, &d, "diff", analyst[0], "--store", store, "--format", "json")
	if d.A.ID != analyst[1] || len(d.Operations) != 2 || !d.Edges.Same() || d.SameEdges == 0 || d.Sources[0].Change != lineage.SourceVersions {
		t.Errorf("got the difference %+v", d)
	}
	for _, o := range d.Operations {
		if o.A == nil || o.B == nil || o.Logic.Change != lineage.LogicSame || len(o.Fields)+len(o.Lists) != 0 {
			t.Errorf("got the operation %+v", o)
		}
	}

	var plan lineage.Rollback
	asked(t, &plan, "rollback", "plan", transformer[0], "--store", store, "--format", "json")
	var steps, tables []string
	for _, s := range plan.Steps {
		steps = append(steps, s.Operation.Type)
	}
	for _, table := range plan.Tables {
		tables = append(tables, table.Table)
		if (table.Depth == 0) != (table.Before != nil) {
			t.Errorf("got the table %+v", table)
		}
	}
	if !slices.Equal(steps, []string{"CLEAN", "NORMALIZE", "AGGREGATE", "PIVOT", "CALCULATE"}) || len(tables) != 5 {
		t.Errorf("got the steps %v for %v", steps, tables)
	}
	rebuilds(t, filepath.Join(dir, "warehouse"), tables, asked(t, nil, "rollback", "plan", transformer[0], "--store", store, "--format", "sql"))
}

// rebuilds empties tables of a warehouse, executes a script, and wants them to
// hold what they held.
func rebuilds(t *testing.T, warehouse string, tables []string, script string) {
	t.Helper()
	conn, err := sqlite.OpenConn(":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	do := func(sql string) {
		t.Helper()
		if err := sqlitex.ExecuteScript(conn, sql, nil); err != nil {
			t.Fatalf("%v in\n%s", err, sql)
		}
	}
	for _, schema := range []string{"bronze", "silver", "gold"} {
		do("ATTACH '" + filepath.Join(warehouse, schema+".db") + "' AS " + schema + ";")
	}
	hold := func() (rows []string) {
		for _, table := range tables {
			err := sqlitex.ExecuteTransient(conn, "SELECT * FROM "+table+" ORDER BY 1, 2, 3, 4", &sqlitex.ExecOptions{ResultFunc: func(stmt *sqlite.Stmt) error {
				row := table
				for i := range stmt.ColumnCount() {
					row += "|" + stmt.ColumnText(i)
				}
				rows = append(rows, row)
				return nil
			}})
			if err != nil {
				t.Fatal(err)
			}
		}
		return rows
	}
	before := hold()
	for _, table := range slices.Backward(tables) {
		do("DELETE FROM " + table + ";")
	}
	if len(hold()) != 0 {
		t.Fatal("the tables are not empty")
	}
	do(script)
	if after := hold(); len(before) < 100 || !slices.Equal(before, after) {
		t.Errorf("%d rows came back, of %d", len(after), len(before))
	}
}
