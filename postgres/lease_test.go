package postgres

import (
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
)

// leaseSession is the backend of a store's leases.
const leaseSession = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '% lease'"

func TestLeaseGoesWithItsConnection(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	a, b := openStore(t, address, Options{}), openStore(t, address, Options{})
	held, err := a.Lease(t.Context(), "sign")
	if err != nil || held == nil {
		t.Fatal(held, err)
	}
	pid := query[int32](t, b, leaseSession)
	if !query[bool](t, b, "SELECT pg_terminate_backend($1)", pid) {
		t.Fatal("the session could not be ended")
	}
	begun := time.Now()
	var other daybook.Lease
	for other == nil && time.Since(begun) < 2*time.Minute {
		if other, err = b.Lease(t.Context(), "sign"); err != nil {
			t.Fatal(err)
		}
	}
	if other == nil {
		t.Fatal("the lease is not free after its session has ended")
	}
	if held.Held(t.Context()) == nil {
		t.Error("a lease is held by two")
	}
	if again, err := a.Lease(t.Context(), "sign"); again != nil || err != nil {
		t.Errorf("taken from who has it: %v, %v", again, err)
	}
	if err := held.Release(t.Context()); err != nil {
		t.Errorf("giving back what was lost: %v", err)
	}
	if err := other.Held(t.Context()); err != nil {
		t.Error(err)
	}
}

// Another lock of the same session, or the same lock of another, is not it.
func TestLeaseIsLostWithoutItsLock(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	sign, err := s.Lease(t.Context(), "sign")
	if err != nil {
		t.Fatal(err)
	}
	inbox, err := s.Lease(t.Context(), "inbox")
	if err != nil {
		t.Fatal(err)
	}
	// As a pooler does that clears a session before it gives it to another.
	if _, err := s.leases.conn.Exec(t.Context(), "SELECT pg_advisory_unlock($1, $2)", s.leaseSpace(), leaseKey("sign")); err != nil {
		t.Fatal(err)
	}
	if sign.Held(t.Context()) == nil {
		t.Error("a lease is held whose lock is gone")
	}
	if err := inbox.Held(t.Context()); err != nil {
		t.Errorf("the other lease: %v", err)
	}
}

func TestLedgersInOneDatabaseHaveTheirOwnLeases(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	if _, err := Migrate(t.Context(), address, MigrateOptions{SchemaPrefix: "other_"}); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Store{openStore(t, address, Options{}), openStore(t, address, Options{SchemaPrefix: "other_"})} {
		if l, err := s.Lease(t.Context(), "sign"); l == nil || err != nil {
			t.Errorf("%v, %v", l, err)
		}
	}
}
