package local_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/contract"
)

// A refusal is one way to be refused: which calls have it, and how.
type refusal struct {
	name    string
	status  int
	of      func(*contract.Operation) bool // nil: all that have the status
	path    func(o *contract.Operation, example string) string
	body    func(o *contract.Operation, example []byte) string
	headers []string
}

func writes(o *contract.Operation) bool { return o.Method == "POST" && o.ID != "revokeToken" }

func guarded(o *contract.Operation) bool { return o.Roles() != nil }

func withQuery(query string) func(*contract.Operation, string) string {
	return func(_ *contract.Operation, example string) string {
		path, _, _ := strings.Cut(example, "?")
		return path + "?" + query
	}
}

func text(s string) func(*contract.Operation, []byte) string {
	return func(*contract.Operation, []byte) string { return s }
}

var refusals = []refusal{
	{name: "what the client has", status: 304, headers: []string{"If-None-Match: *"}},
	{name: "a query that is none", status: 400, path: withQuery("%zz")},
	{name: "no JSON", status: 400, of: writes, body: text(`{"`)},
	{name: "nobody", status: 401, headers: []string{asHeader + ": nobody"}},
	{name: "another host", status: 403, headers: []string{"Host: evil.example"}},
	{name: "no role", status: 403, of: guarded, headers: []string{asHeader + ": visitor"}},
	{name: "what is not there", status: 404, of: func(o *contract.Operation) bool {
		return !slices.Contains([]string{"getCheckpoint", "getTileCheckpoint", "createToken", "listTokens", "callMCP"}, o.ID)
	}, path: elsewhere, body: amending},
	{name: "a method that there is not", status: 404, of: func(o *contract.Operation) bool { return o.ID == "callMCP" }, body: text(noSuchMethod), headers: []string{"Mcp-Protocol-Version: 2026-07-28", "Mcp-Method: none"}},
	{name: "a conflict", status: 409, of: func(o *contract.Operation) bool { return o.ID != "takeClaudeCodeHook" }, body: conflicting},
	{name: "too large", status: 413, of: writes, body: text(strings.Repeat(" ", 70<<10))},
	{name: "another type", status: 415, of: writes, headers: []string{"Content-Type: image/png"}},
	{name: "a parameter that there is not", status: 422, path: withQuery("nonsense=1")},
	{name: "a pest", status: 429, headers: []string{asHeader + ": a pest"}},
	{name: "a fault", status: 500, of: guarded, headers: []string{asHeader + ": a fault"}},
	{name: "too late", status: 503, of: guarded, headers: []string{asHeader + ": too late"}},
}

// elsewhere is a path of the call that leads to nothing.
func elsewhere(o *contract.Operation, example string) string {
	for _, k := range daybook.Kinds() {
		id := map[daybook.Type]string{daybook.TypeText: "nobody", daybook.TypeUUID: "00000000-0000-7000-8000-000000000000", daybook.TypeInt: "999999"}[k.Subject().Type]
		if strings.HasPrefix(o.Path, "/v1/"+k.Name+"/{id}") {
			return strings.Replace(o.Path, "{id}", id, 1)
		}
	}
	if strings.HasPrefix(o.Path, "/schemas/") {
		return strings.Replace(example, "/conversations", "/decisions", 1)
	}
	if o.ID == "getWhy" {
		return strings.Replace(example, "silver.", "nowhere.", 1)
	}
	return strings.NewReplacer(
		"01a201a0-df1a-7a37-854e-3917595aaf26", "00000000-0000-7000-8000-000000000000", "000.p/1", "x999/999", "/tokens/ops", "/tokens/nobody",
	).Replace(example)
}

// kindOf is the kind of a call that writes, amends or ends one.
func kindOf(o *contract.Operation) *daybook.Kind {
	name, _, _ := strings.Cut(strings.TrimPrefix(o.Path, "/v1/"), "/")
	return daybook.MustKind(name)
}

// amending makes the body of a write an amendment of what is not there.
func amending(o *contract.Operation, example []byte) string {
	if !strings.HasPrefix(o.ID, "write") {
		return string(example)
	}
	k := daybook.MustKind("conversations")
	if o.ID != "writeRecords" {
		k = kindOf(o)
	}
	record := k.Example(daybook.SchemaAmendment)
	record[k.Subject().Name] = map[bool]any{true: 999999, false: "00000000-0000-7000-8000-000000000000"}[k.Subject().Serial]
	return marshalled(record)
}

// noSuchMethod is a message of the era that knows sessions no more.
const noSuchMethod = `{"jsonrpc": "2.0", "id": 1, "method": "none", "params": {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}}}`

// conflicting makes the body of a write one that contradicts what stands: that
// a log_id is a conversation's, and what no amendment may fill.
func conflicting(o *contract.Operation, example []byte) string {
	if o.ID == "createToken" {
		return string(example) // the name is taken
	}
	k := daybook.MustKind("thinking_logs")
	if o.ID != "writeRecords" {
		k = kindOf(o)
	}
	record := k.Example(daybook.SchemaRecord)
	record["log_id"], record["business_id"] = "01a201a0-df1a-7a37-854e-3917595aaf26", "another"
	return marshalled(record)
}

func marshalled(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// refuseAll refuses every call in every way that its description has.
func (s *stand) refuseAll() {
	s.t.Helper()
	for _, o := range s.document.Operations() {
		example := s.document.Examples(o)[0]
		for _, r := range refusals {
			has := slices.ContainsFunc(o.Statuses(), func(status string) bool { return status == strconv.Itoa(r.status) })
			if !has || r.of != nil && !r.of(o) {
				continue
			}
			path, body := example.Path, string(example.Body)
			if r.path != nil {
				path = r.path(o, path)
			}
			if r.body != nil {
				body = r.body(o, example.Body)
			}
			headers := append([]string{"Content-Type: " + example.Media}, r.headers...)
			if w := s.send(o.Method, path, body, headers...); w.Code != r.status {
				s.t.Errorf("%s of %s %s: %d %s\n%s", r.name, o.Method, path, w.Code, bytes.TrimSpace(w.Body.Bytes()), body)
			}
		}
	}
}
