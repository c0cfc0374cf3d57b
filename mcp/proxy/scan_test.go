package proxy

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/redact"
)

// scanned reads messages in pieces of n bytes.
func scanned(text string, n int) ([]*node, bool) {
	var s scanner
	for len(text) > 0 {
		k := min(n, len(text))
		_, _ = s.Write([]byte(text[:k]))
		text = text[k:]
	}
	return s.end()
}

var plain = renderer{} // takes no secrets out

func TestScannerReadsJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{}`:                               `{}`,
		` {"a" : [ 1 , -2.5e3,true,null]}`: `{"a":[1,-2.5e3,true,null]}`,
		`{"a":"\"\\\/\b\f\n\r\tä\u00e4\ud83d\ude00😀"}`: `{"a":"\"\\/\b\f\n\r\tää😀😀"}`,
		`{"a":"\ud83d"}`:               `{"a":"�"}`,
		`{"a":"\ud83dx\ude00"}`:        `{"a":"�x�"}`,
		`{"a":"\u0000"}`:               `{"a":"�"}`,
		"{\"a\":\"\xff\"}":             `{"a":"�"}`,
		`{"a":1,"a":2,"a":3}`:          `{"a":1,"a (2)":2,"a (3)":3}`,
		`{"a":12345678901234567890}`:   `{"a":"12345678901234567890"}`,
		`{"a":1e999}`:                  `{"a":"1e999"}`,
		`{"a":1-2}`:                    `{"a":"1-2"}`,
		`{"a":{"b":{"c":[[],{},""]}}}`: `{"a":{"b":{"c":[[],{},""]}}}`,
	} {
		for n := 1; n <= len(text); n += 3 {
			messages, ok := scanned(text, n)
			if !ok || len(messages) != 1 {
				t.Errorf("%s in pieces of %d: %v %v", text, n, messages, ok)
				continue
			}
			if got := string(plain.appendNode(nil, messages[0])); got != want {
				t.Errorf("%s in pieces of %d gives %s", text, n, got)
			}
		}
	}
}

func TestScannerRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{`, `}`, `[`, `[]`, `[1]`, `1`, `"a"`, `true`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{a:1}`, `{"a":1]`, `[{}`, `[{},]`, `{}{}`, `{} x`, `{"a":tru}`,
		`{"a":nulll}`, `{"a":"\x"}`, `{"a":"\u00g0"}`, "{\"a\":\"\n\"}", `{"a" 1}`, `{"a":1 2}`, `{"a":[1 2]}`, `{"a":[}`, `{1:2}`, `{"a":--}]`,
	} {
		for n := 1; n <= len(text); n++ {
			if messages, ok := scanned(text, n); ok {
				t.Errorf("%q is taken for %d messages", text, len(messages))
			}
		}
	}
	for _, text := range []string{"", " ", "\r\n"} {
		if messages, ok := scanned(text, 1); !ok || len(messages) != 0 {
			t.Errorf("%q is something", text)
		}
	}
}

func TestScannerReadsBatches(t *testing.T) {
	t.Parallel()
	messages, ok := scanned(`[{"id":1,"params":{"x":"`+strings.Repeat("y", maxKept)+`"}}, {"id":"1"},{"id":1.0}]`, 1000)
	if !ok || len(messages) != 3 {
		t.Fatalf("%v %v", messages, ok)
	}
	ids := []string{messages[0].get("id").id(), messages[1].get("id").id(), messages[2].get("id").id()}
	if fmt.Sprint(ids) != `[1 "1 1]` {
		t.Errorf("%q", ids)
	}
	if messages, ok = scanned(`[{"id":1},7]`, 100); ok || len(messages) != 1 {
		t.Errorf("%v %v", messages, ok)
	}
}

