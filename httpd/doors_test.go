package httpd_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/contract"
	"github.com/daybook-audit/daybook/httpd"
)

// side is a door that says what it was given.
func side(answer func(w http.ResponseWriter, r *http.Request, p daybook.Principal) error) httpd.Door {
	return httpd.Door{
		Method: "POST", Pattern: "/side", Does: "speak otherwise", Roles: []daybook.Role{daybook.RoleWriter}, Types: []string{"application/json"},
		Operation: map[string]any{
			"operationId": "speak", "description": "Otherwise.",
			"requestBody": map[string]any{"content": map[string]any{"application/json": map[string]any{"schema": map[string]any{}, "example": 1}}},
			"responses":   map[string]any{"200": map[string]any{"description": "It is said."}, "413": nil, "422": nil},
		},
		Answer: answer,
	}
}

// sided is a desk with a door beside it, where everyone is a principal.
func sided(t *testing.T, role daybook.Role, answer func(w http.ResponseWriter, r *http.Request, p daybook.Principal) error) *desk {
	t.Helper()
	return newDesk(t, func(d *desk) {
		d.config.Doors = []httpd.Door{side(answer)}
		d.config.MaxBody = 100
		d.config.Principal = func(*http.Request) (daybook.Principal, error) { return daybook.Principal{Name: "x", Role: role}, nil }
	})
}

// knock makes a request past the document, which has no such door.
func (d *desk) knock(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	d.server.Handler().ServeHTTP(w, r)
	return w
}

// TestDoorsStandBehindTheSame: guard, roles, bounds and compression are those of
// every other call.
func TestDoorsStandBehindTheSame(t *testing.T) {
	t.Parallel()
	var got string
	echo := func(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
		body, err := io.ReadAll(r.Body)
		got = p.Name + " " + p.Address + " " + r.Header.Get("Content-Type") + " " + r.Header.Get("Content-Encoding") + " " + string(body)
		w.WriteHeader(http.StatusOK)
		return err
	}
	d := sided(t, daybook.RoleWriter, echo)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(z, `"zipped"`)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		target, body string
		headers      []string
		status       int
		got          string
	}{
		"plain":           {"/side", `"said"`, []string{"Content-Type: application/json; charset=utf-8"}, 200, `x 127.0.0.1 application/json  "said"`},
		"without a type":  {"/side", `"said"`, nil, 200, `x 127.0.0.1 application/json  "said"`},
		"zipped":          {"/side", zipped.String(), []string{"Content-Encoding: gzip"}, 200, `x 127.0.0.1 application/json  "zipped"`},
		"too long":        {"/side", strings.Repeat("x", 200), nil, 413, ""},
		"another type":    {"/side", "x", []string{"Content-Type: text/plain"}, 415, ""},
		"another host":    {"/side", "x", []string{"Host: evil.example"}, 403, ""},
		"a foreign page":  {"/side", "x", []string{"Origin: https://evil.example"}, 403, ""},
		"a query of none": {"/side?%zz", "x", nil, 400, ""},
	} {
		got = ""
		r := request("POST", c.target, c.body, c.headers...)
		if host, ok := strings.CutPrefix(strings.Join(c.headers, ""), "Host: "); ok {
			r.Host = host
		}
		if w := d.knock(r); w.Code != c.status || got != c.got {
			t.Errorf("%s: %d %s\ngot  %q\nwant %q", name, w.Code, w.Body, got, c.got)
		}
	}
	if w := sided(t, daybook.RoleReader, echo).knock(request("POST", "/side", "x")); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "the role reader may not speak otherwise") {
		t.Errorf("a reader: %d %s", w.Code, w.Body)
	}
	if w := d.knock(request("GET", "/side", "")); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" {
		t.Errorf("another method: %d %v", w.Code, w.Header())
	}
	if w := d.knock(request("GET", "/", "")); !strings.Contains(w.Body.String(), `{"method":"POST","path":"/side","does":"speak otherwise"}`) {
		t.Errorf("the index has no door: %s", w.Body)
	}
	if w := d.knock(request("GET", "/metrics", "")); !strings.Contains(w.Body.String(), `daybook_http_requests_total{route="POST /side",status="200"} 3`) {
		t.Error("requests of the door are not counted")
	}
}

// TestDoorsFailAsOthersDo: an error and a panic are problems.
func TestDoorsFailAsOthersDo(t *testing.T) {
	t.Parallel()
	for says, fail := range map[string]func() error{
		`"code":"invalid"`:  func() error { return daybook.Invalidf("/x", "is wrong") },
		`"code":"internal"`: func() error { return errors.New("secret") },
		`"a fault of ours"`: func() error { panic("secret") },
	} {
		d := sided(t, daybook.RoleWriter, func(http.ResponseWriter, *http.Request, daybook.Principal) error { return fail() })
		if w := d.knock(request("POST", "/side", "{}")); w.Code < 422 || !strings.Contains(w.Body.String(), says) || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
}

// TestDoorsAreDescribed beside the API's own calls.
func TestDoorsAreDescribed(t *testing.T) {
	t.Parallel()
	doors := []httpd.Door{side(nil)}
	d, err := contract.Load(httpd.OpenAPI("test", doors...))
	if err != nil {
		t.Fatal(err)
	}
	o := d.Find("POST", "/side")
	if o == nil {
		t.Fatal("the door is not described")
	}
	if got := o.ID + " " + strings.Join(o.Roles(), ",") + " " + strings.Join(o.Statuses(), " "); got != "speak writer 200 401 403 413 422 429 500 503" {
		t.Errorf("it is described as %s", got)
	}
	if all := httpd.Calls(doors...); len(all) != len(httpd.Calls())+1 || all[len(all)-1].Pattern != "/side" {
		t.Errorf("it is not among the calls")
	}
}
