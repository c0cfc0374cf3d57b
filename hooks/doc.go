// Package hooks takes what coding agents tell their hooks, and makes records of
// it: a conversation for each prompt and its answer, an action or an MCP call
// for each tool, a decision for each permission.
//
// A hook stands in the way of the agent's work, so a door gives it its answer
// as soon as the records are durable, and says nothing that would change what
// the agent does.
package hooks
