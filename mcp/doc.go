// Package mcp is the door for agents themselves: an MCP server whose tools
// record what an agent does, and answer what the ledger knows. It speaks over
// stdio, to the one client that started it, and over streamable HTTP behind
// somebody else's tokens.
//
// The tools' schemas follow from the catalog of kinds. What a tool writes goes
// through the same Recorder, and what it reads through the same Reader, as
// every other call.
package mcp
