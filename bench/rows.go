package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
)

// conversation is a conversation of about 600 bytes of JSON.
func conversation(i int) daybook.Conversation {
	start := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Second)
	return daybook.Conversation{
		ConversationID: id(), AgentPosition: fmt.Sprintf("agent-%d", i%20), StartedAt: start, EndedAt: start.Add(42 * time.Second),
		DurationSeconds: new(int64(42)), ModelProvider: "openrouter", ModelName: "claude-3.5-sonnet", ModelVersion: "20241022",
		InputTokens: new(int64(800 + i%500)), OutputTokens: new(int64(300 + i%100)), TotalTokens: new(int64(1100 + i%600)),
		CostUSD:           new(0.0071 + float64(i%100)/1e4),
		UserPromptPreview: "Reconcile the December ending stocks with the release and tell me what changed.",
		ResponsePreview:   "Ending stocks rose by 31 million bushels on higher production; exports are unchanged.",
		Status:            "completed",
	}
}

// operation is an operation with a short statement.
func operation(session string, i int) daybook.TransformationOperation {
	return daybook.TransformationOperation{
		SessionID: session, OperationType: "AGGREGATE", InputTables: []string{"bronze.wasde_cell"}, InputRowCount: new(int64(50_000 + i)),
		TransformationLogic: "SELECT commodity, SUM(value) FROM bronze.wasde_cell GROUP BY commodity", TransformationType: "SQL",
		Parameters:  json.RawMessage(`{"aggregation": "SUM", "group_by": ["commodity_code"]}`),
		OutputTable: "silver.commodity_summary", OutputRowCount: new(int64(150)), ExecutionTimeMS: new(int64(12)),
	}
}

// edge is a column edge between tables of a warehouse of some size.
func edge(i int) daybook.LineageEdge {
	return daybook.LineageEdge{
		SourceType: "COLUMN", SourceSchema: "bronze", SourceName: fmt.Sprintf("table_%d", i/10), SourceColumn: fmt.Sprintf("column_%d", i%10),
		TargetType: "COLUMN", TargetSchema: "silver", TargetName: fmt.Sprintf("table_%d", i/10), TargetColumn: fmt.Sprintf("column_%d", i%10),
		RelationshipType: "TRANSFORMS",
	}
}

func id() string { return uuid.Must(uuid.NewV7()).String() }

// records makes n records, each with a log_id of its own, as clients do.
func records(n int, make1 func(i int) any) ([]daybook.Record, error) {
	out := make([]daybook.Record, n)
	for i := range out {
		r, err := daybook.RecordOf(make1(i))
		if err != nil {
			return nil, err
		}
		r.SetLogID(id())
		out[i] = r
	}
	return out, nil
}

// body is a batch as a client sends it: an array of JSON objects.
func body(batch []daybook.Record) []byte {
	dst := []byte{'['}
	for i := range batch {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendObject(dst, &batch[i])
	}
	return append(dst, ']')
}

// lines is a batch as JSON lines, the same objects as in its body.
func lines(batch []daybook.Record) []byte {
	var dst []byte
	for i := range batch {
		dst = append(appendObject(dst, &batch[i]), '\n')
	}
	return dst
}

func appendObject(dst []byte, r *daybook.Record) []byte {
	dst = append(dst, `{"kind":"`...)
	dst = append(dst, r.Kind.Name...)
	dst = append(dst, '"')
	for j := range r.Values {
		if !r.Values[j].IsSet() {
			continue
		}
		dst = append(dst, `,"`...)
		dst = append(dst, r.Kind.Columns[j].Name...)
		dst = append(dst, `":`...)
		dst = daybook.AppendValue(dst, r.Kind.Columns[j].Type, r.Values[j])
	}
	return append(dst, '}')
}
