package mcp

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/daybook-audit/daybook"
)

// A waiting is a list of what waits for somebody.
type waiting struct {
	kind    string
	of      string     // what they are called, many of them
	columns []string   // told in brief
	line    []string   // of these a line is made
	filters [][]filter // what waits is what any of these finds
}

type filter = daybook.Filter

func waitingSchema(of string) schema {
	return object(schema{"more": aTruth, of: schema{"type": "array", "items": anObject, "description": "The newest first."}})
}

func escalationsTool() tool {
	w := waiting{
		kind: "escalation_logs", of: "escalations",
		columns: []string{"escalation_id", "escalated_at", "source_agent", "target", "urgency", "escalation_type", "subject", "description", "sla_target", "acknowledged_at"},
		line:    []string{"escalated_at", "urgency", "escalation_id", "source_agent", "target", "subject"},
		filters: [][]filter{{{Column: "resolved_at", Op: daybook.OpAbsent}}},
	}
	return asking("open_escalations", "What waits for an answer",
		"Calls for a human or another agent that nobody has resolved, the newest first.",
		[]parameter{
			textParameter("target", "Only those that call this one: HUMAN, CEO or an agent."),
			{name: "urgency", schema: schema{"type": "string", "enum": []string{"critical", "high", "normal"}}},
			limitParameter(usualList, mostList), detailParameter,
		}, waitingSchema(w.of), w.tell("target", "urgency"))
}

func reviewsTool() tool {
	wanted := filter{Column: "requires_human_review", Values: []daybook.Value{daybook.BoolValue(true)}}
	w := waiting{
		kind: "decision_logs", of: "decisions",
		columns: []string{"decision_id", "decided_at", "agent_position", "decision_type", "decision_summary", "chosen_option", "rationale", "confidence", "conversation_id"},
		line:    []string{"decided_at", "decision_id", "agent_position", "decision_summary"},
		filters: [][]filter{
			{wanted, {Column: "human_reviewed", Op: daybook.OpAbsent}},
			{wanted, {Column: "human_reviewed", Values: []daybook.Value{daybook.BoolValue(false)}}},
		},
	}
	return asking("pending_reviews", "Decisions that wait for a human",
		"Decisions that want a human's review and have none yet, the newest first.",
		[]parameter{textParameter("agent_position", "Only those of this agent."), limitParameter(usualList, mostList), detailParameter},
		waitingSchema(w.of), w.tell("agent_position"))
}

// tell answers with the list, narrowed by columns that the call may give.
func (w waiting) tell(narrow ...string) func(context.Context, *call) (*answer, error) {
	return func(ctx context.Context, c *call) (*answer, error) {
		e, err := c.extent(usualList, mostList)
		if err != nil {
			return nil, err
		}
		var given []filter
		for _, name := range narrow {
			text, err := c.arguments.text(name)
			if err != nil {
				return nil, err
			}
			if text != "" {
				given = append(given, daybook.Is(name, text))
			}
		}
		entries, err := w.find(ctx, c, given, e.limit+1)
		if err != nil {
			return nil, err
		}
		return w.answer(entries, e), nil
	}
}

// find gathers what any of the lists holds, up to a limit.
func (w waiting) find(ctx context.Context, c *call, given []filter, limit int) ([]*daybook.Entry, error) {
	var found []*daybook.Entry
	for _, filters := range w.filters {
		if len(found) >= limit {
			break
		}
		q := daybook.Query{Kind: daybook.MustKind(w.kind), Filters: append(given[:len(given):len(given)], filters...), Limit: limit - len(found)}
		page, err := c.Reader.List(ctx, c.principal, q)
		if err != nil {
			return nil, err
		}
		found = append(found, page.Entries...)
	}
	return found, nil
}

func (w waiting) answer(entries []*daybook.Entry, e extent) *answer {
	more := len(entries) > e.limit
	entries = entries[:min(len(entries), e.limit)]
	told := tellAll(len(entries), func(i int) json.RawMessage {
		if e.full {
			return whole(entries[i].AppendExport(nil))
		}
		return marshal(columnsOf(entries[i], briefText, w.columns...))
	})
	n := len(told)
	more = more || n < len(entries)
	var b strings.Builder
	b.WriteString(some(n, more, w.of+" that wait", "raise limit"))
	for i := range n {
		b.WriteByte('\n')
		if e.full {
			b.Write(told[i])
		} else {
			b.WriteString(w.lineOf(entries[i]))
		}
	}
	return &answer{text: b.String(), structured: map[string]any{"more": more, w.of: told}}
}

func (w waiting) lineOf(e *daybook.Entry) string {
	var words []string
	for _, name := range w.line {
		text := e.Text(name)
		if name == e.Kind.Time().Name {
			text = minute(text)
		}
		if text != "" {
			words = append(words, line(text, briefText))
		}
	}
	return strings.Join(words, " · ")
}
