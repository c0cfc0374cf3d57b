package local_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

// idOf makes the ids of the story.
func idOf(n int) string { return fmt.Sprintf("0190f3c2-7b1e-7a40-8c11-%012d", n) }

// TestBothStoresTakeTheSame writes a story to both stores, as a team of agents
// makes it, and what a store may stumble over.
func TestBothStoresTakeTheSame(t *testing.T) {
	t.Parallel()
	a := newAlike(t)
	story(t, a)
	corpus(t, a)
	file, db := whole(t, a.file.Store), whole(t, a.db.Store)
	for i := range max(len(file), len(db)) {
		var said [2]string
		for j, all := range [][]string{file, db} {
			if i < len(all) {
				said[j] = all[i]
			}
		}
		same(t, fmt.Sprintf("entry %d", i), said)
	}
}

// lengths stand for what is long in the story.
var lengths = strings.NewReplacer("<<1000>>", strings.Repeat("m", 1000), "<<1024>>", strings.Repeat("l", 1024), "<<long>>", strings.Repeat("財x", 10_000))

// story writes what the questions are about.
func story(t *testing.T, a *alike) {
	t.Helper()
	for i, line := range strings.Split(strings.TrimSpace(string(must[[]byte](t)(os.ReadFile("testdata/alike.ndjson")))), "\n") {
		var p struct{ As, Business string }
		who, body, ok := strings.Cut(line, "\t")
		if !ok {
			t.Fatalf("line %d has no principal", i+1)
		}
		p.As, p.Business, _ = strings.Cut(who, "@")
		a.record(t, daybook.Principal{Name: p.As, Role: daybook.RoleAdmin, Business: p.Business}, lengths.Replace(body))
	}
}

// corpus writes the SQL of a corpus, where there is one.
func corpus(t *testing.T, a *alike) {
	t.Helper()
	root := os.Getenv("DAYBOOK_CORPUS")
	if root == "" {
		return
	}
	files := must[[]string](t)(filepath.Glob(filepath.Join(root, "sqllineage", "*.jsonl")))
	n := 0
	for _, name := range files {
		lines := bufio.NewScanner(strings.NewReader(string(must[[]byte](t)(os.ReadFile(name)))))
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			var c struct{ SQL, Dialect string }
			if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
				t.Fatal(err)
			}
			sql := must[[]byte](t)(json.Marshal(c.SQL))
			n++
			session := idOf(1_000_000 + n)
			a.record(t, daybook.Local, fmt.Sprintf(`[{"kind": "transformation_session", "id": %q, "log_id": %q, "agent_id": "corpus", "started_at": "2026-01-31T09:00:00Z"},
 {"kind": "transformation_operation", "log_id": %q, "session_id": %q, "operation_type": "JOIN", "transformation_logic": %s, "created_at": "2026-01-31T09:00:00Z"},
 {"kind": "transformation_session", "id": %q, "amend": true, "log_id": %q, "status": "COMPLETED", "completed_at": "2026-01-31T09:00:01Z"}]`,
				session, idOf(3_000_000+n), idOf(4_000_000+n), session, sql, session, idOf(5_000_000+n)))
		}
	}
	t.Logf("%d texts of SQL", n)
}
