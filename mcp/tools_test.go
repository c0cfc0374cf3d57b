package mcp_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

var update = flag.Bool("update", false, "write the golden files anew")

// mostOfTools bounds what the tools take of a model's context, in bytes.
const mostOfTools = 30_000

// compare holds text against a golden file.
func compare(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name + ".golden"
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s has changed (%v): look at the difference, and run go test ./mcp -update", path, err)
	}
}

// TestToolsAreAsReviewed: what a model is told is read by people before it
// changes, and stays small.
func TestToolsAreAsReviewed(t *testing.T) {
	t.Parallel()
	for _, w := range []way{{"stdio", "2025-11-25", overStdio}, {"http", "2025-11-25", overHTTP}} {
		result, err := w.connect(t, newBook(t), w.version).ListTools(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		short, err := json.Marshal(result)
		if err != nil || len(short) > mostOfTools {
			t.Errorf("%s: the tools take %d bytes, %v", w.name, len(short), err)
		}
		t.Logf("%s: tools/list takes %d bytes", w.name, len(short))
		text, err := daybook.IndentJSON(result.Tools)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, "tools_"+w.name, text)
	}
}

// TestToolsTellWhatTheyDo: what reads says so, and nothing destroys.
func TestToolsTellWhatTheyDo(t *testing.T) {
	t.Parallel()
	result, err := overStdio(t, newBook(t), "2025-11-25").ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range result.Tools {
		a := tool.Annotations
		reads := slices.Contains(asking, tool.Name)
		if a.ReadOnlyHint != reads || a.DestructiveHint == nil || *a.DestructiveHint || a.OpenWorldHint == nil || *a.OpenWorldHint || a.IdempotentHint != (reads || tool.Name == "checkin") {
			t.Errorf("%s says %+v", tool.Name, a)
		}
		if len(tool.Description) < 60 || len(tool.Description) > 400 {
			t.Errorf("%s is described in %d characters", tool.Name, len(tool.Description))
		}
	}
}

var (
	recording = []string{"add_lineage", "checkin", "checkout", "escalate", "log_action", "log_decision", "log_operation", "log_thinking", "register_output"}
	asking    = []string{"agent_activity", "cost", "history", "lineage", "open_escalations", "pending_reviews", "why"}
)

// post sends one message and gives the answer.
func (b *book) post(t *testing.T, p daybook.Principal, url, message string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, url, strings.NewReader(message))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	b.handler(p).ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func message(method, params string) string {
	return fmt.Sprintf(`{"jsonrpc": "2.0", "id": 7, "method": %q, "params": %s}`, method, params)
}

func calling(tool, arguments string) string {
	return message("tools/call", fmt.Sprintf(`{"name": %q, "arguments": %s}`, tool, arguments))
}

// TestRolesAreShownTheirTools, and can call no others.
func TestRolesAreShownTheirTools(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	all := append(slices.Clone(recording), asking...)
	for role, want := range map[daybook.Role][]string{
		daybook.RoleWriter: recording, daybook.RoleReader: asking, daybook.RoleReviewer: asking, daybook.RoleAuditor: asking, daybook.RoleAdmin: all, "nobody": nil,
	} {
		p := daybook.Principal{Name: "x", Role: role}
		_, text := b.post(t, p, "/mcp", message("tools/list", "{}"))
		for _, tool := range all {
			may := slices.Contains(want, tool)
			if strings.Contains(text, `"name":"`+tool+`"`) != may {
				t.Errorf("%s is shown %s: %v", role, tool, !may)
			}
			_, answer := b.post(t, p, "/mcp", calling(tool, `{"node": "a.b", "table": "a.b", "agent": "x"}`))
			if unknown := strings.Contains(answer, "unknown tool"); unknown == may {
				t.Errorf("%s calls %s: %s", role, tool, answer)
			}
		}
		_, entry := b.post(t, p, "/mcp", message("resources/read", `{"uri": "daybook://entries/conversations/x"}`))
		if !strings.Contains(entry, "not found") {
			t.Errorf("%s reads an entry: %s", role, entry)
		}
	}
	if n := len(b.list(t, "log_access_audit")); n == 0 {
		t.Error("no read was logged")
	}
}