// However large a message is and wherever its parts stand, little of it is kept,
// and what says which it is always is.
func TestScannerKeepsLittle(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789abcdef", 1<<16)
	many := strings.Repeat(`{"x":[1,"y"]},`, 1<<16)
	members := strings.Builder{}
	for i := range 1 << 12 {
		members.WriteString(`"k` + strconv.Itoa(i) + `":"` + long[:100] + `",`)
	}
	for name, value := range map[string]string{
		"a long text": `"` + long + `"`, "many elements": "[" + many + "1]", "deep": strings.Repeat(`[{"a":`, 1<<16) + "1" + strings.Repeat("}]", 1<<16),
		"many members": `{` + members.String() + `"z":1}`,
	} {
		text := `{"params":{"_meta":` + value + `,"arguments":` + value + `,` + members.String() + `"name":"tool"},"x":` + value + `,"method":"tools/call","id":"` + long[:100] + `"}`
		messages, ok := scanned(text, 4096)
		if !ok || len(messages) != 1 {
			t.Fatalf("%s cannot be read", name)
		}
		m := messages[0]
		if m.get("method").str() != methodCall || m.get("params", "name").str() != "tool" || m.get("id").id() != `"`+long[:100] {
			t.Errorf("%s hides what the message is", name)
		}
		rendered := plain.appendNode(nil, m)
		if len(rendered) > 3*maxKept || !json.Valid(rendered) {
			t.Errorf("of %s %d bytes are kept", name, len(rendered))
		}
		contains(t, name, string(rendered), "[cut")
	}
}

func TestCutTextsHoldNoHalfSecret(t *testing.T) {
	t.Parallel()
	key := "ghp_" + strings.Repeat("aB3dE6gH9", 4)
	for at := shownText - len(key) - 2; at <= shownText+2; at++ {
		text := strings.Repeat(" ", at) + key + strings.Repeat(" x", maxText)
		messages, ok := scanned(`{"a":"`+text+`"}`, 4096)
		if !ok {
			t.Fatal("it cannot be read")
		}
		rendered := string(renderer{redactor: redact.Default()}.json(messages[0]))
		if strings.Contains(rendered, key[:12]) {
			t.Fatalf("a secret at %d is kept: …%s", at, rendered[len(rendered)-120:])
		}
	}
}

