package local_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/local"
)

// gate is a server of a ledger with tokens.
type gate struct {
	*local.Local
	url    string
	client *http.Client
	tokens map[string]string // by name
}

// newGate puts the door before a ledger as the program does, and makes a first
// token.
func newGate(t *testing.T) *gate {
	t.Helper()
	return gateOf(t, open(t, temp(t), local.Options{}))
}

// eachGate runs a test before a ledger in a file, and before one in a database.
func eachGate(t *testing.T, test func(t *testing.T, g *gate)) {
	t.Run("file", func(t *testing.T) {
		t.Parallel()
		test(t, newGate(t))
	})
	t.Run("database", func(t *testing.T) {
		t.Parallel()
		test(t, gateOf(t, open(t, database(t), machine(t))))
	})
}

func gateOf(t *testing.T, l *local.Local) *gate {
	t.Helper()
	door := httpd.New(httpd.Config{
		Recorder: l.Recorder, Reader: l.Reader, Prover: l.Prover, Tiler: l.Tiler, Ready: l.Ready,
		Tokens: l.Tokens, MayProve: l.MayProve, Logger: slog.New(slog.DiscardHandler), Version: "test", Doors: doorsTo(l),
	})
	server := httptest.NewServer(door.Handler())
	t.Cleanup(server.Close)
	g := &gate{Local: l, url: server.URL, tokens: map[string]string{}, client: &http.Client{
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	t.Cleanup(g.client.CloseIdleConnections)
	g.make(t, daybook.TokenRequest{Name: "root", Role: daybook.RoleAdmin})
	return g
}

func (g *gate) make(t *testing.T, r daybook.TokenRequest) {
	t.Helper()
	g.tokens[r.Name] = must[*daybook.NewToken](t)(g.Tokens.Create(t.Context(), daybook.Local, r)).Text
}

// A probe is one request that somebody makes.
type probe struct {
	method, path, body string
	header             string // "Name: value"
}

func (p probe) String() string {
	return strings.TrimSpace(p.method + " " + p.path + " " + p.header + " " + p.body)
}

type answer struct {
	status int
	text   string // header and body
}

func (g *gate) send(t *testing.T, token string, p probe) answer {
	t.Helper()
	r := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), p.method, g.url+p.path, strings.NewReader(p.body)))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if name, value, ok := strings.Cut(p.header, ": "); ok {
		r.Header.Set(name, value)
	}
	w := must[*http.Response](t)(g.client.Do(r))
	defer w.Body.Close()
	body := must[[]byte](t)(io.ReadAll(w.Body))
	w.Header.Del("Date")
	w.Header.Del("X-Request-Id")
	w.Header.Del("Content-Length")
	var header bytes.Buffer
	_ = w.Header.Write(&header)
	return answer{w.StatusCode, header.String() + string(body)}
}

// A routeCase says who may make a call, and what somebody of one business
// tries to learn or change by it of another. Of each probe with an id of the
// other business there is a twin with an id that nobody has: they must be
// answered alike.
type routeCase struct {
	roles  string // who may, by their first letters: writer, reader, reViewer, auditor, admin (m); * for anybody without a token
	sample probe  // for the matrix
	probes func(own, other *tenant) []probe
	many   func(own, other *tenant) []probe // for one role to try, or nil
}

func none(*tenant, *tenant) []probe { return nil }

