package mcp_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/mcp"
)

// TestLinesThatAreNoMessages refuses them under their own ids, and goes on with
// the session that was checked out before.
func TestLinesThatAreNoMessages(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	for name, c := range map[string]struct{ line, id, says string }{
		"no JSON":           {"hello", "null", "no JSON"},
		"half of it":        {`{"jsonrpc": "2.0", "id": 5, "method"`, "null", "no JSON"},
		"another protocol":  {`{"jsonrpc": "1.0", "id": 5, "method": "ping"}`, "5", "no message"},
		"nested":            {`{"jsonrpc": "2.0", "id": "n", "method": "ping", "params": ` + strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5001), `"n"`, "no message"},
		"an id of no form":  {`{"jsonrpc": "2.0", "id": {}, "method": "ping"}`, "null", "no message"},
		"half an id":        {`{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}`, "1.5", "is no id"},
		"too long":          {calling("log_action", `{"action_type": "`+strings.Repeat("x", 17<<20)+`"}`), "7", "over 16777216 bytes"},
		"longer than that":  {strings.Repeat("x", 70<<20), "null", "over 16777216 bytes"},
		"no text":           {"\xff\xfe", "null", "no JSON"},
		"more on its lines": {`{} {}`, "null", "not one JSON-RPC message"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			in := strings.NewReader(hello + strings.Replace(calling("checkout", `{}`), `"id": 7`, `"id": "in"`, 1) + "\n\r\n" + c.line + "\r\n" +
				strings.Replace(calling("checkin", `{}`), `"id": 7`, `"id": "out"`, 1))
			if err := b.Run(t.Context(), in, &out, daybook.Local, mcp.Defaults{Agent: "told"}); err != nil {
				t.Fatal(err)
			}
			answers := map[string]string{}
			for line := range strings.Lines(out.String()) {
				var m struct{ ID json.RawMessage }
				if err := json.Unmarshal([]byte(line), &m); err != nil {
					t.Fatalf("this line is no JSON: %s", line)
				}
				answers[string(m.ID)] = line
			}
			if a := answers[c.id]; len(answers) != 4 || !strings.Contains(a, `"error":{`) || !strings.Contains(a, c.says) || len(a) > 1000 {
				t.Errorf("it is answered %.300s", a)
			}
			if !strings.Contains(answers[`"out"`], "is checked in COMPLETED") {
				t.Errorf("the session went on with %.300s", answers[`"out"`])
			}
		})
	}
}
