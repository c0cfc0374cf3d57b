package proxy

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// A call that asks for more input is one call with the request that brings it:
// within a connection, and over HTTP between requests that have nothing else in
// common.
func TestCallsThatAskForInput(t *testing.T) {
	t.Parallel()
	const asks = `{"jsonrpc":"2.0","id":%d,"result":{"resultType":"input_required","requestState":"s1","inputRequests":{"q":{"method":"elicitation/create","params":{"mode":"url","url":"https://x.example/consent","message":"Consent"}}}}}`
	const retry = `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"pay","arguments":{"a":1},"requestState":"s1","inputResponses":{"q":{"action":"decline"}},"_meta":{"io.modelcontextprotocol/clientInfo":{"name":"newer","version":"2"}}}}`
	hold := func(b *testBook) {
		t.Helper()
		if c := b.call("pay"); !*c.Success || c.ResultSummary != "1 text\npaid" {
			t.Errorf("%+v", c)
		}
		list := b.escalations()
		if len(list) != 1 || list[0].Resolution != "decline" || list[0].EscalationType != "greenlight" || !strings.Contains(list[0].Description, "https://x.example/consent") {
			t.Errorf("%+v", list)
		}
	}
	b := newBook(t)
	p := newProxy(t, b, nil)
	l := p.link("stdio")
	show(t, p, l, toolCall(1, "pay"), fmt.Sprintf(asks, 1), retry, answerTo(2, "paid"))
	hold(b)

	s := startSite(t, func(w http.ResponseWriter, r *http.Request) {
		if text, _ := io.ReadAll(r.Body); strings.Contains(string(text), "requestState") {
			writeJSON(w, answerTo(2, "paid"))
			return
		}
		writeEvent(w, "data: "+fmt.Sprintf(asks, 1)+"\n\n")
	}, nil)
	s.post(toolCall(1, "pay"))
	s.post(retry)
	hold(s.book)
}

func TestTasks(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	p := newProxy(t, b, nil)
	l := p.link("stdio")
	const created = `{"jsonrpc":"2.0","id":%d,"result":{"task":{"taskId":"t%d","status":"working"}}}`
	show(t, p, l, toolCall(1, "done"), fmt.Sprintf(created, 1, 1), `{"jsonrpc":"2.0","id":9,"method":"tasks/get","params":{"taskId":"t1"}}`, `{"jsonrpc":"2.0","id":9,"result":{"taskId":"t1","status":"completed"}}`)
	show(t, p, l, toolCall(2, "failed"), fmt.Sprintf(created, 2, 2), `{"jsonrpc":"2.0","method":"notifications/initialized"}`, `{"jsonrpc":"2.0","method":"notifications/tasks/status","params":{"taskId":"t2","status":"failed","statusMessage":"out of paper"}}`)
	show(t, p, l, toolCall(3, "left"), fmt.Sprintf(created, 3, 3))
	show(t, p, l, `{"jsonrpc":"2.0","id":10,"method":"tasks/result","params":{"taskId":"t1"}}`, answerTo(10, "printed"))
	l.close("over")
	if c := b.call("done"); !*c.Success || c.ResultSummary != "1 text\nprinted" {
		t.Errorf("%+v", c)
	}
	if c := b.call("failed"); *c.Success || c.ErrorMessage != "the task failed: out of paper" {
		t.Errorf("%+v", c)
	}
	if c := b.call("left"); *c.Success || c.ErrorMessage != "over" {
		t.Errorf("%+v", c)
	}
	if n := len(b.actions()); n != 0 {
		t.Errorf("%d actions", n)
	}
}

// The server may take back what it asked, and a client may know nothing of it.
func TestEscalationsThatNobodyAnswers(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	p := newProxy(t, b, nil)
	l := p.link("stdio")
	const ask = `{"jsonrpc":"2.0","id":%d,"method":"elicitation/create","params":{"message":"m%d"}}`
	for i, then := range []string{
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":0}}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"what?"}}`,
	} {
		show(t, p, l, "", fmt.Sprintf(ask, i, i))
		if strings.Contains(then, "error") {
			show(t, p, l, then)
		} else {
			show(t, p, l, "", then)
		}
	}
	eventually(t, "the end of both", func() bool {
		list := b.escalations()
		return len(list) == 2 && !list[0].ResolvedAt.IsZero() && !list[1].ResolvedAt.IsZero()
	})
	for i, want := range []string{"cancelled by the server", "what? (code -32601)"} {
		if e := b.escalations()[i]; e.Resolution != want || e.ResolvedBy != "" {
			t.Errorf("%+v", e)
		}
	}
}

// show shows a link messages, by turns of the client and of the server.
func show(t *testing.T, p *Proxy, l *link, turns ...string) {
	t.Helper()
	for i, text := range turns {
		messages, ok := scanned(text, 100)
		if !ok {
			t.Fatalf("%s cannot be read", text)
		}
		if i%2 == 1 {
			l.fromServer(messages)
		} else if _, _, err := p.admit(l, messages, ok); err != nil {
			t.Fatal(err)
		}
	}
}