// routeCases has every route of the door.
var routeCases = map[string]routeCase{
	"POST /v1/entries": {"wm", probe{"POST", "/v1/entries", `{"kind": "conversations", "agent_position": "CFO"}`, ""}, foreignWrites, nil},
	"GET /v1/entries":  {"am", probe{"GET", "/v1/entries?from=0", "", ""}, exports, nil},
	"POST /v1/{kind}":  {"wm", probe{"POST", "/v1/conversations", `{"agent_position": "CFO"}`, ""}, writesOfKinds, nil},
	"GET /v1/{kind}":   {"rvam", probe{"GET", "/v1/conversations", "", ""}, fewLists, lists},
	"GET /v1/{kind}/{id}": {"rvam", probe{"GET", "/v1/conversations/nobody", "", ""}, func(_, other *tenant) []probe {
		return ofEach(other, "GET", "", "")
	}, nil},
	"GET /v1/{kind}/{id}/revisions": {"rvam", probe{"GET", "/v1/conversations/nobody/revisions", "", ""}, func(_, other *tenant) []probe {
		return append(ofEach(other, "GET", "/revisions", ""), ofEach(other, "GET", "/revisions?limit=1", "")...)
	}, nil},
	"POST /v1/{kind}/{id}/amend":  {"wvm", probe{"POST", "/v1/decision_logs/nobody/amend", `{"human_reviewer": "me"}`, ""}, amends, nil},
	"POST /v1/{kind}/{id}/{verb}": {"wvm", probe{"POST", "/v1/decision_logs/nobody/review", "", ""}, verbs, nil},
	"GET /v1/history": {"rvam", probe{"GET", "/v1/history?table=x", "", ""}, func(_, other *tenant) []probe {
		return gets("/v1/history?table="+sharedTable, "/v1/history?table="+sharedSource, "/v1/history?limit=10000&table="+sharedTable,
			"/v1/history?since=2020-01-01&table="+sharedTable, "/v1/history?table="+other.name)
	}, nil},
	"GET /v1/agents/{id}/activity": {"rvam", probe{"GET", "/v1/agents/x/activity", "", ""}, func(_, other *tenant) []probe {
		return gets("/v1/agents/"+sharedAgent+"/activity", "/v1/agents/"+sharedAgent+"/activity?limit=10000&since=2020-01-01", "/v1/agents/"+other.name+"/activity")
	}, nil},
	"GET /v1/lineage": {"rvam", probe{"GET", "/v1/lineage?node=x.y", "", ""}, func(_, other *tenant) []probe {
		var all []probe
		for _, node := range []string{sharedTable, sharedSource, sharedTable + ".value", other.name + "-source_schema-1." + other.name + "-source_name-1"} {
			for _, more := range []string{"", "&direction=downstream", "&columns=true", "&columns=true&direction=downstream", "&as_of=2099-01-01", "&as_of=2099-01-01&columns=true&direction=downstream", "&depth=100", "&direction=both&columns=true&indirect=true", "&direction=both&format=tree", "&format=openlineage"} {
				all = append(all, gets("/v1/lineage?node="+node+more)...)
			}
		}
		return all
	}, nil},
	"GET /v1/why": {"rvam", probe{"GET", "/v1/why?node=x.y", "", ""}, func(_, other *tenant) []probe {
		var all []probe
		for _, node := range []string{sharedTable, sharedSource, sharedTable + ".value", other.name + "-source_schema-1." + other.name + "-source_name-1", other.name, "x." + other.name} {
			for _, more := range []string{"", "&depth=100", "&limit=200", "&as_of=2099-01-01"} {
				all = append(all, gets("/v1/why?node="+node+more)...)
			}
		}
		return all
	}, nil},
	"GET /v1/cost": {"rvam", probe{"GET", "/v1/cost", "", ""}, func(_, other *tenant) []probe {
		return gets("/v1/cost", "/v1/cost?by="+strings.Join(daybook.CostDimensions(), ","), "/v1/cost?by=business&since=2020-01-01&until=2099-01-01",
			"/v1/cost?business_id="+other.name, "/v1/cost?by=agent&limit=10000&business_id="+other.name)
	}, nil},
	"POST /v1/query": {"rvam", probe{"POST", "/v1/query", `{"sql": "SELECT 1"}`, ""}, func(_, _ *tenant) []probe {
		return []probe{
			{"POST", "/v1/query", `{"sql": "SELECT * FROM audit.conversations"}`, ""},
			{"POST", "/v1/query", `{"sql": "SELECT nothing FROM nowhere"}`, ""},
			{"POST", "/v1/query", `SELECT * FROM audit.entries`, "Content-Type: text/plain"},
		}
	}, nil},
	"GET /v1/checkpoint":          {"*", probe{"GET", "/v1/checkpoint", "", ""}, none, nil},
	"GET /v1/proof/inclusion":     {"wrvam", probe{"GET", "/v1/proof/inclusion?log_id=0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01", "", ""}, proofs, nil},
	"GET /v1/proof/consistency":   {"*", probe{"GET", "/v1/proof/consistency?from=1&to=2", "", ""}, none, nil},
	"GET /checkpoint":             {"*", probe{"GET", "/checkpoint", "", ""}, none, nil},
	"GET /tile/{level}/{path...}": {"*", probe{"GET", "/tile/0/000.p/1", "", ""}, none, nil}, // hashes of leaves are everybody's
	"GET /tile/entries/{path...}": {"am", probe{"GET", "/tile/entries/000.p/1", "", ""}, func(_, _ *tenant) []probe {
		return gets("/tile/entries/000", "/tile/entries/000.p/1", "/tile/entries/000.p/40")
	}, nil},
	"POST /v1/tokens": {"m", probe{"POST", "/v1/tokens", `{"name": "local", "role": "writer"}`, ""}, tokenProbes, nil},
	"GET /v1/tokens":  {"m", probe{"GET", "/v1/tokens", "", ""}, func(_, _ *tenant) []probe { return gets("/v1/tokens") }, nil},
	"POST /v1/tokens/{id}/revoke": {"m", probe{"POST", "/v1/tokens/nobody/revoke", "", ""}, func(_, other *tenant) []probe {
		return []probe{{"POST", "/v1/tokens/" + other.name + "-reader/revoke", "", ""}, {"POST", "/v1/tokens/root/revoke", "", ""}}
	}, nil},
	"GET /healthz": {"*", probe{"GET", "/healthz", "", ""}, none, nil},
	"GET /readyz":  {"*", probe{"GET", "/readyz", "", ""}, none, nil},
	"GET /metrics": {"*", probe{"GET", "/metrics", "", ""}, none, nil},
	"GET /{$}":     {"*", probe{"GET", "/", "", ""}, none, nil},

	"GET /openapi.json":          {"*", probe{"GET", "/openapi.json", "", ""}, none, nil},
	"GET /schemas":               {"*", probe{"GET", "/schemas", "", ""}, none, nil},
	"GET /schemas/{kind}":        {"*", probe{"GET", "/schemas/conversations", "", ""}, none, nil},
	"GET /schemas/{kind}/{form}": {"*", probe{"GET", "/schemas/conversations/entry", "", ""}, none, nil},
}

