package local_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/contract"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/local"
)

// A stand is a ledger behind a door, whose whole traffic is held against the
// OpenAPI document.
type stand struct {
	t        *testing.T
	document *contract.Document
	door     http.Handler
}

// asHeader says in a test's request who calls, or how finding that out fails.
const asHeader = "Test-As"

func newStand(t *testing.T) *stand {
	t.Helper()
	// The examples name ids that are seqs, among which no lineage may come.
	l := open(t, temp(t), local.Options{Dialect: local.NoLineage})
	document := described(t)
	server := httpd.New(httpd.Config{
		Recorder: l.Recorder, Reader: l.Reader, Prover: l.Prover, Tiler: l.Tiler, Ready: l.Ready, Tokens: l.Tokens, MayProve: l.MayProve,
		Limits: httpd.Limits{MaxBody: 64 << 10}, Logger: slog.New(slog.DiscardHandler), Version: "test", Principal: caller, Doors: doorsTo(l),
	})
	s := &stand{t: t, document: document}
	s.door = document.Around(server.Handler(), func(err error) { t.Errorf("%.1500s", err) })
	return s
}

// described is the document, of which nothing has been seen.
func described(t *testing.T) *contract.Document {
	t.Helper()
	return must[*contract.Document](t)(contract.Load(httpd.OpenAPI("test", doorsTo(nil)...)))
}

func caller(r *http.Request) (daybook.Principal, error) {
	switch as := r.Header.Get(asHeader); as {
	case "":
		return daybook.Local, nil
	case "nobody":
		return daybook.Principal{}, &daybook.Error{Code: daybook.CodeUnauthorized, Message: "who are you"}
	case "a pest":
		return daybook.Principal{}, &daybook.Error{Code: daybook.CodeTooMany, Message: "not again"}
	case "a fault":
		return daybook.Principal{}, errors.New("the dog has eaten the tokens")
	case "too late":
		return daybook.Principal{}, &daybook.Error{Code: daybook.CodeUnavailable, Message: "not now"}
	default:
		return daybook.Principal{Name: "tester", Role: daybook.Role(as)}, nil
	}
}

// send makes a call; headers are "Name: value".
func (s *stand) send(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "127.0.0.1:7777"
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.door.ServeHTTP(w, r)
	return w
}

// show sends an example of the document, which must be taken.
func (s *stand) show(o *contract.Operation, e contract.Example) *httptest.ResponseRecorder {
	s.t.Helper()
	w := s.send(o.Method, e.Path, string(e.Body), "Content-Type: "+e.Media)
	if w.Code/100 != 2 {
		s.t.Fatalf("the example %s %s of %s %s is refused: %d %s\n%s", e.Media, e.Name, o.Method, e.Path, w.Code, w.Body, e.Body)
	}
	return w
}

func (s *stand) operation(method, path string) *contract.Operation {
	s.t.Helper()
	o := s.document.Find(method, path)
	if o == nil {
		s.t.Fatalf("%s %s is not described", method, path)
	}
	return o
}

// showAll sends every example, in an order in which they make sense: one record
// of each kind, so that what the others name is there; more of them, while the
// session is open; what becomes of them; then the questions.
func (s *stand) showAll() {
	s.t.Helper()
	for seq, k := range daybook.Kinds() {
		o := s.operation("POST", "/v1/"+k.Name)
		for _, e := range s.document.Examples(o) {
			if e.Name != "one" {
				continue
			}
			var written struct{ Receipts []daybook.Receipt }
			w := s.show(o, e)
			if err := json.Unmarshal(w.Body.Bytes(), &written); err != nil || written.Receipts[0].Seq != int64(seq) {
				s.t.Fatalf("%v: %s", err, w.Body)
			}
		}
	}
	operations := s.document.Operations()
	slices.SortStableFunc(operations, func(a, b *contract.Operation) int { return turn(a) - turn(b) })
	for _, o := range operations {
		for _, e := range s.document.Examples(o) {
			if e.Name != "one" || o.ID == "writeRecords" {
				s.show(o, e)
			}
		}
	}
}

// turn is when an example has its turn.
func turn(o *contract.Operation) int {
	switch {
	case o.ID == "revokeToken":
		return 4 // when it is made
	case strings.HasPrefix(o.ID, "write"):
		return 0
	case strings.HasPrefix(o.ID, "amend"):
		return 1
	case o.Method == "POST" || o.ID == "proveInclusion": // which has a checkpoint signed
		return 2
	}
	return 3
}

// unprovoked says why a status of a call is not provoked here, "" if it must be.
func unprovoked(id, status string, guarded bool) string {
	switch {
	case status == "408":
		return "a body that stalls takes its time; httpd's own tests have one"
	case id == "takeClaudeCodeHook" && status == "409":
		return "its ids follow from the event; it would take another program that gave its own records the same"
	case !guarded && (status == "500" || status == "503"):
		return "it would take a fault, or too many requests at a time; httpd's own tests have them"
	case status == "404" && (id == "getCheckpoint" || id == "getTileCheckpoint"):
		return "an empty ledger has one, too; httpd's own tests have a prover without"
	case strings.HasSuffix(id, "Token") || id == "listTokens":
		if status == "404" {
			return "it would take a server that keeps no tokens; httpd's own tests have one"
		}
	}
	return ""
}

// TestEveryCallAnswersAsDescribed sends the document's own examples to a server
// and provokes every refusal that it describes.
func TestEveryCallAnswersAsDescribed(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.showAll()
	s.refuseAll()
	for _, name := range s.document.Unseen() {
		id, status, _ := strings.Cut(name, " ")
		isGuarded := slices.ContainsFunc(s.document.Operations(), func(o *contract.Operation) bool { return o.ID == id && guarded(o) })
		if unprovoked(id, status, isGuarded) == "" {
			t.Errorf("%s was not seen", name)
		}
	}
}

// TestRolesAreAsDescribed makes every call as every role: who is not named
// there is refused, and nobody else for that reason.
func TestRolesAreAsDescribed(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.showAll()
	for _, o := range s.document.Operations() {
		example := s.document.Examples(o)[0]
		for _, role := range daybook.Roles() {
			w := s.send(o.Method, example.Path, string(example.Body), "Content-Type: "+example.Media, asHeader+": "+string(role))
			may := !guarded(o) || slices.Contains(o.Roles(), string(role))
			if (w.Code == http.StatusForbidden) == may {
				t.Errorf("%s as %s: %d %s", o.ID, role, w.Code, w.Body)
			}
		}
	}
}
