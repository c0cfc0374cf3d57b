package mcp

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// orderly is a transport over which things happen in the order in which they
// are said. The SDK works on calls side by side, and cancels them when its input
// ends. But what is recorded must stand in the order of the telling, a client
// that asks for many things at once may build on the first of them, and one that
// is done talking has not taken back what it said.
type orderly struct{ sdk.Transport }

// Connect begins the connection.
func (t orderly) Connect(ctx context.Context) (sdk.Connection, error) {
	c, err := t.Transport.Connect(ctx)
	if err != nil {
		return nil, err
	}
	o := &orderlyConnection{Connection: c, asked: map[jsonrpc.ID]bool{}, writes: map[string]bool{}}
	o.answered.L = &o.mu
	for _, t := range recordingTools() {
		o.writes[t.name] = true
	}
	return o, nil
}

// orderlyConnection knows what was asked and is not answered.
type orderlyConnection struct {
	sdk.Connection
	writes map[string]bool // the tools that write

	mu       sync.Mutex
	answered sync.Cond
	asked    map[jsonrpc.ID]bool // and whether it writes
	closed   bool
}

// Read gives the next message. A call of a tool waits for the writes before it,
// and the end of the input for all that was asked.
func (o *orderlyConnection) Read(ctx context.Context) (jsonrpc.Message, error) {
	m, err := o.Connection.Read(ctx)
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.wait(func() bool { return len(o.asked) > 0 })
		return nil, err
	}
	if r, ok := m.(*jsonrpc.Request); ok && r.IsCall() {
		isTool, isWrite := o.toolOf(r)
		if isTool {
			o.wait(o.writing)
		}
		o.asked[r.ID] = isWrite
	}
	return m, nil
}

// wait waits while something is so, but not beyond the end of the connection.
func (o *orderlyConnection) wait(while func() bool) {
	for while() && !o.closed {
		o.answered.Wait()
	}
}

func (o *orderlyConnection) writing() bool {
	for _, writes := range o.asked {
		if writes {
			return true
		}
	}
	return false
}

// toolOf says whether a message calls a tool, and one that writes.
func (o *orderlyConnection) toolOf(r *jsonrpc.Request) (isTool, isWrite bool) {
	if r.Method != "tools/call" {
		return false, false
	}
	var params struct {
		Name string `json:"name"`
	}
	return true, json.Unmarshal(r.Params, &params) == nil && o.writes[params.Name]
}

// Write sends a message.
func (o *orderlyConnection) Write(ctx context.Context, m jsonrpc.Message) error {
	err := o.Connection.Write(ctx, m)
	if r, ok := m.(*jsonrpc.Response); ok {
		o.mu.Lock()
		delete(o.asked, r.ID)
		o.mu.Unlock()
		o.answered.Broadcast()
	}
	return err
}

// Close closes the connection, and waits for nothing.
func (o *orderlyConnection) Close() error {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.answered.Broadcast()
	return o.Connection.Close()
}
