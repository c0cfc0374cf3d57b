package local_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/postgres"
	"github.com/google/uuid"
)

// adopting is a ledger, and a database with tables of somebody's own.
type adopting struct {
	ledger  *local.Local
	address string
}

func newAdopting(t *testing.T, sql string) *adopting {
	t.Helper()
	a := &adopting{address: pgtest.New(t)}
	pgtest.Exec(t, a.address, sql)
	l, err := local.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), local.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(context.Background()); err != nil { // the test's is over
			t.Error(err)
		}
	})
	a.ledger = l
	return a
}

// adopt adopts all tables, by their names.
func (a *adopting) adopt(t *testing.T) map[string]*local.Adopted {
	t.Helper()
	from, err := postgres.OpenAdoption(t.Context(), a.address, postgres.MigrateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close(t.Context())
	came := map[string]*local.Adopted{}
	for _, table := range from.Tables {
		said, err := a.ledger.Adopt(t.Context(), from, table, func(int64) {})
		if err != nil {
			t.Fatal(err)
		}
		came[table.Name] = said
	}
	return came
}

// wantCame wants so many rows to be taken, amended, there already and refused.
func wantCame(t *testing.T, a *local.Adopted, taken, amended, already, refused int64) {
	t.Helper()
	if a == nil || a.Taken != taken || a.Amended != amended || a.Already != already || a.Refused != refused {
		t.Errorf("got %+v, want %d taken, %d amended, %d already, %d refused", a, taken, amended, already, refused)
	}
}

// entries gives the fields of the current entries of a kind, the oldest first.
func (a *adopting) entries(t *testing.T, kind string) []map[string]any {
	t.Helper()
	page, err := a.ledger.List(t.Context(), daybook.Query{Kind: daybook.MustKind(kind), Oldest: true, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	for _, e := range page.Entries {
		var fields map[string]any
		if err := json.Unmarshal(e.AppendExport(nil), &fields); err != nil {
			t.Fatal(err)
		}
		list = append(list, fields)
	}
	return list
}

// wantFields wants fields of an entry, as Go prints them.
func wantFields(t *testing.T, entry map[string]any, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := fmt.Sprint(entry[name]); got != value {
			t.Errorf("%s is %s, want %s", name, got, value)
		}
	}
}

func TestAdoptionOfWhatTheDesignKnows(t *testing.T) {
	t.Parallel()
	a := newAdopting(t, `CREATE SCHEMA audit;
CREATE TABLE audit.ingest_run (id uuid PRIMARY KEY, job_type varchar(50) NOT NULL, agent_id varchar(100), started_at timestamptz, completed_at timestamptz,
  status varchar(20), records_fetched int, records_inserted bigint, records_updated numeric, records_failed smallint, error_message text, commit_sha text);
INSERT INTO audit.ingest_run VALUES
  ('0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01', 'wasde', 'collector', '2026-01-31 09:00+00', '2026-01-31 10:00+01', 'COMPLETED', 10, 8, 2, 0, NULL, 'abc'),
  ('0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b02', 'wasde', NULL, '2026-02-01 09:00:00.123456+00', NULL, 'RUNNING', NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE audit.validation_status (id bigserial PRIMARY KEY, ingest_run_id uuid, validation_type text, status text, issues jsonb, validated_at timestamptz DEFAULT '2026-01-31 10:00+00');
INSERT INTO audit.validation_status (ingest_run_id, validation_type, status, issues) VALUES
  ('0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01', 'row_count', 'PASSED', NULL), (NULL, 'nulls', 'FAILED', '[{"column": "year", "n": 2}]')`)
	came := a.adopt(t)
	wantCame(t, came["audit.ingest_run"], 2, 0, 0, 0)
	wantCame(t, came["audit.validation_status"], 2, 0, 0, 0)
	runs := a.entries(t, "ingest_run")
	wantFields(t, runs[0], map[string]string{
		"id": "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01", "job_type": "wasde", "agent_id": "collector", "status": "COMPLETED",
		"started_at": "2026-01-31T09:00:00.000000Z", "completed_at": "2026-01-31T09:00:00.000000Z", "records_fetched": "10", "records_inserted": "8", "records_updated": "2", "records_failed": "0",
		"metadata": "map[adopted_from:audit.ingest_run columns:map[commit_sha:abc] key:[0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01]]",
	})
	wantFields(t, runs[1], map[string]string{"status": "RUNNING", "started_at": "2026-02-01T09:00:00.123456Z", "completed_at": "<nil>", "agent_id": "<nil>"})
	checks := a.entries(t, "validation_status")
	wantFields(t, checks[0], map[string]string{"ingest_run_id": "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01", "status": "PASSED", "issues": "map[adopted_from:audit.validation_status key:[1]]"})
	wantFields(t, checks[1], map[string]string{"issues": "map[adopted_from:audit.validation_status issues:[map[column:year n:2]] key:[2]]"})

	// Again, and with what has come and changed since.
	came = a.adopt(t)
	wantCame(t, came["audit.ingest_run"], 0, 0, 2, 0)
	wantCame(t, came["audit.validation_status"], 0, 0, 2, 0)
	pgtest.Exec(t, a.address, `UPDATE audit.ingest_run SET status = 'FAILED', completed_at = '2026-02-01 10:00+00', error_message = 'no such file' WHERE status = 'RUNNING';
INSERT INTO audit.ingest_run (id, job_type, started_at) VALUES ('0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b03', 'late', '2026-02-02 00:00+00');
UPDATE audit.validation_status SET status = 'PASSED' WHERE id = 2`)
	for n := range 2 {
		came = a.adopt(t)
		if n == 0 {
			wantCame(t, came["audit.ingest_run"], 1, 1, 1, 0)
		} else {
			wantCame(t, came["audit.ingest_run"], 0, 0, 3, 0)
		}
		wantCame(t, came["audit.validation_status"], 0, 0, 1, 1)
		if reason := came["audit.validation_status"].Reasons[0]; reason.Key != "[2]" || !strings.Contains(reason.Reason, "changed after it was taken") {
			t.Errorf("%+v", reason)
		}
	}
	runs = a.entries(t, "ingest_run")
	if len(runs) != 3 {
		t.Fatalf("%d runs", len(runs))
	}
	for _, run := range runs {
		if run["id"] == "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b02" {
			wantFields(t, run, map[string]string{"status": "FAILED", "error_message": "no such file", "completed_at": "2026-02-01T10:00:00.000000Z", "revision": "2"})
		}
	}
}

func TestAdoptionOfManyShapes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql     string
		refused []string // parts of the reasons
		runs    []map[string]string
		checks  []map[string]string
	}{
		"integers, other names, other words, no zone": {
			sql: `SET TimeZone = 'UTC';
CREATE TABLE audit.ingest_run ("runId" serial PRIMARY KEY, collector text, "Start Time" timestamp, "endTime" timestamp, state text, "rowsLoaded" int, errors text[]);
INSERT INTO audit.ingest_run (collector, "Start Time", "endTime", state, "rowsLoaded", errors) VALUES ('cme', '2026-06-01 12:00', '2026-06-01 12:05', 'success', 7, ARRAY['a', 'b'])`,
			runs: []map[string]string{{
				"agent_id": "cme", "started_at": "2026-06-01T12:00:00.000000Z", "completed_at": "2026-06-01T12:05:00.000000Z", "status": "COMPLETED", "records_inserted": "7",
				"error_message": "a\nb", "job_type": "UNKNOWN", "metadata": "map[adopted_from:audit.ingest_run columns:map[state:success] key:[1]]",
			}},
		},
		"a database with a zone of its own": {
			sql: `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET TimeZone = ''America/Chicago''', current_database()); END $$;
CREATE TABLE audit.ingest_run (id int PRIMARY KEY, started_at timestamp, run_date date);
INSERT INTO audit.ingest_run VALUES (1, '2026-06-01 12:00', '2026-06-01')`,
			runs: []map[string]string{{"started_at": "2026-06-01T17:00:00.000000Z", "metadata": "map[adopted_from:audit.ingest_run columns:map[run_date:2026-06-01] key:[1]]"}},
		},
		"text ids, truths, nothing but dates": {
			sql: `CREATE TABLE audit.ingest_run (id text PRIMARY KEY, run_date date, success boolean, error_count int);
INSERT INTO audit.ingest_run VALUES ('run-1', '2026-06-01', true, 0), ('run-2', '2026-06-02', false, 3), ('run-3', NULL, NULL, NULL)`,
			refused: []string{`["run-3"] it has no time for the run`},
			runs: []map[string]string{
				{"started_at": "2026-06-01T00:00:00.000000Z", "status": "COMPLETED", "records_failed": "0"},
				{"status": "FAILED", "records_failed": "3"},
			},
		},
		"words and numbers that fit nowhere": {
			sql: `CREATE TABLE audit.ingest_run (id int PRIMARY KEY, started_at timestamptz DEFAULT '2026-06-01 00:00+00', completed_at timestamptz, status text, records_fetched bigint);
INSERT INTO audit.ingest_run VALUES (1, DEFAULT, NULL, 'hibernating', 1), (2, DEFAULT, NULL, 'DONE', -4), (3, DEFAULT, '2026-05-01 00:00+00', 'DONE', 1), (4, DEFAULT, NULL, 'In Progress', 9223372036854775807)`,
			refused: []string{`[1] column status: the ledger has no status for "hibernating"`, `[2] `, `[3] `},
			runs:    []map[string]string{{"status": "RUNNING", "records_fetched": "9.223372036854776e+18"}},
		},
		"no key at all, and the same row twice": {
			sql: `CREATE TABLE audit.ingest_run (job text, ts timestamptz);
INSERT INTO audit.ingest_run VALUES ('a', '2026-06-01 00:00+00'), ('a', '2026-06-01 00:00+00'), ('b', '2026-06-01 00:00+00')`,
			runs: []map[string]string{{"job_type": "a", "metadata": "map[adopted_from:audit.ingest_run]"}, {"job_type": "b"}},
		},
		"a key of two columns, a view, times as text and as numbers": {
			sql: `CREATE TABLE audit.runs (job text, n int, at text, PRIMARY KEY (job, n));
INSERT INTO audit.runs VALUES ('a', 1, '2026-06-01 08:00:00'), ('a', 2, '2026-06-01T08:00:00+02:00'), ('a', 3, 'yesterday');
CREATE VIEW audit.ingest_run AS SELECT job || n AS id, job, at AS started_at FROM audit.runs;
CREATE TABLE audit.validation_status (job text, n int, checked_at bigint, passed boolean, run_id int, PRIMARY KEY (job, n));
INSERT INTO audit.validation_status VALUES ('a', 1, 1780300800, true, 7), ('a', 2, 1780300800000, false, NULL), ('a', 3, 1780300800, NULL, NULL)`,
			refused: []string{`["a3"] column started_at: `},
			runs:    []map[string]string{{"started_at": "2026-06-01T08:00:00.000000Z"}, {"started_at": "2026-06-01T06:00:00.000000Z"}},
			checks: []map[string]string{
				{"validated_at": "2026-06-01T08:00:00.000000Z", "status": "PASSED", "issues": "map[adopted_from:audit.validation_status columns:map[job:a n:1 passed:true run_id:7] key:[a 1]]"},
				{"status": "FAILED"},
				{"status": "PENDING"},
			},
		},
		"counts of issues, texts of issues": {
			sql: `CREATE TABLE audit.validation_status (id int PRIMARY KEY, "table" text, violations int, message text, created_at timestamptz DEFAULT '2026-06-01 00:00+00');
INSERT INTO audit.validation_status VALUES (1, 'silver.corn', 0, NULL), (2, 'silver.corn', 4, 'year is null')`,
			checks: []map[string]string{
				{"table_name": "silver.corn", "issue_count": "0", "status": "PASSED", "validation_type": "UNKNOWN"},
				{"issue_count": "4", "status": "FAILED", "issues": "map[adopted_from:audit.validation_status issues:year is null key:[2]]"},
			},
		},
		"another key than the id, and seconds with a fraction": {
			sql: `CREATE TABLE audit.ingest_run (pk int PRIMARY KEY, run_id text, started_at double precision);
INSERT INTO audit.ingest_run VALUES (1, 'etl-2026-06-01', 1780300800.123456), (2, '0190F3C2-7B1E-7A40-8C11-3A5D2F6E9B01', 1780300800123.5)`,
			runs: []map[string]string{
				{"started_at": "2026-06-01T08:00:00.123456Z", "metadata": "map[adopted_from:audit.ingest_run columns:map[pk:1 run_id:etl-2026-06-01] key:[1]]"},
				{"id": "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01", "started_at": "2026-06-01T08:00:00.123500Z", "metadata": "map[adopted_from:audit.ingest_run columns:map[pk:2] key:[2]]"},
			},
		},
		"partitions, odd names, JSON": {
			sql: `CREATE TABLE audit.ingest_run (id int, started_at timestamptz, "weird ""name" jsonb, metadata jsonb, PRIMARY KEY (id, started_at)) PARTITION BY RANGE (started_at);
CREATE TABLE audit.ingest_run_old PARTITION OF audit.ingest_run DEFAULT;
INSERT INTO audit.ingest_run VALUES (1, '2026-06-01 00:00+00', '{"a": [1, 2.5]}', '{"host": "db1"}')`,
			runs: []map[string]string{{"metadata": `map[adopted_from:audit.ingest_run columns:map[weird "name:map[a:[1 2.5]]] key:[1 2026-06-01T00:00:00+00:00] metadata:map[host:db1]]`}},
		},
		"nothing in it, and nothing of it": {
			sql: "CREATE TABLE audit.ingest_run (); CREATE TABLE audit.validation_status (id int)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAdopting(t, "CREATE SCHEMA audit; "+c.sql)
			for n := range 2 { // the second time adds nothing
				var refused []string
				for _, came := range a.adopt(t) {
					for _, r := range came.Reasons {
						refused = append(refused, r.Key+" "+r.Reason)
					}
					if n == 1 && (came.Taken != 0 || came.Amended != 0) {
						t.Errorf("again: %+v", came)
					}
				}
				wantReasons(t, refused, c.refused)
			}
			for kind, want := range map[string][]map[string]string{"ingest_run": c.runs, "validation_status": c.checks} {
				got := a.entries(t, kind)
				if len(got) != len(want) {
					t.Fatalf("%d entries of %s, want %d: %v", len(got), kind, len(want), got)
				}
				for i := range want {
					wantFields(t, got[i], want[i])
				}
			}
		})
	}
}

