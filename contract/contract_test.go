package contract_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook/contract"
)

const small = `{
  "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
  "paths": {
    "/things/{id}": {
      "get": {
        "operationId": "get", "x-roles": ["reader"],
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}, "example": "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"},
          {"name": "n", "in": "query", "schema": {"type": "integer", "maximum": 9}, "example": 3},
          {"name": "tag", "in": "query", "schema": {"type": "array", "items": {"type": "string", "minLength": 1}}},
          {"name": "X-Plain", "in": "header", "schema": {"type": "string", "pattern": "^[a-z]+$"}}
        ],
        "responses": {
          "200": {
            "description": "d", "headers": {"ETag": {"required": true, "schema": {"type": "string"}}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
          },
          "404": {"$ref": "#/components/responses/None"}
        }
      }
    },
    "/things/all": {
      "get": {"operationId": "all", "responses": {"200": {"description": "d", "content": {"application/x-ndjson": {
        "schema": {"type": "string"}, "x-item-schema": {"$ref": "#/components/schemas/Thing"}}}}}},
      "post": {
        "operationId": "put",
        "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}, "example": {"name": "a"}}}},
        "responses": {"204": {"description": "d"}, "404": {"$ref": "#/components/responses/None"}}
      }
    },
    "/files/{path}": {
      "get": {
        "operationId": "file", "parameters": [{"name": "path", "in": "path", "required": true, "x-multi-segment": true, "schema": {"type": "string"}, "example": "a/b"}],
        "responses": {"200": {"description": "d", "content": {"text/plain": {"schema": {"type": "string", "pattern": "^ok"}}}}}
      }
    }
  },
  "components": {
    "responses": {"None": {"description": "d", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}},
    "schemas": {
      "Thing": {"type": "object", "properties": {"name": {"type": "string"}, "at": {"type": "string", "format": "date-time"}}, "required": ["name"]},
      "Problem": {"type": "object", "properties": {"status": {"type": "integer"}}, "required": ["status"]}
    }
  }
}`

func load(t *testing.T, text string) *contract.Document {
	t.Helper()
	d, err := contract.Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const (
	thing   = "/things/0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"
	problem = "application/problem+json"
)

// exchanges are what a server might answer; fault is part of what is found, ""
// for nothing.
var exchanges = []struct {
	name, method, target, sent string
	status                     int
	headers                    []string // of the answer
	body, fault                string
}{
	{name: "as described", target: thing, status: 200, headers: []string{"ETag: x", "Content-Type: application/json; charset=utf-8"}, body: `{"name": "a"}`},
	{name: "with parameters", target: thing + "?n=9&tag=a&tag=b", status: 200, headers: []string{"ETag: x", "Content-Type: application/json"}, body: `{"name": "a"}`},
	{name: "a status", target: thing, status: 201, fault: "the status is not described"},
	{name: "a type", target: thing, status: 200, headers: []string{"ETag: x", "Content-Type: text/html"}, body: `{"name": "a"}`, fault: `"text/html" is not described`},
	{name: "a header", target: thing, status: 200, headers: []string{"Content-Type: application/json"}, body: `{"name": "a"}`, fault: "no ETag"},
	{name: "a field more", target: thing, status: 200, headers: []string{"ETag: x", "Content-Type: application/json"}, body: `{"name": "a", "secret": 1}`, fault: "secret"},
	{name: "a field less", target: thing, status: 200, headers: []string{"ETag: x", "Content-Type: application/json"}, body: `{}`, fault: "missing property 'name'"},
	{name: "a format", target: thing, status: 200, headers: []string{"ETag: x", "Content-Type: application/json"}, body: `{"name": "a", "at": "today"}`, fault: "date-time"},
	{name: "no JSON", target: thing, status: 200, headers: []string{"ETag: x", "Content-Type: application/json"}, body: `{"name": `, fault: "unexpected EOF"},
	{name: "a parameter taken", target: thing + "?m=1", status: 200, headers: []string{"ETag: x", "Content-Type: application/json"}, body: `{"name": "a"}`, fault: "query m, which is not described"},
	{name: "a number taken", target: thing + "?n=10", status: 200, headers: []string{"ETag: x", "Content-Type: application/json"}, body: `{"name": "a"}`, fault: "maximum"},
	{name: "a word taken", target: thing + "?n=ten", status: 200, headers: []string{"ETag: x", "Content-Type: application/json"}, body: `{"name": "a"}`, fault: "want integer"},
	{name: "twice taken", target: thing + "?n=1&n=2", status: 200, headers: []string{"ETag: x", "Content-Type: application/json"}, body: `{"name": "a"}`, fault: "given twice"},
	{name: "an empty one of many taken", target: thing + "?tag=", status: 200, headers: []string{"ETag: x", "Content-Type: application/json"}, body: `{"name": "a"}`, fault: "minLength"},
	{name: "an id taken", target: "/things/7", status: 200, headers: []string{"ETag: x", "Content-Type: application/json"}, body: `{"name": "a"}`, fault: "uuid"},
	{name: "an id refused", target: "/things/7?m=1", status: 404, headers: []string{"Content-Type: " + problem}, body: `{"status": 404}`},
	{name: "lines", target: "/things/all", status: 200, headers: []string{"Content-Type: application/x-ndjson"}, body: "{\"name\": \"a\"}\n{\"name\": \"b\"}\n"},
	{name: "a line", target: "/things/all", status: 200, headers: []string{"Content-Type: application/x-ndjson"}, body: "{\"name\": \"a\"}\n{\"name\": 5}\n", fault: `in {"name": 5}`},
	{name: "a body taken", method: "POST", target: "/things/all", sent: `{"name": "a"}`, status: 204},
	{name: "another body taken", method: "POST", target: "/things/all", sent: `{"nome": "a"}`, status: 204, fault: "the request was taken"},
	{name: "no body taken", method: "POST", target: "/things/all", status: 204, fault: "the request was taken"},
	{name: "another body refused", method: "POST", target: "/things/all", sent: `{"nome": "a"}`, status: 404, headers: []string{"Content-Type: " + problem}, body: `{"status": 404}`},
	{name: "a body where there is none", method: "POST", target: "/things/all", sent: `{"name": "a"}`, status: 204, body: "x", fault: "none is described"},
	{name: "slashes", target: "/files/a/b/c", status: 200, headers: []string{"Content-Type: text/plain"}, body: "ok then"},
	{name: "a text", target: "/files/a", status: 200, headers: []string{"Content-Type: text/plain"}, body: "no", fault: "pattern"},
	{name: "another call refused", target: "/nothing", status: 404, headers: []string{"Content-Type: " + problem}, body: `{"status": 404}`},
	{name: "another call refused badly", target: "/nothing", status: 404, body: `{}`, fault: "missing property 'status'"},
	{name: "another call answered", target: "/nothing", status: 200, fault: "not described, and was not refused"},
	{name: "another method refused", method: "DELETE", target: thing, status: 405, headers: []string{"Content-Type: " + problem}, body: `{"status": 405}`},
	{name: "a head", method: "HEAD", target: thing, status: 200, headers: []string{"ETag: x"}},
}

func TestFaultsAreFound(t *testing.T) {
	t.Parallel()
	d := load(t, small)
	for _, c := range exchanges {
		method := c.method
		if method == "" {
			method = "GET"
		}
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			for _, h := range c.headers {
				name, value, _ := strings.Cut(h, ": ")
				w.Header().Set(name, value)
			}
			w.WriteHeader(c.status)
			if c.body != "" {
				_, _ = io.WriteString(w, c.body)
			}
		})
		var found string
		r := httptest.NewRequest(method, c.target, strings.NewReader(c.sent))
		d.Around(handler, func(err error) { found = err.Error() }).ServeHTTP(httptest.NewRecorder(), r)
		if c.fault == "" && found != "" || !strings.Contains(found, c.fault) {
			t.Errorf("%s: found %q, want %q", c.name, found, c.fault)
		}
	}
	if unseen := d.Unseen(); len(unseen) != 0 {
		t.Errorf("not seen: %v", unseen)
	}
}

