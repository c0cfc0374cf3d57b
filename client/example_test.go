package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/storetest"
)

// daybookServer stands in for `daybook serve`.
func daybookServer() *httptest.Server {
	l, err := ledger.Open(context.Background(), storetest.NewModel(), ledger.Options{})
	if err != nil {
		panic(err)
	}
	return httptest.NewServer(&wire{book: &book{recorder: intake.New(l, intake.Limits{})}})
}

// An agent takes a table out, says what it does to it and what it makes of it,
// and hands it in again.
func ExampleClient_Checkout() {
	ctx := context.Background()
	server := daybookServer()
	defer server.Close()

	c, err := client.New(server.URL, client.Options{})
	if err != nil {
		panic(err)
	}
	s, err := c.Checkout(ctx, "wasde_transformer", "bronze.wasde_cell")
	if err != nil {
		panic(err)
	}
	op, err := s.LogOperation(ctx, daybook.TransformationOperation{
		OperationType:       "AGGREGATE",
		InputTables:         []string{"bronze.wasde_cell"},
		OutputTable:         "silver.commodity_summary",
		TransformationLogic: "SELECT commodity, SUM(value) FROM wasde_cell GROUP BY commodity",
	})
	if err != nil {
		panic(err)
	}
	output, err := s.RegisterOutput(ctx, daybook.OutputArtifact{
		ArtifactType: "TABLE", ArtifactName: "silver.commodity_summary", RowCount: new(int64(150)),
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(op.Kind, "is entry", op.Seq)
	fmt.Println(output.Kind, "is entry", output.Seq)
	fmt.Println("checked in:", s.Checkin(ctx, "COMPLETED") == nil)
	// Output:
	// transformation_operation is entry 1
	// output_artifact is entry 2
	// checked in: true
}

// Run checks in by itself: COMPLETED, or FAILED with the error of the work.
func ExampleClient_Run() {
	server := daybookServer()
	defer server.Close()
	c, err := client.New(server.URL, client.Options{Agent: "wasde_transformer"})
	if err != nil {
		panic(err)
	}
	session := daybook.TransformationSession{Purpose: "Monthly ETL", SourceTables: []string{"bronze.wasde_cell"}}
	err = c.Run(context.Background(), session, func(ctx context.Context, s *client.Session) error {
		if _, err := s.AddLineage(ctx, "bronze.wasde_cell.value", "silver.commodity_summary.total", "AGGREGATES"); err != nil {
			return err
		}
		return errors.New("bronze.wasde_cell is empty") // and so the edge never becomes current
	})
	fmt.Println(err)
	// Output: bronze.wasde_cell is empty
}

// A TransformationLogger is a session in the words of the design document it
// comes from, with a defer where Python has a with.
func ExampleClient_TransformationLogger() {
	server := daybookServer()
	defer server.Close()
	c, err := client.New(server.URL, client.Options{})
	if err != nil {
		panic(err)
	}
	etl := func(ctx context.Context) (err error) {
		logger := c.TransformationLogger("my_agent", "Monthly ETL")
		defer logger.End(ctx, &err)
		if err := logger.Checkout(ctx, []string{"bronze.wasde_cell", "bronze.wasde_release"}, nil); err != nil {
			return err
		}
		_, err = logger.LogOperation(ctx, daybook.TransformationOperation{OperationType: "AGGREGATE", OutputTable: "silver.commodity_summary"})
		return err
	}
	fmt.Println(etl(context.Background()))
	// Output: <nil>
}

// A decision is written when it is taken, and amended when a human has looked
// at it.
func ExampleClient_ReviewDecision() {
	ctx := context.Background()
	server := daybookServer()
	defer server.Close()
	c, err := client.New(server.URL, client.Options{Agent: "CFO"})
	if err != nil {
		panic(err)
	}
	decision, err := c.LogDecision(ctx, daybook.DecisionLog{
		DecisionType: "approval", ChosenOption: "pay", Rationale: "within budget", RequiresHumanReview: new(true),
	})
	if err != nil {
		panic(err)
	}
	review, err := c.ReviewDecision(ctx, decision.ID, "ana@example.com", "")
	if err != nil {
		panic(err)
	}
	fmt.Println("revision", review.Revision)

	_, err = c.ReviewDecision(ctx, decision.ID, "ben@example.com", "")
	fmt.Println(daybook.CodeOf(err))
	// Output:
	// revision 2
	// conflict
}
