package postgres

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/storetest"
	"github.com/daybook-audit/daybook/verify"
)

// someRecords are records of sessions and operations.
func someRecords(from, to int) (records []daybook.Record) {
	for i := from; i < to; i++ {
		records = append(records, storetest.Records(sessionKind).Example(i), storetest.Records(daybook.MustKind(operations)).Example(i))
	}
	return records
}

func written(t testing.TB, s *Store, n int) []*daybook.Entry {
	t.Helper()
	entries, err := storetest.NewWriter(s).Write(t.Context(), someRecords(0, n)...)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// TestWhatASuperuserChangesIsFound is what triggers cannot hold up: whoever owns
// the tables, or the server, switches them off. Then verify tells what was done,
// opening says that they are off, and migrating puts them back.
func TestWhatASuperuserChangesIsFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		table, change string
		class         verify.Class
		entry         int64
	}{
		"a purpose":        {"transformation_session", "UPDATE ledger.transformation_session SET purpose = 'something else' WHERE seq = 2", verify.Modified, 2},
		"whose it is":      {"transformation_session", "UPDATE ledger.transformation_session SET business_id = 'other' WHERE seq = 4", verify.Modified, 4},
		"a body":           {"transformation_operation", "DELETE FROM ledger.transformation_operation WHERE seq = 3", verify.Missing, 3},
		"another month":    {"transformation_operation", "UPDATE ledger.transformation_operation SET logged_at = logged_at + interval '1 year' WHERE seq = 3", verify.Modified, 3},
		"a place":          {"spine", "DELETE FROM ledger.spine WHERE seq = 5", verify.Unlogged, 5},
		"a hash":           {"spine", "UPDATE ledger.spine SET log_hash = sha256('forged') WHERE seq = 6", verify.Modified, 6},
		"a body and a sum": {"spine", "DELETE FROM ledger.transformation_session WHERE seq = 8; UPDATE ledger.spine SET retain_until = '2000-01-01' WHERE seq = 8", verify.Missing, 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := testURL(t)
			s := openStore(t, address, Options{})
			written(t, s, 10)
			if report, err := verify.Run(t.Context(), s, verify.Options{}); err != nil || !report.Sound() {
				t.Fatalf("before: %+v, %v", report, err)
			}
			if err := pgtest.Run(t.Context(), address, c.change); err == nil || !strings.Contains(err.Error(), "is append-only") {
				t.Fatalf("as it is: %v", err)
			}
			pgtest.Exec(t, address, fmt.Sprintf(`ALTER TABLE ledger.%[1]s DISABLE TRIGGER ALL; ALTER TABLE ledger.transformation_session DISABLE TRIGGER ALL;
				DO $$ DECLARE p text; BEGIN FOR p IN SELECT m.partition FROM ledger.months('transformation_operation') AS m LOOP EXECUTE format('ALTER TABLE ledger.%%I DISABLE TRIGGER ALL', p); END LOOP; END $$`, c.table))
			pgtest.Exec(t, address, c.change)
			report, err := verify.Run(t.Context(), s, verify.Options{})
			if err != nil || report.Sound() {
				t.Fatalf("afterwards: %+v, %v", report, err)
			}
			if !slices.ContainsFunc(report.Problems, func(p verify.Problem) bool { return p.Class == c.class && p.Seq != nil && *p.Seq == c.entry }) {
				t.Errorf("it finds %+v, want entry %d to be %s", report.Problems, c.entry, c.class)
			}
		})
	}
}

// TestTriggersThatAreOffAreTold holds that they are noticed, and put back.
func TestTriggersThatAreOffAreTold(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	for table, off := range map[string]string{
		"ledger.spine":                  "ALTER TABLE ledger.spine DISABLE TRIGGER append_only",
		"ledger.tile":                   "DROP TRIGGER append_only ON ledger.tile",
		"ledger.conversations":          "ALTER TABLE ledger.conversations ENABLE TRIGGER append_only", // not where a session replicates
		"ledger.action_logs":            "DROP TRIGGER append_only ON ledger.action_logs; CREATE TRIGGER append_only BEFORE DELETE ON ledger.action_logs EXECUTE FUNCTION ledger.refuse(); ALTER TABLE ledger.action_logs ENABLE ALWAYS TRIGGER append_only",
		"ledger.thinking_logs_by_hand":  "CREATE TABLE ledger.thinking_logs_by_hand PARTITION OF ledger.thinking_logs FOR VALUES FROM ('1990-01-01') TO ('1991-01-01')",
		"ledger.decision_logs":          "CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; DROP TRIGGER append_only ON ledger.decision_logs; CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.decision_logs EXECUTE FUNCTION public.nothing(); ALTER TABLE ledger.decision_logs ENABLE ALWAYS TRIGGER append_only",
		"ledger.transformation_session": "ALTER TABLE ledger.transformation_session DISABLE TRIGGER ALL",
	} {
		pgtest.Exec(t, address, off)
		var said bytes.Buffer
		s := openStore(t, address, Options{Logger: slog.New(slog.NewTextHandler(&said, nil))})
		if got, err := s.Unguarded(t.Context()); err != nil || !slices.Equal(got, []string{table}) {
			t.Errorf("%s: unguarded are %v, %v", off, got, err)
		}
		if !strings.Contains(said.String(), table) || !strings.Contains(said.String(), "daybook migrate --store") || strings.Contains(said.String(), "password") {
			t.Errorf("opening says %s", said.String())
		}
		m, err := Migrate(t.Context(), address, MigrateOptions{Logger: slog.New(slog.DiscardHandler)})
		if err != nil || !strings.Contains(strings.Join(m.Notes, "\n"), table) {
			t.Errorf("migrating notes %v, %v", m, err)
		}
		if got, err := s.Unguarded(t.Context()); err != nil || len(got) > 0 {
			t.Errorf("afterwards unguarded are %v, %v", got, err)
		}
		if err := pgtest.Run(t.Context(), address, "DELETE FROM "+table); err == nil || !strings.Contains(err.Error(), "is append-only") {
			t.Errorf("deleting from %s: %v", table, err)
		}
	}
}