// FuzzScanner holds the scanner against the standard library: both take the
// same objects, in whatever pieces they come, and what is kept of them is JSON.
func FuzzScanner(f *testing.F) {
	for _, text := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"a":[1,2.5e-3,"\u00e4\ud83d\ude00"]}}}`,
		`{"a":{"b":[{}]},"c":-0}`, `{"a":"` + strings.Repeat("x", 20) + `"}`, `[{"id":1},{"id":2}]`, `{"a":tru}`, "{\"a\":\"\xff\"}",
	} {
		f.Add([]byte(text), uint64(3))
	}
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		whole, ok := scanned(string(text), max(1, len(text)))
		random := rand.New(rand.NewPCG(seed, 1))
		var s scanner
		for rest := text; len(rest) > 0; {
			k := 1 + random.IntN(len(rest))
			_, _ = s.Write(rest[:k])
			rest = rest[k:]
		}
		pieces, again := s.end()
		if ok != again || len(whole) != len(pieces) {
			t.Fatalf("in pieces it differs: %d %v, %d %v", len(whole), ok, len(pieces), again)
		}
		for i := range whole {
			a, b := plain.appendNode(nil, whole[i]), plain.appendNode(nil, pieces[i])
			if string(a) != string(b) || !json.Valid(a) {
				t.Fatalf("it gives %q and %q", a, b)
			}
		}
		var object map[string]json.RawMessage
		if json.Unmarshal(text, &object) == nil && object != nil && !ok {
			t.Fatalf("JSON is refused")
		}
	})
}

// FuzzEvents cuts streams of events into pieces: what is read of them does not
// depend on where.
func FuzzEvents(f *testing.F) {
	f.Add([]byte("event: endpoint\ndata: /x\n\n"), uint64(1))
	f.Add([]byte("id: 1\r\ndata: {\"id\":1,\r\ndata: \"result\":{}}\r\n\r\n: hello\rdata:x\r\r"), uint64(2))
	f.Add([]byte("\ufeffdata\n\ndata: {}\nid\n\nevent: a\nretry: 1\n\n"), uint64(3))
	read := func(text []byte, next func(int) int) string {
		var all strings.Builder
		e := &eventReader{over: func(e event) {
			fmt.Fprintf(&all, "%q %v %q %v %d\n", e.name, e.id, e.data, e.ok, len(e.messages))
		}}
		for len(text) > 0 {
			k := next(len(text))
			e.write(text[:k])
			text = text[k:]
		}
		return all.String()
	}
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 1))
		a, b := read(text, func(n int) int { return n }), read(text, func(n int) int { return 1 + random.IntN(n) })
		if a != b {
			t.Fatalf("%s\n%s", a, b)
		}
	})
}

// FuzzTap shows a link anything at all, both ways: it must not fail, and the
// ledger takes what it makes of it.
func FuzzTap(f *testing.F) {
	f.Add([]byte(hello+"\n"+toolCall(1, "a")+"\n"), []byte(answerTo(1, "x")+"\n"))
	f.Add([]byte(`{"id":1,"method":"resources/read","params":{"uri":"`+strings.Repeat("é", 800)+`"}}`+"\n"), []byte(`{"id":1,"result":{"contents":[{"blob":"AA"}]}}`+"\n"))
	f.Add([]byte(`{"id":1,"method":"tools/call","params":{"name":7,"arguments":[1]}}`+"\n"), []byte(`{"id":1,"result":{"resultType":"input_required","inputRequests":{"a":{"method":"elicitation/create","params":{}}}}}`+"\n"))
	f.Add([]byte(`{"id":"x","result":{"action":1}}`+"\n"), []byte(`{"id":"x","method":"elicitation/create"}`+"\n"+`{"id":"x","error":[]}`+"\n"))
	f.Fuzz(func(t *testing.T, up, down []byte) {
		b := newBook(t)
		p, err := New(Options{Name: "any", Recorder: b, Principal: daybook.Local})
		if err != nil {
			t.Fatal(err)
		}
		l := p.link("stdio")
		passes(t, p, up, func(messages []*node, ok bool) { _, _, _ = p.admit(l, messages, ok) })
		passes(t, p, down, func(messages []*node, _ bool) { l.fromServer(messages) })
		l.close("over")
		p.Close(t.Context())
		if p.scribe.lost.Load() > 0 {
			t.Fatalf("%d records were lost: %v", p.scribe.lost.Load(), b.refused)
		}
	})
}

// passes pumps bytes, of which each must arrive.
func passes(t *testing.T, p *Proxy, bytes []byte, see func([]*node, bool)) {
	t.Helper()
	var out strings.Builder
	pump := newPump(iotest.HalfReader(strings.NewReader(string(bytes))), &lineWriter{w: &out})
	pump.hold = 100
	pump.see = func(messages []*node, ok bool) error { see(messages, ok); return nil }
	if err := pump.run(); err != nil {
		t.Fatal(err)
	}
	if out.String() != string(bytes) {
		t.Fatalf("what passed is changed: %q", out.String())
	}
}

// TestScannerBoundsABatch: however many large messages come together, a bounded
// part of them is kept, and each is known for what it is, up to a number.
func TestScannerBoundsABatch(t *testing.T) {
	t.Parallel()
	one := func(i, size int) string {
		return `{"params":{"arguments":{"x":["` + strings.Repeat(strings.Repeat("y", 4000)+`","`, size/4000) + `"]},"name":"a"},"id":` + strconv.Itoa(i) + `,"method":"m"}`
	}
	var s scanner
	kept := func(messages, size int) int {
		_, _ = s.Write([]byte("["))
		for i := range messages {
			if i > 0 {
				_, _ = s.Write([]byte(","))
			}
			_, _ = s.Write([]byte(one(i, size)))
		}
		_, _ = s.Write([]byte("]"))
		return s.batch.kept
	}
	if n := kept(1000, 60_000); n > 2*amplyKept {
		t.Errorf("%d bytes are kept", n)
	}
	messages, ok := s.end()
	if !ok || len(messages) != 1000 {
		t.Fatalf("%d messages, %v", len(messages), ok)
	}
	last := messages[999]
	if last.get("id").id() != "999" || last.get("method").str() != "m" || last.get("params", "name").str() != "a" {
		t.Errorf("the last is %s", plain.appendNode(nil, last))
	}
	if n := kept(maxMessages+1, 0); n > maxBatched {
		t.Errorf("%d bytes are kept", n)
	}
	if messages, ok := s.end(); ok || len(messages) != maxMessages {
		t.Errorf("%d messages, %v", len(messages), ok)
	}
}
