package proxy

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/daybook-audit/daybook"
)

// read gives the messages of a text, as a pump reads them.
func read(t *testing.T, text string) []*node {
	t.Helper()
	var s scanner
	_, _ = s.Write([]byte(text))
	messages, ok := s.end()
	if !ok {
		t.Fatalf("%s cannot be read", text)
	}
	return messages
}

// TestPendingIsBounded: a server that answers nothing does not fill the memory,
// and of the call that makes room it is said that nobody knows.
func TestPendingIsBounded(t *testing.T) {
	t.Parallel()
	var last []daybook.Record
	p := withRecorder(t, false, func(records []daybook.Record) error {
		for _, r := range records {
			if r.Amend {
				last = append(last, r)
			}
		}
		return nil
	})
	l := p.link("stdio")
	for i := range maxPending + 2 {
		l.fromClient(read(t, `{"jsonrpc":"2.0","id":`+strconv.Itoa(i)+`,"method":"tools/call","params":{"name":"a"}}`))
	}
	if n := len(l.calls.byID); n != maxPending || l.calls.order.Len() != n {
		t.Fatalf("%d calls are remembered", n)
	}
	if l.calls.get("0") != nil || l.calls.get("1") != nil || l.calls.get("2") == nil {
		t.Error("it is not the oldest that made room")
	}
	p.Close(context.Background())
	if len(last) != 2 {
		t.Fatalf("%d calls ended", len(last))
	}
	for _, r := range last {
		said, err := r.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		contains(t, "a call that made room", string(said), `"not known: more than 10000 calls`)
		if strings.Contains(string(said), `"success"`) {
			t.Errorf("of a call that made room it says %s", said)
		}
	}
}

func withRecorder(t *testing.T, closed bool, record recorderFunc) *Proxy {
	t.Helper()
	return newProxy(t, nil, func(o *Options) { o.Recorder, o.Closed = record, closed })
}

// recorderFunc is a book that is a function.
type recorderFunc func([]daybook.Record) error

func (f recorderFunc) Record(_ context.Context, _ daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	return nil, f(records)
}

// TestLedgerAwayHoldsNobodyUp: a ledger that takes its time to say that it is
// away is not asked again for each call.
func TestLedgerAwayHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	for _, closed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			tries := 0
			p := withRecorder(t, closed, func([]daybook.Record) error {
				tries++
				time.Sleep(2 * slow)
				return &daybook.Error{Code: daybook.CodeUnavailable, Message: "it is away"}
			})
			l := p.link("stdio")
			began := time.Now()
			for i := range 100 {
				_, answer, err := p.admit(l, read(t, `{"jsonrpc":"2.0","id":`+strconv.Itoa(i)+`,"method":"tools/call"}`), true)
				if (err != nil) != closed || closed != strings.Contains(string(answer), "it is away") {
					t.Fatalf("closed %v: %s %v", closed, answer, err)
				}
			}
			if took := time.Since(began); took > 50*slow { // asked each time it would be 200
				t.Errorf("closed %v: 100 calls took %s", closed, took)
			}
			p.Close(context.Background())
			if p.scribe.lost.Load() != 100 || tries > 20 {
				t.Errorf("closed %v: %d lost in %d tries", closed, p.scribe.lost.Load(), tries)
			}
		})
	}
}

// TestAwayEnds: what is fast, or is about one record alone, is no reason to leave
// the ledger alone; and after a while it is asked again.
func TestAwayEnds(t *testing.T) {
	t.Parallel()
	unavailable := &daybook.Error{Code: daybook.CodeUnavailable}
	for _, c := range []struct {
		err  error
		took time.Duration
		away bool
	}{
		{nil, time.Minute, false},
		{unavailable, slow / 2, false},
		{unavailable, slow, true},
		{daybook.Invalidf("/name", "is wrong"), time.Minute, false},
		{context.DeadlineExceeded, time.Minute, true},
	} {
		a := away{most: maxRest}
		if a.note(c.err, c.took); (a.now() != nil) != c.away {
			t.Errorf("%v after %s: %v", c.err, c.took, a.now())
		}
	}
	a := away{most: maxRest}
	for range 10 {
		a.note(unavailable, slow)
	}
	if a.rest != maxRest || !errors.Is(a.now(), unavailable) {
		t.Errorf("it rests for %s", a.rest)
	}
	a.until = time.Now()
	if a.now() != nil {
		t.Error("it is never asked again")
	}
}

// TestOtherWayRound: a method that the other side usually asks for is an action
// from beginning to end.
func TestOtherWayRound(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	p := newProxy(t, b, nil)
	l := p.link("stdio")
	l.fromServer(read(t, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}`))
	l.fromClient(read(t, `{"jsonrpc":"2.0","id":1,"result":{}}`))
	if _, _, err := p.admit(l, read(t, `{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{"message":"?"}}`), true); err != nil {
		t.Fatal(err)
	}
	l.fromServer(read(t, `{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}`))
	for _, target := range []string{"files tools/call a", "files elicitation/create"} {
		if a := b.action(target); !*a.Success {
			t.Errorf("%s failed", target)
		}
	}
}
