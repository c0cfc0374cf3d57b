package intake_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/sqllineage"
)

const otherSession = "0190f3c2-7b1e-7a40-8c11-3a5d2f6e0002"

// pastCases are operations of one session, of which the last is told.
var pastCases = []struct {
	name, dialect string
	sql           []string
	fields        []string // of each operation, "" behind their end
	want          string
}{
	{
		name: "what went into a temporary table comes out of it",
		sql: []string{
			"CREATE TEMP TABLE tmp AS SELECT x, sum(y) AS total FROM bronze.a WHERE k > 1 GROUP BY x",
			"INSERT INTO gold.g (p, q) SELECT x, total FROM tmp",
		},
		want: `
input_tables ["tmp"]
input_columns ["tmp.x", "tmp.total"]
output_table gold.g
output_columns ["p", "q"]
bronze.a > gold.g DERIVES_FROM exact
bronze.a.x > gold.g.p COPIES IDENTITY exact
bronze.a.y > gold.g.q AGGREGATES AGGREGATION exact
bronze.a.x > gold.g AGGREGATES GROUP_BY exact
bronze.a.k > gold.g FILTERS FILTER exact
`,
	},
	{
		name: "of one that is only made, what is read is told",
		sql:  []string{"CREATE TEMP TABLE tmp AS SELECT x FROM bronze.a WHERE k > 1"},
		want: `
input_tables ["bronze.a"]
input_columns ["bronze.a.x", "bronze.a.k"]
`,
	},
	{
		name: "filled by a third operation, read through a star, in T-SQL", dialect: "tsql",
		sql: []string{
			"CREATE TABLE #t (x int, y int)", "INSERT INTO #t SELECT k, b FROM bronze.a", "SELECT 1", "INSERT INTO #t (x) SELECT c FROM bronze.b",
			"INSERT INTO gold.g SELECT * FROM #t",
		},
		want: `
input_tables ["#t"]
input_columns ["#t.x", "#t.y"]
output_table gold.g
output_columns ["x", "y"]
bronze.a > gold.g DERIVES_FROM exact
bronze.b > gold.g DERIVES_FROM exact
bronze.a.k > gold.g.x COPIES IDENTITY exact
bronze.b.c > gold.g.x COPIES IDENTITY exact
bronze.a.b > gold.g.y COPIES IDENTITY exact
`,
	},
	{
		name: "SELECT INTO", dialect: "tsql",
		sql: []string{"SELECT c AS x INTO #t FROM bronze.a", "SELECT x INTO #u FROM #t", "MERGE INTO gold.g USING #u AS u ON g.k = u.x WHEN MATCHED THEN UPDATE SET v = u.x;"},
		want: `
input_tables ["#u"]
input_columns ["#u.x", "gold.g.k"]
output_table gold.g
output_columns ["v"]
bronze.a > gold.g DERIVES_FROM exact
bronze.a.c > gold.g.v COPIES IDENTITY exact
bronze.a.c > gold.g JOINS JOIN exact
gold.g.k > gold.g JOINS JOIN exact
`,
	},
	{
		name: "a temporary view of Spark", dialect: "spark",
		sql: []string{"CREATE OR REPLACE TEMP VIEW v AS SELECT upper(x) AS u FROM bronze.a", "INSERT OVERWRITE TABLE gold.g SELECT u FROM v"},
		want: `
input_tables ["v"]
input_columns ["v.u"]
output_table gold.g
output_columns ["u"]
lifecycle_state_change OVERWRITE
bronze.a > gold.g DERIVES_FROM exact
bronze.a.x > gold.g.u TRANSFORMS TRANSFORMATION exact
`,
	},
	{
		name: "TEMPORARY of Snowflake, in another case", dialect: "snowflake",
		sql: []string{"CREATE OR REPLACE TEMPORARY TABLE Stage AS SELECT x FROM bronze.a", `INSERT INTO gold.g SELECT x FROM "STAGE"`},
		want: `
input_tables ["stage"]
input_columns ["stage.x"]
output_table gold.g
output_columns ["x"]
bronze.a > gold.g DERIVES_FROM exact
bronze.a.x > gold.g.x COPIES IDENTITY exact
`,
	},
	{
		name:   "a table is what the operation that read it called it",
		sql:    []string{"CREATE TEMP TABLE tmp AS SELECT x FROM a", "SELECT x FROM tmp"},
		fields: []string{`"input_tables": ["bronze.A"]`, `"input_tables": ["tmp"], "output_table": "gold.g"`},
		want: `
input_tables ["tmp"]
input_columns ["tmp.x"]
output_table gold.g
output_columns ["x"]
bronze.A > gold.g DERIVES_FROM exact
bronze.A.x > gold.g.x COPIES IDENTITY exact
`,
	},
	{
		name:   "who names the origin has named enough",
		sql:    []string{"CREATE TEMP TABLE tmp AS SELECT x FROM bronze.a", "INSERT INTO gold.g SELECT x FROM tmp"},
		fields: []string{"", `"input_tables": ["bronze.a"]`},
		want: `
input_tables ["bronze.a"]
input_columns ["tmp.x"]
output_table gold.g
output_columns ["x"]
bronze.a > gold.g DERIVES_FROM exact
bronze.a.x > gold.g.x COPIES IDENTITY exact
`,
	},
	{
		name: "each operation in its dialect",
		sql:  []string{"CREATE TEMP TABLE tmp AS SELECT x FROM `p.d.a`", "INSERT INTO gold.g SELECT x FROM tmp"}, fields: []string{`"parameters": {"dialect": "bigquery"}`},
		want: `
input_tables ["tmp"]
input_columns ["tmp.x"]
output_table gold.g
output_columns ["x"]
p.d.a > gold.g DERIVES_FROM exact
p.d.a.x > gold.g.x COPIES IDENTITY exact
`,
	},
	{
		name: "made anew, it has what it was made from last",
		sql:  []string{"CREATE TEMP TABLE tmp AS SELECT x FROM bronze.a", "DROP TABLE tmp", "CREATE TEMP TABLE tmp AS SELECT x FROM bronze.b", "INSERT INTO gold.g SELECT x FROM tmp"},
		want: `
input_tables ["tmp"]
input_columns ["tmp.x"]
output_table gold.g
output_columns ["x"]
bronze.b > gold.g DERIVES_FROM exact
bronze.b.x > gold.g.x COPIES IDENTITY exact
`,
	},
	{
		name: "dropped, it is no more",
		sql:  []string{"CREATE TEMP TABLE tmp AS SELECT x FROM bronze.a", "DROP TABLE tmp", "INSERT INTO gold.g SELECT x FROM tmp"},
		want: `
input_tables ["tmp"]
input_columns ["tmp.x"]
output_table gold.g
output_columns ["x"]
tmp > gold.g DERIVES_FROM exact
tmp.x > gold.g.x COPIES IDENTITY exact
`,
	},
	{
		name: "a table that stays takes its place",
		sql:  []string{"CREATE TEMP TABLE tmp AS SELECT x FROM bronze.a", "CREATE TABLE tmp AS SELECT x FROM bronze.b", "INSERT INTO gold.g SELECT x FROM tmp"},
		want: `
input_tables ["tmp"]
input_columns ["tmp.x"]
output_table gold.g
output_columns ["x"]
tmp > gold.g DERIVES_FROM exact
tmp.x > gold.g.x COPIES IDENTITY exact
`,
	},
	{
		name: "renamed to stay in the session",
		sql:  []string{"CREATE TEMP TABLE tmp AS SELECT x FROM bronze.a", "ALTER TABLE tmp RENAME TO tmp2", "INSERT INTO gold.g SELECT x FROM tmp2"},
		want: `
input_tables ["tmp2"]
input_columns ["tmp2.x"]
output_table gold.g
output_columns ["x"]
bronze.a > gold.g DERIVES_FROM exact
bronze.a.x > gold.g.x COPIES IDENTITY exact
`,
	},
}

