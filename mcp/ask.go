package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/daybook-audit/daybook"
)

// askingTools are the tools that read.
func askingTools() []tool {
	return []tool{
		historyTool(), lineageQuestion(), whyTool(), activityTool(), escalationsTool(), reviewsTool(), costTool(),
	}
}

// asking makes a tool that reads, with parameters that are the same for everybody.
func asking(name, title, says string, parameters []parameter, answers schema, do func(context.Context, *call) (*answer, error)) tool {
	return tool{
		name: name, title: title, says: says, repeatable: true, answers: answers,
		parameters: func(audience) []parameter { return parameters },
		do: func(ctx context.Context, c *call) (*answer, error) {
			if err := c.arguments.only(parameters); err != nil {
				return nil, err
			}
			return do(ctx, c)
		},
	}
}

// How much is told, where a call does not say.
const (
	usualList = 20
	mostList  = 200
	briefText = 300   // characters of one text
	fullText  = 4_000 // with detail full
	mostBytes = 40_000
)

const (
	brief = "brief"
	full  = "full"
)

var detailParameter = parameter{name: "detail", schema: schema{
	"type": "string", "enum": []string{brief, full}, "default": brief, "description": "full gives whole entries and longer texts.",
}}

var sinceParameter = parameter{name: "since", schema: schema{
	"type": "string", "description": "From then on: a time, a date, or how long ago, such as 7d or 12h.",
}}

var asOfParameter = parameter{name: "as_of", schema: schema{
	"type": "string", "description": "As the ledger told it then: a time, a date, or how long ago, such as 7d.",
}}

func limitParameter(usual, most int) parameter {
	return parameter{name: "limit", schema: schema{"type": "integer", "minimum": 1, "maximum": most, "default": usual}}
}

func textParameter(name, description string) parameter {
	return parameter{name: name, schema: schema{"type": "string", "description": description}}
}

func neededText(name, description string) parameter {
	p := textParameter(name, description)
	p.required = true
	return p
}

// How much of an answer is told.
type extent struct {
	limit int
	full  bool
}

func (c *call) extent(usual, most int) (extent, error) {
	limit, err := c.arguments.count("limit", usual, most)
	if err != nil {
		return extent{}, err
	}
	detail, err := c.arguments.word("detail", brief, full)
	return extent{limit: limit, full: detail == full}, err
}

// texts is how long one text may be.
func (e extent) texts() int {
	if e.full {
		return fullText
	}
	return briefText
}

// cut shortens a text to so many characters and says how much is gone.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	runes := []rune(s)
	return fmt.Sprintf("%s… (%d more characters)", string(runes[:most]), len(runes)-most)
}

// line makes one of a text, so that a list stays a list.
func line(s string, most int) string { return cut(strings.Join(strings.Fields(s), " "), most) }

// whole is an entry with all of its fields, long ones cut, and without its
// salt, which tells nobody anything.
func whole(export json.RawMessage) json.RawMessage {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(export, &members); err != nil {
		return export // ours are objects
	}
	delete(members, "salt")
	for name, value := range members {
		members[name] = shortened(value)
	}
	return marshal(members)
}

// shortened cuts a value that is long: JSON that is cut is told as text.
func shortened(value json.RawMessage) json.RawMessage {
	if len(value) <= fullText {
		return value
	}
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		text = string(value)
	}
	return marshal(cut(text, fullText))
}

// fitting is how many of the items, the first of them, have room in one answer.
// One is told however long it is.
func fitting[T any](items []T) int {
	room := mostBytes
	for i := range items {
		if room -= len(marshal(items[i])); room < 0 {
			return max(i, 1)
		}
	}
	return len(items)
}

// tellAll tells so many items as have room in one answer.
func tellAll(items int, tell func(i int) json.RawMessage) []json.RawMessage {
	told, room := []json.RawMessage{}, mostBytes
	for i := range items {
		item := tell(i)
		if room -= len(item); room < 0 && i > 0 {
			break
		}
		told = append(told, item)
	}
	return told
}

// some says how many of a list are told, and how to get at the others.
func some(told int, more bool, of, how string) string {
	switch {
	case more:
		return fmt.Sprintf("These are the newest %d %s; there are more: %s.", told, of, how)
	case told == 0:
		return "There are no " + of + "."
	case told == 1:
		return "Of " + of + " there is one."
	}
	return fmt.Sprintf("%d %s.", told, of)
}

// columnsOf gives some columns of an entry as JSON, in their order, long texts
// cut.
func columnsOf(e *daybook.Entry, most int, columns ...string) map[string]any {
	shown := map[string]any{}
	for _, name := range columns {
		i, ok := e.Kind.Column(name)
		if !ok || !e.Values[i].IsSet() {
			continue
		}
		if t := e.Kind.Columns[i].Type; t == daybook.TypeText {
			shown[name] = cut(e.Values[i].Text(), most)
		} else {
			shown[name] = json.RawMessage(daybook.AppendValue(nil, t, e.Values[i]))
		}
	}
	return shown
}

// span is since when, and how much.
func (c *call) span() (time.Time, extent, error) {
	since, err := c.arguments.since("since")
	if err != nil {
		return since, extent{}, err
	}
	e, err := c.extent(usualList, mostList)
	return since, e, err
}
