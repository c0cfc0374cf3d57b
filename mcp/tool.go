package mcp

import (
	"context"
	"encoding/json"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/daybook-audit/daybook"
)

// A tool is one thing that a model may do here.
type tool struct {
	name, title string
	says        string // what it is for, so that a model calls it rightly the first time
	writes      bool
	repeatable  bool // a call made again changes nothing more
	parameters  func(a audience) []parameter
	answers     schema
	do          func(ctx context.Context, c *call) (*answer, error)
}

// A call is one call of a tool, and who makes it.
type call struct {
	*Server
	caller
	arguments arguments
}

// An answer is what a tool says: to programs, and in words to a model.
type answer struct {
	structured any
	text       string
}

// tools is the one table of tools, those that record before those that ask.
func tools() []tool { return append(recordingTools(), askingTools()...) }

// describe gives the tool as tools/list shows it.
func (t *tool) describe(a audience) *sdk.Tool {
	return &sdk.Tool{
		Name: t.name, Title: t.title, Description: t.says,
		InputSchema: inputSchema(t.parameters(a)), OutputSchema: t.answers,
		Annotations: &sdk.ToolAnnotations{
			ReadOnlyHint: !t.writes, IdempotentHint: t.repeatable,
			DestructiveHint: new(false), OpenWorldHint: new(false),
		},
	}
}

// handler answers calls of a tool. What goes wrong is told in the result, where
// the model sees it, and not as an error of the protocol.
func (s *Server) handler(t tool) sdk.ToolHandler {
	return func(ctx context.Context, r *sdk.CallToolRequest) (result *sdk.CallToolResult, err error) {
		start, outcome := time.Now(), "ok"
		defer func() { s.metrics.observe(t.name, outcome, time.Since(start)) }()
		a, err := s.answer(ctx, &t, r)
		if err != nil {
			outcome = string(daybook.CodeOf(err))
			s.logRefusal(ctx, t.name, err)
			return refusal(err), nil
		}
		text, err := json.Marshal(a.structured)
		if err != nil {
			outcome = string(daybook.CodeInternal)
			return refusal(err), nil
		}
		if a.text == "" {
			a.text = string(text)
		}
		return &sdk.CallToolResult{
			Content:           []sdk.Content{&sdk.TextContent{Text: harmless(a.text)}},
			StructuredContent: json.RawMessage(text),
		}, nil
	}
}

// mostAsking is how long a question may take. Not every client says that it no
// longer waits.
const mostAsking = time.Minute

// answer makes the call; a panic of ours becomes an error.
func (s *Server) answer(ctx context.Context, t *tool, r *sdk.CallToolRequest) (a *answer, err error) {
	defer s.recovered(ctx, t.name, &err)
	c := &call{Server: s, caller: callerOf(ctx, r)}
	if c.arguments, err = parseArguments(r.Params.Arguments, t, c.audience); err != nil {
		return nil, err
	}
	if err := c.mayCall(t); err != nil {
		return nil, err
	}
	if !t.writes { // what is written is not given up halfway
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, mostAsking)
		defer cancel()
	}
	return t.do(ctx, c)
}
