package postgres

import (
	"testing"

	"github.com/daybook-audit/daybook/pgtest"
)

// What the server does to find out that a process is gone is set, unless the
// operator has set it.
func TestServerLooksForUs(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	pgtest.Exec(t, address, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET tcp_keepalives_count = 9', current_database()); END $$`)
	s := openStore(t, address, Options{})
	for name, want := range map[string]string{
		"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "9",
		"tcp_user_timeout": "25000", "client_connection_check_interval": "2s",
	} {
		if got := query[string](t, s, "SELECT current_setting($1)", name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}
