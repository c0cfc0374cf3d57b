package postgres

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
)

// TestStrangersHoldNothingUp: who may log in to the database can take any
// advisory lock that he sees. No append waits for one, and no lease is kept from
// servers by one.
func TestStrangersHoldNothingUp(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	var log bytes.Buffer
	a := openStore(t, address, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	b := openStore(t, testLogin(t, address, "daybook_writer"), Options{})
	_, plain := newLogin(t, address, "")
	stranger := connected(t, plain)
	for _, sql := range []string{"SELECT ledger.take_turn()", "BEGIN; LOCK TABLE ledger.transfer IN ROW SHARE MODE", "BEGIN; LOCK TABLE ledger.head"} {
		for _, as := range []string{plain, testLogin(t, address, "daybook_reader"), testLogin(t, address, "daybook_job"), testLogin(t, address, "daybook_admin")} {
			if _, err := connected(t, as).Exec(t.Context(), sql); err == nil || state(err) != "42501" {
				t.Errorf("%s as %s: %v", sql, loginName(as), err)
			}
		}
	}

	batch, wrote := one(t, storetest.NewWriter(a), 1)
	err := a.Append(t.Context(), func(daybook.View) (*daybook.Batch, error) {
		wantLines(t, "advisory locks of an append", answer(t, stranger, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"), "0")
		return batch, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wrote()

	if _, err := stranger.Exec(t.Context(), fmt.Sprintf("SELECT pg_advisory_lock(%d, %d)", a.leaseSpace(), leaseKey("sign"))); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Store{a, b, a} {
		held, err := s.Lease(t.Context(), "sign")
		if err != nil || held == nil {
			t.Fatalf("a stranger keeps a lease from servers: %v, %v", held, err)
		}
		if err := held.Held(t.Context()); err != nil {
			t.Error(err)
		}
		if err := held.Release(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if n := strings.Count(log.String(), "is ignored"); n != 1 || !strings.Contains(log.String(), loginName(plain)) {
		t.Errorf("the stranger is named %d times: %s", n, log.String())
	}
	if _, err := stranger.Exec(t.Context(), "SELECT pg_advisory_unlock_all()"); err != nil {
		t.Fatal(err)
	}
	if held, err := a.Lease(t.Context(), "sign"); err != nil || held == nil {
		t.Fatal(held, err)
	}
	if held, err := b.Lease(t.Context(), "sign"); err != nil || held != nil {
		t.Errorf("two servers hold a lease: %v, %v", held, err)
	}
}
