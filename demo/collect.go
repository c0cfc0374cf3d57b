package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/demo/pipeline"
)

// collect brings USDA's file into bronze, as an ingest run.
func (r *recording) collect(ctx context.Context) error {
	run := daybook.IngestRun{
		JobType: "wasde_release", AgentID: collector, Source: pipeline.SourceFile, TargetTable: "bronze.wasde_cell",
		Metadata: json.RawMessage(`{"publisher": "USDA", "wasde_number": 644}`),
	}
	var loaded pipeline.LoadResult
	err := r.client.Ingest(ctx, run, func(ctx context.Context, run *daybook.IngestRun) (err error) {
		r.ingestRun, r.pipeline.IngestRunID = run.ID, run.ID
		loaded, err = r.pipeline.Load(ctx)
		run.RecordsFetched, run.RecordsInserted, run.RecordsFailed = new(loaded.Fetched), new(loaded.Inserted), new(loaded.Fetched-loaded.Inserted)
		return err
	})
	if err != nil {
		return err
	}
	r.story.did(collector, "ingest_run: %d lines of %s → bronze.wasde_cell", loaded.Inserted, pipeline.SourceFile)
	return nil
}

// plan is the transformer's conversation, and what it thinks at its start.
func (r *recording) plan(ctx context.Context) error {
	receipt, err := r.client.LogConversation(ctx, daybook.Conversation{
		AgentPosition: transformer, ModelProvider: "openrouter", ModelName: "claude-3.5-sonnet",
		UserPromptPreview: "WASDE 644 is out. Bring it to silver and build the U.S. corn balance sheet.",
		CommandExecuted:   "run wasde-pipeline",
	})
	if err != nil {
		return err
	}
	r.conversation = receipt.ID
	_, err = r.client.LogThinking(ctx, daybook.ThinkingLog{
		ConversationID: r.conversation, AgentPosition: transformer, StepNumber: new(int64(1)), ThinkingType: "planning",
		ThinkingContent:   "Clean the cells as text first, then give every figure a code, a year and a number. Figures of other regions stay out.",
		OptionsConsidered: []string{"clean in SQL", "clean in Python"}, DecisionMade: "clean in SQL",
		Rationale: "SQL can be logged whole, and run again.", ConfidenceLevel: new(0.8), TokenCount: new(int64(164)),
	})
	r.story.did(transformer, "conversation with its thinking: clean in SQL, because SQL can be logged whole")
	return err
}

// lookAtTheTable is what the agent does about the failure: it asks the
// warehouse, by an MCP tool, which columns there are.
func (r *recording) lookAtTheTable(ctx context.Context) error {
	begun := time.Now()
	columns, err := columnsOf(filepath.Join(r.warehouse, "bronze.db"), "wasde_cell")
	if err != nil {
		return err
	}
	_, err = r.client.LogMCPUsage(ctx, daybook.MCPUsageLog{
		AgentPosition: transformer, ConversationID: r.conversation, SessionID: r.failed, ServerName: "warehouse", ToolName: "describe_table",
		Parameters: json.RawMessage(`{"table": "bronze.wasde_cell"}`), DurationMS: ms(time.Since(begun)), Success: new(true),
		ResultSummary: fmt.Sprintf("%d columns, market_year among them", len(columns)), TokensUsed: new(int64(412)), CostUSD: new(0.0012),
	})
	if err != nil {
		return err
	}
	_, err = r.client.LogThinking(ctx, daybook.ThinkingLog{
		ConversationID: r.conversation, AgentPosition: transformer, StepNumber: new(int64(2)), ThinkingType: "analysis",
		ThinkingContent: "USDA says marketing year; the column that bronze has is market_year. Mend the statement and go on from the failed session.",
		ConfidenceLevel: new(0.99), TokenCount: new(int64(88)),
	})
	r.story.did(transformer, "mcp call warehouse/describe_table ($0.0012): the column is called market_year")
	return err
}

// columnsOf asks a database for the columns of a table.
func columnsOf(path, table string) (columns []string, err error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadOnly)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	err = sqlitex.ExecuteTransient(conn, "SELECT name FROM pragma_table_info(?)", &sqlitex.ExecOptions{
		Args: []any{table},
		ResultFunc: func(stmt *sqlite.Stmt) error {
			columns = append(columns, stmt.ColumnText(0))
			return nil
		},
	})
	return columns, err
}