// everyCase has every route, and every other door.
func everyCase() map[string]routeCase {
	all := maps.Clone(routeCases)
	maps.Copy(all, doorCases)
	return all
}

var roleLetters = map[daybook.Role]string{
	daybook.RoleWriter: "w", daybook.RoleReader: "r", daybook.RoleReviewer: "v", daybook.RoleAuditor: "a", daybook.RoleAdmin: "m",
}

func gets(paths ...string) []probe {
	var all []probe
	for _, path := range paths {
		all = append(all, probe{method: "GET", path: path})
	}
	return all
}

// ofEach asks for a subject of every kind.
func ofEach(b *tenant, method, behind, body string) []probe {
	var all []probe
	for _, k := range daybook.Kinds() {
		all = append(all, probe{method: method, path: "/v1/" + k.Name + "/" + url.PathEscape(b.receipts[k.Name].ID) + behind, body: body})
	}
	return all
}

func exports(_, other *tenant) []probe {
	all := gets("/v1/entries", "/v1/entries?from=0", "/v1/entries?since=2020-01-01",
		"/v1/entries?from="+fmt.Sprint(other.all[0].Seq), "/v1/entries?since="+other.all[0].LoggedAt)
	for _, k := range daybook.Kinds() {
		all = append(all, gets("/v1/entries?kind="+k.Name)...)
	}
	return all
}

