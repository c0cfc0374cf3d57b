package daybook_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
)

// A record is made of its kind's struct. What is left out is filled in on the
// way to the ledger.
func ExampleRecordOf() {
	r, err := daybook.RecordOf(daybook.Conversation{
		AgentPosition: "CFO",
		StartedAt:     time.Date(2026, 1, 31, 10, 0, 0, 0, time.FixedZone("CET", 3600)),
		InputTokens:   new(int64(1843)),
		CostUSD:       new(0.0087),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, c := range r.Kind.Columns {
		if r.Values[i].IsSet() {
			fmt.Printf("%s = %s\n", c.Name, daybook.AppendValue(nil, c.Type, r.Values[i]))
		}
	}
	// Output:
	// agent_position = "CFO"
	// cost_usd = 0.0087
	// input_tokens = 1843
	// started_at = "2026-01-31T09:00:00.000000Z"
}

// A decoder goes on behind a record that it had to refuse.
func ExampleNewDecoder() {
	d := daybook.NewDecoder(strings.NewReader(`
		{"kind": "conversations", "agent_position": "CFO"}
		{"kind": "conversations", "agent_positon": "CMO"}
		{"kind": "thinking_logs", "conversation_id": "c1", "agent_position": "CFO"}
	`), nil)
	for {
		r, err := d.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		var e *daybook.Error
		if errors.As(err, &e) {
			fmt.Printf("%v; %s\n", e, e.Hint)
			if e.Code != daybook.CodeInvalid {
				break
			}
			continue
		}
		fmt.Println(r.Kind.Name, "by", r.Get("agent_position").Text())
	}
	// Output:
	// conversations by CFO
	// /1/agent_positon: unknown field of conversations; did you mean agent_position?
	// thinking_logs by CFO
}
