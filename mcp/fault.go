package mcp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strconv"
	"strings"
	"unicode"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/daybook-audit/daybook"
)

// refusal tells a model what went wrong, where, and what to do next.
func refusal(err error) *sdk.CallToolResult {
	return &sdk.CallToolResult{IsError: true, Content: []sdk.Content{&sdk.TextContent{Text: harmless(told(err))}}}
}

// harmless takes out of a text what would do something to the terminal that it
// is shown on: agents wrote what it quotes.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, text)
}

// told is an error in words. What an error of ours wraps is for the log.
func told(err error) string {
	var ours *daybook.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return "It took too long, or was given up.\nWhat to do: ask for less, or try again."
	case !errors.As(err, &ours), ours.Code == daybook.CodeInternal:
		return "A fault of Daybook's own.\nWhat to do: try again; its log says more."
	}
	var b strings.Builder
	if ours.Path != "" {
		b.WriteString(ours.Path + ": ")
	}
	b.WriteString(ours.Message)
	if ours.Err != nil && ours.Code != daybook.CodeDamaged && ours.Code != daybook.CodeUnavailable {
		b.WriteString(": " + ours.Err.Error())
	}
	if ours.Hint != "" {
		b.WriteString("\nWhat to do: " + ours.Hint)
	}
	return b.String()
}

// logRefusal tells the log of a call that was not done. Messages hold what
// clients wrote, so they stay out unless the fault is ours.
func (s *Server) logRefusal(ctx context.Context, name string, err error) {
	code := daybook.CodeOf(err)
	switch code {
	case daybook.CodeInternal, daybook.CodeDamaged, daybook.CodeUnavailable:
		if ctx.Err() == nil {
			s.Logger.Log(ctx, slog.LevelError, "mcp: a call failed", "tool", name, "code", code, "error", err)
		}
	default:
		s.Logger.Log(ctx, slog.LevelInfo, "mcp: a call was refused", "tool", name, "code", code)
	}
}

// recovered makes an error of a panic. The SDK calls us on goroutines of its
// own, where a panic would end the process.
func (s *Server) recovered(ctx context.Context, name string, err *error) {
	if fault := recover(); fault != nil {
		s.Logger.Log(ctx, slog.LevelError, "mcp: panic", "in", name, "fault", fmt.Sprint(fault), "stack", string(debug.Stack()))
		*err = &daybook.Error{Code: daybook.CodeInternal, Message: "mcp: panic"}
	}
}

func unknownTool(name string, offered []string) error {
	known := "the tools are " + strings.Join(offered, ", ")
	if len(offered) == 0 {
		known = "your token's role may call none"
	}
	return &jsonrpc.Error{
		Code:    jsonrpc.CodeInvalidParams,
		Message: "unknown tool " + strconv.Quote(daybook.Clip(name)) + "; " + daybook.HintNear(daybook.Clip(name), offered, known),
	}
}

func noSuchMethod(method string) error {
	return &jsonrpc.Error{Code: jsonrpc.CodeMethodNotFound, Message: "this server has no " + method}
}

// ofProtocol makes an error of ours one of the protocol, for what is no tool.
func ofProtocol(err error) error {
	var ours *daybook.Error
	if !errors.As(err, &ours) {
		return err
	}
	return &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: told(err)}
}
