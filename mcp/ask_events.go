package mcp

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/daybook-audit/daybook"
)

// eventsSchema is what history and agent_activity answer.
func eventsSchema(about string) schema {
	return object(schema{
		about: aText, "more": aTruth,
		"events": schema{"type": "array", "items": anObject, "description": "The newest first: at, kind, id, agent, type, status, summary and session_id."},
	})
}

func historyTool() tool {
	return asking("history", "What happened to a table",
		"Sessions that read or wrote a table, their operations, outputs, lineage, data collections and checks, the newest first.",
		[]parameter{neededText("table", "As schema.name."), sinceParameter, limitParameter(usualList, mostList), detailParameter},
		eventsSchema("table"),
		func(ctx context.Context, c *call) (*answer, error) {
			table, err := c.arguments.needed("table", "silver.observation")
			if err != nil {
				return nil, err
			}
			since, e, err := c.span()
			if err != nil {
				return nil, err
			}
			events, err := c.Reader.History(ctx, c.principal, daybook.HistoryQuery{Table: table, Since: since, Limit: e.limit + 1})
			if err != nil {
				return nil, err
			}
			return tellEvents("table", table, events, e), nil
		})
}

func activityTool() tool {
	return asking("agent_activity", "What an agent did",
		"All that names an agent as agent_id, agent_position or source_agent, and what was done in its sessions, the newest first.",
		[]parameter{neededText("agent", "Its name, such as wasde_transformer or CFO."), sinceParameter, limitParameter(usualList, mostList), detailParameter},
		eventsSchema("agent"),
		func(ctx context.Context, c *call) (*answer, error) {
			agent, err := c.arguments.needed("agent", "wasde_transformer")
			if err != nil {
				return nil, err
			}
			since, e, err := c.span()
			if err != nil {
				return nil, err
			}
			events, err := c.Reader.Activity(ctx, c.principal, daybook.ActivityQuery{Agent: agent, Since: since, Limit: e.limit + 1})
			if err != nil {
				return nil, err
			}
			return tellEvents("agent", agent, events, e), nil
		})
}

// An event is one in brief.
type event struct {
	At        string `json:"at"`
	Kind      string `json:"kind"`
	ID        string `json:"id"`
	Agent     string `json:"agent,omitempty"`
	Type      string `json:"type,omitempty"`
	Status    string `json:"status,omitempty"`
	Summary   string `json:"summary"`
	SessionID string `json:"session_id,omitempty"`
}

func tellEvents(about, name string, events []daybook.Event, e extent) *answer {
	more := len(events) > e.limit
	events = events[:min(len(events), e.limit)]
	told := tellAll(len(events), func(i int) json.RawMessage { return tellEvent(&events[i], e) })
	n := len(told)
	more = more || n < len(events)
	text := some(n, more, "events of "+name, "narrow with since, or raise limit")
	var b strings.Builder
	b.WriteString(text)
	for i := range n {
		b.WriteByte('\n')
		if e.full {
			b.Write(told[i])
		} else {
			b.WriteString(eventLine(&events[i]))
		}
	}
	return &answer{text: b.String(), structured: map[string]any{about: name, "more": more, "events": told}}
}

func tellEvent(v *daybook.Event, e extent) json.RawMessage {
	if e.full {
		return whole(v.Fields)
	}
	return marshal(event{
		At: v.At, Kind: v.Kind, ID: v.ID, Agent: v.Agent, Type: v.Type, Status: v.Status, Summary: line(v.Summary, briefText), SessionID: v.SessionID,
	})
}

// eventLine is an event in words: 2026-01-31T09:00 transformation_operation
// JOIN by wasde: read silver.a, wrote gold.b.
func eventLine(v *daybook.Event) string {
	words := []string{minute(v.At), v.Kind + " " + v.ID}
	if v.Type != "" {
		words = append(words, v.Type)
	}
	if v.Agent != "" {
		words = append(words, "by "+v.Agent)
	}
	s := strings.Join(words, " ") + ": " + line(v.Summary, briefText)
	if v.SessionID != "" && v.SessionID != v.ID {
		s += " (session " + v.SessionID + ")"
	}
	return s
}

// minute is a time to the minute, in UTC.
func minute(at string) string { return at[:min(len(at), len("2026-01-31T09:00"))] + "Z" }
