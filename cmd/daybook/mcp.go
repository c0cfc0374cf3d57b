package main

type mcpCmd struct {
	Proxy mcpProxyCmd `cmd:"" help:"Stand between an MCP client and its server, and record what passes."`
	Serve mcpServeCmd `cmd:"" help:"Serve one MCP client over standard input and output."`
}
