package hooks

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/storetest"
)

// house is a ledger in memory with the door before it.
type house struct {
	t     *testing.T
	store daybook.Store
	door  *ClaudeCode
	who   daybook.Principal
}

func open(t *testing.T) *house {
	t.Helper()
	store := storetest.NewModel()
	head, err := store.Head(t.Context())
	must(t, err)
	private, _, err := merkle.GenerateKey(daybook.OriginPrefix + head.LedgerID)
	must(t, err)
	signer, err := merkle.NewSigner(private)
	must(t, err)
	l, err := ledger.Open(t.Context(), store, ledger.Options{Signer: signer, Anchor: filepath.Join(t.TempDir(), "anchor"), SignEvery: time.Hour})
	must(t, err)
	t.Cleanup(func() { _ = l.Close(context.Background()) })
	return &house{t: t, store: store, door: NewClaudeCode(intake.New(l, intake.Limits{})), who: daybook.Local}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const common = `"session_id": "5a1e", "cwd": "/home/u/p", "permission_mode": "default", "prompt_id": "p1"`

// tell tells the door of events, without their common fields.
func (h *house) tell(events ...string) {
	h.t.Helper()
	for _, e := range events {
		if err := h.door.Take(h.t.Context(), As{Principal: h.who}, []byte(`{`+common+`, `+e+`}`)); err != nil {
			h.t.Fatalf("%s: %v", e, err)
		}
	}
}

// current are the subjects of a kind as they stand.
func (h *house) current(kind string) []*daybook.Entry {
	h.t.Helper()
	found, err := h.store.Select(h.t.Context(), daybook.Query{Kind: daybook.MustKind(kind), Limit: 100})
	must(h.t, err)
	return found
}

func (h *house) one(kind string) *daybook.Entry {
	h.t.Helper()
	found := h.current(kind)
	if len(found) != 1 {
		h.t.Fatalf("%d %s", len(found), kind)
	}
	return found[0]
}

// says checks columns of an entry, written name=text.
func says(t *testing.T, e *daybook.Entry, columns ...string) {
	t.Helper()
	for _, c := range columns {
		name, want, _ := strings.Cut(c, "=")
		at, ok := e.Kind.Column(name)
		if !ok {
			t.Fatalf("%s has no %s", e.Kind.Name, name)
		}
		got := string(daybook.AppendValue(nil, e.Kind.Columns[at].Type, e.Values[at]))
		if !e.Values[at].IsSet() {
			got = ""
		}
		var text string
		if json.Unmarshal([]byte(got), &text) == nil {
			got = text
		}
		if got != want {
			t.Errorf("%s.%s is %q, want %q", e.Kind.Name, name, got, want)
		}
	}
}

const (
	prompt = `"hook_event_name": "UserPromptSubmit", "prompt": "sum the corn up"`
	bash   = `"tool_name": "Bash", "tool_use_id": "toolu_1", "tool_input": {"command": "make corn", "description": "Make it"}`
	stop   = `"hook_event_name": "Stop", "last_assistant_message": "It is 14.2.", "stop_hook_active": false`
)

func TestATurn(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.tell(prompt,
		`"hook_event_name": "PreToolUse", `+bash,
		`"hook_event_name": "PostToolUse", `+bash+`, "tool_response": {"stdout": "made 150 rows", "stderr": "", "interrupted": false}, "duration_ms": 1200`,
		stop)
	c := h.one("conversations")
	says(t, c, "conversation_id=5a1e/p1", "agent_position=claude-code", "user_prompt_preview=sum the corn up", "response_preview=It is 14.2.", "status=completed", "model_provider=anthropic")
	a := h.one("action_logs")
	says(t, a, "action_id=5a1e/toolu_1", "conversation_id=5a1e/p1", "action_type=command", "action_target=make corn", "success=true", "result_summary=made 150 rows", "duration_ms=1200")
	if d := a.Text("action_details"); !strings.Contains(d, `"description": "Make it"`) || !strings.Contains(d, `"permission_mode": "default"`) {
		t.Errorf("details %s", d)
	}
}

func TestEventsMayComeTwice(t *testing.T) {
	t.Parallel()
	h := open(t)
	all := []string{
		prompt, `"hook_event_name": "PreToolUse", ` + bash, `"hook_event_name": "PermissionRequest", ` + bash,
		`"hook_event_name": "PostToolUse", ` + bash + `, "tool_response": "ok"`, stop,
	}
	for _, e := range all {
		h.tell(e, e)
	}
	h.door.memory = newMemory() // and after a restart
	h.tell(all[1], all[3], all[4])
	for _, kind := range []string{"conversations", "action_logs", "decision_logs"} {
		h.one(kind)
	}
}

func TestMCPCall(t *testing.T) {
	t.Parallel()
	h := open(t)
	const call = `"tool_name": "mcp__warehouse__run_query", "tool_use_id": "toolu_2", "tool_input": {"sql": "SELECT 1"}`
	h.tell(prompt, `"hook_event_name": "PreToolUse", `+call, `"hook_event_name": "PostToolUseFailure", `+call+`, "error": "no such table", "is_interrupt": false`)
	says(t, h.one("mcp_usage_logs"), "usage_id=5a1e/toolu_2", "server_name=warehouse", "tool_name=run_query", `parameters={"sql": "SELECT 1"}`,
		"success=false", "error_message=no such table", "result_summary=", "conversation_id=5a1e/p1")
	if n := len(h.current("action_logs")); n != 0 {
		t.Errorf("%d actions", n)
	}
}

// TestEndsAlone tells of an end whose beginning nobody told.
func TestEndsAlone(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.tell(`"hook_event_name": "PostToolUse", `+bash+`, "tool_response": {"content": [{"type": "text", "text": "fine"}]}`, stop,
		`"hook_event_name": "SubagentStop", "agent_id": "a7", "agent_type": "Explore", "last_assistant_message": "found"`)
	says(t, h.one("conversations"), "conversation_id=5a1e/p1", "status=completed", "response_preview=It is 14.2.")
	actions := h.current("action_logs")
	if len(actions) != 2 {
		t.Fatalf("%d actions", len(actions))
	}
	for _, a := range actions {
		says(t, a, "success=true", "conversation_id=5a1e/p1")
	}
}

// TestPromptsUnderOneID are two prompts that older versions give one id.
func TestPromptsUnderOneID(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.tell(prompt, stop, strings.Replace(prompt, "sum", "count", 1), `"hook_event_name": "PreToolUse", `+bash, strings.Replace(stop, "14.2", "150", 1))
	found := h.current("conversations")
	if len(found) != 2 {
		t.Fatalf("%d conversations", len(found))
	}
	second := h.one("action_logs").Text("conversation_id")
	for _, c := range found {
		want := "It is 14.2."
		if c.Text("conversation_id") == second {
			want = "It is 150."
		}
		says(t, c, "response_preview="+want, "status=completed")
	}
}

// TestContentsStayOut looks for what tools read and write in what is kept.
func TestContentsStayOut(t *testing.T) {
	t.Parallel()
	h := open(t)
	const data = "2021,corn,14.2"
	write := func(event, id, tool, input, more string) string {
		return `"hook_event_name": "` + event + `", "tool_use_id": "` + id + `", "tool_name": "` + tool + `", "tool_input": ` + input + more
	}
	long := strings.Repeat(data+`\n`, 1000)
	for i, c := range []struct{ tool, input, response string }{
		{"Write", `{"file_path": "/p/a.csv", "content": "` + data + `\n"}`, `{"type": "create", "filePath": "/p/a.csv"}`},
		{"Edit", `{"file_path": "/p/a.csv", "old_string": "` + data + `", "new_string": "` + data + `"}`, `{"filePath": "/p/a.csv"}`},
		{"MultiEdit", `{"file_path": "/p/a.csv", "edits": [{"old_string": "` + data + `"}]}`, `{}`},
		{"Read", `{"file_path": "/p/a.csv"}`, `{"type": "text", "file": {"content": "` + data + `"}}`},
		{"Bash", `{"command": "cat <<X\n` + long + `X"}`, `{"stdout": "` + strings.Repeat("x", 600) + `", "stderr": ""}`},
	} {
		id := string(rune('a' + i))
		h.tell(write("PreToolUse", id, c.tool, c.input, ""), write("PostToolUse", id, c.tool, c.input, `, "tool_response": `+c.response))
	}
	for _, a := range h.current("action_logs") {
		all := a.Text("action_details") + a.Text("result_summary")
		if strings.Contains(all, data) || len(a.Text("result_summary")) > 510 {
			t.Errorf("%s %s", a.Text("action_target"), all)
		}
	}
}

func TestBadEvents(t *testing.T) {
	t.Parallel()
	h := open(t)
	for body, code := range map[string]daybook.Code{
		`{"session_id": "s", "hook_event_name": "PreToolUse"}`: daybook.CodeInvalid, `{"session_id": "s", "hook_event_name": "Stop", "prompt_id": []}`: daybook.CodeMalformed,
		``: daybook.CodeMalformed, `[]`: daybook.CodeMalformed, `{"session_id": 5}`: daybook.CodeMalformed, `{}`: daybook.CodeInvalid,
		`{"session_id": "s"}`: daybook.CodeInvalid, `{"hook_event_name": "Stop"}`: daybook.CodeInvalid,
	} {
		if err := h.door.Take(t.Context(), As{Principal: h.who}, []byte(body)); daybook.CodeOf(err) != code {
			t.Errorf("%s: %v", body, err)
		}
	}
	h.tell(`"hook_event_name": "SomethingNew", "tool_name": 5`)
	if n := len(h.current("action_logs")); n != 0 {
		t.Errorf("%d actions", n)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	text, err := Settings{Server: "https://ledger.example/", Agent: "builder", WithToken: true}.JSON()
	must(t, err)
	var all struct {
		Hooks map[string][]struct {
			Matcher string
			Hooks   []struct {
				Type, URL      string
				Headers        map[string]string
				AllowedEnvVars []string
				Timeout        int
			}
		}
	}
	must(t, json.Unmarshal(text, &all))
	for name := range all.Hooks {
		if takes[name] == nil {
			t.Errorf("%s is asked for, and not taken", name)
		}
	}
	h := all.Hooks["PreToolUse"][0]
	if len(all.Hooks) != len(hookEvents) || h.Matcher != "*" || h.Hooks[0].URL != "https://ledger.example/v1/hooks/claude-code?agent=builder" ||
		h.Hooks[0].Headers["Authorization"] != "Bearer $DAYBOOK_TOKEN" || h.Hooks[0].AllowedEnvVars[0] != "DAYBOOK_TOKEN" {
		t.Errorf("%s", text)
	}
}

// FuzzTake tells the door of anything: it refuses it, or records it soundly.
func FuzzTake(f *testing.F) {
	for _, e := range []string{prompt, `"hook_event_name": "PreToolUse", ` + bash, `"hook_event_name": "PostToolUse", ` + bash + `, "tool_response": {"a": [1e999]}`, stop} {
		f.Add(`{` + common + `, ` + e + `}`)
	}
	f.Fuzz(func(t *testing.T, body string) {
		door := NewClaudeCode(intake.New(nowhere{}, intake.Limits{}))
		err := door.Take(t.Context(), As{Principal: daybook.Local}, []byte(body))
		switch daybook.CodeOf(err) {
		case daybook.CodeMalformed, daybook.CodeInvalid, daybook.CodeTooLarge, "":
		default:
			t.Errorf("%v", err)
		}
	})
}

type nowhere struct{}

func (nowhere) Record(_ context.Context, _ daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	return make([]daybook.Receipt, len(records)), nil
}