// operationsOf are the operations of a case.
func operationsOf(t testing.TB, sql, fields []string) []daybook.Record {
	records := make([]daybook.Record, len(sql))
	for i := range sql {
		more := ""
		if i < len(fields) {
			more = fields[i]
		}
		records[i] = sqlOperation(t, sql[i], more)
	}
	return records
}

// TestTemporaryTablesOfASession: in one call, in one after the other, and after
// a restart, the last operation comes to the same.
func TestTemporaryTablesOfASession(t *testing.T) {
	t.Parallel()
	for _, c := range pastCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dialect, _ := sqllineage.ParseDialect(cmp.Or(c.dialect, "generic"))
			want, last := strings.TrimLeft(c.want, "\n"), len(c.sql)-1
			together, behind := derivingInto(intake.Derivation{Dialect: dialect})
			recordAll(t, together, operationsOf(t, c.sql, c.fields))
			if got := said(behind.records[last]); got != want {
				t.Errorf("in one call it is\n%s\nwant\n%s", got, want)
			}
			known := intake.NewMemory(10)
			apart, behind := derivingInto(intake.Derivation{Dialect: dialect, Known: known})
			records := operationsOf(t, c.sql, c.fields)
			for i := range records {
				recordAll(t, apart, records[i:i+1])
			}
			if got := said(behind.records[last]); got != want {
				t.Errorf("in calls of their own it is\n%s\nwant\n%s", got, want)
			}
			ledger := book{}
			for i := range last {
				ledger.entries = append(ledger.entries, &daybook.Entry{Kind: records[i].Kind, Seq: int64(i), Values: behind.records[i].Values})
			}
			slices.Reverse(ledger.entries) // the last written first
			anew, behind := derivingInto(intake.Derivation{Dialect: dialect, Known: known, Entries: ledger})
			recordAll(t, anew, operationsOf(t, c.sql[last:], c.fields[min(last, len(c.fields)):]))
			if got := said(behind.records[0]); got != want {
				t.Errorf("after a restart it is\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func recordAll(t testing.TB, in *intake.Intake, records []daybook.Record) {
	t.Helper()
	if _, err := in.Record(t.Context(), daybook.Local, records); err != nil {
		t.Fatal(err)
	}
}

// TestTemporaryTablesAreOfTheirSession: what another session, or an operation
// that was refused, made is not there.
func TestTemporaryTablesAreOfTheirSession(t *testing.T) {
	t.Parallel()
	in, behind := derivingInto(intake.Derivation{})
	read := "INSERT INTO gold.g SELECT x FROM tmp"
	first := func() string {
		behind.records = nil
		recordAll(t, in, operationsOf(t, []string{read}, nil))
		return edgeText(&behind.records[0].Derived[0])
	}
	other := sqlOperation(t, "CREATE TEMP TABLE tmp AS SELECT x FROM bronze.other", "")
	other.Set("session_id", daybook.TextValue(otherSession))
	recordAll(t, in, []daybook.Record{other})
	if got := first(); got != "tmp > gold.g DERIVES_FROM exact" {
		t.Errorf("with a table of another session: %s", got)
	}
	behind.err = errors.New("the disk is full")
	if _, err := in.Record(t.Context(), daybook.Local, operationsOf(t, []string{"CREATE TEMP TABLE tmp AS SELECT x FROM bronze.a"}, nil)); err == nil {
		t.Fatal("it was written")
	}
	behind.err = nil
	if got := first(); got != "tmp > gold.g DERIVES_FROM exact" {
		t.Errorf("with a table of a call that was refused: %s", got)
	}
	recordAll(t, in, operationsOf(t, []string{"CREATE TEMP TABLE tmp AS SELECT x FROM bronze.a"}, nil))
	if got := first(); got != "bronze.a > gold.g DERIVES_FROM exact" {
		t.Errorf("with a table of its own: %s", got)
	}
}

// TestTooManyTemporaryTables: what is kept of a session is bounded, and the
// operation says that something is missing.
func TestTooManyTemporaryTables(t *testing.T) {
	t.Parallel()
	in, behind := derivingInto(intake.Derivation{})
	for i := range 110 {
		recordAll(t, in, operationsOf(t, []string{fmt.Sprintf("CREATE TEMP TABLE tmp%d AS SELECT x FROM bronze.a%d", i, i)}, nil))
	}
	behind.records = nil
	recordAll(t, in, operationsOf(t, []string{"INSERT INTO gold.g SELECT x FROM tmp109", "INSERT INTO gold.h SELECT x FROM tmp0"}, nil))
	if got := edgeText(&behind.records[0].Derived[0]); got != "bronze.a109 > gold.g DERIVES_FROM exact" {
		t.Error(got)
	}
	if got := edgeText(&behind.records[1].Derived[0]); got != "tmp0 > gold.h DERIVES_FROM exact" {
		t.Error(got)
	}
	var warnings []string
	if err := json.Unmarshal([]byte(behind.records[1].Get("warnings").Text()), &warnings); err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "temporary tables") {
		t.Errorf("warnings %q, %v", warnings, err)
	}
}

// TestSessionsAtOnce: sessions that are written at the same time do not mix,
// nor do calls of one.
func TestSessionsAtOnce(t *testing.T) {
	t.Parallel()
	d := intake.NewDeriver(patient(intake.Derivation{}))
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			behind := &sink{}
			in := intake.New(behind, intake.Limits{Now: clock}).Deriving(d)
			for range 20 {
				records := operationsOf(t, []string{fmt.Sprintf("CREATE OR REPLACE TEMP TABLE tmp AS SELECT x FROM bronze.a%d", i), "INSERT INTO gold.g SELECT x FROM tmp", "INSERT INTO shared SELECT x FROM tmp"}, nil)
				for k := range records {
					records[k].Set("session_id", daybook.TextValue(fmt.Sprintf("%s%d", sessionID[:len(sessionID)-1], i/2*2)))
				}
				_, _ = in.Record(t.Context(), daybook.Local, records)
				last := behind.records[len(behind.records)-1]
				if got, want := edgeText(&last.Derived[0]), fmt.Sprintf("bronze.a%d > shared DERIVES_FROM exact", i); got != want {
					t.Errorf("%s, want %s", got, want)
				}
			}
		})
	}
	group.Wait()
}

