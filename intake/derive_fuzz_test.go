package intake_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/sqllineage"
	"github.com/daybook-audit/daybook/worktime"
)

// FuzzDerive: an operation is recorded whatever its SQL, and what its client
// says of tables; what follows from it is sound, and is the same again.
func FuzzDerive(f *testing.F) {
	for i, c := range derivations {
		f.Add(c.sql, "bronze.a", "Silver.B", "x", uint8(i))
	}
	f.Add("SELECT * FROM a", "`p.d.t`, [x].\"y.z\"", "s3://bucket/a.csv", "*", uint8(2))
	f.Add("MERGE INTO t USING (SELECT 1) s ON t.a = s.a WHEN MATCHED THEN UPDATE SET a = 2", "..", "a.", "", uint8(3))
	f.Fuzz(func(t *testing.T, sql, input, output, column string, dialect uint8) {
		for _, s := range []string{sql, input, output, column} {
			if !utf8.ValidString(s) || strings.Contains(s, "\x00") || len(s) > 1000 {
				return // which no record can hold
			}
		}
		r := daybook.NewRecord(daybook.MustKind("transformation_operation"))
		for name, v := range map[string]daybook.Value{
			"session_id": daybook.TextValue(sessionID), "operation_type": daybook.TextValue("SELECT"), "transformation_type": daybook.TextValue("sql"),
			"transformation_logic": daybook.TextValue(sql), "input_tables": daybook.TextsValue([]string{input, strings.ToUpper(input)}),
			"output_table": daybook.TextValue(output), "output_columns": daybook.TextsValue([]string{column, "y"}),
		} {
			if v.Text() != "" {
				r.Set(name, v)
			}
		}
		d := intake.Derivation{Dialect: sqllineage.Dialect(int(dialect) % len(sqllineage.Dialects())), Entries: book{}}
		var told [2]string
		for i := range told { // which know nothing of each other
			in, behind := derivingInto(d)
			if _, err := in.Record(t.Context(), daybook.Local, []daybook.Record{r}); err != nil {
				t.Fatal(err)
			}
			r = behind.records[0]
			wantSound(t, r)
			told[i] = said(r)
		}
		if told[0] != told[1] {
			t.Errorf("%s\nand again\n%s", told[0], told[1])
		}
	})
}

// wantSound wants an operation and what follows from it to be what an entry can
// hold, within bounds, and without the same edge twice.
func wantSound(t *testing.T, r daybook.Record) {
	t.Helper()
	check := intake.New(nil, intake.Limits{})
	if err := check.Check(daybook.Local, r); err != nil {
		t.Error(err)
	}
	warnings, err := daybook.Texts(r.Get("warnings"))
	if err != nil || len(warnings) > 6 || slices.ContainsFunc(warnings, func(w string) bool { return len(w) > 1000 }) {
		t.Errorf("warnings %q, %v", warnings, err)
	}
	if len(r.Derived) > intake.DefaultMaxEdges {
		t.Errorf("%d edges", len(r.Derived))
	}
	seen := map[daybook.EdgeKey]bool{}
	for i := range r.Derived {
		e := &r.Derived[i]
		key := daybook.EdgeKeyOf(e.Values)
		if err := check.Check(daybook.Local, *e); err != nil || seen[key] || e.LogID() == "" {
			t.Errorf("%s: %v, seen %t", edgeText(e), err, seen[key])
		}
		seen[key] = true
		if n := utf8.RuneCountInString(e.Get("transformation_description").Text()); n > 201 {
			t.Errorf("a description of %d characters", n)
		}
	}
}

// TestDerivesWithinItsTime: however hostile its SQL, an operation does not wait
// long, and neither do many.
func TestDerivesWithinItsTime(t *testing.T) {
	t.Parallel()
	wide := "INSERT INTO t SELECT " + strings.Repeat("a.x + b.y * (SELECT max(z) FROM c WHERE c.k = a.k), ", 2_000) + "1 FROM a JOIN b USING (k)"
	from := repeated("FROM", 20_000, func(i int) string { return fmt.Sprint(" bronze.a", i, ",") })
	names := make([]string, 5_000)
	for i := range names {
		names[i] = fmt.Sprintf("%q", fmt.Sprint("s", i, ".a"))
	}
	list := "[" + strings.Join(names, ", ") + "]"
	for name, sql := range map[string]string{
		"a wide SELECT": wide, "WITH": strings.Repeat("WITH ", 50_000), "nesting": strings.Repeat("SELECT * FROM (", 30_000), "a long name": strings.Repeat("a.b.c.d,", 100_000),
		"CASE": "SELECT " + strings.Repeat("CASE WHEN a THEN ", 20_000), "FROM": "INSERT INTO t SELECT * " + from + " b",
		"remakes": strings.Repeat("CREATE TABLE t AS SELECT * FROM t UNION ALL SELECT * FROM u;", 10_000),
		"inserts": from + " b" + repeated("", 5_000, func(i int) string { return fmt.Sprint(" INSERT INTO c", i, " SELECT 1") }),
		"passing": "CREATE TEMP TABLE t (x int); CREATE TEMP TABLE u (x int);" + repeated("", 8_000, func(i int) string {
			return fmt.Sprintf("INSERT INTO t SELECT x FROM a%d; INSERT INTO u SELECT x FROM t;", i)
		}) + "INSERT INTO b SELECT x FROM u",
		"one flow": strings.Repeat("INSERT INTO b SELECT x FROM a;", 20_000) + "INSERT INTO c SELECT x FROM b",
	} {
		dialect := sqllineage.Generic
		if name == "inserts" {
			dialect = sqllineage.Hive
		}
		var r daybook.Record
		took := worktime.Of(func() {
			r = derive(t, intake.Derivation{Entries: book{}, Dialect: dialect, Limits: sqllineage.Limits{Time: 250 * time.Millisecond}}, sql, `"input_tables": `+list+`, "output_columns": `+list)
		})
		if took > 3*time.Second { // 250 ms and some for the edges
			t.Errorf("%s took %v", name, took)
		}
		wantSound(t, r)
	}
}

// repeated joins so many texts.
func repeated(first string, n int, text func(i int) string) string {
	var b strings.Builder
	b.WriteString(first)
	for i := range n {
		b.WriteString(text(i))
	}
	return b.String()
}

// TestDialectsOfParameters: whatever parameters hold, the operation is recorded.
func TestDialectsOfParameters(t *testing.T) {
	t.Parallel()
	for parameters, warns := range map[string]bool{
		`{"dialect": "postgres"}`: false, `{"dialect": " PostgreSQL "}`: false, `{"dialect": 7}`: false, `{"dialect": null}`: false,
		`{"dialect": ["x"]}`: false, `{"other": {"dialect": "x"}}`: false, `["dialect"]`: false, `"dialect"`: false,
		`{"dialect": ""}`: false, `{"dialect": "no such"}`: true, `{"dialect": "` + strings.Repeat("x", 5000) + `"}`: true,
	} {
		if !json.Valid([]byte(parameters)) {
			t.Fatal(parameters)
		}
		r := derive(t, intake.Derivation{}, "INSERT INTO b SELECT x FROM a", fmt.Sprintf(`"parameters": %s`, parameters))
		if got := r.Get("warnings").IsSet(); got != warns || len(r.Derived) != 2 {
			t.Errorf("%.80s: %s", parameters, said(r))
		}
		wantSound(t, r)
	}
}
