package local_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/local"
)

// TestTheFirstTokenShutsTheServer goes from an open server to one with tokens,
// by the client that agents use.
func TestTheFirstTokenShutsTheServer(t *testing.T) {
	t.Parallel()
	var said lockedBuffer
	l := open(t, temp(t), local.Options{Logger: slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	server := httptest.NewServer(httpd.New(httpd.Config{
		Recorder: l.Recorder, Reader: l.Reader, Prover: l.Prover, Tokens: l.Tokens, MayProve: l.MayProve,
		Logger: slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}).Handler())
	t.Cleanup(server.Close)
	as := func(token string) *client.Remote {
		return must[*client.Remote](t)(client.NewRemote(server.URL, client.Options{Token: token, MaxElapsed: -1}))
	}
	ctx := t.Context()
	nobody := as("")
	if infos, err := nobody.ListTokens(ctx); err != nil || len(infos) != 0 {
		t.Errorf("without tokens the list is %v, %v", infos, err)
	}
	for _, first := range []daybook.TokenRequest{{Name: "ci", Role: "writer"}, {Name: "ci", Role: "admin", Business: "acme"}} {
		_, err := nobody.CreateToken(ctx, first)
		wantCode(t, err, daybook.CodeInvalid, "/role", "make one of role admin first")
	}
	root := must[*daybook.NewToken](t)(nobody.CreateToken(ctx, daybook.TokenRequest{Name: "root", Role: "admin"}))
	_, err := nobody.ListTokens(ctx)
	wantCode(t, err, daybook.CodeUnauthorized, "needs a token")

	admin := as(root.Text)
	ci := must[*daybook.NewToken](t)(admin.CreateToken(ctx, daybook.TokenRequest{Name: "ci+x@y", Role: "writer", Business: "acme", Expires: "1h"}))
	infos := must[[]daybook.TokenInfo](t)(admin.ListTokens(ctx))
	if len(infos) != 2 || infos[1] != ci.TokenInfo {
		t.Errorf("the list is %+v, want %+v as its second", infos, ci.TokenInfo)
	}
	_, err = admin.CreateToken(ctx, daybook.TokenRequest{Name: ci.Name, Role: "writer"})
	wantCode(t, err, daybook.CodeConflict, "/name")

	receipt := log(t, client.Over(as(ci.Text), as(ci.Text), as(ci.Text), daybook.Principal{Name: "claimed"}))
	e := must[*daybook.Entry](t)(l.Get(ctx, "conversations", receipt.ID))
	if e.Principal() != ci.Name || e.Business() != "acme" {
		t.Errorf("the entry is by %q for %q", e.Principal(), e.Business())
	}
	revoked := must[*daybook.TokenInfo](t)(admin.RevokeToken(ctx, ci.Name))
	if revoked.State != daybook.TokenRevoked {
		t.Errorf("revoked it is %+v", revoked)
	}
	_, err = as(ci.Text).Record(ctx, daybook.Principal{}, []daybook.Record{daybook.NewRecord(daybook.MustKind("conversations"))})
	wantCode(t, err, daybook.CodeUnauthorized, "was revoked")
	_, err = admin.RevokeToken(ctx, "no/body")
	wantCode(t, err, daybook.CodeNotFound)
	for _, made := range []*daybook.NewToken{root, ci} {
		if strings.Contains(said.String(), made.Text) || strings.Contains(said.String(), made.Text[21:40]) {
			t.Errorf("the log has the secret of %s", made.Name)
		}
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestAuthorizationHeaders(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	token := g.tokens["root"]
	for header, want := range map[string]int{
		"Bearer " + token: 200, "bearer " + token: 200, "BEARER   " + token + " ": 200,
		"": 401, token: 401, "Basic " + token: 401, "Bearer": 401, "Bearer ": 401, "Bearer " + token + " x": 401, "Bearer" + token: 401,
	} {
		if a := g.send(t, "", probe{"GET", "/v1/conversations", "", "Authorization: " + header}); a.status != want {
			t.Errorf("%.12q: %d, want %d: %s", header, a.status, want, a.text)
		} else if want == 401 && (strings.Contains(a.text, token) || !strings.Contains(a.text, "Www-Authenticate: Bearer")) {
			t.Errorf("%.12q: %s", header, a.text)
		}
	}
	r := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), "GET", g.url+"/v1/conversations", nil))
	r.Header["Authorization"] = []string{"Bearer " + token, "Bearer " + token}
	w := must[*http.Response](t)(g.client.Do(r))
	w.Body.Close()
	if w.StatusCode != http.StatusUnauthorized {
		t.Errorf("two headers: %d", w.StatusCode)
	}
}

func TestRequestsForTokens(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for body, want := range map[string]struct {
		status int
		says   string
	}{
		`{"name": "a", "role": "reader"}`:                   {201, `"token":"dbk_`},
		`{"name": "b", "role": "reader", "expires": "30d"}`: {201, `"expires_at":"`},
		``:                                   {400, "malformed"},
		`[]`:                                 {400, "malformed"},
		`{"name": "c", "role": "reader"} {}`: {400, "more behind"},
		`{"name": "c", "role": "reader", "admin": true}`:       {400, "admin"},
		`{"name": "c", "role": "reader", "role": "admin"}`:     {400, `\"role\" is there twice`},
		`{"name": "c", "Role": "reader"}`:                      {400, `unknown field \"Role\"`},
		`{"name": 1, "role": "reader"}`:                        {422, `"path":"/name"`},
		`{"name": "c", "role": "king"}`:                        {422, `"path":"/role"`},
		`{"name": "c", "role": "reader", "business": "*"}`:     {422, `"path":"/business"`},
		`{"name": "c", "role": "reader", "agent": "x"}`:        {422, `"path":"/agent"`},
		`{"name": "c", "role": "reader", "expires": "1999"}`:   {422, `"path":"/expires"`},
		`{"name": "local", "role": "reader", "expires": "1d"}`: {422, `"path":"/name"`},
	} {
		a := g.send(t, g.tokens["root"], probe{"POST", "/v1/tokens", body, ""})
		if a.status != want.status || !strings.Contains(a.text, want.says) {
			t.Errorf("%s: %d, want %d saying %q: %s", body, a.status, want.status, want.says, a.text)
		}
	}
	for _, p := range []probe{
		{"POST", "/v1/tokens?x=y", `{"name": "d", "role": "reader"}`, ""}, {"GET", "/v1/tokens?x=y", "", ""}, {"POST", "/v1/tokens/a/revoke?x=y", "", ""},
	} {
		if a := g.send(t, g.tokens["root"], p); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", p, a.status)
		}
	}
	list := g.send(t, g.tokens["root"], probe{"GET", "/v1/tokens", "", ""})
	if list.status != 200 || strings.Contains(list.text, "dbk_") || strings.Contains(list.text, "hash") || strings.Contains(list.text, `"mac"`) {
		t.Errorf("the list is %s", list.text)
	}
}

