package postgres

import (
	"testing"

	"github.com/daybook-audit/daybook"
)

var _ daybook.Roomy = (*Store)(nil)

func TestRoom(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	for range 2 { // nothing is left of the first
		if err := s.Room(t.Context(), 1<<20); err != nil {
			t.Error(err)
		}
	}
	if n := query[int64](t, s, "SELECT count(*) FROM pg_class WHERE relname = 'room'"); n != 0 {
		t.Errorf("%d tables are left", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Room(t.Context(), 1); daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("a closed store: %v", err)
	}
}

// Where a login may make no table of its own it cannot be told, and is no
// reason to stop.
func TestRoomThatCannotBeTried(t *testing.T) {
	t.Parallel()
	owner := testStore(t)
	exec(t, owner, "DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$")
	s := openStore(t, writerURL(t, owner), Options{})
	if err := s.Room(t.Context(), 1<<20); err != nil {
		t.Error(err)
	}
}