func wantReasons(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("refused are %q, want %q", got, want)
	}
	for _, w := range want {
		found := false
		for _, g := range got {
			found = found || strings.HasPrefix(g, w)
		}
		if !found {
			t.Errorf("none of %q begins with %q", got, w)
		}
	}
}

// TestAdoptionOfWhatOneMayNotRead says whom to ask, and takes no part of the rows
// for all of them.
func TestAdoptionOfWhatOneMayNotRead(t *testing.T) {
	t.Parallel()
	for name, rights := range map[string]string{
		"no right":           "",
		"row level security": "GRANT SELECT ON audit.ingest_run TO ADOPTER; ALTER TABLE audit.ingest_run ENABLE ROW LEVEL SECURITY; CREATE POLICY first ON audit.ingest_run USING (id = 1)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			login := "adopter_" + strings.ReplaceAll(uuid.NewString(), "-", "") // roles are the cluster's
			a := newAdopting(t, strings.ReplaceAll("CREATE ROLE ADOPTER LOGIN PASSWORD 'secret'; CREATE SCHEMA audit; GRANT USAGE ON SCHEMA audit TO ADOPTER; CREATE TABLE audit.ingest_run (id int PRIMARY KEY, started_at timestamptz); "+
				"INSERT INTO audit.ingest_run VALUES (1, now()), (2, now()); "+rights, "ADOPTER", login))
			from, err := postgres.OpenAdoption(t.Context(), pgtest.As(t, a.address, login, "secret"), postgres.MigrateOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer from.Close(t.Context())
			_, err = a.ledger.Adopt(t.Context(), from, from.Tables[0], func(int64) {})
			var e *daybook.Error
			if !errors.As(err, &e) || e.Code != daybook.CodeForbidden || !strings.Contains(e.Hint, `GRANT SELECT ON audit.ingest_run TO "`+login+`"`) || !strings.Contains(e.Hint, "BYPASSRLS") {
				t.Errorf("%v", err)
			}
			if got := a.entries(t, "ingest_run"); len(got) != 0 {
				t.Errorf("taken are %v", got)
			}
		})
	}
}

