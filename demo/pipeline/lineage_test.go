package pipeline

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"
)

// An edge is a line of testdata/lineage.csv, which says by hand what flows where: from LAYER.TABLE or
// LAYER.TABLE.COLUMN to such another. A column that only shapes the rows of a table (a join key, a filter, a
// group key) points at the table.
type edge struct{ source, target, relationship string }

func edges(t *testing.T) []edge {
	t.Helper()
	f, err := os.Open("testdata/lineage.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []edge
	for _, line := range lines[1:] {
		list = append(list, edge{line[0], line[1], line[2]})
	}
	return list
}

// edgesOf returns the edges into a step's output.
func edgesOf(t *testing.T, step Step) []edge {
	t.Helper()
	return slices.DeleteFunc(edges(t), func(e edge) bool {
		table, _ := split(e.target)
		return table != step.Output
	})
}

// columns returns the full names of a table's columns.
func columns(table string, names ...string) []string {
	full := make([]string, len(names))
	for i, name := range names {
		full[i] = table + "." + name
	}
	return full
}

// schemaOf returns every table of the layers with its columns, as PRAGMA table_info gives them.
func schemaOf(t *testing.T, p *Pipeline) map[string][]string {
	t.Helper()
	schema := map[string][]string{}
	for _, layer := range Layers {
		err := p.each("SELECT m.name, i.name FROM "+layer+".sqlite_schema AS m, pragma_table_info(m.name, '"+layer+"') AS i WHERE m.type = 'table'",
			func(stmt *sqlite.Stmt) error {
				table := layer + "." + stmt.ColumnText(0)
				schema[table] = append(schema[table], stmt.ColumnText(1))
				return nil
			})
		if err != nil {
			t.Fatal(err)
		}
	}
	return schema
}

// exists says whether name is a table or a column of schema.
func exists(schema map[string][]string, name string) bool {
	table, column := split(name)
	names, ok := schema[table]
	return ok && (column == "" || slices.Contains(names, column))
}

// split cuts LAYER.TABLE.COLUMN into table and column.
func split(name string) (table, column string) {
	parts := strings.SplitN(name, ".", 3)
	if len(parts) == 3 {
		column = parts[2]
	}
	return strings.Join(parts[:2], "."), column
}

func TestEdgesNameWhatExists(t *testing.T) {
	t.Parallel()
	schema := schemaOf(t, open(t, t.TempDir()))
	seen := map[edge]bool{}
	for _, e := range edges(t) {
		if seen[e] {
			t.Errorf("said twice: %v", e)
		}
		seen[e] = true
		for _, end := range []string{e.source, e.target} {
			if !exists(schema, end) {
				t.Errorf("%v: no %s", e, end)
			}
		}
	}
	if len(seen) < 50 {
		t.Errorf("only %d edges", len(seen))
	}
}

// TestStepsReadWhatTheySay asks SQLite's own compiler which columns each statement reads and writes.
func TestStepsReadWhatTheySay(t *testing.T) {
	t.Parallel()
	p := open(t, t.TempDir())
	for _, stage := range Stages() {
		for _, step := range stage.Steps {
			read := compiledReads(t, p, step.SQL)
			var said []string
			for _, e := range edgesOf(t, step) {
				if _, column := split(e.source); column != "" {
					said = append(said, e.source)
				}
			}
			slices.Sort(said)
			if said = slices.Compact(said); !slices.Equal(read, said) {
				t.Errorf("%s reads\n%v, its lineage says\n%v", step.Name, read, said)
			}
			var tables []string
			for _, column := range read {
				table, _ := split(column)
				tables = append(tables, table)
			}
			slices.Sort(tables)
			if inputs := slices.Sorted(slices.Values(step.Inputs)); !slices.Equal(slices.Compact(tables), inputs) {
				t.Errorf("%s reads %v, declares %v", step.Name, tables, inputs)
			}
			if !strings.Contains(step.SQL, "INSERT INTO "+step.Output+" (") {
				t.Errorf("%s does not fill %s", step.Name, step.Output)
			}
		}
	}
}

// compiledReads returns the columns that SQLite's authorizer sees query read, sorted.
func compiledReads(t *testing.T, p *Pipeline, query string) []string {
	t.Helper()
	var read []string
	allow := sqlite.AuthorizeFunc(func(action sqlite.Action) sqlite.AuthResult {
		if action.Type() == sqlite.OpRead && slices.Contains(Layers, action.Database()) && action.Column() != "" {
			read = append(read, action.Database()+"."+action.Table()+"."+action.Column())
		}
		return sqlite.AuthResultOK
	})
	if err := p.conn.SetAuthorizer(allow); err != nil {
		t.Fatal(err)
	}
	stmt, _, err := p.conn.PrepareTransient(query)
	if err != nil {
		t.Fatal(err)
	}
	if err := stmt.Finalize(); err != nil {
		t.Fatal(err)
	}
	if err := p.conn.SetAuthorizer(nil); err != nil {
		t.Fatal(err)
	}
	slices.Sort(read)
	return slices.Compact(read)
}

// TestLineageIsWhole holds each step's edges to its columns: every table read leads somewhere, every column
// written comes from somewhere, and nothing else is named.
func TestLineageIsWhole(t *testing.T) {
	t.Parallel()
	schema := schemaOf(t, open(t, t.TempDir()))
	for _, stage := range Stages() {
		for _, step := range stage.Steps {
			if !slices.Equal(step.OutputColumns, schema[step.Output]) {
				t.Errorf("%s fills %v, the table has %v", step.Name, step.OutputColumns, schema[step.Output])
			}
			sources, targets := map[string]bool{}, map[string]bool{}
			for _, e := range edgesOf(t, step) {
				sources[e.source], targets[e.target] = true, true
				if table, _ := split(e.source); !slices.Contains(step.Inputs, table) {
					t.Errorf("%s: edge from %s, which it does not read", step.Name, e.source)
				}
			}
			for _, input := range step.Inputs {
				if !sources[input] {
					t.Errorf("%s: %s is read and leads nowhere", step.Name, input)
				}
			}
			for _, column := range columns(step.Output, step.OutputColumns...) {
				// No column stands behind a constant or a count of rows.
				if !targets[column] && column != "silver.observation.source_table" && column != "silver.commodity_summary.observations" {
					t.Errorf("%s: %s comes from nowhere", step.Name, column)
				}
			}
		}
	}
}

// TestGoldLeadsBackToBronze walks the edges from a gold figure to the cells of the file.
func TestGoldLeadsBackToBronze(t *testing.T) {
	t.Parallel()
	reached := []string{"gold.us_corn_balance_sheet.ending_stocks"}
	for i := 0; i < len(reached); i++ {
		for _, e := range edges(t) {
			if e.target == reached[i] && !slices.Contains(reached, e.source) {
				reached = append(reached, e.source)
			}
		}
	}
	if !slices.Contains(reached, "bronze.wasde_cell.value") {
		t.Errorf("only %v", reached)
	}
}

func TestStepsAreWellDescribed(t *testing.T) {
	t.Parallel()
	types := []string{"SELECT", "AGGREGATE", "JOIN", "FILTER", "CALCULATE", "PIVOT", "NORMALIZE", "CLEAN"}
	names := map[string]bool{}
	for _, stage := range Stages() {
		for _, step := range stage.Steps {
			var parameters map[string]any
			if err := json.Unmarshal([]byte(step.Parameters), &parameters); err != nil || len(parameters) == 0 {
				t.Errorf("%s: parameters %q: %v", step.Name, step.Parameters, err)
			}
			if !slices.Contains(types, step.Type) || names[step.Name] {
				t.Errorf("%s: type %s, or the name is taken", step.Name, step.Type)
			}
			names[step.Name] = true
		}
	}
}
