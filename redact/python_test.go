package redact_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook/redact"
)

// redactor reads a JSON array of [sort, text] and answers what Python makes of
// each, with the rules that it found, joined.
const redactor = `
import json, sys
sys.path.insert(0, "../python/src")
from daybook._redact import redact_json, redact_text
out = []
for sort, text in json.load(sys.stdin):
    clean, found = redact_text(text) if sort == "text" else redact_json(json.loads(text))
    out.append([clean if sort == "text" else json.dumps(clean, ensure_ascii=False, sort_keys=True), " ".join(f.rule + f.path for f in found)])
json.dump(out, sys.stdout)
`

// TestPythonAgrees: what the Go package makes of a text, the Python client makes
// of it.
func TestPythonAgrees(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	cases := agreed(t)
	asked, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), python, "-c", redactor)
	command.Stdin, command.Stderr = bytes.NewReader(asked), os.Stderr
	raw, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answers [][2]string
	if err := json.Unmarshal(raw, &answers); err != nil {
		t.Fatal(err)
	}
	changed := 0
	for i, c := range cases {
		clean, rules := inGo(t, c)
		if clean != c[1] {
			changed++
		}
		if answers[i] != [2]string{clean, rules} {
			t.Errorf("%s %q\n    Go     %q %s\n    Python %q %s", c[0], c[1], clean, rules, answers[i][0], answers[i][1])
		}
	}
	if changed < len(cases)/4 {
		t.Errorf("of %d texts only %d hold secrets", len(cases), changed)
	}
}

func inGo(t *testing.T, c [2]string) (clean, rules string) {
	t.Helper()
	var findings []redact.Finding
	if c[0] == "text" {
		clean, findings = redact.Default().Text(c[1])
	} else {
		var raw []byte
		raw, findings = redact.Default().JSON([]byte(c[1]))
		clean = inPythonsForm(t, raw)
	}
	names := make([]string, len(findings))
	for i, f := range findings {
		names[i] = f.Rule + f.Path
	}
	return clean, strings.Join(names, " ")
}

// inPythonsForm writes JSON as json.dumps does with sorted keys.
func inPythonsForm(t *testing.T, raw []byte) string {
	t.Helper()
	var v any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return spaced{v}.written()
}

// agreed are texts and JSON values with and without secrets.
func agreed(t *testing.T) [][2]string {
	random := rand.New(rand.NewPCG(7, 11))
	var cases [][2]string
	add := func(sort, text string) { cases = append(cases, [2]string{sort, text}) }
	around := []string{"%s", "note: %s end", "x=%s;", "('%s')", "ä€ %s, and", "see %s. Then", "SELECT '%s' FROM t", "[REDACTED:jwt] %s", "a_%s_b"}
	for _, r := range theRules(t) {
		if r.PII != "" {
			continue
		}
		for range 12 {
			s := strings.TrimSpace(r.sample(t, random) + " " + r.Needs)
			add("text", fmt.Sprintf(around[random.IntN(len(around))], s))
			value, _ := json.Marshal(map[string]any{"a": []string{s}, r.ID: s, "inner": `{"b": "` + r.ID + `"}`})
			add("json", string(value))
		}
	}
	for _, f := range ordinary {
		add("text", f)
	}
	return cases
}