func lists(own, other *tenant) []probe {
	var all []probe
	for _, k := range daybook.Kinds() {
		path, r := "/v1/"+k.Name+"?", other.receipts[k.Name]
		before := daybook.Query{Kind: k, After: new(r.Seq + 1), Snapshot: other.all[len(other.all)-1].Seq + 1}
		all = append(all, gets(path, path+"order=asc", path+"limit=1", path+"limit=1000", path+"business_id="+other.name, path+"log_id="+r.LogID,
			path+"id="+r.ID, path+"id="+r.ID+"&id="+own.receipts[k.Name].ID, path+"revision=1", path+"principal="+other.name+"-writer",
			path+"since=2020-01-01", path+"until=2099-01-01", path+"logged_at="+r.LoggedAt, path+"cursor="+before.Cursor(), path+"order=asc&cursor="+before.Cursor(),
			path+"seqs="+fmt.Sprint(r.Seq), path+"absent=warnings")...)
	}
	return append(all, byColumns(other)...)
}

// fewLists are those that every role tries.
func fewLists(_, other *tenant) []probe {
	var all []probe
	for _, k := range daybook.Kinds() {
		r := other.receipts[k.Name]
		all = append(all, gets("/v1/"+k.Name+"?limit=1000", "/v1/"+k.Name+"?id="+r.ID+"&log_id="+r.LogID)...)
	}
	return all
}

// byColumns lists by every column.
func byColumns(other *tenant) []probe {
	var all []probe
	for _, k := range daybook.Kinds() {
		path := "/v1/" + k.Name + "?"
		for i := range k.Columns {
			if c := &k.Columns[i]; !c.Envelope {
				all = append(all, gets(path+c.Name+"="+url.QueryEscape(other.text(c, "1")), path+"absent="+c.Name)...)
			}
		}
	}
	return all
}

// foreignWrites tries to write into, onto and beside the other business.
func foreignWrites(own, other *tenant) []probe {
	post := func(body, header string) []probe {
		return []probe{{"POST", "/v1/entries", body, header}, {"POST", "/v1/entries?on_invalid=skip", body, header}}
	}
	var all []probe
	for _, body := range []string{
		`{"kind": "conversations", "agent_position": "CFO", "business_id": "` + other.name + `"}`,
		`{"kind": "conversations", "agent_position": "CFO", "log_id": "` + other.receipts["conversations"].LogID + `"}`,
		`{"kind": "action_logs", "agent_position": "CFO", "action_type": "x", "log_id": "` + other.receipts["conversations"].LogID + `"}`,
		`{"kind": "conversations", "agent_position": "CFO", "conversation_id": "` + other.receipts["conversations"].ID + `"}`,
		`{"kind": "transformation_session", "agent_id": "` + sharedAgent + `", "id": "` + other.session + `"}`,
		`{"kind": "transformation_session", "agent_id": "` + sharedAgent + `", "parent_session_id": "` + other.session + `"}`,
		`{"kind": "transformation_operation", "operation_type": "JOIN", "session_id": "` + other.session + `"}`,
		`{"kind": "transformation_operation", "operation_type": "JOIN", "session_id": "` + other.open + `"}`,
		`{"kind": "output_artifact", "artifact_type": "TABLE", "artifact_name": "` + sharedTable + `", "session_id": "` + other.open + `"}`,
		`{"kind": "lineage_edge", "source_type": "TABLE", "source_name": "a", "target_type": "TABLE", "target_name": "b", "relationship_type": "JOINS", "session_id": "` + other.open + `"}`,
		`{"kind": "lineage_edge", "source_type": "TABLE", "source_schema": "shared", "source_name": "source", "target_type": "TABLE", "target_schema": "shared", "target_name": "table", "relationship_type": "DERIVES_FROM"}`,
		`{"kind": "output_artifact", "amend": true, "id": "` + own.receipts["output_artifact"].ID + `", "superseded_by_id": "` + other.receipts["output_artifact"].ID + `"}`,
		`[{"kind": "conversations", "agent_position": "CFO"}, {"kind": "decision_logs", "amend": true, "decision_id": "` + other.receipts["decision_logs"].ID + `", "human_reviewed": true}]`,
		`{"kind": "conversations", "amend": true, "conversation_id": "` + other.receipts["conversations"].ID + `", "output_tokens": 1}`,
		`{"kind": "decision_logs", "amend": true, "decision_id": "` + other.receipts["decision_logs"].ID + `", "human_reviewed": true, "log_id": "` + other.all[len(other.all)-2].LogID + `"}`,
		`{"kind": "erasure", "target_kind": "conversations", "target_id": "` + other.receipts["conversations"].ID + `", "reason": "x", "log_ids": ["` + other.receipts["conversations"].LogID + `"]}`,
		`{"kind": "retention_run", "target_kinds": ["conversations"], "cutoff": "2099-01-01T00:00:00Z"}`,
		`{"kind": "retention_hold", "reason": "x"}`,
		`{"kind": "ledger_event", "event_type": "token_created", "target": "x"}`,
		`{"kind": "conversations", "agent_position": "CFO", "business_id": "*"}`,
	} {
		all = append(all, post(body, "")...)
	}
	return append(all, post(`{"kind": "conversations", "agent_position": "CFO", "purpose": "x"}`, "Idempotency-Key: of-the-other")...)
}