// TestTransportFindsFaults, compressed ones, too, and only once the answer is
// read.
func TestTransportFindsFaults(t *testing.T) {
	t.Parallel()
	d := load(t, small)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("ETag", "x")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, `{"name": "a", "secret": 1}`)
		_ = z.Close()
	}))
	defer server.Close()
	var found []error
	c := http.Client{Transport: d.Transport(http.DefaultTransport, func(err error) { found = append(found, err) })}
	for _, accept := range []string{"", "gzip"} { // Go's own, or ours to undo
		r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+thing, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if accept != "" {
			r.Header.Set("Accept-Encoding", accept)
		}
		answer, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		before := len(found)
		if _, err := io.ReadAll(answer.Body); err != nil || before+1 != len(found) {
			t.Errorf("%v; found %v", err, found)
		}
		answer.Body.Close()
	}
}

func TestExamplesAreHeldToTheirSchemas(t *testing.T) {
	t.Parallel()
	if faults := load(t, small).CheckExamples(); faults != nil {
		t.Error(faults)
	}
	for old, bad := range map[string]string{`"example": {"name": "a"}`: `"example": {"nome": "a"}`, `"example": 3`: `"example": 30`} {
		if faults := load(t, strings.Replace(small, old, bad, 1)).CheckExamples(); len(faults) != 1 {
			t.Errorf("%s: %v", bad, faults)
		}
	}
	d := load(t, small)
	var paths []string
	for _, o := range d.Operations() {
		for _, e := range d.Examples(o) {
			paths = append(paths, o.Method+" "+e.Path+string(bytes.TrimSpace(e.Body)))
		}
	}
	slices.Sort(paths)
	want := []string{"GET /files/a/b", "GET /things/0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01?n=3", "GET /things/all", `POST /things/all{"name":"a"}`}
	if !slices.Equal(paths, want) {
		t.Errorf("got %q", paths)
	}
}

func TestBrokenDocumentsAreRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no JSON":      `{`,
		"no object":    `[]`,
		"a bad schema": strings.Replace(small, `"type": "integer", "maximum": 9`, `"type": "number of things"`, 1),
		"a reference":  strings.Replace(small, `"#/components/schemas/Thing"}}}`, `"#/components/schemas/Thong"}}}`, 1),
		"one id twice": strings.Replace(small, `"operationId": "put"`, `"operationId": "all"`, 1),
		"no id":        strings.Replace(small, `"operationId": "put",`, ``, 1),
	} {
		if _, err := contract.Load([]byte(text)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
