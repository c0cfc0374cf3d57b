package mcp

import (
	"cmp"
	"context"
	"slices"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/daybook-audit/daybook"
)

// Defaults are what records say where a call of a tool does not.
type Defaults struct {
	Agent        string // agent_id, agent_position or source_agent; "" for the client's own name
	Business     string // business_id; "" for the principal's
	Conversation string // conversation_id; "" for none, but over stdio for one of the connection's own
}

// caller is who makes a call.
type caller struct {
	principal daybook.Principal
	audience  audience
	defaults  Defaults
	memory    *memory // of the connection; nil where calls have none
}

type callerKey struct{}

// with says who makes the calls of a context.
func (c caller) with(ctx context.Context) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// callerOf says who makes a call. Where nobody named the agent it is what the
// client calls itself.
func callerOf(ctx context.Context, r *sdk.CallToolRequest) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	if c.defaults.Agent == "" && c.principal.Agent == "" {
		if info := r.ClientInfo(); info != nil {
			c.defaults.Agent = nameOf(info)
		}
	}
	return c
}

// nameOf is a client's name as a column holds it.
func nameOf(info *sdk.Implementation) string {
	name := strings.ReplaceAll(strings.ToValidUTF8(info.Name, "\uFFFD"), "\x00", "\uFFFD")
	if runes := []rune(name); len(runes) > daybook.MaxName {
		name = string(runes[:daybook.MaxName])
	}
	return name
}

// Who may call what. What a role may write, and which business it sees, is
// narrowed further by intake, ledger and reader.
var (
	writers = []daybook.Role{daybook.RoleWriter, daybook.RoleAdmin}
	readers = []daybook.Role{daybook.RoleReader, daybook.RoleReviewer, daybook.RoleAuditor, daybook.RoleAdmin}
)

// audienceOf is what a principal is shown.
func audienceOf(p daybook.Principal, d Defaults) audience {
	return audience{
		records: slices.Contains(writers, p.Role), asks: slices.Contains(readers, p.Role),
		named: cmp.Or(d.Agent, p.Agent) != "",
	}
}

// mayCall refuses tools that the principal's role may not call.
func (c *caller) mayCall(t *tool) error {
	if t.writes && c.audience.records || !t.writes && c.audience.asks {
		return nil
	}
	hint := "use a token of role reader"
	if t.writes {
		hint = "use a token of role writer"
	}
	return &daybook.Error{
		Code: daybook.CodeForbidden, Message: "the role " + string(c.principal.Role) + " may not call " + t.name, Hint: hint,
	}
}