// writesOfKinds repeats what the other business wrote, kind by kind.
func writesOfKinds(_, other *tenant) []probe {
	var all []probe
	for _, k := range daybook.Kinds() {
		r := other.receipts[k.Name]
		subject := strconv.Quote(k.Subject().Name) + `: ` + strconv.Quote(r.ID)
		if k.Subject().Serial {
			subject = strconv.Quote(k.Subject().Name) + `: ` + r.ID
		}
		for _, body := range []string{
			`{"log_id": "` + r.LogID + `"}`, `{` + subject + `}`, `{` + subject + `, "amend": true}`, `{"business_id": "` + other.name + `"}`,
			`{"log_id": "` + r.LogID + `", ` + required(k, other) + `}`, `{` + subject + `, ` + required(k, other) + `}`,
		} {
			all = append(all, probe{"POST", "/v1/" + k.Name, body, ""})
		}
	}
	return all
}

// required gives the members that a kind wants, references left to the other
// business.
func required(k *daybook.Kind, other *tenant) string {
	var members []string
	for i := range k.Columns {
		c := &k.Columns[i]
		if !c.Required || c.Envelope || c.Subject {
			continue
		}
		text := other.text(c, "2")
		if c.Name != "session_id" {
			text = strings.ReplaceAll(text, other.name, "x")
		}
		members = append(members, strconv.Quote(c.Name)+": "+strconv.Quote(text))
	}
	if members == nil {
		return `"business_id": "` + other.name + `"`
	}
	return strings.Join(members, ", ")
}

func amends(_, other *tenant) []probe {
	all := ofEach(other, "POST", "/amend", `{}`)
	for kind, fields := range map[string]string{
		"conversations": `{"status": "completed"}`, "decision_logs": `{"human_reviewed": true}`, "action_logs": `{"success": true}`,
		"escalation_logs": `{"resolution": "x"}`, "mcp_usage_logs": `{"success": true}`, "ingest_run": `{"status": "COMPLETED"}`,
		"transformation_session": `{"status": "FAILED"}`, "output_artifact": `{"is_current": false}`, "lineage_edge": `{"is_current": false}`,
		"log_access_audit": `{"read_count": 99999999999}`,
	} {
		all = append(all, probe{"POST", "/v1/" + kind + "/" + url.PathEscape(other.receipts[kind].ID) + "/amend", fields, ""})
	}
	return append(all, probe{"POST", "/v1/transformation_session/" + other.open + "/amend", `{"status": "COMPLETED"}`, ""})
}

