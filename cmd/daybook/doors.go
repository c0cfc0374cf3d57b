package main

import (
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/hooks"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/mcp"
)

// doors are what a server answers to besides the API's own calls, for those
// who only describe them.
func doors() []httpd.Door { return doorsTo(nil, nil) }

// doorsOf are the doors before a ledger.
func doorsOf(l *local.Local, logger *slog.Logger, registry *prometheus.Registry) []httpd.Door {
	return doorsTo(mcp.New(mcp.Config{
		Recorder: l.Recorder, Reader: l.Reader, Version: versionText(), Logger: logger, Registry: registry,
	}), hooks.NewClaudeCode(l.Recorder))
}

func doorsTo(agents *mcp.Server, claude *hooks.ClaudeCode) []httpd.Door {
	return []httpd.Door{{
		Method: "POST", Pattern: "/mcp", Does: "speak the Model Context Protocol", Roles: daybook.Roles(),
		Types: []string{"application/json"}, Operation: mcp.Operation(), Answer: agents.Handle,
	}, {
		Method: "POST", Pattern: hooks.Path, Does: "take what Claude Code tells its hooks", Roles: []daybook.Role{daybook.RoleWriter, daybook.RoleAdmin},
		Types: []string{"application/json"}, Operation: hooks.Operation(), Answer: claude.Handle,
	}}
}