// A check that names a run by its number finds the entry of that run.
func TestAdoptedChecksFindTheirRuns(t *testing.T) {
	t.Parallel()
	a := newAdopting(t, `CREATE SCHEMA audit;
CREATE TABLE audit.ingest_run (id serial PRIMARY KEY, started_at timestamptz DEFAULT now());
CREATE TABLE audit.validation_status (id serial PRIMARY KEY, run_id int REFERENCES audit.ingest_run, status text, checked_at timestamptz DEFAULT now());
INSERT INTO audit.ingest_run DEFAULT VALUES; INSERT INTO audit.validation_status (run_id, status) VALUES (1, 'ok')`)
	a.adopt(t)
	run, check := a.entries(t, "ingest_run")[0], a.entries(t, "validation_status")[0]
	if run["id"] != check["ingest_run_id"] {
		t.Errorf("the check is of %v, the run is %v", check["ingest_run_id"], run["id"])
	}
}

// More rows than are written at once, and among them some that cannot be taken.
func TestAdoptionOfManyRows(t *testing.T) {
	t.Parallel()
	a := newAdopting(t, `CREATE SCHEMA audit;
CREATE TABLE audit.ingest_run (id int PRIMARY KEY, job_type text, started_at timestamptz, records_fetched int);
INSERT INTO audit.ingest_run SELECT n, 'job', '2026-01-01'::timestamptz + n * interval '1 minute', CASE WHEN n % 1000 = 7 THEN -1 ELSE n END FROM generate_series(1, 3000) AS n`)
	calls := &countingRecorder{Recorder: a.ledger.Recorder}
	a.ledger.Recorder = calls
	wantCame(t, a.adopt(t)["audit.ingest_run"], 2997, 0, 0, 3)
	// Six batches, of which three are taken apart: before, the row itself, behind.
	if calls.n != 15 {
		t.Errorf("the rows were written in %d calls, want 15", calls.n)
	}
	wantCame(t, a.adopt(t)["audit.ingest_run"], 0, 0, 2997, 3)
}

// countingRecorder counts the calls of a recorder.
type countingRecorder struct {
	daybook.Recorder
	n int
}

func (c *countingRecorder) Record(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	c.n++
	return c.Recorder.Record(ctx, p, records)
}
