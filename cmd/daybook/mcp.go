package main

type mcpCmd struct {
	Serve mcpServeCmd `cmd:"" help:"Serve one MCP client over standard input and output."`
}