// TestTemporaryTablesOfLoops: a loop that makes its tables anew each time does
// not fill what is kept of the session, and has the tables of its last turn.
func TestTemporaryTablesOfLoops(t *testing.T) {
	t.Parallel()
	in, behind := derivingInto(intake.Derivation{})
	recordAll(t, in, operationsOf(t, []string{"CREATE TEMP TABLE kept AS SELECT x FROM bronze.first", "CREATE TEMP TABLE made AS SELECT x FROM kept"}, nil))
	for i := range 150 {
		behind.records = nil
		recordAll(t, in, operationsOf(t, []string{
			fmt.Sprintf("CREATE OR REPLACE TEMP TABLE tmp AS SELECT x FROM bronze.a%d", i%7), "INSERT INTO tmp SELECT x FROM made", "INSERT INTO gold.g SELECT x FROM tmp",
		}, nil))
		want := fmt.Sprintf("input_tables [\"tmp\"]\ninput_columns [\"tmp.x\"]\noutput_table gold.g\noutput_columns [\"x\"]\n"+
			"bronze.a%[1]d > gold.g DERIVES_FROM exact\nbronze.first > gold.g DERIVES_FROM exact\n"+
			"bronze.a%[1]d.x > gold.g.x COPIES IDENTITY exact\nbronze.first.x > gold.g.x COPIES IDENTITY exact\n", i%7)
		if got := said(behind.records[2]); got != want {
			t.Fatalf("in turn %d it is\n%s\nwant\n%s", i, got, want)
		}
	}
}
