package daybook_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// exported is a line of `daybook export`.
const exported = `{"agent_position": "CFO", "business_id": "default", "conversation_id": "c1", "cost_usd": 0.0071, "input_tokens": 812, ` +
	`"kind": "conversations", "log_id": "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01", "logged_at": "2026-01-31T09:00:05.000000Z", ` +
	`"principal": "etl", "retain_until": "2033-01-31T09:00:05.000000Z", "revision": 1, "salt": "00112233445566778899aabbccddeeff", ` +
	`"started_at": "2026-01-31T09:00:00.000000Z", "status": "active", ` +
	`"log_hash": "21004a25b714d3148020a4dd81a3e80925efbfc1ef6f6805adeb33f4756928ec", "seq": 41}`

// An export has one entry a line, which needs no ledger to be read.
func ExampleDecodeEntry() {
	e, err := daybook.DecodeEntry([]byte(exported))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("entry", e.Seq, "of", e.Kind.Name, "by", e.Agent(), "at", e.Time())
	fmt.Println(e.Text("status"), e.Get("input_tokens").Int(), e.Get("cost_usd").Float())
	// Output:
	// entry 41 of conversations by CFO at 2026-01-31T09:00:00.000000Z
	// active 812 0.0071
}

// As makes the struct of its kind of an entry, so that a program reads fields
// and not columns.
func ExampleAs() {
	e, err := daybook.DecodeEntry([]byte(exported))
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := daybook.As[daybook.Conversation](e)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.AgentPosition, c.StartedAt.Year(), *c.InputTokens, c.EndedAt.IsZero())
	_, err = daybook.As[daybook.DecisionLog](e)
	fmt.Println(err)
	// Output:
	// CFO 2026 812 true
	// an entry of conversations is not a daybook.DecisionLog
}

// The hash of an entry is over its canonical form, which is what Python's
// json.dumps(entry, sort_keys=True) gives of the same entry.
func ExampleEntry_AppendCanonical() {
	e, err := daybook.DecodeEntry([]byte(exported))
	if err != nil {
		fmt.Println(err)
		return
	}
	canonical := e.AppendCanonical(nil)
	hash := canon.Hash(canonical)
	fmt.Printf("%.52s…\n", canonical)
	fmt.Println(hex.EncodeToString(hash[:8])+"…", hash == e.LogHash)
	// Output:
	// {"agent_position": "CFO", "business_id": "default", …
	// 21004a25b714d314… true
}

// The leaf of an entry is what the tree is built over: it stays when the body
// has gone, and tells nothing of it.
func ExampleSpine_AppendLeaf() {
	e, err := daybook.DecodeEntry([]byte(exported))
	if err != nil {
		fmt.Println(err)
		return
	}
	s := daybook.SpineOf(e)
	fmt.Printf("%s", s.AppendLeaf(nil))
	// Output:
	// daybook-entry/1
	// conversations
	// 0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01
	// 2026-01-31T09:00:05.000000Z
	// 2033-01-31T09:00:05.000000Z
	// 21004a25b714d3148020a4dd81a3e80925efbfc1ef6f6805adeb33f4756928ec
}

// A filter compares a column; all of a query's filters must hold.
func ExampleFilter() {
	q := daybook.Query{
		Kind: daybook.MustKind("conversations"),
		Filters: []daybook.Filter{
			daybook.Is("agent_position", "CFO", "CEO"),
			{Column: "started_at", Op: daybook.OpFrom, Values: []daybook.Value{daybook.TextValue("2026-01-01T00:00:00.000000Z")}},
			{Column: "ended_at", Op: daybook.OpAbsent},
		},
		Limit: 100,
	}
	fmt.Println(len(q.Filters), "filters on", q.Kind.Name)
	// Output: 3 filters on conversations
}

// The pages of a list all show the ledger as the first one did.
func ExampleQuery_GoOn() {
	first := daybook.Query{Kind: daybook.MustKind("conversations"), After: new(int64(41)), Snapshot: 100}
	next := daybook.Query{Kind: daybook.MustKind("conversations"), Limit: 50}
	if err := next.GoOn(first.Cursor()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("behind entry", *next.After, "of the first", next.Snapshot)
	fmt.Println(next.GoOn("page 2"))
	// Output:
	// behind entry 41 of the first 100
	// the cursor is not a cursor
}

// A node of lineage is a table or a column.
func ExampleParseNode() {
	for _, text := range []string{"bronze.wasde_cell", "bronze.wasde_cell.value", "wasde_cell"} {
		n, err := daybook.ParseNode(text)
		fmt.Println(n.Type(), n, err)
	}
	// Output:
	// TABLE bronze.wasde_cell <nil>
	// COLUMN bronze.wasde_cell.value <nil>
	// TABLE wasde_cell <nil>
}

// What a server answers is one error with a code, a path and what to do next,
// which errors.As finds under whatever wraps it.
func ExampleError() {
	err := fmt.Errorf("booking: %w", &daybook.Error{
		Code: daybook.CodeInvalid, Path: "/cost_usd", Message: "must not be negative", Hint: "leave cost_usd out where it is not known",
	})
	switch daybook.CodeOf(err) {
	case daybook.CodeInvalid, daybook.CodeConflict:
		fmt.Println("mend the record:", err)
	case daybook.CodeUnavailable, daybook.CodeTooMany:
		fmt.Println("send it again")
	}
	// Output:
	// mend the record: booking: /cost_usd: must not be negative
}

// The answer to SQL prints as CSV, or as JSON.
func ExampleTable_WriteCSV() {
	t := &daybook.Table{Columns: []string{"agent", "cost", "tags"}, Rows: [][]any{
		{"CFO", 0.25, json.RawMessage(`["a", "b"]`)},
		{"CEO", nil, nil},
	}}
	if err := t.WriteCSV(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// agent,cost,tags
	// CFO,0.25,"[""a"", ""b""]"
	// CEO,,
}
