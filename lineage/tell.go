package lineage

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/daybook-audit/daybook"
)

// A telling gives what sort of thing an entry of a kind is, and a line about it.
type telling struct {
	column string // which says what sort of thing it is
	line   func(e *daybook.Entry) string
}

var tellings = map[string]telling{
	"conversations":                  {"model_name", tellConversation},
	"thinking_logs":                  {"thinking_type", tellThinking},
	"decision_logs":                  {"decision_type", tellDecision},
	"action_logs":                    {"action_type", tellAction},
	"escalation_logs":                {"escalation_type", tellEscalation},
	"mcp_usage_logs":                 {"tool_name", tellMCPUsage},
	"transformation_session":         {"session_type", tellSession},
	"transformation_operation":       {"operation_type", tellOperation},
	"output_artifact":                {"artifact_type", tellArtifact},
	"lineage_edge":                   {"relationship_type", tellEdge},
	"ingest_run":                     {"job_type", tellIngest},
	"validation_status":              {"validation_type", tellValidation},
	"transformation_session_archive": {"session_type", tellSession},
	"transformation_session_summary": {"session_type", tellSummary},
}

// tell gives what sort of thing an entry is, and one line for a human.
func tell(e *daybook.Entry) (kindOfThing, summary string) {
	t := tellings[e.Kind.Name]
	return e.Text(t.column), t.line(e)
}

func tellConversation(e *daybook.Entry) string {
	s := orElse(e.Text("status"), "running") + " conversation"
	if model := e.Text("model_name"); model != "" {
		s += " with " + model
	}
	var facts []string
	if v := e.Get("total_tokens"); v.IsSet() {
		facts = append(facts, plural(v.Int(), "token"))
	}
	facts = appendCost(facts, e)
	return s + list(": ", facts) + tail(first(e, "error_message", "command_executed", "user_prompt_preview"))
}

func tellThinking(e *daybook.Entry) string {
	return orElse(e.Text("thinking_type"), "thinking") +
		colon(first(e, "decision_made", "thinking_content", "rationale", "context_summary"))
}

func tellDecision(e *daybook.Entry) string {
	s := "decision" + colon(first(e, "decision_summary", "chosen_option", "rationale"))
	by := ""
	if who := e.Text("human_reviewer"); who != "" {
		by = " by " + line(who)
	}
	switch {
	case e.Text("human_override") != "":
		return s + " (overridden" + by + colon(e.Text("human_override")) + ")"
	case e.Get("human_reviewed").Bool():
		return s + " (reviewed" + by + ")"
	case e.Get("requires_human_review").Bool():
		return s + " (awaiting human review)"
	}
	return s
}

func tellAction(e *daybook.Entry) string {
	return orElse(e.Text("action_type"), "action") + colon(e.Text("action_target")) + ending(e)
}

func tellEscalation(e *daybook.Entry) string {
	s := strings.TrimSpace(e.Text("urgency") + " " + orElse(e.Text("escalation_type"), "escalation"))
	if target := e.Text("target"); target != "" {
		s += " to " + line(target)
	}
	s += colon(first(e, "subject", "description"))
	switch {
	case e.Text("resolved_at") != "" && e.Text("resolved_by") != "":
		return s + " (resolved by " + line(e.Text("resolved_by")) + ")"
	case e.Text("resolved_at") != "":
		return s + " (resolved)"
	case e.Text("acknowledged_at") != "":
		return s + " (acknowledged)"
	}
	return s + " (open)"
}

func tellMCPUsage(e *daybook.Entry) string {
	return line(e.Text("server_name")+"."+e.Text("tool_name")) + ending(e)
}

// ending tells how an action or a call went.
func ending(e *daybook.Entry) string {
	var facts []string
	if v := e.Get("duration_ms"); v.IsSet() {
		facts = append(facts, "in "+group(v.Int())+" ms")
	}
	facts = appendCost(facts, e)
	switch v := e.Get("success"); {
	case !v.IsSet() && e.Text("error_message") != "": // which says why nobody knows
		return ", no outcome" + tail(e.Text("error_message"))
	case !v.IsSet():
		return ", no outcome yet"
	case v.Bool():
		return ", succeeded" + list(" ", facts) + tail(e.Text("result_summary"))
	}
	return ", failed" + list(" ", facts) + tail(e.Text("error_message"))
}

func tellSession(e *daybook.Entry) string {
	s := orElse(e.Text("status"), "ACTIVE") + " session"
	facts := counts(e)
	if facts == nil {
		if tables := texts(e, "source_tables"); tables != "" {
			s += " on " + tables
		}
	}
	return s + list(": ", facts) + tail(first(e, "error_message", "purpose"))
}

// counts tells what a session counts.
func counts(e *daybook.Entry) []string {
	var facts []string
	for _, c := range [][2]string{{"operations_count", "operation"}, {"outputs_count", "output"}} {
		if v := e.Get(c[0]); v.IsSet() {
			facts = append(facts, plural(v.Int(), c[1]))
		}
	}
	return facts
}

