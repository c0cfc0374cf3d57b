package httpd_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook/intake"
)

// TestBadInput sends what clients and attackers send: each is refused with a
// problem that names the path, nothing is stored, and the server goes on.
func TestBadInput(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(d *desk) { d.config.Recorder = intake.New(d.recorder, intake.Limits{}) })
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	long := strings.Repeat("x", 40<<20)
	for name, c := range map[string]struct {
		body, path string
		status     int
	}{
		"no JSON":               {`hello`, "", 400},
		"half an object":        {`{"kind": "conversations"`, "", 400},
		"half an array":         {`[{"kind": "conversations", "agent_position": "x"}`, "", 400},
		"a number":              {`5`, "", 400},
		"a text":                {`"conversations"`, "", 400},
		"null":                  {`null`, "", 400},
		"a line that is null":   {`{"kind": "conversations"}` + "\nnull", "/1", 422},
		"null in an array":      {`[null]`, "/0", 422},
		"an array in an array":  {`[[]]`, "/0", 422},
		"half an array in one":  {`[{"kind": "conversations", "agent_position": "x"}, [5`, "/1", 400},
		"a line that is a word": {`{"kind": "conversations", "agent_position": "x"}` + "\nhello", "/1", 400},
		"nothing":               {``, "", 400},
		"spaces":                {" \n\t ", "", 400},
		"an empty array":        {`[]`, "", 400},
		"more behind the array": {`[{"kind": "conversations", "agent_position": "x"}] 5`, "", 400},
		"no kind":               {`{"agent_position": "x"}`, "/kind", 422},
		"unknown kind":          {`{"kind": "conversation"}`, "/kind", 422},
		"kind of another type":  {`{"kind": 5}`, "/kind", 422},
		"kind twice":            {`{"kind": "conversations", "kind": "thinking_logs"}`, "/kind", 422},
		"unknown field":         {`{"kind": "conversations", "agent_position": "x", "cost": 1}`, "/cost", 422},
		"unknown field, second": {`[{"kind": "conversations", "agent_position": "x"}, {"kind": "conversations", "cost": 1}]`, "/1/cost", 422},
		"field twice":           {`{"kind": "conversations", "agent_position": "x", "agent_position": "y"}`, "/agent_position", 422},
		"envelope":              {`{"kind": "conversations", "agent_position": "x", "logged_at": "2026-01-01T00:00:00Z"}`, "/logged_at", 422},
		"seq":                   {`{"kind": "conversations", "agent_position": "x", "seq": 1}`, "/seq", 422},
		"missing field":         {`{"kind": "conversations"}`, "/agent_position", 422},
		"text for a number":     {`{"kind": "conversations", "agent_position": "x", "input_tokens": "5"}`, "/input_tokens", 422},
		"number for a text":     {`{"kind": "conversations", "agent_position": 5}`, "/agent_position", 422},
		"fraction":              {`{"kind": "conversations", "agent_position": "x", "input_tokens": 1.5}`, "/input_tokens", 422},
		"huge integer":          {`{"kind": "conversations", "agent_position": "x", "input_tokens": 99999999999999999999}`, "/input_tokens", 422},
		"huge float":            {`{"kind": "conversations", "agent_position": "x", "cost_usd": 1e400}`, "/cost_usd", 422},
		"NaN":                   {`{"kind": "conversations", "agent_position": "x", "cost_usd": NaN}`, "/cost_usd", 400},
		"negative tokens":       {`{"kind": "conversations", "agent_position": "x", "input_tokens": -1}`, "/input_tokens", 422},
		"negative cost":         {`{"kind": "conversations", "agent_position": "x", "cost_usd": -0.01}`, "/cost_usd", 422},
		"confidence over one":   {`{"kind": "decision_logs", "agent_position": "x", "confidence": 1.01}`, "/confidence", 422},
		"unknown status":        {`{"kind": "conversations", "agent_position": "x", "status": "done"}`, "/status", 422},
		"unknown urgency":       {`{"kind": "escalation_logs", "source_agent": "x", "urgency": "huge"}`, "/urgency", 422},
		"end before start":      {`{"kind": "conversations", "agent_position": "x", "started_at": "2026-01-02T00:00:00Z", "ended_at": "2026-01-01T00:00:00Z"}`, "/ended_at", 422},
		"30 February":           {`{"kind": "conversations", "agent_position": "x", "started_at": "2026-02-30T00:00:00Z"}`, "/started_at", 422},
		"29 February 2025":      {`{"kind": "transformation_session", "agent_id": "x", "data_start_date": "2025-02-29"}`, "/data_start_date", 422},
		"time without offset":   {`{"kind": "conversations", "agent_position": "x", "started_at": "2026-02-03T00:00:00"}`, "/started_at", 422},
		"hour 25":               {`{"kind": "conversations", "agent_position": "x", "started_at": "2026-02-03T25:00:00Z"}`, "/started_at", 422},
		"no UUID":               {`{"kind": "conversations", "agent_position": "x", "log_id": "1"}`, "/log_id", 422},
		"NUL":                   {`{"kind": "conversations", "agent_position": "x\u0000"}`, "/agent_position", 422},
		"NUL in JSON":           {`{"kind": "action_logs", "agent_position": "x", "action_details": {"a": ["\u0000"]}}`, "/action_details/a/0", 422},
		"lone surrogate":        {`{"kind": "conversations", "agent_position": "\ud800"}`, "/agent_position", 400},
		"no UTF-8":              {"{\"kind\": \"conversations\", \"agent_position\": \"\xff\"}", "/agent_position", 400},
		"huge integer in JSON":  {`{"kind": "action_logs", "agent_position": "x", "action_details": [9223372036854775808]}`, "/action_details/0", 422},
		"1e400 in JSON":         {`{"kind": "action_logs", "agent_position": "x", "action_details": {"a": 1e400}}`, "/action_details/a", 422},
		"key twice in JSON":     {`{"kind": "action_logs", "agent_position": "x", "action_details": {"a": {"b": 1, "b": 2}}}`, "/action_details/a/b", 422},
		"null in a list":        {`{"kind": "thinking_logs", "agent_position": "x", "conversation_id": "c", "options_considered": [null]}`, "/options_considered/0", 422},
		"nested 1,000 deep":     {`{"kind": "action_logs", "agent_position": "x", "action_details": ` + nested(1000) + `}`, "*", 422},
		"nested 10,000 deep":    {`{"kind": "action_logs", "agent_position": "x", "action_details": ` + nested(10_000) + `}`, "*", 400},
		"nested 1,000,000 deep": {nested(1_000_000), "/0", 400},
		"40 MB of text":         {`{"kind": "conversations", "agent_position": "x", "error_message": "` + long + `"}`, "", 413},
		"20 MB of text":         {`{"kind": "conversations", "agent_position": "x", "error_message": "` + long[:20<<20] + `"}`, "*", 413},
		"2,000 in a name":       {`{"kind": "conversations", "agent_position": "` + long[:2000] + `"}`, "/agent_position", 422},
		"too many records":      {strings.Repeat(`{"kind": "conversations", "agent_position": "x"}`+"\n", 10_001), "", 413},
		"an erasure of nobody":  {`{"kind": "erasure", "target_kind": "x", "reason": "y"}`, "/target_id", 422},
	} {
		w := d.post(c.body)
		p := problemIn(t, w)
		if p.Status != c.status || c.path != "*" && p.Path != c.path {
			t.Errorf("%s: %d at %q (%s), want %d at %q", name, p.Status, p.Path, p.Detail, c.status, c.path)
		}
		if len(w.Body.Bytes()) > 8<<10 {
			t.Errorf("%s: the problem has %d bytes", name, w.Body.Len())
		}
	}
	if n := d.recorder.stored(); n != 0 {
		t.Errorf("%d entries were stored", n)
	}
	if w := d.post(`{"kind": "conversations", "agent_position": "CFO"}`); w.Code != http.StatusCreated {
		t.Errorf("afterwards: %d %s", w.Code, w.Body)
	}
}

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGzipBodies(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	whole := gzipped(t, `{"kind": "conversations", "agent_position": "CFO"}`)
	bomb := gzipped(t, strings.Repeat(" ", 64<<20))
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"whole":      {whole, 201},
		"whole, too": {whole, 201}, // by a reader from the pool
		"two parts":  {whole + gzipped(t, `{"kind": "conversations", "agent_position": "CMO"}`), 201},
		"cut":        {whole[:len(whole)-6], 400},
		"spoilt":     {whole[:12] + "????" + whole[16:], 400},
		"not gzip":   {`{"kind": "conversations", "agent_position": "CFO"}`, 400},
		"empty":      {"", 400},
		"a bomb":     {bomb, 413},
	} {
		w := d.post(c.body, "Content-Encoding: gzip")
		if w.Code != c.status {
			t.Errorf("%s: %d %s, want %d", name, w.Code, w.Body, c.status)
		}
		if w.Code != http.StatusCreated {
			problemIn(t, w)
		}
	}
}

// FuzzEntries sends any bytes: never is it the server's fault, and what is
// refused is a problem.
func FuzzEntries(f *testing.F) {
	for _, seed := range []string{
		`{"kind": "conversations", "agent_position": "CFO"}`,
		`[{"kind": "decision_logs", "agent_position": "é", "options_evaluated": [{"option": "a", "score": 1}]}]`,
		"{\"kind\": \"thinking_logs\"}\n{\"kind\": \"erasure\"}",
		`{"kind": "action_logs", "action_details": {"a": [1e400]}, "amend": true}`,
		`[]`, ``, `nul`, `{"kind": "conversations", "agent_position": "\ud800"}`,
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	d := newDesk(f, func(d *desk) { d.config.Recorder = intake.New(d.recorder, intake.Limits{}) })
	f.Fuzz(func(t *testing.T, body string, skip bool) {
		target := "/v1/entries"
		if skip {
			target += "?on_invalid=skip"
		}
		w := d.do(request("POST", target, body))
		if w.Code >= 500 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if w.Code != http.StatusCreated {
			problemIn(t, w)
		}
	})
}