func verbs(_, other *tenant) []probe {
	var all []probe
	for _, v := range daybook.Verbs() {
		all = append(all, probe{"POST", "/v1/" + v.Kind + "/" + url.PathEscape(other.receipts[v.Kind].ID) + "/" + v.Name, "", ""})
	}
	return append(all, probe{"POST", "/v1/transformation_session/" + other.open + "/checkin", "", ""})
}

func proofs(_, other *tenant) []probe {
	var all []probe
	for _, r := range other.all {
		all = append(all, gets("/v1/proof/inclusion?log_id="+r.LogID, "/v1/proof/inclusion?log_id="+strings.ToUpper(r.LogID))...)
	}
	return all
}

func tokenProbes(_, other *tenant) []probe {
	return []probe{
		{"POST", "/v1/tokens", `{"name": "` + other.name + `-reader", "role": "reader"}`, ""},
		{"POST", "/v1/tokens", `{"name": "mine", "role": "admin", "business": "` + other.name + `"}`, ""},
	}
}

// TestEveryRouteHasACase: a new route says who may make it, and what it tells of
// another business.
func TestEveryRouteHasACase(t *testing.T) {
	t.Parallel()
	for _, c := range httpd.Calls(doorsTo(nil)...) {
		if _, ok := everyCase()[c.Method+" "+c.Pattern]; !ok {
			t.Errorf("%s %s has no case in routeCases: say who may make it, and try what it tells of another business", c.Method, c.Pattern)
		}
	}
}

// TestRolesByRoutes tries every role on every route.
func TestRolesByRoutes(t *testing.T) {
	t.Parallel()
	eachGate(t, rolesByRoutes)
}

func rolesByRoutes(t *testing.T, g *gate) {
	t.Helper()
	log(t, g.Client)
	log(t, g.Client)
	for _, role := range daybook.Roles() {
		g.make(t, daybook.TokenRequest{Name: "a-" + string(role), Role: role})
	}
	for _, c := range httpd.Calls(doorsTo(nil)...) {
		known := everyCase()[c.Method+" "+c.Pattern]
		for _, role := range daybook.Roles() {
			a := g.send(t, g.tokens["a-"+string(role)], known.sample)
			may := known.roles == "*" || strings.Contains(known.roles, roleLetters[role])
			forbidden := a.status == http.StatusForbidden && strings.Contains(a.text, "the role "+string(role)+" may not ")
			if may == forbidden || a.status == http.StatusUnauthorized || a.status >= 500 || a.status == http.StatusMethodNotAllowed {
				t.Errorf("%s: %s gets %d, and should be let through: %v\n%s", known.sample, role, a.status, may, a.text)
			}
		}
		for _, token := range []string{"", "dbk_nonsense", miswritten(g.tokens["root"])} {
			a := g.send(t, token, known.sample)
			if (a.status == http.StatusUnauthorized || a.status == http.StatusTooManyRequests) != (known.roles != "*") {
				t.Errorf("%s: with the token %q: %d", known.sample, token, a.status)
			}
			if a.status == http.StatusUnauthorized && !strings.Contains(a.text, "Www-Authenticate: Bearer") {
				t.Errorf("%s: the 401 does not say how to log in: %s", known.sample, a.text)
			}
		}
	}
}

// miswritten is a token with another last character.
func miswritten(token string) string {
	last := "a"
	if strings.HasSuffix(token, last) {
		last = "b"
	}
	return token[:len(token)-1] + last
}

// TestNothingOfAnotherBusiness has somebody of each role who is bound to one
// business try everything on another, and looks through all that he is
// answered. Nothing of the other changes.
func TestNothingOfAnotherBusiness(t *testing.T) {
	t.Parallel()
	eachGate(t, nothingOfAnotherBusiness)
}