// TestAppendMakesPartitions lets the clock jump to months that nobody made a
// partition for.
func TestAppendMakesPartitions(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	w := storetest.NewWriter(s)
	var want []*daybook.Entry
	for i, now := range []string{"2026-01-31", "2026-02-28", "2026-03-01", "2027-03-01", "2199-12-31", "9000-12-31"} {
		w.Now = func() time.Time { return at(now) }
		entries, err := w.Write(t.Context(), someRecords(i, i+1)...)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, entries...)
	}
	if got := places(t, s); got != "2026_01:1 2026_02:3 2026_03:5 2027_03:7 2199_12:9 9000_12:11" {
		t.Errorf("the operations stand in %q", got)
	}
	for _, e := range want {
		found, err := s.Select(t.Context(), daybook.Query{Kind: e.Kind, Seqs: []int64{e.Seq}})
		if err != nil || len(found) != 1 || found[0].LogHash != e.LogHash {
			t.Errorf("entry %d is %v, %v", e.Seq, found, err)
		}
	}
	if report, err := verify.Run(t.Context(), s, verify.Options{Now: func() time.Time { return at("2026-03-01") }}); err != nil || !report.Sound() {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestAppendGoesOnWithoutAPartition holds that a month whose partition cannot
// be made now goes to the default partition, and gets its own later.
func TestAppendGoesOnWithoutAPartition(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	w := storetest.NewWriter(s)
	w.Now = func() time.Time { return at("2035-01-15") }
	reading := connected(t, address)
	if _, err := reading.Exec(t.Context(), "BEGIN; SELECT count(*) FROM ledger.transformation_operation"); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if _, err := w.Write(t.Context(), someRecords(i, i+1)...); err != nil {
			t.Fatal(err)
		}
		if s.months.missing(operations+" 2035-01", time.Now()) {
			t.Errorf("behind append %d the next one would wait for the partition again", i)
		}
	}
	if _, err := reading.Exec(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	if got := places(t, s); got != "default:1 default:3 default:5" {
		t.Errorf("the operations stand in %q", got)
	}
	w.Now = func() time.Time { return at("2035-02-15") } // the next month has its partition, and so this one too
	if _, err := w.Write(t.Context(), someRecords(3, 4)...); err != nil {
		t.Fatal(err)
	}
	if got := places(t, s); got != "2035_01:1 2035_01:3 2035_01:5 2035_02:7" {
		t.Errorf("the operations stand in %q", got)
	}
	if report, err := verify.Run(t.Context(), s, verify.Options{Now: func() time.Time { return at("2035-03-01") }}); err != nil || !report.Sound() {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestAppendGoesOnWhereTablesAreForbidden: a DBA may have an event trigger that
// lets nobody make tables, or have taken the right away.
func TestAppendGoesOnWhereTablesAreForbidden(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ forbid, allow, reason string }{
		"an event trigger": {
			`CREATE FUNCTION public.no_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no DDL without a ticket'; END $$;
				CREATE EVENT TRIGGER no_ddl ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.no_ddl()`,
			"DROP EVENT TRIGGER no_ddl", "no DDL without a ticket",
		},
		"a right": {"REVOKE CREATE ON SCHEMA ledger FROM daybook_owner", "GRANT CREATE ON SCHEMA ledger TO daybook_owner", "permission denied for schema ledger"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := testURL(t)
			var log bytes.Buffer
			s := openStore(t, testLogin(t, address, "daybook_writer"), Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			w := storetest.NewWriter(s)
			w.Now = func() time.Time { return at("2035-01-15") }
			pgtest.Exec(t, address, c.forbid)
			if _, err := w.Write(t.Context(), someRecords(0, 1)...); err != nil {
				t.Fatal(err)
			}
			if got := places(t, s); got != "default:1" || !strings.Contains(log.String(), c.reason) {
				t.Errorf("the operation stands in %q: %s", got, log.String())
			}
			if _, err := s.MakePartitions(t.Context(), at("2035-01-01"), 1); daybook.CodeOf(err) != daybook.CodeUnavailable || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("made ahead: %v", err)
			}
			pgtest.Exec(t, address, c.allow)
			if _, err := s.MakePartitions(t.Context(), at("2035-01-01"), 1); err != nil {
				t.Error(err)
			}
			if got := places(t, s); got != "2035_01:1" {
				t.Errorf("the operation stands in %q", got)
			}
		})
	}
}
