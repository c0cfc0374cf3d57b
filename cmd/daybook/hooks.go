package main

import (
	"fmt"
	"net/url"

	"github.com/daybook-audit/daybook/hooks"
)

// hooksCmd are the settings of coding agents.
type hooksCmd struct {
	ClaudeCode claudeCodeCmd `cmd:"" name:"claude-code" help:"Print the settings with which Claude Code tells the server what it does."`
}

type claudeCodeCmd struct {
	Agent    string `help:"The agent_position to record as (default: claude-code)." placeholder:"NAME"`
	Business string `help:"The business to record under (default: the token's)." placeholder:"NAME"`
}

func (claudeCodeCmd) Help() string {
	return `Prints what belongs into .claude/settings.json of a project, or into
~/.claude/settings.json for all of them. Claude Code then tells the server of each
prompt, tool, MCP call, permission and answer, and waits at most 5 seconds for it:
a server that is away holds nobody up, and what happens meanwhile is not recorded.

With a token ($DAYBOOK_TOKEN or --token) the hooks show the token that stands in
$DAYBOOK_TOKEN where Claude Code runs; the settings themselves hold none.

Examples:
  daybook hooks claude-code > .claude/settings.json
  daybook hooks claude-code --server https://ledger.example --agent builder
  claude --settings "$(daybook hooks claude-code)"`
}

// Run prints the settings.
func (c *claudeCodeCmd) Run(g *Globals) error {
	server := g.Server
	if server == "" {
		server = "http://127.0.0.1:7777"
	}
	if at, err := url.Parse(server); err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return usagef("--server %q is no URL of a server, such as https://ledger.example", server)
	}
	text, err := hooks.Settings{Server: server, Agent: c.Agent, Business: c.Business, WithToken: g.Token != ""}.JSON()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(g.out, string(text))
	return err
}
