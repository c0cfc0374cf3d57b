package httpd_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/storetest"
)

func TestIdempotencyKeyMakesLogIDs(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	body := `[{"kind": "conversations", "agent_position": "a"},
		{"kind": "conversations", "agent_position": "b", "log_id": "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"}]`
	first := receiptsIn(t, d.post(body, "Idempotency-Key: k"))
	again := receiptsIn(t, d.post(body, "Idempotency-Key: k"))
	other := receiptsIn(t, d.post(body, "Idempotency-Key: l"))
	if first[0].LogID != again[0].LogID || !again[0].Duplicate || first[0].LogID == other[0].LogID {
		t.Errorf("first %+v, again %+v, other %+v", first[0], again[0], other[0])
	}
	if first[1].LogID != "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01" {
		t.Errorf("a log_id of the client's became %s", first[1].LogID)
	}
	if n := d.recorder.stored(); n != 3 {
		t.Errorf("%d entries, want 3", n)
	}
	for _, key := range []string{strings.Repeat("k", 256), "\xff"} {
		if w := d.post(body, "Idempotency-Key: "+key); w.Code != 400 {
			t.Errorf("key %.5q: %d", key, w.Code)
		}
	}
}

// TestKeysOfPrincipalsDiffer: what one principal wrote is no duplicate of
// what another did with the same key.
func TestKeysOfPrincipalsDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range []daybook.Principal{
		{Name: "a", Role: daybook.RoleWriter},
		{Name: "b", Role: daybook.RoleWriter},
		{Name: "a", Role: daybook.RoleWriter, Business: "x"},
		{Name: `a", "x`, Role: daybook.RoleWriter},
	} {
		d := newDesk(t, as(p))
		seen[receiptsIn(t, d.post(`{"kind": "conversations"}`, "Idempotency-Key: k"))[0].LogID] = true
	}
	if len(seen) != 4 {
		t.Errorf("4 principals made %d log_ids", len(seen))
	}
}

// door puts a server before a real ledger in memory.
func door(t *testing.T) *httpd.Server {
	t.Helper()
	book, err := ledger.Open(t.Context(), storetest.NewModel(), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close(context.Background()) })
	return newDesk(t, func(d *desk) {
		d.config.Recorder, d.config.Prover = intake.New(book, intake.Limits{}), book
	}).server
}

// skipAnswer is the answer to ?on_invalid=skip.
type skipAnswer struct {
	Receipts []daybook.Receipt
	Rejected []struct {
		Index   int
		Problem problem
	}
}

func TestSkipKeepsTheValid(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	d.server = door(t)
	body := strings.Join([]string{
		`{"kind": "decision_logs", "decision_id": "a", "agent_position": "x"}`,
		`{"kind": "decision_logs", "decision_id": "b", "agent_position": "x", "confidence": 2}`,
		`{"kind": "nonsense"}`,
		`{"kind": "decision_logs", "decision_id": "c", "agent_position": "x"}`,
		`{"kind": "decision_logs", "amend": true, "decision_id": "a", "human_reviewed": true}`,
		`{"kind": "decision_logs", "amend": true, "decision_id": "nobody", "human_reviewed": true}`,
		`{"kind": "decision_logs", "decision_id": "d", "agent_position": "x"}`,
		`{"kind": "decision_logs", "decision_id": "c", "agent_position": "another"}`,
		`{"kind": "decision_logs", "decision_id": "e"}`,
	}, "\n")
	var answers [2]skipAnswer
	for i := range answers {
		w := d.do(request("POST", "/v1/entries?on_invalid=skip", body, "Idempotency-Key: k"))
		if err := json.Unmarshal(w.Body.Bytes(), &answers[i]); err != nil || w.Code != 201 {
			t.Fatalf("%d %s: %v", w.Code, w.Body, err)
		}
		var stored, rejected []string
		for _, r := range answers[i].Receipts {
			stored = append(stored, fmt.Sprintf("%s%d", r.ID, r.Revision))
			if r.Duplicate != (i == 1) {
				t.Errorf("call %d: %+v", i, r)
			}
		}
		for _, r := range answers[i].Rejected {
			rejected = append(rejected, fmt.Sprintf("%d%s", r.Index, r.Problem.Path))
		}
		if want := []string{"a1", "c1", "a2", "d1"}; !slices.Equal(stored, want) {
			t.Errorf("call %d stored %v, want %v", i, stored, want)
		}
		want := []string{"1/confidence", "2/kind", "5/decision_id", "7/decision_id", "8/agent_position"}
		if !slices.Equal(rejected, want) {
			t.Errorf("call %d rejected %v, want %v: %s", i, rejected, want, w.Body)
		}
	}
}