func nothingOfAnotherBusiness(t *testing.T, g *gate) {
	t.Helper()
	own, other := fill(t, g.Local, "acmecorp", 41414141), fill(t, g.Local, "zetacorp", 97979797)
	own.refer(t, g.Local, other)
	g.readAsOthers(t, other)
	before := g.state(t, other)
	secrets := other.secrets()
	for _, role := range daybook.Roles() {
		g.make(t, daybook.TokenRequest{Name: "own-" + string(role), Role: role, Business: own.name})
	}
	t.Run("roles", func(t *testing.T) {
		for _, role := range daybook.Roles() {
			t.Run(string(role), func(t *testing.T) {
				t.Parallel()
				for _, c := range everyCase() {
					tried := append(c.probes(own, other), c.sample)
					if c.many != nil && role == daybook.RoleReader && !testing.Short() {
						tried = append(tried, c.many(own, other)...)
					}
					if testing.Short() && len(tried) > 40 {
						tried = every(tried, 7)
					}
					for _, p := range tried {
						g.tellsNothing(t, role, p, secrets)
						g.sameForNobody(t, role, p, other)
					}
				}
			})
		}
	})
	if after := g.state(t, other); !slices.Equal(before, after) {
		t.Errorf("the other business had %d entries, and has %d", len(before), len(after))
	}
	// Whoever is bound to it sees it all: the markers are there to be found.
	g.make(t, daybook.TokenRequest{Name: "zeta", Role: daybook.RoleAuditor, Business: other.name})
	all := g.send(t, g.tokens["zeta"], probe{"GET", "/v1/entries", "", ""}).text
	for _, secret := range secrets {
		if len(secret) == 36 && !strings.Contains(all, secret) {
			t.Errorf("its own auditor does not see %s", secret)
		}
	}
	if strings.Contains(all, own.name) {
		t.Error("its own auditor sees the first business")
	}
}

// every gives one in n.
func every(all []probe, n int) (some []probe) {
	for i := 0; i < len(all); i += n {
		some = append(some, all[i])
	}
	return some
}

// tellsNothing wants an answer without any of the secrets. What the caller said
// himself may come back to him, at once or in the log of his own reads.
func (g *gate) tellsNothing(t *testing.T, role daybook.Role, p probe, secrets []string) {
	t.Helper()
	a := g.send(t, g.tokens["own-"+string(role)], p)
	if a.status >= 500 {
		t.Errorf("%s: %s: %d %s", role, p, a.status, a.text)
	}
	text := withoutEcho(a.text, p)
	for _, secret := range secrets {
		if at := strings.Index(text, secret); at >= 0 {
			t.Errorf("%s: %s: %d\nthe answer has %q: …%s…", role, p, a.status, secret, text[max(0, at-300):min(len(text), at+300)])
		}
	}
}

// readAsOthers has those read who may: what is logged of that is theirs, or
// nobody's.
func (g *gate) readAsOthers(t *testing.T, other *tenant) {
	t.Helper()
	g.make(t, daybook.TokenRequest{Name: other.name + "-reader", Role: daybook.RoleReader, Business: other.name})
	g.make(t, daybook.TokenRequest{Name: "overseer", Role: daybook.RoleAuditor})
	for _, name := range []string{other.name + "-reader", "overseer"} {
		for _, p := range append(ofEach(other, "GET", "", ""), gets("/v1/conversations?business_id="+other.name, "/v1/history?table="+other.name)...) {
			if a := g.send(t, g.tokens[name], p); a.status != http.StatusOK {
				t.Fatalf("%s: %s: %d %s", name, p, a.status, a.text)
			}
		}
	}
	g.send(t, g.tokens["overseer"], probe{"POST", "/v1/query", `{"sql": "SELECT '` + other.name + `'"}`, ""})
	// Whoever is bound to default does not see the reads of those bound to none.
	g.make(t, daybook.TokenRequest{Name: "of-default", Role: daybook.RoleAuditor, Business: "default"})
	for _, path := range []string{"/v1/entries", "/v1/log_access_audit", "/v1/ledger_event"} {
		if a := g.send(t, g.tokens["of-default"], probe{"GET", path, "", ""}); strings.Contains(a.text, other.name) || a.status != http.StatusOK {
			t.Errorf("default sees by %s: %d %.2000s", path, a.status, a.text)
		}
	}
}

