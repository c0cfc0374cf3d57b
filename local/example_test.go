package local_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/local"
)

// A program keeps a ledger of its own in a file, writes to it, asks it, and
// proves what it holds, with no server.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "daybook")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	l, err := local.Open(ctx, filepath.Join(dir, "daybook.db"), local.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		panic(err)
	}
	defer l.Close(ctx)

	session := daybook.TransformationSession{AgentID: "wasde_transformer", SourceTables: []string{"bronze.wasde_cell"}}
	var written daybook.Receipt
	err = l.Run(ctx, session, func(ctx context.Context, s *client.Session) (err error) {
		written, err = s.LogOperation(ctx, daybook.TransformationOperation{
			OperationType: "AGGREGATE", InputTables: []string{"bronze.wasde_cell"}, OutputTable: "silver.commodity_summary",
		})
		if err != nil {
			return err
		}
		_, err = s.AddLineage(ctx, "bronze.wasde_cell", "silver.commodity_summary", "AGGREGATES")
		return err
	})
	if err != nil {
		panic(err)
	}

	events, err := l.History(ctx, "silver.commodity_summary", time.Time{})
	if err != nil {
		panic(err)
	}
	for _, e := range events {
		if e.Kind == "transformation_operation" {
			fmt.Println(e.Agent, e.Type)
		}
	}
	graph, err := l.Lineage(ctx, daybook.LineageQuery{Node: "silver.commodity_summary"})
	if err != nil {
		panic(err)
	}
	for _, e := range graph.Edges {
		fmt.Println(e.Target, "comes from", e.Source)
	}
	proof, err := l.Prove(ctx, written.LogID)
	if err != nil {
		panic(err)
	}
	checkpoint, err := client.CheckReceipt(written, proof, l.Public())
	if err != nil {
		panic(err)
	}
	fmt.Println("proven:", checkpoint.Size > written.Seq)
	// Output:
	// wasde_transformer AGGREGATE
	// silver.commodity_summary comes from bronze.wasde_cell
	// proven: true
}
