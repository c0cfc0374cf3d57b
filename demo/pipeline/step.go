package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite/sqlitex"
)

// Step is one SQL transformation and what it says of itself. All names are LAYER.TABLE or LAYER.TABLE.COLUMN,
// except OutputColumns, which are columns of Output.
type Step struct {
	Name          string   // a verb and its object, unique in the pipeline
	Type          string   // operation type: CLEAN, NORMALIZE, AGGREGATE, PIVOT, CALCULATE
	SQL           string   // the statement that runs, whole
	Inputs        []string // tables that SQL reads
	Output        string   // the table that SQL fills
	OutputColumns []string // the columns that SQL fills
	Parameters    string   // the settings that SQL carries out, a JSON object
}

// Result counts what a step did.
type Result struct {
	InputRows  int64         // rows in all the input tables together
	OutputRows int64         // rows written to the output table
	Elapsed    time.Duration // wall time of the statement, counting aside
}

// Stage is a group of steps between two layers, run in order.
type Stage struct {
	Name  string // bronze_to_silver or silver_to_gold
	Steps []Step
}

// Run executes step in one transaction: the output table is emptied and filled anew, or, on any error, left as
// it was. SQLite's own error is wrapped ([zombiezen.com/go/sqlite.ErrCode] reads its code); a context that
// ended is wrapped too. Writing no row at all is an error, since every step here has something to write.
func (p *Pipeline) Run(ctx context.Context, step Step) (Result, error) {
	var result Result
	err := p.transact(ctx, func() error {
		if err := p.run(step, &result); err != nil {
			return fmt.Errorf("step %s: %w", step.Name, err)
		}
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	return result, nil
}

func (p *Pipeline) run(step Step, result *Result) error {
	for _, table := range step.Inputs {
		rows, err := p.count("SELECT COUNT(*) FROM " + table)
		if err != nil {
			return err
		}
		result.InputRows += rows
	}
	if err := sqlitex.ExecuteTransient(p.conn, "DELETE FROM "+step.Output, nil); err != nil {
		return err
	}
	start := time.Now()
	if err := sqlitex.ExecuteTransient(p.conn, step.SQL, nil); err != nil {
		return err
	}
	result.Elapsed = time.Since(start)
	result.OutputRows = int64(p.conn.Changes())
	if result.OutputRows == 0 {
		return errors.New("no row came out; run Load and the steps before this one first")
	}
	return nil
}
