package main

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/mcp/proxy"
)

type mcpProxyCmd struct {
	Command []string `arg:"" optional:"" passthrough:"" help:"The server to start, with its arguments; from here on nothing is a flag of the proxy."`

	Name         string `help:"What the server is called in the ledger." required:"" placeholder:"NAME"`
	Upstream     string `help:"The URL of a server to stand in front of, instead of a command." placeholder:"URL"`
	Listen       string `help:"Where to listen for the clients of that server." default:"127.0.0.1:7800"`
	Agent        string `help:"Who calls (default: what the client calls itself)." env:"DAYBOOK_AGENT" placeholder:"NAME"`
	Business     string `help:"The tenant that the records belong to." placeholder:"ID"`
	Conversation string `help:"The conversation that the calls are made in." env:"DAYBOOK_CONVERSATION" placeholder:"ID"`
	Session      string `help:"The transformation session that the calls are made in." env:"DAYBOOK_SESSION" placeholder:"ID"`

	FailOpen   bool `help:"Let calls pass that cannot be recorded, and warn (the default)." xor:"fail"`
	FailClosed bool `help:"Refuse calls that cannot be recorded." xor:"fail"`

	Spool string `help:"The spool's directory (default: that of the server, below $DAYBOOK_SPOOL or ~/.local/state/daybook/spool)." placeholder:"DIR"`
	Sync  bool   `help:"Write to the server itself, and wait for its receipt before a call is passed on."`
}

func (mcpProxyCmd) Help() string {
	return `The client speaks with the server as if the proxy were not there: put the command
into the client's configuration in place of the server's own, or --listen's address
in place of --upstream's. Each call of a tool is written before it is passed on, and
what came of it afterwards; questions to the user are written as escalations,
everything else that is asked of the server as actions.

Records go to a spool on disk, and from there to --server (by default the one on this
machine, http://127.0.0.1:7777), so that no call waits for the network. Without a
server, --store writes into a local store, which one process holds at a time.

A server that was started ends with the proxy, and the proxy with its exit code.

In the client's configuration (claude_desktop_config.json, .mcp.json), that is
  {"mcpServers": {"files": {"command": "daybook", "args":
    ["mcp", "proxy", "--name", "files", "--", "npx", "-y", "the-server", "/data"]}}}
or, of a server that is reached over HTTP,
  {"mcpServers": {"tickets": {"type": "http", "url": "http://127.0.0.1:7800/mcp"}}}

Examples:
  daybook mcp proxy --name files -- npx -y @modelcontextprotocol/server-filesystem /data
  daybook mcp proxy --name tickets --upstream https://tickets.example.com/mcp --listen 127.0.0.1:7800
  daybook mcp proxy --name bank --fail-closed --sync --server https://daybook.example.com -- bank-mcp`
}

func (c *mcpProxyCmd) Run(ctx context.Context, g *Globals) error {
	if len(c.Command) > 0 && c.Command[0] == "--" {
		c.Command = c.Command[1:]
	}
	if (len(c.Command) == 0) == (c.Upstream == "") {
		return usagef("name the server to start, behind --, or with --upstream the URL of one that runs")
	}
	redactor, err := g.Intake.options().Redact.Redactor()
	if err != nil {
		return err
	}
	book, err := c.open(ctx, g, redactor)
	if err != nil {
		return err
	}
	defer book.close()
	p, err := proxy.New(proxy.Options{
		Name: c.Name, Agent: c.Agent, Business: c.Business, Conversation: c.Conversation, Session: c.Session,
		Recorder: book, Principal: daybook.Local, Closed: c.FailClosed, Patience: patience, Redactor: redactor, Logger: g.logger,
	})
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
		defer cancel()
		p.Close(closing)
	}()
	if c.Upstream != "" {
		return c.http(ctx, g, p)
	}
	return c.stdio(ctx, g, p)
}

// stdio runs the server as a process, and ends as it does.
func (c *mcpProxyCmd) stdio(ctx context.Context, g *Globals, p *proxy.Proxy) error {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	// A client that is gone must not end this program before it has written so.
	pipes := make(chan os.Signal, 1)
	signal.Notify(pipes, syscall.SIGPIPE)
	defer signal.Stop(pipes)

	command := exec.Command(c.Command[0], c.Command[1:]...)
	command.Stderr = g.err
	// The token is for writing to the ledger. It is nothing that a server of others should have.
	command.Env = slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "DAYBOOK_TOKEN=") })
	code, err := p.Stdio(ctx, g.in, g.out, command, signals)
	if err != nil {
		return err
	}
	if code != exitDone {
		return exit(code)
	}
	return nil
}
