package main

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestServersTakeTheInbox kills servers while a job writes by SQL: at each step
// of taking a letter, and at random. Each letter is in the ledger once, and what
// the last of them shows as metrics is documented.
func TestServersTakeTheInbox(t *testing.T) {
	t.Parallel()
	l := newDatabaseLedger(t)
	store, home := l.url, "XDG_STATE_HOME="+l.state
	job, err := pgx.Connect(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = job.Close(context.Background()) }()
	one := func(sql string) (n int) {
		t.Helper()
		if err := job.QueryRow(t.Context(), sql).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	sessions := 0
	write := func() {
		t.Helper()
		sessions++
		if _, err := job.Exec(t.Context(), `DO $$ DECLARE s uuid := audit.checkout('job', ARRAY['bronze.corn']); BEGIN
			PERFORM audit.log_operation(s, 'CLEAN', 'INSERT INTO silver.corn (value) SELECT value FROM bronze.corn'); PERFORM audit.checkin(s); END $$`); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []string{"recorded:1", "settled:1", "commit:1"} {
		p := startServer(t, store, home, dieAt+"="+step)
		write()
		if err := p.wait(); err == nil {
			t.Errorf("the server that was to die at %s ended by itself", step)
		}
	}
	p := startServer(t, store, home)
	for range 3 {
		other := startServer(t, store, home)
		for range 5 {
			write()
		}
		p.kill()
		p = other
	}
	for deadline := time.Now().Add(testPatience); one("SELECT count(*) FROM ledger.inbox") > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("letters still wait")
		}
	}
	for what, sql := range map[string]string{
		"sessions": "SELECT count(*) FROM audit.transformation_session WHERE status = 'COMPLETED' AND operations_count = 1",
		"all":      "SELECT count(*) FROM audit.transformation_session", "operations": "SELECT count(*) FROM audit.transformation_operation",
	} {
		if n := one(sql); n != sessions {
			t.Errorf("of %d sessions there are %d %s", sessions, n, what)
		}
	}
	if n := one("SELECT count(*) FROM ledger.inbox_reject"); n != 0 {
		t.Errorf("%d letters were refused", n)
	}
	_, page := fetch(t, "GET", p.url+"/metrics", "")
	guide, err := os.ReadFile("../../docs/guides/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (daybook_\S+)`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(string(guide), "`"+m[1]+"`") {
			t.Errorf("docs/guides/operations.md says nothing of %s", m[1])
		}
	}
	if !strings.Contains(page, "\ndaybook_inbox_waiting 0\n") {
		t.Error("no metric says that nothing waits")
	}
	if err := p.interrupt(); err != nil {
		t.Error(err)
	}
	if said := l.do(t, "verify"); !strings.Contains(said, "is sound") {
		t.Errorf("verify: %s", said)
	}
}
