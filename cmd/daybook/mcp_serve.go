package main

import (
	"context"

	"github.com/daybook-audit/daybook/mcp"
)

type mcpServeCmd struct {
	Agent        string `help:"Who the agent is, where a call does not say; by default what the client calls itself." env:"DAYBOOK_AGENT" placeholder:"A"`
	Business     string `help:"The business that records are of." placeholder:"B"`
	Conversation string `help:"The conversation that records are of; by default one of the connection's own." placeholder:"ID"`
}

func (mcpServeCmd) Help() string {
	return `An agent's tools to record what it does (checkout, log_operation, register_output,
add_lineage, checkin, log_thinking, log_decision, log_action, escalate) and to ask
(history, lineage, why, agent_activity, open_escalations, pending_reviews, cost). It
ends when the client closes its input. Logs go to standard error.

It works on the server that --server names, else on the local store, which one process
holds at a time; daybook serve offers the same tools at /mcp.

Examples:
  daybook mcp serve --store ledger.db
  daybook mcp serve --server http://127.0.0.1:7777 --agent wasde_transformer
  claude mcp add daybook -- daybook mcp serve --server http://127.0.0.1:7777`
}

func (c *mcpServeCmd) Run(ctx context.Context, g *Globals) error {
	return g.with(ctx, func(b *backend) error {
		s := mcp.New(mcp.Config{Recorder: b.Recorder, Reader: b.Reader, Version: versionText(), Logger: g.logger})
		return s.Run(ctx, g.in, g.out, b.who, mcp.Defaults{Agent: c.Agent, Business: c.Business, Conversation: c.Conversation})
	})
}