// TestSkipRejectsWhatIsNoObjectAlone: the records around it are stored.
func TestSkipRejectsWhatIsNoObjectAlone(t *testing.T) {
	t.Parallel()
	const one = `{"kind": "conversations", "agent_position": "x"}`
	d := newDesk(t, nil)
	d.server = door(t)
	for _, body := range []string{
		"[" + one + `, 5, "x", null, [` + one + "], " + one + "]",
		one + "\n5\n\"x\"\nnull\n[" + one + "]\n" + one,
	} {
		w := d.do(request("POST", "/v1/entries?on_invalid=skip", body))
		var answer skipAnswer
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 201 {
			t.Fatalf("%d %s: %v", w.Code, w.Body, err)
		}
		var rejected []string
		for _, r := range answer.Rejected {
			rejected = append(rejected, fmt.Sprintf("%d %d%s %s", r.Index, r.Problem.Status, r.Problem.Path, r.Problem.Detail))
		}
		want := []string{
			"1 422 want an object, got 5", `2 422 want an object, got the text "x"`, "3 422 want an object, got null", "4 422 want an object, got an array",
		}
		if len(answer.Receipts) != 2 || !slices.Equal(rejected, want) {
			t.Errorf("%s: %d receipts, rejected %q", body, len(answer.Receipts), rejected)
		}
	}
	if p := problemIn(t, d.do(request("POST", "/v1/entries?on_invalid=skip", "5"))); p.Status != 400 {
		t.Errorf("no record at all: %+v", p)
	}
}

// TestSkipHalvesWhatNamesNoRecord finds the records that a Recorder refuses
// without saying which.
func TestSkipHalvesWhatNamesNoRecord(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(d *desk) {
		d.recorder.fail = func(records []daybook.Record) error {
			for i := range records {
				if records[i].Get("agent_position").Text() == "bad" {
					return &daybook.Error{Code: daybook.CodeConflict, Message: "one of them"}
				}
			}
			return nil
		}
	})
	var lines []string
	for i := range 100 {
		name := "good"
		if i%33 == 7 {
			name = "bad"
		}
		lines = append(lines, `{"kind": "conversations", "agent_position": "`+name+`"}`)
	}
	w := d.do(request("POST", "/v1/entries?on_invalid=skip", strings.Join(lines, "\n")))
	var answer skipAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Receipts) != 97 || len(answer.Rejected) != 3 || answer.Rejected[1].Index != 40 {
		t.Errorf("%d receipts, rejected %+v", len(answer.Receipts), answer.Rejected)
	}
}

// TestSkipTellsWhatItCouldNotSend: when the store goes away half-way, receipts
// that were earned are given, and the rest can be told from them.
func TestSkipTellsWhatItCouldNotSend(t *testing.T) {
	t.Parallel()
	gone := &daybook.Error{Code: daybook.CodeUnavailable, Message: "the disk is full"}
	d := newDesk(t, func(d *desk) {
		calls := 0
		d.recorder.fail = func([]daybook.Record) error {
			calls++
			switch calls {
			case 1:
				return daybook.Under("/1", &daybook.Error{Code: daybook.CodeInvalid, Message: "no"})
			case 2:
				return nil
			}
			return gone
		}
	})
	w := d.do(request("POST", "/v1/entries?on_invalid=skip", strings.Repeat(`{"kind": "conversations"}`, 4)))
	var answer skipAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, r := range answer.Rejected {
		codes = append(codes, fmt.Sprint(r.Index, r.Problem.Code))
	}
	if want := []string{"1invalid", "2unavailable", "3unavailable"}; len(answer.Receipts) != 1 || !slices.Equal(codes, want) {
		t.Errorf("%d receipts, rejected %v, want %v", len(answer.Receipts), codes, want)
	}
	d.recorder.fail = func([]daybook.Record) error { return gone }
	if w := d.do(request("POST", "/v1/entries?on_invalid=skip", `{"kind": "conversations"}`)); w.Code != 503 || w.Header().Get("Retry-After") != "1" {
		t.Errorf("with nothing stored: %d", w.Code)
	}
}

// TestSkipLetsNothingOvertake: what stands behind a record that cannot be
// taken just now is not taken either.
func TestSkipLetsNothingOvertake(t *testing.T) {
	t.Parallel()
	calls := 0
	d := newDesk(t, func(d *desk) {
		d.recorder.fail = func([]daybook.Record) error {
			switch calls++; calls {
			case 1, 2: // of all four, and of the first two
				return &daybook.Error{Code: daybook.CodeConflict, Message: "one of them"}
			case 4: // of the second
				return &daybook.Error{Code: daybook.CodeUnavailable, Message: "the disk is full"}
			}
			return nil
		}
	})
	w := d.do(request("POST", "/v1/entries?on_invalid=skip", strings.Repeat(`{"kind": "conversations"}`, 4)))
	var answer skipAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	if calls != 4 || len(answer.Receipts) != 1 || len(answer.Rejected) != 3 {
		t.Errorf("%d calls, %d receipts, rejected %+v", calls, len(answer.Receipts), answer.Rejected)
	}
}

