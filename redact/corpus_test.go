package redact_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook/redact"
)

// mostFalse is how many texts of the corpora may be taken for secrets, none of
// which they hold.
const mostFalse = 0

// TestFalsePositives holds the rules against SQL and events of others, in which
// there are no secrets. The corpora are not ours to ship.
func TestFalsePositives(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("DAYBOOK_CORPUS")
	if dir == "" {
		t.Skip("DAYBOOK_CORPUS names no corpora")
	}
	texts, wrong := 0, 0
	look := func(where, s string) {
		texts++
		r := redact.Default()
		clean, found := r.Text(s)
		if json.Valid([]byte(s)) {
			raw, more := r.JSON([]byte(s))
			clean, found = clean+string(raw), append(found, more...)
		}
		if len(found) > 0 {
			wrong++
			at := strings.Index(clean, "[REDACTED")
			t.Logf("%s: %v …%s…", where, found[0], clean[max(0, at-60):min(len(clean), at+60)])
		}
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.Contains(path, "lineage") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name := filepath.Base(path)
		switch filepath.Ext(path) {
		case ".jsonl", ".ndjson":
			lines := bufio.NewScanner(bytes.NewReader(raw))
			lines.Buffer(nil, 1<<26)
			for lines.Scan() {
				everyText(lines.Bytes(), func(s string) { look(name, s) })
				look(name, lines.Text())
			}
		case ".json":
			everyText(raw, func(s string) { look(name, s) })
			look(name, string(raw))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d texts, %d taken for secrets", texts, wrong)
	if texts == 0 || wrong > mostFalse {
		t.Errorf("of %d texts %d are taken for secrets", texts, wrong)
	}
}

// everyText calls fn with every text of a JSON value.
func everyText(raw []byte, fn func(string)) {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			fn(v)
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(v)
}
