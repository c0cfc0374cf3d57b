package postgres

import (
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/storetest"
)

// TestSettingsOfALogin: a login whose settings change how texts are read and
// shown writes the same ledger, and nobody takes it for one that was changed.
func TestSettingsOfALogin(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	login := testLogin(t, address, "daybook_writer")
	for _, set := range []string{
		"standard_conforming_strings = off", "quote_all_identifiers = on", "bytea_output = escape", "extra_float_digits = -10", "client_encoding = latin1",
		"DateStyle = German", "IntervalStyle = iso_8601", "TimeZone = 'Asia/Tokyo'", "search_path = nonsense", "array_nulls = off",
		"transform_null_equals = on", "default_transaction_isolation = serializable", "synchronous_commit = off", "row_security = on", "idle_session_timeout = '1ms'",
	} {
		pgtest.Exec(t, address, "ALTER ROLE "+loginName(login)+" SET "+set)
	}
	s := openStore(t, login, Options{})
	cost := 0.1234567890123456
	r, err := daybook.RecordOf(daybook.Conversation{AgentPosition: `CFO \x41 \' Ж`, CostUSD: &cost})
	must(t, err)
	if _, err := storetest.NewWriter(s).Write(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	must(t, s.SaveCheckpoint(t.Context(), []byte("daybook/x\n1\n\\x41 \\' a note\n")))
	must(t, s.NewOrigin(t.Context(), "01980000-0000-7000-8000-000000000001"))
	if faults, remarks := inspected(t, s); faults+remarks != "" {
		t.Errorf("it is taken for changed: %s%s", faults, remarks)
	}
}
