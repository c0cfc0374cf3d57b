package httpd_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestAnswers holds the answer of every route, and of every sort of error, to
// a golden file.
func TestAnswers(t *testing.T) {
	t.Parallel()
	const decision = `{"kind": "decision_logs", "decision_id": "dec_1", "agent_position": "CFO"}`
	for _, c := range []struct {
		name, method, target, body string
		headers                    []string
		change                     func(*desk)
	}{
		{name: "entries_one", method: "POST", target: "/v1/entries", body: decision},
		{name: "entries_array", method: "POST", target: "/v1/entries", body: "[" + decision + `, {"kind": "conversations", "agent_position": "é"}]`},
		{name: "entries_lines", method: "POST", target: "/v1/entries", body: decision + "\n" + decision + "\n", headers: []string{"Content-Type: application/x-ndjson"}},
		{name: "entries_amend", method: "POST", target: "/v1/entries", body: `{"kind": "decision_logs", "amend": true, "decision_id": "dec_1", "human_reviewed": true}`},
		{name: "entries_key", method: "POST", target: "/v1/entries", body: "[" + decision + "," + decision + "]", headers: []string{"Idempotency-Key: abc"}},
		{name: "entries_skip", method: "POST", target: "/v1/entries?on_invalid=skip", body: decision + "\n" + `{"kind": "decision"}` + "\n" + decision + "\n" + `{"kind": "conversations", "input_tokens": "x"}`},
		{name: "entries_invalid", method: "POST", target: "/v1/entries", body: "[" + decision + `, {"kind": "decision_logs", "confidence": "high"}]`},
		{name: "entries_invalid_one", method: "POST", target: "/v1/entries", body: `{"kind": "decision_logs", "confidence": "high"}`},
		{name: "entries_empty", method: "POST", target: "/v1/entries"},
		{name: "entries_malformed", method: "POST", target: "/v1/entries", body: `{"kind": "decision_logs", `},
		{name: "entries_conflict", method: "POST", target: "/v1/entries", body: decision, change: failing(&daybook.Error{Code: daybook.CodeConflict, Path: "/0/decision_id", Message: "exists already", Hint: "amend it"})},
		{name: "entries_unavailable", method: "POST", target: "/v1/entries", body: decision, change: failing(&daybook.Error{Code: daybook.CodeUnavailable, Message: "the disk is full", Err: errors.New("write /secret/path: no space")})},
		{name: "entries_internal", method: "POST", target: "/v1/entries", body: decision, change: failing(errors.New("secret: table spine is locked"))},
		{name: "entries_type", method: "POST", target: "/v1/entries", body: decision, headers: []string{"Content-Type: application/x-www-form-urlencoded"}},
		{name: "entries_coding", method: "POST", target: "/v1/entries", body: decision, headers: []string{"Content-Encoding: br"}},
		{name: "entries_parameter", method: "POST", target: "/v1/entries?on_invalid=ignore", body: decision},
		{name: "export", method: "GET", target: "/v1/entries?kind=decision_logs&since=2026-01-01&from=0"},
		{name: "export_kind", method: "GET", target: "/v1/entries?kind=decisions"},
		{name: "kind_post", method: "POST", target: "/v1/decision_logs", body: `{"decision_id": "dec_1", "agent_position": "CFO"}`},
		{name: "kind_post_other", method: "POST", target: "/v1/decision_logs", body: `{"kind": "conversations"}`},
		{name: "kind_post_unknown", method: "POST", target: "/v1/decisions", body: `{}`},
		{name: "list", method: "GET", target: "/v1/decision_logs?agent_position=CFO&limit=1"},
		{name: "list_none", method: "GET", target: "/v1/conversations"},
		{name: "list_filter", method: "GET", target: "/v1/decision_logs?agent=CFO"},
		{name: "get", method: "GET", target: "/v1/decision_logs/dec_abc123"},
		{name: "get_escaped", method: "GET", target: "/v1/decision_logs/dec%2Fdef%20456%3F"},
		{name: "get_unknown", method: "GET", target: "/v1/decision_logs/dec_nobody"},
		{name: "get_no_uuid", method: "GET", target: "/v1/output_artifact/7"},
		{name: "revisions", method: "GET", target: "/v1/decision_logs/dec_abc123/revisions"},
		{name: "revisions_unknown", method: "GET", target: "/v1/decision_logs/dec_nobody/revisions"},
		{name: "amend", method: "POST", target: "/v1/decision_logs/dec_1/amend", body: `{"human_override": "no"}`},
		{name: "amend_empty", method: "POST", target: "/v1/decision_logs/dec_1/amend"},
		{name: "amend_other", method: "POST", target: "/v1/decision_logs/dec_1/amend", body: `{"decision_id": "dec_2"}`},
		{name: "amend_invalid", method: "POST", target: "/v1/decision_logs/dec_1/amend", body: `{"human_reviewed": "yes"}`},
		{name: "amend_array", method: "POST", target: "/v1/decision_logs/dec_1/amend", body: `[{"human_reviewed": true}]`},
		{name: "verb_review", method: "POST", target: "/v1/decision_logs/dec_1/review"},
		{name: "verb_checkin", method: "POST", target: "/v1/transformation_session/0190F3C2-7B1E-7A40-8C11-3A5D2F6E9B01/checkin", body: `{"status": "FAILED", "error_message": "no disk"}`},
		{name: "verb_unknown", method: "POST", target: "/v1/decision_logs/dec_1/approve"},
		{name: "history", method: "GET", target: "/v1/history?table=silver.observation&since=2026-01-01&limit=5"},
		{name: "history_missing", method: "GET", target: "/v1/history"},
		{name: "history_since", method: "GET", target: "/v1/history?table=a.b&since=yesterday"},
		{name: "activity", method: "GET", target: "/v1/agents/CFO/activity?since=2026-01-01"},
		{name: "lineage", method: "GET", target: "/v1/lineage?node=gold.us_corn_balance_sheet&direction=upstream&depth=5&columns=true&as_of=2026-01-31"},
		{name: "lineage_tree", method: "GET", target: "/v1/lineage?node=gold.us_corn_balance_sheet&format=tree"},
		{name: "lineage_mermaid", method: "GET", target: "/v1/lineage?node=gold.us_corn_balance_sheet&format=mermaid"},
		{name: "lineage_dot", method: "GET", target: "/v1/lineage?node=gold.us_corn_balance_sheet&format=dot"},
		{name: "lineage_openlineage", method: "GET", target: "/v1/lineage?node=gold.us_corn_balance_sheet&format=openlineage"},
		{name: "lineage_direction", method: "GET", target: "/v1/lineage?node=a.b&direction=sideways"},
		{name: "why", method: "GET", target: "/v1/why?node=gold.us_corn_balance_sheet.ending_stocks&depth=3&as_of=2026-01-31&limit=5"},
		{name: "cost", method: "GET", target: "/v1/cost?by=agent&since=2026-01-01"},
		{name: "cost_by", method: "GET", target: "/v1/cost?by=agnet"},
		{name: "why_missing", method: "GET", target: "/v1/why"},
		{name: "why_depth", method: "GET", target: "/v1/why?node=a.b&depth=1000"},
		{name: "why_unknown", method: "GET", target: "/v1/why?node=a.b", change: func(d *desk) {
			d.reader.err = &daybook.Error{Code: daybook.CodeNotFound, Message: "nothing is known of a.b", Hint: "did you mean c.b?"}
		}},
		{name: "checkpoint", method: "GET", target: "/v1/checkpoint"},
		{name: "checkpoint_none", method: "GET", target: "/v1/checkpoint", change: func(d *desk) { d.config.Prover = prover{none: true} }},
		{name: "inclusion", method: "GET", target: "/v1/proof/inclusion?log_id=00000000-0000-7000-8000-000000000001"},
		{name: "inclusion_no_uuid", method: "GET", target: "/v1/proof/inclusion?log_id=1"},
		{name: "consistency", method: "GET", target: "/v1/proof/consistency?from=1&to=2"},
		{name: "consistency_backwards", method: "GET", target: "/v1/proof/consistency?from=2&to=1"},
		{name: "query", method: "POST", target: "/v1/query", body: `{"sql": "SELECT 1", "max_rows": 2, "timeout_ms": 100}`},
		{name: "query_text", method: "POST", target: "/v1/query", body: `SELECT 1`, headers: []string{"Content-Type: text/plain"}},
		{name: "query_csv", method: "POST", target: "/v1/query", body: `{"sql": "SELECT 1", "max_rows": 2}`, headers: []string{"Accept: text/csv"}},
		{name: "query_missing", method: "POST", target: "/v1/query", body: `{"query": "SELECT 1"}`},
		{name: "query_type", method: "POST", target: "/v1/query", body: `{"sql": "SELECT 1", "max_rows": "all"}`},
		{name: "query_twice", method: "POST", target: "/v1/query", body: `{"sql": "SELECT 1", "max_rows": 1, "max_rows": 1000000}`},
		{name: "query_case", method: "POST", target: "/v1/query", body: `{"SQL": "SELECT 1"}`},
		{name: "query_behind", method: "POST", target: "/v1/query", body: `{"sql": "SELECT 1"} {"sql": "SELECT 2"}`},
		{name: "query_array", method: "POST", target: "/v1/query", body: `["SELECT 1"]`},
		{name: "query_rows", method: "POST", target: "/v1/query", body: `{"sql": "SELECT 1", "max_rows": 100000000}`},
		{name: "healthz", method: "GET", target: "/healthz"},
		{name: "readyz", method: "GET", target: "/readyz"},
		{name: "readyz_not", method: "GET", target: "/readyz", change: func(d *desk) {
			d.config.Ready = func(context.Context) error { return errors.New("secret: disk full") }
		}},
		{name: "index", method: "GET", target: "/"},
		{name: "no_such_call", method: "GET", target: "/v2/entries"},
		{name: "no_such_method", method: "DELETE", target: "/v1/decision_logs/dec_1"},
		{name: "no_such_host", method: "GET", target: "/", headers: []string{"Origin: https://evil.example"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, c.change)
			compare(t, c.name, dump(d.do(request(c.method, c.target, c.body, c.headers...))))
		})
	}
}

func failing(err error) func(*desk) {
	return func(d *desk) { d.recorder.fail = func([]daybook.Record) error { return err } }
}

// dump writes an answer as it is on the wire, without what all of them have.
func dump(w *httptest.ResponseRecorder) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d\n", w.Code)
	for _, name := range []string{"Allow", "Content-Type", "Daybook-Truncated", "Link", "Retry-After"} {
		if value := w.Header().Get(name); value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	return b.String() + "\n" + w.Body.String()
}

func compare(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s\nIf the new answer is right, run go test ./httpd -update", got, want)
	}
}