func tellOperation(e *daybook.Entry) string {
	s := e.Text("operation_type")
	in, out := texts(e, "input_tables"), line(e.Text("output_table"))
	switch {
	case in != "" && out != "":
		s += " " + in + " → " + out
	case out != "":
		s += " → " + out
	case in != "":
		s += " " + in
	}
	rowsIn, rowsOut := e.Get("input_row_count"), e.Get("output_row_count")
	switch {
	case rowsIn.IsSet() && rowsOut.IsSet():
		s += ", " + group(rowsIn.Int()) + " → " + plural(rowsOut.Int(), "row")
	case rowsOut.IsSet():
		s += ", " + plural(rowsOut.Int(), "row") + " out"
	case rowsIn.IsSet():
		s += ", " + plural(rowsIn.Int(), "row") + " in"
	}
	if v := e.Get("pattern_id"); v.IsSet() {
		s += " (as in " + strconv.FormatInt(v.Int(), 10) + ")"
	}
	return s
}

func tellArtifact(e *daybook.Entry) string {
	s := e.Text("artifact_type") + " " + line(e.Text("artifact_name"))
	if v := e.Get("row_count"); v.IsSet() {
		s += ", " + plural(v.Int(), "row")
	}
	return s + standing(e, "superseded")
}

func tellEdge(e *daybook.Entry) string {
	return line(sourceSide.place(e).node()) + " → " + line(targetSide.place(e).node()) + " " +
		e.Text("relationship_type") + standing(e, "invalidated")
}

// standing tells whether an artifact or edge is in effect.
func standing(e *daybook.Entry, ended string) string {
	switch v := e.Get("is_current"); {
	case !v.IsSet():
		return " (not in effect)"
	case v.Bool():
		return " (current)"
	}
	return " (" + ended + ")"
}

func tellIngest(e *daybook.Entry) string {
	s := orElse(e.Text("status"), "RUNNING") + " ingest"
	if source := e.Text("source"); source != "" {
		s += " of " + line(source)
	}
	if target := e.Text("target_table"); target != "" {
		s += " into " + line(target)
	}
	var facts []string
	for _, what := range []string{"fetched", "inserted", "updated", "failed"} {
		if v := e.Get("records_" + what); v.IsSet() {
			facts = append(facts, group(v.Int())+" "+what)
		}
	}
	return s + list(": ", facts) + tail(e.Text("error_message"))
}

func tellValidation(e *daybook.Entry) string {
	s := e.Text("status") + " " + line(e.Text("validation_type"))
	if table := e.Text("table_name"); table != "" {
		s += " of " + line(table)
	}
	if v := e.Get("issue_count"); v.IsSet() {
		s += ": " + plural(v.Int(), "issue")
	}
	return s
}

func tellSummary(e *daybook.Entry) string {
	var facts []string
	for _, what := range []string{"completed", "failed", "abandoned"} {
		if v := e.Get(what + "_count"); v.IsSet() {
			facts = append(facts, group(v.Int())+" "+what)
		}
	}
	return "month from " + e.Text("month") + ", " + plural(e.Get("sessions_count").Int(), "session") + list(": ", facts)
}

// line brings text onto one line that is not too long.
func line(s string) string {
	const most = 120
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:most-1])) + "…"
}

func colon(s string) string {
	if s = line(s); s == "" {
		return ""
	}
	return ": " + s
}

func tail(s string) string {
	if s = line(s); s == "" {
		return ""
	}
	return " – " + s
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return line(s)
}

// first gives the first of the columns that says something.
func first(e *daybook.Entry, columns ...string) string {
	for _, c := range columns {
		if s := e.Text(c); s != "" {
			return s
		}
	}
	return ""
}

// texts gives the first members of an array, and how many there are more.
func texts(e *daybook.Entry, column string) string {
	members, err := daybook.Texts(e.Get(column))
	if err != nil {
		return ""
	}
	return some(members)
}

// some gives the first of a list, and how many there are more.
func some(members []string) string {
	const most = 3
	rest := ""
	if n := len(members) - most; n > 0 {
		members, rest = members[:most], fmt.Sprintf(" and %d more", n)
	}
	return line(strings.Join(members, ", ")) + rest
}

func list(before string, facts []string) string {
	if len(facts) == 0 {
		return ""
	}
	return before + strings.Join(facts, ", ")
}

func appendCost(facts []string, e *daybook.Entry) []string {
	if v := e.Get("cost_usd"); v.IsSet() {
		facts = append(facts, "$"+strconv.FormatFloat(v.Float(), 'f', 4, 64))
	}
	return facts
}

func plural(n int64, word string) string {
	if n != 1 {
		word += "s"
	}
	return group(n) + " " + word
}

// group parts a number's digits by threes.
func group(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
