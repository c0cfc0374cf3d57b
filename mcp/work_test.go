package mcp_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const meanSQL = "CREATE TABLE silver.mean AS SELECT day, avg(price) AS price FROM bronze.prices GROUP BY day"

// TestAnAgentAtWork does what an agent does, over both transports and in each
// of the protocol's eras, and holds every call and every answer against the
// schemas that the server gives.
func TestAnAgentAtWork(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			b := newBook(t)
			c := w.connect(t, b, w.version)
			if got := c.InitializeResult(); got.ProtocolVersion != w.version || got.ServerInfo.Name != "daybook" || !strings.Contains(got.Instructions, "checkout") {
				t.Errorf("it speaks %s and says %q", got.ProtocolVersion, got.Instructions)
			}
			work(t, c)
			ask(t, c)
			if n := len(b.list(t, "log_access_audit")); n != 7 {
				t.Errorf("%d reads are in the log of reads", n)
			}
			if e := b.list(t, "transformation_session")[0]; e.Text("agent_id") != "tester" || e.Text("status") != "COMPLETED" {
				t.Errorf("the session is %s", e.AppendExport(nil))
			}
		})
	}
}

// work records a session and the thoughts behind it.
func work(t *testing.T, c *client) {
	t.Helper()
	const talk = "c-1"
	s := schemasOf(t, c)
	session, text := s.call("checkout", map[string]any{"purpose": "mean prices", "source_tables": []string{"bronze.prices"}, "conversation_id": talk})
	id, _ := session["session_id"].(string)
	says(t, text, "session_id "+id)
	within := func(arguments map[string]any) map[string]any {
		if !c.remembers {
			arguments["session_id"] = id
		}
		return arguments
	}
	s.call("log_thinking", map[string]any{"thinking_type": "analysis", "thinking_content": "outliers are few", "conversation_id": talk})
	s.call("log_decision", map[string]any{
		"decision_summary": "take the mean", "chosen_option": "mean", "rationale": "outliers are few", "requires_human_review": true, "confidence": 0.8,
		"options_evaluated": []any{map[string]any{"option": "mean", "pros": []string{"simple"}, "score": 0.7}, map[string]any{"option": "median"}}, "conversation_id": talk,
	})
	operation, _ := s.call("log_operation", within(map[string]any{"operation_type": "AGGREGATE", "transformation_logic": meanSQL, "output_row_count": 12}))
	if operation["operation_id"] == "" || operation["duplicate"] != false {
		t.Errorf("the operation is %v", operation)
	}
	s.call("register_output", within(map[string]any{"artifact_type": "TABLE", "artifact_name": "silver.mean", "row_count": 12}))
	s.call("add_lineage", within(map[string]any{"source": "/data/prices.csv", "target": "bronze.prices", "relationship_type": "COPIES"}))
	s.call("log_action", within(map[string]any{"action_type": "file_write", "action_target": "/tmp/out.csv", "success": true, "conversation_id": talk}))
	s.call("escalate", map[string]any{"subject": "prices of May are missing", "urgency": "high", "target": "HUMAN", "source_conversation_id": talk})
	_, text = s.call("checkin", within(map[string]any{}))
	says(t, text, "Session "+id+" is checked in COMPLETED")
}

// ask asks about what work did.
func ask(t *testing.T, c *client) {
	t.Helper()
	s := schemasOf(t, c)
	story, text := s.call("why", map[string]any{"node": "silver.mean.price"})
	says(t, text, "silver.mean (price) from bronze.prices.price, 12 rows; made by tester in session ", ", for: mean prices",
		"AGGREGATE ", meanSQL, "decided by tester: take the mean; chose mean; because outliers are few; review: waits for a human",
		"analysis: outliers are few", "file_write", "prices of May are missing", "Proof: ")
	if hops, _ := story["hops"].([]any); len(hops) != 3 {
		t.Errorf("the story has the hops %v", story["hops"])
	}
	_, text = s.call("history", map[string]any{"table": "silver.mean", "limit": 3})
	says(t, text, "These are the newest 3 events of silver.mean; there are more: narrow with since, or raise limit.")
	_, text = s.call("lineage", map[string]any{"node": "silver.mean"})
	says(t, text, "Flows of data upstream of silver.mean: 2.\nbronze.prices → silver.mean (AGGREGATES, PARSED)\n/data/prices.csv → bronze.prices (COPIES, EXPLICIT)")
	_, text = s.call("agent_activity", map[string]any{"agent": "tester", "detail": "full", "since": "1h"})
	says(t, text, `"transformation_logic":"`+meanSQL+`"`)
	_, text = s.call("open_escalations", map[string]any{"urgency": "high"})
	says(t, text, "high · ", " · HUMAN · prices of May are missing")
	_, text = s.call("pending_reviews", map[string]any{})
	says(t, text, " · tester · take the mean")
}

// A schemaClient holds each call and each answer against the tool's schemas.
type schemaClient struct {
	*client
	in, out map[string]*jsonschema.Schema
}

func schemasOf(t *testing.T, c *client) *schemaClient {
	t.Helper()
	s := &schemaClient{c, map[string]*jsonschema.Schema{}, map[string]*jsonschema.Schema{}}
	for tool, err := range c.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		s.in[tool.Name], s.out[tool.Name] = compile(t, tool.InputSchema), compile(t, tool.OutputSchema)
	}
	return s
}

func compile(t *testing.T, schema any) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("tool.json", schema); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("tool.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *schemaClient) call(tool string, arguments map[string]any) (structured map[string]any, text string) {
	s.t.Helper()
	structured, text = s.client.call(tool, arguments)
	for what, err := range map[string]error{"call": s.in[tool].Validate(plain(arguments)), "answer": s.out[tool].Validate(map[string]any(structured))} {
		if err != nil {
			s.t.Errorf("the %s of %s does not fit its schema: %v", what, tool, err)
		}
	}
	return structured, text
}

// plain is a value as JSON would be read.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		all := maps.Clone(v)
		for name, member := range all {
			all[name] = plain(member)
		}
		return all
	case []string:
		var all []any
		for _, text := range v {
			all = append(all, text)
		}
		return all
	case []any:
		var all []any
		for _, member := range v {
			all = append(all, plain(member))
		}
		return all
	case int:
		return float64(v)
	case string, bool, float64:
		return v
	}
	panic(fmt.Sprintf("%T", v))
}
