package main

import (
	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/mcp"
)

// doors are what a server answers to besides the API's own calls. What stands
// behind them may be nil for who only describes them.
func doors(agents *mcp.Server) []httpd.Door {
	return []httpd.Door{{
		Method: "POST", Pattern: "/mcp", Does: "speak the Model Context Protocol", Roles: daybook.Roles(),
		Types: []string{"application/json"}, Operation: mcp.Operation(), Answer: agents.Handle,
	}}
}
