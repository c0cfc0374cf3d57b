package proxy

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// An exchange is one HTTP request and its answer.
type exchange struct {
	gateway *gateway
	link    *link
	client  context.Context // ends when the client is gone
	method  string

	mu       sync.Mutex // a long request may still be read while it is answered
	messages []*node    // of the request
	intents  []intent   // the calls that it makes
	over     bool

	status    int
	streaming bool   // the answer is a stream of events
	resumes   bool   // which the client may take up again when it breaks
	opaque    string // what about the answer keeps it from being read
}

// lost is why a call got no answer.
type lost struct{ text string }

func (l *lost) Error() string { return l.text }

var errClientGone = &lost{"the client went away"}

// admit reads a request, and writes what it is about to do. It says false where
// it must not pass, and has answered then.
func (x *exchange) admit(w http.ResponseWriter, r *http.Request) bool {
	p := x.gateway.proxy
	limit := heldOpen
	if p.o.Closed {
		limit = heldClosed
	}
	b := &body{from: r.Body}
	b.see = func(messages []*node, ok bool) ([]byte, error) {
		intents, answer, err := p.admit(x.link, messages, ok)
		x.begin(messages, intents)
		return answer, err
	}
	whole, err := b.fill(limit)
	if err != nil {
		refuseHTTP(w, http.StatusBadRequest, appendError(nil, nil, codeRefused, "daybook mcp proxy: the request broke off"))
		return false
	}
	if whole {
		if answer, err := b.end(); err != nil {
			x.refuse(w, answer)
			return false
		}
	} else if p.o.Closed {
		refuseHTTP(w, http.StatusRequestEntityTooLarge, appendError(nil, nil, codeRefused, "daybook mcp proxy: the message is longer than what can be held until it is recorded"))
		return false
	}
	r.Body = b
	return true
}

// begin notes the calls that a request makes.
func (x *exchange) begin(messages []*node, intents []intent) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.messages, x.intents = messages, intents
	if x.over {
		x.link.abandon(intents, outcome{failed: true, problem: "the exchange was over before the server had the whole request"})
	}
}

// asked gives the messages of the request, if it was read by now.
func (x *exchange) asked() []*node {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.messages
}

// refuse answers for a call that is not made. Over streamable HTTP that is the
// answer; before it, answers came by another stream, and so this is a failure.
func (x *exchange) refuse(w http.ResponseWriter, answer []byte) {
	status := http.StatusOK
	if strings.HasPrefix(x.link.named(), "address ") {
		status = http.StatusServiceUnavailable
	}
	refuseHTTP(w, status, answer)
}

// answered is called with the head of each answer, and sees to it that the rest
// is read along.
func (g *gateway) answered(response *http.Response) error {
	x := exchangeOf(response.Request.Context())
	x.status = response.StatusCode
	id := response.Header.Get(sessionHeader)
	switch {
	case id != "":
		g.links.name("session "+id, x.link)
	case x.status == http.StatusNotFound && x.link.named() != "":
		g.links.forget(x.link, "the server knows nothing of the session any more")
	case x.method == http.MethodDelete && x.status < 300:
		g.links.forget(x.link, "the client ended the session")
	}
	if x.status == http.StatusSwitchingProtocols {
		return nil
	}
	g.keepHere(response)
	t := &tapped{ReadCloser: response.Body, over: x.finish}
	media, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	encoding := response.Header.Get("Content-Encoding")
	switch {
	case encoding != "" && encoding != "identity":
		x.opaque = "was compressed (" + clip(encoding, 40) + "), though that was not asked for"
	case err == nil && media == "text/event-stream":
		x.streaming = true
		t.feed = x.events(response)
	case err == nil && (media == "application/json" || strings.HasSuffix(media, "+json")):
		t.feed = x.json()
	case x.status == http.StatusOK:
		x.opaque = strings.TrimSpace("was no JSON, but " + clip(media, 80))
	}
	if t.feed == nil {
		t.feed = func([]byte, bool) {}
	}
	response.Body = t
	if x.streaming && x.method == http.MethodGet {
		response.Body = &relocated{ReadCloser: t, upstream: g.upstream}
	}
	return nil
}

// keepHere makes a redirection within the server one within the proxy.
func (g *gateway) keepHere(response *http.Response) {
	to, err := response.Location()
	if err == nil && to.Scheme == g.upstream.Scheme && to.Host == g.upstream.Host {
		response.Header.Set("Location", to.RequestURI())
	}
}

// json reads a body that is one message, or a batch of them.
func (x *exchange) json() func([]byte, bool) {
	var s scanner
	return func(p []byte, over bool) {
		_, _ = s.Write(p) // it takes anything
		if over {
			messages, ok := s.end()
			x.gateway.proxy.unread(ok, "server")
			x.link.fromServer(messages)
		}
	}
}

// finish is called when an answer is over: with nil where it came to its end.
// What was not answered then may still be, by another stream of the session.
func (x *exchange) finish(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.over {
		return
	}
	x.over = true
	why := x.why(err)
	switch name := x.link.named(); {
	case name == "" && x.streaming && x.method == http.MethodGet:
		x.link.close(why)
	case strings.HasPrefix(name, "address ") && x.method == http.MethodGet:
		x.gateway.links.forget(x.link, why)
	case x.status == http.StatusAccepted && name != "":
		x.link.orphan(x.intents, "") // the answer comes by another stream
	case x.awaits(err):
		x.link.orphan(x.intents, why)
	default:
		x.link.abandon(x.intents, outcome{failed: x.opaque == "", unknown: x.opaque != "", problem: why})
	}
}

// awaits says whether an answer may come by another stream.
func (x *exchange) awaits(err error) bool {
	var gone *lost
	switch {
	case x.link.named() == "":
		return false // nothing leads from another stream to this request
	case errors.As(err, &gone) && gone != errClientGone:
		return false // it did not reach the server
	case x.client != nil && x.client.Err() != nil:
		return true
	}
	return x.streaming && x.resumes
}

// why says what became of a call that this exchange did not answer.
func (x *exchange) why(err error) string {
	var gone *lost
	switch {
	case x.opaque != "":
		return "not known: the answer " + x.opaque + ", and was not read"
	case errors.As(err, &gone):
		return gone.text
	case x.client != nil && x.client.Err() != nil:
		return "the client went away before it was answered"
	case err != nil && !errors.Is(err, io.EOF):
		return "the server broke the connection before it was answered"
	case x.status >= http.StatusMultipleChoices:
		return "the server answered with HTTP " + strconv.Itoa(x.status) + " " + http.StatusText(x.status)
	}
	return "the answer ended without one"
}
