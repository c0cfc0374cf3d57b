package httpd

import (
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// A route is one call: how it is reached, what it does in a line, who may make
// it, and the function that answers.
type route struct {
	Method  string
	Pattern string
	Does    string
	roles   []daybook.Role // nil: anybody, no principal needed
	answer  func(*Server, http.ResponseWriter, *http.Request, daybook.Principal) error
}

// Who may make a call. An admin may make every one. What a role may write and
// which business it sees is narrowed further by intake, ledger and reader.
var (
	writers   = []daybook.Role{daybook.RoleWriter, daybook.RoleAdmin}
	menders   = []daybook.Role{daybook.RoleWriter, daybook.RoleReviewer, daybook.RoleAdmin}
	readers   = []daybook.Role{daybook.RoleReader, daybook.RoleReviewer, daybook.RoleAuditor, daybook.RoleAdmin}
	exporters = []daybook.Role{daybook.RoleAuditor, daybook.RoleAdmin}
	bearers   = daybook.Roles() // anybody with a token
	keepers   = []daybook.Role{daybook.RoleAdmin}
	anybody   []daybook.Role
)

// Call is one call of the door, for who documents or tests it.
type Call struct {
	Method  string
	Pattern string         // as [http.ServeMux] has it, without the method
	Does    string         // in a line
	Roles   []daybook.Role // who may make it; nil for anybody, without a token
}

// Calls lists the calls, with those of other doors.
func Calls(doors ...Door) []Call {
	var calls []Call
	for _, r := range routesWith(doors) {
		calls = append(calls, Call{Method: r.Method, Pattern: r.Pattern, Does: r.Does, Roles: r.roles})
	}
	return calls
}

// routes is the one table of the API's own calls.
func routes() []route {
	return []route{
		{"POST", "/v1/entries", "write records: one, an array, or one a line", writers, (*Server).postEntries},
		{"GET", "/v1/entries", "export entries, one a line", exporters, (*Server).export},
		{"POST", "/v1/{kind}", "write records of a kind", writers, (*Server).postKind},
		{"GET", "/v1/{kind}", "list current states of a kind", readers, (*Server).list},
		{"GET", "/v1/{kind}/{id}", "get the current state of a subject", readers, (*Server).get},
		{"GET", "/v1/{kind}/{id}/revisions", "get the history of a subject", readers, (*Server).revisions},
		{"POST", "/v1/{kind}/{id}/amend", "fill lifecycle fields of a subject", menders, (*Server).amend},
		{"POST", "/v1/{kind}/{id}/{verb}", "checkin, review, acknowledge, resolve or end a subject", menders, (*Server).verb},
		{"GET", "/v1/history", "tell what happened to a table", readers, (*Server).history},
		{"GET", "/v1/agents/{id}/activity", "tell what an agent did", readers, (*Server).activity},
		{"GET", "/v1/lineage", "walk the flow of data from a node", readers, (*Server).lineage},
		{"GET", "/v1/why", "tell how a node came to hold what it holds", readers, (*Server).why},
		{"GET", "/v1/cost", "tell what agents spent", readers, (*Server).cost},
		{"POST", "/v1/query", "run one SELECT", readers, (*Server).query},
		{"GET", "/v1/checkpoint", "get the newest signed checkpoint", anybody, (*Server).checkpoint},
		{"GET", "/v1/proof/inclusion", "prove that an entry is in the ledger", bearers, (*Server).inclusion},
		{"GET", "/v1/proof/consistency", "prove that the ledger only grew", anybody, (*Server).consistency},
		{"GET", "/checkpoint", "get the newest signed checkpoint, where tools for tiles look for it", anybody, (*Server).checkpoint},
		{"GET", "/tile/{level}/{path...}", "get hashes of the tree", anybody, (*Server).tile},
		{"GET", "/tile/entries/{path...}", "get leaves of the tree: digests of entries", exporters, (*Server).entryBundle},
		{"POST", "/v1/tokens", "make a token", keepers, (*Server).createToken},
		{"GET", "/v1/tokens", "list the tokens", keepers, (*Server).listTokens},
		{"POST", "/v1/tokens/{id}/revoke", "revoke a token by its name or id", keepers, (*Server).revokeToken},
		{"GET", "/openapi.json", "describe every call in OpenAPI 3.1", anybody, (*Server).openAPI},
		{"GET", "/schemas", "get the JSON Schema of a record of any kind", anybody, (*Server).schemas},
		{"GET", "/schemas/{kind}", "get the JSON Schema of a kind's records", anybody, (*Server).schema},
		{"GET", "/schemas/{kind}/{form}", "get the JSON Schema of a kind's records, amendments or entries", anybody, (*Server).schema},
		{"GET", "/healthz", "tell whether the process lives", anybody, (*Server).healthz},
		{"GET", "/readyz", "tell whether writes can be taken", anybody, (*Server).readyz},
		{"GET", "/metrics", "show metrics for Prometheus", anybody, (*Server).showMetrics},
		{"GET", "/{$}", "list the calls", anybody, (*Server).index},
	}
}

// principalOf says who calls, and refuses those whose role may not.
func (s *Server) principalOf(r *http.Request, call *route) (daybook.Principal, error) {
	if call.roles == nil {
		return daybook.Principal{}, nil
	}
	p, err := s.Principal(r)
	if err != nil {
		return p, err
	}
	if p.Address == "" {
		p.Address = remoteHost(r)
	}
	if p.UserAgent == "" {
		p.UserAgent = userAgent(r)
	}
	if !slices.Contains(call.roles, p.Role) {
		return p, &daybook.Error{
			Code: daybook.CodeForbidden, Message: "the role " + string(p.Role) + " may not " + call.Does,
			Hint: "use a token of another role",
		}
	}
	return p, nil
}

func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

// userAgent is what the client calls itself, cut to what a column holds: it
// goes into entries where the client named none, and must not spoil them.
func userAgent(r *http.Request) string {
	name := strings.ToValidUTF8(r.UserAgent(), "\uFFFD")
	if runes := []rune(name); len(runes) > daybook.MaxName {
		name = string(runes[:daybook.MaxName])
	}
	return name
}
