package pipeline

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// open starts a run in dir and closes it with the test.
func open(t *testing.T, dir string) *Pipeline {
	t.Helper()
	p, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// runAll loads and runs every step, and returns the results by step name.
func runAll(t *testing.T, p *Pipeline) map[string]Result {
	t.Helper()
	if _, err := p.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	results := map[string]Result{}
	for _, stage := range Stages() {
		for _, step := range stage.Steps {
			result, err := p.Run(t.Context(), step)
			if err != nil {
				t.Fatal(err)
			}
			results[step.Name] = result
		}
	}
	return results
}

func TestRunsTwiceInOneDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, dir)
	runAll(t, first)
	want, err := first.BalanceSheet(t.Context())
	if err != nil || len(want) != 3 {
		t.Fatalf("first run: %d rows, %v", len(want), err)
	}
	second := open(t, dir)
	empty, err := second.BalanceSheet(t.Context())
	if err != nil || len(empty) != 0 {
		t.Fatalf("a fresh run begins with %d gold rows, %v", len(empty), err)
	}
	runAll(t, second)
	runAll(t, second) // every step can be run again in the same run, too
	got, err := second.BalanceSheet(t.Context())
	if err != nil || len(got) != len(want) {
		t.Fatalf("second run: %d rows, %v", len(got), err)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("row %d: %+v, in the first run %+v", i, got[i], want[i])
		}
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	p := open(t, t.TempDir())
	load, err := p.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if load.Fetched != 84 || load.Inserted != 84 || load.Releases != 1 {
		t.Errorf("load counts %+v", load)
	}
	want := map[string][2]int64{
		"clean_wasde_cells":            {85, 84},
		"normalize_observations":       {99, 84},
		"summarize_commodities":        {84, 6},
		"pivot_corn_supply_use":        {84, 3},
		"calculate_corn_balance_sheet": {3, 3},
	}
	results := runAll(t, p)
	for name, rows := range want {
		if got := results[name]; got.InputRows != rows[0] || got.OutputRows != rows[1] {
			t.Errorf("%s: %d → %d rows, want %d → %d", name, got.InputRows, got.OutputRows, rows[0], rows[1])
		}
	}
	if len(results) != len(want) {
		t.Errorf("%d steps ran, want %d", len(results), len(want))
	}
}

func TestFileOfAnotherApplicationIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "silver.db")
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(sqlitex.ExecuteTransient(conn, "CREATE TABLE precious (x)", nil), conn.Close())
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := Open(dir); err == nil {
		p.Close()
		t.Fatal("a database of another application was taken over")
	} else if !strings.Contains(err.Error(), "choose another directory") {
		t.Errorf("the error does not say what to do: %v", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || string(after) != string(before) {
		t.Errorf("the file was changed (%v)", err)
	}
}

func TestFailingStepLeavesGoldUntouched(t *testing.T) {
	t.Parallel()
	p := open(t, t.TempDir())
	runAll(t, p)
	want, err := p.BalanceSheet(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Run(t.Context(), FailingStep())
	if err == nil || !strings.Contains(err.Error(), "no such column: c.marketing_year") {
		t.Fatalf("error %v", err)
	}
	if code := sqlite.ErrCode(err).ToPrimary(); code != sqlite.ResultError {
		t.Errorf("SQLite's code is lost: %v", code)
	}
	if n, err := p.count("SELECT COUNT(*) FROM silver.wasde_figure"); err != nil || n != 84 {
		t.Errorf("the step's own output has %d rows, %v", n, err)
	}
	got, err := p.BalanceSheet(t.Context())
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("gold changed: %+v, was %+v", got[i], want[i])
		}
	}
	if _, err := p.Run(t.Context(), Stages()[0].Steps[0]); err != nil {
		t.Errorf("the mended step: %v", err)
	}
}

func TestStepOutOfOrderSaysWhatToDo(t *testing.T) {
	t.Parallel()
	p := open(t, t.TempDir())
	for _, stage := range Stages() {
		for _, step := range stage.Steps {
			_, err := p.Run(t.Context(), step)
			if err == nil || !strings.Contains(err.Error(), step.Name) || !strings.Contains(err.Error(), "run Load") {
				t.Errorf("%s on empty tables: %v", step.Name, err)
			}
		}
	}
}

func TestEndedContextStops(t *testing.T) {
	t.Parallel()
	p := open(t, t.TempDir())
	runAll(t, p)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Load(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Load: %v", err)
	}
	if _, err := p.Run(ended, calculateStep()); !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
	if _, err := p.Validate(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Validate: %v", err)
	}
	if rows, err := p.BalanceSheet(t.Context()); err != nil || len(rows) != 3 {
		t.Errorf("afterwards gold has %d rows, %v", len(rows), err)
	}
}

func TestRunningStatementIsInterrupted(t *testing.T) {
	t.Parallel()
	p := open(t, t.TempDir())
	runAll(t, p)
	endless := summarizeStep()
	endless.SQL = `INSERT INTO silver.commodity_summary
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
SELECT 'CORN', '2023/24', 'MIL_BU', COUNT(*), 0, 0 FROM n`
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := p.Run(ctx, endless)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error %v", err)
	}
	if n, err := p.count("SELECT COUNT(*) FROM silver.commodity_summary"); err != nil || n != 6 {
		t.Errorf("the interrupted step left %d rows, %v", n, err)
	}
}
