package hooks

import (
	"cmp"
	"encoding/json"

	"github.com/daybook-audit/daybook"
)

// toolBegins records what a tool is asked to do, before it does it.
func (t *taking) toolBegins() error {
	t.memory.began(t.toolKey(), t.now())
	t.memory.use(t.inputKey(), t.e.ToolUseID)
	return t.begin(t.toolRecord())
}

// toolKey names the use of a tool among those of all callers.
func (t *taking) toolKey() string { return t.logID("use", t.toolUse()) }

// inputKey names what a tool is asked to do.
func (t *taking) inputKey() string { return t.logID("input", t.e.Tool, string(t.e.Input)) }

// toolUse is the id of the use, within its session: whoever gives the ids need
// not give different ones to other sessions. An event without one is of the use
// that began last with the same input; where none did, two uses with the same
// input are one.
func (t *taking) toolUse() string {
	if id := t.useID(); id != "" {
		return t.e.SessionID + "/" + id
	}
	return t.logID("tool", t.conversation(), t.e.Tool, string(t.e.Input))
}

func (t *taking) useID() string { return cmp.Or(t.e.ToolUseID, t.memory.used(t.inputKey())) }

// toolKind is the kind that the use of a tool is of, and the column of its id.
func (t *taking) toolKind() (kind, id string) {
	if _, _, ok := t.e.mcp(); ok {
		return "mcp_usage_logs", "usage_id"
	}
	return "action_logs", "action_id"
}

// toolRecord is the first entry of an action, or of a call of an MCP server.
func (t *taking) toolRecord() daybook.Record {
	if server, tool, ok := t.e.mcp(); ok {
		r := t.toolSubject("mcp_usage_logs", "usage_id")
		set(&r, "agent_position", t.agent())
		set(&r, "conversation_id", t.conversation())
		set(&r, "server_name", server)
		set(&r, "tool_name", tool)
		r.Set("parameters", shortened(t.e.Input))
		return r
	}
	r := t.toolSubject("action_logs", "action_id")
	set(&r, "agent_position", t.agent())
	set(&r, "conversation_id", t.conversation())
	sort, target := t.e.action()
	set(&r, "action_type", sort)
	set(&r, "action_target", target)
	about := map[string]any{"tool": t.e.Tool, "input": t.e.input(), "cwd": t.e.Cwd, "permission_mode": t.e.Mode}
	t.nameSubagent(about)
	r.Set("action_details", details(about))
	return r
}

// nameSubagent says which subagent did it.
func (t *taking) nameSubagent(about map[string]any) {
	if t.e.AgentID != "" {
		about["subagent"], about["subagent_id"] = t.e.AgentType, t.e.AgentID
	}
}

func (t *taking) toolSubject(kind, id string) daybook.Record {
	use := t.toolUse()
	r := t.record(kind, use)
	set(&r, id, use)
	return r
}

// toolEnds records what came of it.
func (t *taking) toolEnds() error {
	r := t.toolSubject(t.toolKind())
	failure := t.e.failure()
	r.Set("success", daybook.BoolValue(failure == ""))
	set(&r, "error_message", failure)
	if failure == "" {
		set(&r, "result_summary", summary(t.e.Tool, t.e.Response))
	}
	t.duration(&r)
	if err := t.amend(r, t.toolRecord); err != nil {
		return err
	}
	return t.permissionGiven()
}

// duration fills in how long the tool took: as Claude Code says, else since its
// beginning was told. An action has its end, from which the ledger tells it.
func (t *taking) duration(r *daybook.Record) {
	began, known := t.memory.ended(t.toolKey())
	if i, ok := r.Kind.Column("completed_at"); ok && i >= 0 {
		t.fillTime(r, "completed_at")
	}
	i, _ := r.Kind.Column("duration_ms")
	switch {
	case t.e.DurationMS != nil && *t.e.DurationMS >= 0 && *t.e.DurationMS < 1e12:
		r.Values[i] = daybook.IntValue(int64(*t.e.DurationMS))
	case known:
		r.Fill(i, daybook.IntValue(max(0, t.now().Sub(began).Milliseconds())))
	}
}

// failure says what went wrong, or "".
func (e *event) failure() string {
	switch {
	case e.IsInterrupt:
		return "interrupted by the user"
	case e.Name == "PostToolUseFailure" && e.Error == "":
		return "failed"
	case e.Error != "":
		return redacted(string(e.Error), longestError)
	}
	var said struct {
		IsError  bool `json:"isError"`
		IsError2 bool `json:"is_error"`
	}
	if json.Unmarshal(e.Response, &said) == nil && (said.IsError || said.IsError2) {
		return summary(e.Tool, e.Response)
	}
	return ""
}

// subagentBegins records that a subagent was given work.
func (t *taking) subagentBegins() error { return t.begin(t.subagent()) }

func (t *taking) subagentEnds() error {
	r := t.record("action_logs", t.e.AgentID)
	set(&r, "action_id", t.e.SessionID+"/"+t.e.AgentID)
	r.Set("success", daybook.BoolValue(true))
	set(&r, "result_summary", redacted(t.e.Message, longestSummary))
	t.fillTime(&r, "completed_at")
	return t.amend(r, t.subagent)
}

func (t *taking) subagent() daybook.Record {
	r := t.record("action_logs", t.e.AgentID)
	set(&r, "action_id", t.e.SessionID+"/"+t.e.AgentID)
	set(&r, "agent_position", t.as.Agent)
	set(&r, "conversation_id", t.conversation())
	set(&r, "action_type", "subagent")
	set(&r, "action_target", t.e.AgentType)
	return r
}
