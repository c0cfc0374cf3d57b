package mcp

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/google/uuid"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/daybook-audit/daybook"
)

// maxMessage bounds one message, in bytes.
const maxMessage = 16 << 20

// Run speaks to one client over in and out, one JSON-RPC message a line, until
// the input or ctx ends, which is no error. A line that is no message is refused,
// and the next one read. Nothing else is written to out. The
// client is trusted with what the principal may.
func (s *Server) Run(ctx context.Context, in io.Reader, out io.Writer, p daybook.Principal, d Defaults) error {
	c := caller{principal: p, defaults: d, memory: &memory{}, audience: audienceOf(p, d)}
	c.audience.connected, c.audience.named = true, true // a client says once what it is called
	if c.defaults.Conversation == "" {
		c.defaults.Conversation = uuid.Must(uuid.NewV7()).String()
	}
	server := s.serverFor(c.audience)
	to := &shared{out: out}
	err := server.Run(c.with(ctx), orderly{&sdk.IOTransport{
		Reader: io.NopCloser(&lineReader{in: bufio.NewReader(in), out: to}), Writer: to, MaxLineLength: -1, // they are bounded already
	}})
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, io.EOF) {
		return &daybook.Error{
			Code: daybook.CodeMalformed, Message: "mcp: the client does not speak the protocol", Err: err,
			Hint: "have an MCP client start this, with its messages on standard input, one JSON object a line",
		}
	}
	return nil
}
