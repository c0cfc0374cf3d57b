package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// An inspector is the stock MCP client from npm, on a server of ours.
type inspector struct {
	t       *testing.T
	program string
	target  []string // the server: a command, or a URL
}

// ask makes one call, on a connection of its own.
func (i *inspector) ask(args ...string) []byte {
	i.t.Helper()
	cmd := exec.CommandContext(i.t.Context(), i.program, append(append([]string{"--cli"}, i.target...), args...)...)
	cmd.Env = append(os.Environ(), asDaybook+"=1", "DAYBOOK_URL=", "DAYBOOK_STORE=")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		i.t.Fatalf("%q: %v\n%s%s", args, err, &out, &errs)
	}
	return out.Bytes()
}

// call calls a tool and gives what it answers to programs and to a model.
func (i *inspector) call(tool string, args ...string) (structured map[string]any, text string) {
	i.t.Helper()
	all := []string{"--method", "tools/call", "--tool-name", tool}
	for _, arg := range args {
		all = append(all, "--tool-arg", arg)
	}
	var result struct {
		Content           []struct{ Text string }
		StructuredContent map[string]any
		IsError           bool
	}
	out := i.ask(all...)
	if err := json.Unmarshal(out, &result); err != nil || len(result.Content) != 1 || result.IsError {
		i.t.Fatalf("%s: %v\n%s", tool, err, out)
	}
	return result.StructuredContent, result.Content[0].Text
}

// TestInspectorOverStdio starts a server for each call, as the inspector does.
func TestInspectorOverStdio(t *testing.T) {
	t.Parallel()
	store := filepath.Join(t.TempDir(), "ledger.db")
	inspect(t, []string{os.Args[0], "mcp", "serve", "--store", store, "--agent", "inspected"})
}

func TestInspectorOverHTTP(t *testing.T) {
	t.Parallel()
	p := startServer(t, filepath.Join(t.TempDir(), "ledger.db"))
	inspect(t, []string{p.url + "/mcp?agent=inspected", "--transport", "http"})
	if err := p.interrupt(); err != nil {
		t.Error(err)
	}
}

// inspect has the stock client list the tools, check out, log SQL, check in and
// ask why.
func inspect(t *testing.T, target []string) {
	t.Helper()
	i := &inspector{t, fromNPM(t, "mcp-inspector"), target}
	var list struct{ Tools []struct{ Name string } }
	if err := json.Unmarshal(i.ask("--method", "tools/list"), &list); err != nil || len(list.Tools) != 16 {
		t.Fatalf("it lists %v, %v", list, err)
	}
	session, _ := i.call("checkout", "purpose=mean prices", `source_tables=["bronze.prices"]`)
	id, _ := session["session_id"].(string)
	i.call("log_operation", "session_id="+id, "operation_type=AGGREGATE", "output_row_count=12",
		"transformation_logic=CREATE TABLE silver.mean AS SELECT day, avg(price) AS price FROM bronze.prices GROUP BY day")
	i.call("checkin", "session_id="+id)
	story, text := i.call("why", "node=silver.mean.price")
	if story["node"] != "silver.mean.price" || !strings.Contains(text, "made by inspected in session "+id) || !strings.Contains(text, "avg(price)") {
		t.Errorf("why says %v\n%s", story, text)
	}
	var kinds struct{ Contents []struct{ Text string } }
	if err := json.Unmarshal(i.ask("--method", "resources/read", "--uri", "daybook://kinds/decision_logs"), &kinds); err != nil ||
		len(kinds.Contents) != 1 || !strings.Contains(kinds.Contents[0].Text, "`options_evaluated`") {
		t.Errorf("the kind reads %v, %v", kinds, err)
	}
}