// state is all that stands of a business.
func (g *gate) state(t *testing.T, b *tenant) []string {
	t.Helper()
	var all []string
	err := g.Reader.Export(context.WithoutCancel(t.Context()), daybook.Local, daybook.ExportQuery{}, func(e *daybook.Entry) error {
		if e.Business() == b.name && e.Kind.Name != "log_access_audit" && e.Kind.Name != "ledger_event" || e.Principal() == b.name+"-writer" {
			all = append(all, string(e.AppendExport(nil)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// withoutEcho takes out of an answer what the request said itself.
func withoutEcho(text string, p probe) string {
	path, _ := url.PathUnescape(p.path)
	query, _ := url.QueryUnescape(p.path)
	said := p.String() + " " + path + " " + query
	text = strings.Join(slices.DeleteFunc(strings.Split(text, "\n"), isOwnRead), "\n")
	words := strings.FieldsFunc(said, func(r rune) bool { return strings.ContainsRune(` "{}[]:,/?&=`, r) })
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	for _, word := range words {
		if len(word) > 3 {
			text = strings.ReplaceAll(text, word, "")
			text = strings.ReplaceAll(text, strings.ToLower(word), "")
		}
	}
	return text
}

func isOwnRead(line string) bool {
	return strings.Contains(line, `"kind": "log_access_audit"`) && strings.Contains(line, `"principal": "own-`)
}

// sameForNobody asks the same of an id that nobody has. Where the answer tells
// them apart, it tells that the other business has that id; which cannot be
// helped for an id that somebody wants to give to something new.
func (g *gate) sameForNobody(t *testing.T, role daybook.Role, p probe, other *tenant) {
	t.Helper()
	twin, swap := twinOf(p, other)
	if twin == p {
		return
	}
	token := g.tokens["own-"+string(role)]
	a, b := g.send(t, token, p), g.send(t, token, twin)
	refused := a.status == http.StatusConflict || strings.Contains(a.text, `"isError":true`) // of a tool, in the answer
	if refused && strings.Contains(a.text, "cannot be used") {
		if strings.Contains(a.text, "entry ") || strings.Contains(a.text, "seq") {
			t.Errorf("%s: %s: the refusal tells too much: %s", role, p, a.text)
		}
		return
	}
	if a.status == http.StatusCreated && b.status == http.StatusCreated {
		return
	}
	if b.status != a.status || swap(a.text) != swap(b.text) {
		t.Errorf("%s: %s gets %d\n%.1000s\nbut an id that nobody has, %s, gets %d\n%.1000s", role, p, a.status, a.text, twin, b.status, b.text)
	}
}

var twins atomic.Int64

// twinOf is the same request with ids that nobody has in the place of the other
// business's, and what makes their answers alike.
func twinOf(p probe, other *tenant) (probe, func(string) string) {
	var swaps []string
	end := fmt.Sprintf("%04d", twins.Add(1)%10_000) // what one twin makes is not there for the next
	for _, r := range other.all {
		for _, id := range []string{r.ID, r.LogID} {
			if len(id) > 8 && strings.Contains(strings.ToLower(p.path+p.body), id) {
				nobodys := strings.NewReplacer(other.name, "nobodyco", fmt.Sprint(other.number), "10101010").Replace(id[:len(id)-4]) + end
				swaps = append(swaps, id, nobodys, strings.ToUpper(id), strings.ToUpper(nobodys))
			}
		}
	}
	swap := strings.NewReplacer(swaps...).Replace
	p.path, p.body = swap(p.path), swap(p.body)
	return p, swap
}