func TestWritesReachTheLedger(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	d.server = door(t)
	w := d.do(request("POST", "/v1/transformation_session", `{"agent_id": "etl", "source_tables": ["bronze.a"]}`))
	session := receiptsIn(t, w)
	if w.Code != 201 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	w = d.do(request("POST", "/v1/transformation_session/"+session[0].ID+"/checkin", ""))
	var receipt daybook.Receipt
	if err := json.Unmarshal(w.Body.Bytes(), &receipt); err != nil || w.Code != 200 || receipt.Revision != 2 {
		t.Errorf("checkin: %d %s", w.Code, w.Body)
	}
	w = d.do(request("POST", "/v1/transformation_session/"+session[0].ID+"/amend", `{"purpose": "another"}`))
	if p := problemIn(t, w); p.Status != 409 || p.Path != "/purpose" {
		t.Errorf("amending what stands: %s", w.Body)
	}
}

func TestPrincipalIsTheRequests(t *testing.T) {
	t.Parallel()
	d := newDesk(t, as(daybook.Principal{Name: "etl", Role: daybook.RoleWriter, Business: "acme"}))
	agent := strings.Repeat("a", 2000) + "\xff"
	d.do(request("POST", "/v1/entries", `{"kind": "conversations"}`, "User-Agent: "+agent))
	want := daybook.Principal{Name: "etl", Role: daybook.RoleWriter, Business: "acme", Address: "127.0.0.1", UserAgent: agent[:daybook.MaxName]}
	if d.recorder.last != want {
		t.Errorf("got %+v", d.recorder.last)
	}
	d = newDesk(t, nil)
	d.do(request("POST", "/v1/entries", `{"kind": "conversations"}`, "User-Agent: curl\xff"))
	want = daybook.Local
	want.Address, want.UserAgent = "127.0.0.1", "curl\uFFFD"
	if d.recorder.last != want {
		t.Errorf("by default: %+v", d.recorder.last)
	}
}

func as(p daybook.Principal) func(*desk) {
	return func(d *desk) {
		d.config.Principal = principalOf(p)
	}
}

func TestRolesDoTheirOwn(t *testing.T) {
	t.Parallel()
	for role, may := range map[daybook.Role][]string{
		daybook.RoleWriter:   {"POST /v1/entries", "POST /v1/decision_logs/d/review"},
		daybook.RoleReader:   {"GET /v1/decision_logs"},
		daybook.RoleReviewer: {"GET /v1/decision_logs", "POST /v1/decision_logs/d/review"},
		daybook.RoleAuditor:  {"GET /v1/entries", "GET /v1/decision_logs"},
		daybook.RoleAdmin:    {"POST /v1/entries", "GET /v1/entries", "GET /v1/decision_logs", "POST /v1/decision_logs/d/review"},
		"":                   {},
	} {
		d := newDesk(t, as(daybook.Principal{Name: "x", Role: role}))
		for _, call := range []string{"POST /v1/entries", "GET /v1/entries", "GET /v1/decision_logs", "POST /v1/decision_logs/d/review"} {
			method, path, _ := strings.Cut(call, " ")
			body := ""
			if call == "POST /v1/entries" {
				body = `{"kind": "conversations"}`
			}
			if w := d.do(request(method, path, body)); (w.Code == 403) == slices.Contains(may, call) {
				t.Errorf("%s %s: %d", role, call, w.Code)
			}
		}
		if w := d.do(request("GET", "/v1/checkpoint", "")); w.Code != 200 {
			t.Errorf("%s reads the checkpoint: %d", role, w.Code)
		}
	}
}

func TestUnknownCallersAreAskedWhoTheyAre(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(d *desk) {
		d.config.Principal = refusing(&daybook.Error{Code: daybook.CodeUnauthorized, Message: "no token"})
	})
	w := d.do(request("GET", "/v1/conversations", ""))
	if p := problemIn(t, w); p.Status != 401 || w.Header().Get("WWW-Authenticate") == "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if d.reader.asked != nil {
		t.Error("the reader was asked")
	}
	d = newDesk(t, func(d *desk) { d.config.Principal = refusing(errors.New("secret")) })
	if w := d.do(request("GET", "/v1/conversations", "")); w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