// TestFailedLoginsAreEntered: who tries many is slowed down, and the ledger
// says so.
func TestFailedLoginsAreEntered(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	statuses := map[int]int{}
	for range 15 {
		a := g.send(t, miswritten(g.tokens["root"]), probe{"GET", "/v1/conversations", "", ""})
		statuses[a.status]++
		if a.status == http.StatusTooManyRequests && !strings.Contains(a.text, "Retry-After: ") {
			t.Errorf("the 429 does not say when: %s", a.text)
		}
	}
	if statuses[401] < 10 || statuses[429] == 0 || statuses[401]+statuses[429] != 15 {
		t.Errorf("15 wrong tokens get %v", statuses)
	}
	if a := g.send(t, "", probe{"GET", "/healthz", "", ""}); a.status != 200 {
		t.Errorf("health wants no token: %d", a.status)
	}
	if err := g.Tokens.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	page := must[*daybook.Page](t)(g.Reader.List(t.Context(), daybook.Local, daybook.Query{
		Kind: daybook.MustKind("ledger_event"), Filters: []daybook.Filter{daybook.Is("event_type", "login_failed")},
	}))
	if len(page.Entries) != 1 || page.Entries[0].Text("ip_address") != "127.0.0.1" {
		t.Fatalf("the ledger has %+v", page.Entries)
	}
	var details struct {
		Count, Limited int
		Reasons        map[string]int
	}
	if err := json.Unmarshal([]byte(page.Entries[0].Text("details")), &details); err != nil {
		t.Fatal(err)
	}
	if details.Count != 15 || details.Limited != statuses[429] || details.Reasons["malformed"] != statuses[401] {
		t.Errorf("the entry says %+v of %v", details, statuses)
	}
}
