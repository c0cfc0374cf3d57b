package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var sqlBlock = regexp.MustCompile("(?ms)^```sql\n(.*?)^```")

// ofPostgreSQL are the pages whose SQL is for psql; the room postgres asks it.
var ofPostgreSQL = []string{"postgres.md", "sql.md"}

// TestGuidesSQL: what the documentation says to ask, the ledger can be asked.
func TestGuidesSQL(t *testing.T) {
	t.Parallel()
	store := filepath.Join(t.TempDir(), "ledger.db")
	if code, said := runCommand(t, "log", "--store", store, "action_logs", "--data", `{"agent_position": "CFO"}`); code != exitDone {
		t.Fatal(said)
	}
	pages, err := filepath.Glob("../../docs/guides/*.md")
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, page := range append(pages, "../../README.md", "../../docs/api.md") {
		if slices.Contains(ofPostgreSQL, filepath.Base(page)) {
			continue
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range sqlBlock.FindAllStringSubmatch(string(text), -1) {
			for query := range strings.SplitSeq(strings.TrimSpace(block[1]), ";\n") {
				asked++
				if code, said := runCommand(t, "query", "--store", store, query); code != exitDone {
					t.Errorf("%s: %s\n%s", page, query, said)
				}
			}
		}
	}
	if asked == 0 {
		t.Error("there is no SQL in the documentation, or it is not found")
	}
}
