// Package proxy stands between an MCP client and an MCP server, passes what
// they say to each other on unchanged, and records it: calls of tools as
// mcp_usage_logs, questions to the user as escalation_logs, and what is read or
// asked otherwise as action_logs. What is about to be done is written before it
// is passed on, and what came of it afterwards.
//
// Messages are bytes here. They are not taken apart and put together again, so
// whatever a later protocol adds passes as well; what is recorded is read off a
// copy, of which no more than a bounded part is kept.
package proxy
