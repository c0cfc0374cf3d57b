package mcp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/daybook-audit/daybook"
)

// offers are the SDK's servers, one an audience.
type offers struct {
	mu   sync.Mutex
	made map[audience]*sdk.Server
}

func (s *Server) offered(a audience) *sdk.Server {
	s.offers.mu.Lock()
	defer s.offers.mu.Unlock()
	server, ok := s.offers.made[a]
	if !ok {
		server = s.serverFor(a)
		s.offers.made[a] = server
	}
	return server
}

// streamable makes the SDK's handler. Each request stands by itself: no session
// is kept, so there is none to steal, to bound or to lose, and every server
// behind one address answers alike. Nothing is streamed, since no tool has
// anything to say before it is done. Hosts and origins are for whoever stands
// before Handle to guard.
func (s *Server) streamable() http.Handler {
	return sdk.NewStreamableHTTPHandler(func(r *http.Request) *sdk.Server {
		c, _ := r.Context().Value(callerKey{}).(caller)
		return s.offered(c.audience)
	}, &sdk.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, PropagateRequestCancellation: true,
		DisableLocalhostProtection: true, MaxRequestBodyBytes: maxMessage, Logger: slog.New(slog.DiscardHandler),
	})
}

// Handle answers one request over streamable HTTP for a principal. Its body must
// be bounded already. Parameters of the URL say once what calls then need not:
// agent, business, conversation.
func (s *Server) Handle(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	d, err := defaultsIn(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxMessage+1))
	if err != nil {
		return fmt.Errorf("mcp: %w", err)
	}
	id, err := checkMessage(body)
	if err != nil {
		return err
	}
	c := caller{principal: p, defaults: d, audience: audienceOf(p, d)}
	asked := r.Clone(c.with(r.Context()))
	asked.Body = io.NopCloser(bytes.NewReader(body))
	asked.Header.Set("Content-Type", "application/json")
	asked.Header.Set("Accept", "application/json, text/event-stream") // it is always answered in JSON
	out := &reply{header: http.Header{}}
	s.http.ServeHTTP(out, asked)
	return out.send(w, id)
}

// defaultsIn reads the parameters of the URL.
func defaultsIn(r *http.Request) (Defaults, error) {
	var d Defaults
	known := map[string]*string{"agent": &d.Agent, "business": &d.Business, "conversation": &d.Conversation}
	for name, given := range r.URL.Query() {
		into, ok := known[name]
		if !ok {
			e := daybook.Invalidf("/"+daybook.Clip(name), "is no parameter of this call")
			e.Hint = "it has agent, business, conversation"
			return d, e
		}
		if len(given) > 1 || len(given[0]) > daybook.MaxName || strings.ContainsRune(given[0], 0) {
			return d, daybook.Invalidf("/"+name, "is given twice, or is no name")
		}
		*into = given[0]
	}
	return d, nil
}

// checkMessage gives a message's id, nil where it has none, and refuses what the
// SDK need not see: what is too long or no JSON, what nests without end, and
// many messages at once, which it would work on side by side.
func checkMessage(body []byte) (id json.RawMessage, err error) {
	if len(body) > maxMessage {
		return nil, &daybook.Error{
			Code: daybook.CodeTooLarge, Message: fmt.Sprintf("the message is over %d bytes", maxMessage), Hint: "record what was done and where the data is, not the data itself",
		}
	}
	d := jsontext.NewDecoder(bytes.NewBuffer(body))
	kind := d.PeekKind()
	if err := d.SkipValue(); err != nil {
		return nil, &daybook.Error{Code: daybook.CodeMalformed, Message: "the body is no JSON", Err: err, Hint: "send one JSON-RPC message"}
	}
	if kind != '{' || len(bytes.TrimSpace(body[d.InputOffset():])) > 0 {
		return nil, &daybook.Error{Code: daybook.CodeMalformed, Message: "the body is not one JSON-RPC message", Hint: "send one message with each request"}
	}
	id = idOf(body)
	return id, checkID(id)
}

// checkID refuses a number that the SDK would answer to under another one.
func checkID(id json.RawMessage) error {
	if len(id) == 0 || id[0] == '"' {
		return nil
	}
	if _, err := strconv.ParseInt(string(id), 10, 64); err != nil {
		return &daybook.Error{Code: daybook.CodeMalformed, Path: "/id", Message: string(id) + " is no id", Hint: "number messages with whole numbers, or give them text"}
	}
	return nil
}

// maxID bounds the id of a message, in bytes.
const maxID = 256

// reply holds an answer of the SDK's until it is whole.
type reply struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header gives the answer's header.
func (o *reply) Header() http.Header { return o.header }

// WriteHeader notes the status.
func (o *reply) WriteHeader(status int) {
	if o.status == 0 {
		o.status = status
	}
}

// Write adds to the body.
func (o *reply) Write(b []byte) (int, error) { return o.body.Write(b) }

// send answers with what the SDK said to a message. What it says in plain text,
// of a request that it does not know, becomes an error of the protocol where
// there is an id to answer to.
func (o *reply) send(w http.ResponseWriter, id json.RawMessage) error {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	if o.status >= http.StatusBadRequest && !strings.HasPrefix(o.header.Get("Content-Type"), "application/json") {
		why := cut(strings.TrimSpace(o.body.String()), briefText)
		if id == nil {
			return &daybook.Error{Code: daybook.CodeMalformed, Message: why, Hint: "send messages as the Model Context Protocol has them"}
		}
		o.refuse(id, why)
	}
	for _, name := range []string{"Content-Type", "Mcp-Protocol-Version"} {
		if given := o.header.Values(name); len(given) > 0 {
			w.Header()[name] = slices.Clone(given)
		}
	}
	w.WriteHeader(o.status)
	_, err := w.Write(o.body.Bytes())
	return err
}

// refuse makes the answer an error of the protocol. Of a version that is not
// spoken the status says it, too, as the protocol has it.
func (o *reply) refuse(id json.RawMessage, why string) {
	code := jsonrpc.CodeInvalidRequest
	if strings.Contains(why, "not handled") {
		code = jsonrpc.CodeMethodNotFound
	}
	if !strings.Contains(why, "Unsupported protocol version") {
		o.status = http.StatusOK
	}
	o.header.Set("Content-Type", "application/json")
	o.body.Reset()
	o.body.Write(marshal(map[string]any{"jsonrpc": "2.0", "id": id, "error": map[string]any{"code": code, "message": why}}))
}
