package postgres

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestTheGuideForAdministratorsRuns runs the blocks of the guide that are
// marked sql, as a superuser.
func TestTheGuideForAdministratorsRuns(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/guides/postgres.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 6 {
		t.Fatalf("the guide has %d blocks", len(blocks))
	}
	address := testURL(t)
	conn := connected(t, address)
	for _, block := range blocks {
		results, err := conn.PgConn().Exec(t.Context(), block[1]).ReadAll()
		if err != nil {
			t.Errorf("%s\n%v", block[1], err)
		}
		if len(results) == 0 {
			t.Errorf("%s\ndoes nothing", block[1])
		}
		if strings.Contains(block[1], "unguarded") && len(results[0].Rows) > 0 {
			t.Errorf("%s\ngives %s", block[1], results[0].Rows)
		}
	}
	wantLines(t, "who is mapped", answer(t, conn, "SELECT role, business, mapped_by FROM ledger.reader"), "analyst|default|keeper")
	var public bool
	if err := conn.QueryRow(t.Context(), "SELECT has_database_privilege('public', current_database(), 'CONNECT')").Scan(&public); err != nil || public {
		t.Errorf("everybody may connect: %v, %v", public, err)
	}
}
