package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/demo/pipeline"
)

// failToClean is the transformer's first attempt: its SQL names a column that
// bronze does not have. The session checks in FAILED with SQLite's own error.
func (r *recording) failToClean(ctx context.Context) error {
	step := pipeline.FailingStep()
	session := r.session(transformer, "TRANSFORMER", "Clean the cells of WASDE 644", step.Inputs)
	err := r.client.Run(ctx, session, func(ctx context.Context, s *client.Session) error {
		r.failed = s.ID()
		_, err := r.pipeline.Run(ctx, step)
		return err
	})
	if err == nil {
		return errors.New("demo: the step that should fail did not")
	}
	if r.failed == "" {
		return err
	}
	r.story.failed(transformer, "session FAILED: %s", last(err))
	return nil
}

// clean is the second attempt, from bronze to silver.
func (r *recording) clean(ctx context.Context) error {
	stage := pipeline.Stages()[0]
	session := r.session(transformer, "TRANSFORMER", "Clean WASDE 644 and normalise it into observations", []string{"bronze.wasde_cell", "bronze.wasde_release"})
	session.ParentSessionID = r.failed
	err := r.client.Run(ctx, session, func(ctx context.Context, s *client.Session) error {
		r.cleaned = s.ID()
		return r.stage(ctx, s, transformer, stage)
	})
	if err != nil {
		return err
	}
	_, err = r.client.EndConversation(ctx, r.conversation, daybook.Conversation{
		InputTokens: new(int64(5120)), OutputTokens: new(int64(1340)), TotalTokens: new(int64(6460)), CostUSD: new(0.0355),
		ResponsePreview: "Silver is filled: 84 observations. One attempt failed on a column name and was mended.",
	})
	r.story.did(transformer, "session COMPLETED: %d operations; conversation ended, 6,460 tokens, $0.0355", len(stage.Steps))
	return err
}

// balance is the analyst's session, from silver to gold.
func (r *recording) balance(ctx context.Context) error {
	stage := pipeline.Stages()[1]
	session := r.session(analyst, "ANALYST", "U.S. corn balance sheet for the dashboard", []string{"silver.observation"})
	session.SessionType, session.ParentSessionID = "GOLD_VISUALIZATION", r.cleaned
	err := r.client.Run(ctx, session, func(ctx context.Context, s *client.Session) error {
		r.balanced = s.ID()
		return r.stage(ctx, s, analyst, stage)
	})
	if err != nil {
		return err
	}
	r.cast.Ending, err = r.pipeline.Number(ctx, newest, "ending_stocks")
	r.story.did(analyst, "session COMPLETED: %s says %.0f million bushels at the end of %s", goldTable, r.cast.Ending, newest)
	return err
}

func (r *recording) session(agent, agentType, purpose string, tables []string) daybook.TransformationSession {
	return daybook.TransformationSession{
		AgentID: agent, AgentType: agentType, AgentVersion: "1.4.0", SourceTables: tables, Purpose: purpose,
		DataStartDate: date(2021, 9, 1), DataEndDate: date(2024, 8, 31),
		ConversationID: r.conversation, IngestRunID: r.ingestRun,
	}
}

// stage runs the steps of a stage within a session: each is an operation with
// its SQL and rows, and an artifact. Nobody says what flows where: that follows
// from the SQL.
func (r *recording) stage(ctx context.Context, s *client.Session, agent string, stage pipeline.Stage) error {
	for _, step := range stage.Steps {
		result, err := r.pipeline.Run(ctx, step)
		if err != nil {
			return err
		}
		if _, err := s.LogOperation(ctx, operation(step, result)); err != nil {
			return err
		}
		if _, err := s.RegisterOutput(ctx, artifact(step, result)); err != nil {
			return err
		}
		r.story.did(agent, "%s %s, %d → %d rows", step.Type, step.Output, result.InputRows, result.OutputRows)
	}
	return r.tellEdges(ctx, s, agent)
}

// tellEdges tells how much lineage the ledger read out of a session's SQL.
func (r *recording) tellEdges(ctx context.Context, s *client.Session, agent string) error {
	edges := 0
	for _, err := range r.client.All(ctx, daybook.Query{
		Kind: daybook.MustKind("lineage_edge"), Filters: []daybook.Filter{daybook.Is("session_id", s.ID()), daybook.Is("origin", daybook.EdgeParsed)},
	}) {
		if err != nil {
			return err
		}
		edges++
	}
	r.story.did(agent, "lineage: %d edges, tables and columns, read out of that SQL", edges)
	return nil
}

func operation(step pipeline.Step, result pipeline.Result) daybook.TransformationOperation {
	return daybook.TransformationOperation{
		OperationType: step.Type, InputTables: step.Inputs, InputRowCount: new(result.InputRows),
		TransformationLogic: step.SQL, TransformationType: "SQL", Parameters: json.RawMessage(step.Parameters),
		OutputTable: step.Output, OutputRowCount: new(result.OutputRows),
		ExecutionTimeMS: ms(result.Elapsed),
	}
}

func artifact(step pipeline.Step, result pipeline.Result) daybook.OutputArtifact {
	return daybook.OutputArtifact{
		ArtifactType: "TABLE", ArtifactName: step.Output, ArtifactLocation: step.Output, SourceTables: step.Inputs,
		Columns: step.OutputColumns, RowCount: new(result.OutputRows),
		DataStartDate: date(2021, 9, 1), DataEndDate: date(2024, 8, 31), Description: step.Name,
	}
}

// last is the innermost part of an error: what SQLite itself said.
func last(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return fmt.Sprint(err)
		}
		err = inner
	}
}
