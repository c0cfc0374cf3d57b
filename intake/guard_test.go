package intake_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/sqllineage"
)

// guarded passes records through an intake with a guard in a mode.
func guarded(t testing.TB, mode intake.GuardMode, records ...daybook.Record) ([]daybook.Record, error) {
	t.Helper()
	g, err := intake.NewGuard(intake.GuardOptions{Mode: mode})
	if err != nil {
		t.Fatal(err)
	}
	var behind sink
	in := intake.New(&behind, intake.Limits{Now: clock}).With(intake.Stages{Guard: g.Stage()}).Guarding(g)
	_, err = in.Record(context.Background(), daybook.Local, records)
	for i := range behind.records {
		if refused := behind.records[i].Refused; err == nil && refused != nil {
			err = refused
		}
	}
	return behind.records, err
}

// rows makes the text of n elements of JSON.
func rows(n int, element func(i int) string) string {
	var all []string
	for i := range n {
		all = append(all, element(i))
	}
	return strings.Join(all, ", ")
}

func blobOf(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	raw := make([]byte, n)
	for i := range raw {
		raw[i] = byte(r.Uint32())
	}
	return base64.StdEncoding.EncodeToString(raw)
}

var (
	someRows   = rows(30, func(i int) string { return fmt.Sprintf(`{"id": %d, "name": "n%d", "value": %d.5}`, i, i, i) })
	sparseRows = rows(30, func(i int) string {
		if i%3 == 0 {
			return fmt.Sprintf(`{"id": %d, "name": "n"}`, i)
		}
		return fmt.Sprintf(`{"id": %d, "name": "n", "value": null}`, i)
	})
	tuples  = rows(30, func(i int) string { return fmt.Sprintf(`[%d, "n%d"]`, i, i) })
	numbers = rows(150, func(i int) string { return fmt.Sprint(i * 7) })
	words   = rows(150, func(i int) string { return fmt.Sprintf(`"col_%d"`, i) })
	byIndex = rows(150, func(i int) string { return fmt.Sprintf(`"%d": %d`, i, i*7) })
	byID    = rows(30, func(i int) string { return fmt.Sprintf(`"k%d": {"price": %d, "volume": 2}`, i, i) })
	csv     = strings.ReplaceAll(rows(30, func(i int) string { return fmt.Sprintf("%d;corn;%d.5", i, i) }), ", ", `\n`)
)

func TestGuardJSON(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		column, json string
		says         string // a part of the warning; "" for none
		cut          string // what is left
	}{
		"rows":                  {"parameters", `{"rows": [` + someRows + `]}`, "/parameters/rows looks like data: 30 rows with id, name, value", `{"rows": "[CUT: 30 rows with id, name, value]"}`},
		"rows at the top":       {"action_details", `[` + someRows + `]`, "/action_details looks like data: 30 rows", `"[CUT: 30 rows with id, name, value]"`},
		"rows with holes":       {"parameters", `{"a": {"b": [` + sparseRows + `]}}`, "/parameters/a/b looks like data: 30 rows", `{"a": {"b": "[CUT: 30 rows with id, name, value]"}}`},
		"tuples":                {"parameters", `{"v": [` + tuples + `]}`, "30 rows of 2 values", `{"v": "[CUT: 30 rows of 2 values]"}`},
		"numbers":               {"source_filters", `{"id": [` + numbers + `], "x": 1}`, "/source_filters/id looks like data: a list of 150 values", `{"id": "[CUT: a list of 150 values]", "x": 1}`},
		"a data frame":          {"parameters", `{"value": {` + byIndex + `}}`, "/parameters/value looks like data: a list of 150 values", `{"value": "[CUT: a list of 150 values]"}`},
		"rows by id":            {"metadata", `{` + byID + `}`, "30 rows with price, volume", `"[CUT: 30 rows with price, volume]"`},
		"separated text":        {"parameters", `{"csv": "` + csv + `"}`, "30 lines of 3 fields with semicolons between them", `{"csv": "[CUT: 30 lines of 3 fields with semicolons between them]"}`},
		"JSON in a text":        {"parameters", `{"body": ` + quote(`[`+someRows+`]`) + `}`, "JSON with 30 rows", `{"body": "[CUT: JSON with 30 rows with id, name, value]"}`},
		"lines of JSON":         {"parameters", `{"body": ` + quote(strings.ReplaceAll(someRows, "}, ", "}\n")) + `}`, "30 lines of JSON objects", `{"body": "[CUT: 30 lines of JSON objects]"}`},
		"base64":                {"action_details", `{"image": "data:image/png;base64,` + blobOf(600) + `"}`, "800 characters of base64", `{"image": "[CUT: 800 characters of base64]"}`},
		"hexadecimal":           {"parameters", `{"h": "` + strings.Repeat("00ff17a4c3", 60) + `"}`, "600 characters of hexadecimal digits", `{"h": "[CUT: 600 characters of hexadecimal digits]"}`},
		"two of them":           {"parameters", `{"a": [` + numbers + `], "b": [` + tuples + `]}`, "/parameters/b looks like data: 30 rows", `{"a": "[CUT: a list of 150 values]", "b": "[CUT: 30 rows of 2 values]"}`},
		"a path with a slash":   {"parameters", `{"a/b": [` + numbers + `]}`, "/parameters/a~1b looks", `{"a/b": "[CUT: a list of 150 values]"}`},
		"columns by name":       {"parameters", `{"group_by_columns": [` + words + `]}`, "", ""},
		"columns with types":    {"parameters", `{"columns": [` + strings.ReplaceAll(someRows, `"value"`, `"type"`) + `]}`, "", ""},
		"data called columns":   {"parameters", `{"columns": [` + tuples + `]}`, "30 rows of 2 values", `{"columns": "[CUT: 30 rows of 2 values]"}`},
		"edits of a text":       {"parameters", `{"edits": [` + strings.Repeat(`{"old_string": "a", "new_string": "b"},`, 39) + `{"old_string": "c", "new_string": "d"}]}`, "", ""},
		"a plan":                {"parameters", `{"todos": [` + strings.Repeat(`{"content": "Write it", "status": "pending", "activeForm": "Writing it"},`, 39) + `{"content": "Run it", "status": "pending", "activeForm": "Running it"}]}`, "", ""},
		"a schema facet":        {"facets", `{"schema": {"fields": [` + someRows + `]}}`, "", ""},
		"column lineage":        {"facets", `{"columnLineage": {"fields": {` + byID + `}}}`, "", ""},
		"rows in another facet": {"facets", `{"preview": {"rows": [` + someRows + `]}}`, "/facets/preview/rows", `{"preview": {"rows": "[CUT: 30 rows with id, name, value]"}}`},
		"a few rows":            {"parameters", `{"rows": [{"a": 1, "b": 2}, {"a": 3, "b": 4}]}`, "", ""},
		"settings":              {"parameters", `{"aggregation": "SUM", "group_by": ["commodity_code", "year"], "having": {"n": {"gt": 5}}, "note": "` + strings.Repeat("Sum by commodity and year, then join. ", 30) + `"}`, "", ""},
		"unlike objects":        {"parameters", `{"steps": [` + rows(30, func(i int) string { return fmt.Sprintf(`{"k%d": 1, "j%d": 2}`, i, i) }) + `]}`, "", ""},
		"a long path":           {"parameters", `{"path": "` + strings.Repeat("/warehouse/bronze/usda", 40) + `"}`, "", ""},
		"code":                  {"parameters", `{"code": ` + quote(strings.Repeat("def f(a, b):\n    x = a + b\n    return x\n\n", 30)) + `}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			record := func() daybook.Record { return decode(t, recordWith(c.column, c.json)) }
			got, err := guarded(t, intake.GuardWarn, record())
			if err != nil {
				t.Fatal(err)
			}
			if warnings := got[0].Get("warnings").Text(); c.says == "" && warnings != "" || !strings.Contains(warnings, c.says) {
				t.Errorf("warnings %s, want %q", warnings, c.says)
			}
			before := record()
			if v := got[0].Get(c.column); v != before.Get(c.column) {
				t.Errorf("%s is %s", c.column, v.Text())
			}
			cutting, err := guarded(t, intake.GuardCut, record())
			if err != nil {
				t.Fatal(err)
			}
			left := c.cut
			if left == "" {
				left = before.Get(c.column).Text()
			}
			if v := cutting[0].Get(c.column).Text(); v != left {
				t.Errorf("cut: %s, want %s", v, left)
			}
			again, err := guarded(t, intake.GuardCut, cutting[0])
			if err != nil || again[0].Get(c.column) != cutting[0].Get(c.column) || again[0].Get("warnings") != cutting[0].Get("warnings") {
				t.Errorf("again: %v, %s, %s", err, again[0].Get(c.column).Text(), again[0].Get("warnings").Text())
			}
			_, err = guarded(t, intake.GuardRefuse, record())
			if c.says == "" && err != nil || c.says != "" && daybook.CodeOf(err) != daybook.CodeInvalid {
				t.Errorf("refuse: %v", err)
			}
		})
	}
}

// recordWith is a record of a kind that has the column.
func recordWith(column, json string) string {
	switch column {
	case "source_filters", "facets":
		return `{"kind": "transformation_session", "agent_id": "a", "source_tables": ["bronze.x"], "` + column + `": ` + json + `}`
	case "metadata":
		return `{"kind": "ingest_run", "job_type": "j", "metadata": ` + json + `}`
	case "action_details":
		return `{"kind": "action_logs", "agent_position": "a", "action_details": ` + json + `}`
	}
	return `{"kind": "mcp_usage_logs", "agent_position": "a", "server_name": "s", "tool_name": "t", "` + column + `": ` + json + `}`
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

const session = "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"

func operationWith(fields string) string {
	return `{"kind": "transformation_operation", "session_id": "` + session + `", "operation_type": "CALCULATE", ` + fields + `}`
}

func TestGuardSQL(t *testing.T) {
	t.Parallel()
	values := rows(30, func(i int) string { return fmt.Sprintf("(%d, 'it''s %d')", i, i) })
	for name, c := range map[string]struct{ sql, says, cut string }{
		"rows of values": {
			"INSERT INTO silver.s (a, b) VALUES " + values + " ON CONFLICT DO NOTHING", "30 rows of values in the SQL",
			"INSERT INTO silver.s (a, b) VALUES (0, 'it''s 0') /* [CUT: 29 more] */ ON CONFLICT DO NOTHING",
		},
		"a long IN":  {"SELECT a FROM silver.s WHERE b IN (" + numbers + ")", "150 values in the SQL", "SELECT a FROM silver.s WHERE b IN (0 /* [CUT: 149 more] */)"},
		"a blob":     {"UPDATE silver.s SET a = '" + blobOf(600) + "'", "", ""}, // no SQL that reads as such, unless said
		"short ones": {"SELECT a FROM silver.s WHERE b IN (1, 2, 3) AND c IN ('x', 'y') -- " + strings.Repeat("why, ", 50), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := guarded(t, intake.GuardCut, decode(t, operationWith(`"transformation_logic": `+quote(c.sql))))
			if err != nil {
				t.Fatal(err)
			}
			if c.says == "" {
				return
			}
			if logic := got[0].Get("transformation_logic").Text(); logic != c.cut {
				t.Errorf("left %s", logic)
			}
			if w := got[0].Get("warnings").Text(); !strings.Contains(w, c.says) {
				t.Errorf("warnings %s", w)
			}
		})
	}
}

// TestGuardLeavesLineage cuts the data out of SQL, and finds the same edges.
func TestGuardLeavesLineage(t *testing.T) {
	t.Parallel()
	sql := "INSERT INTO gold.g (p, q) SELECT x, '" + blobOf(600) + "' FROM silver.s WHERE y IN (" + numbers + ")"
	got, err := guarded(t, intake.GuardCut, decode(t, operationWith(`"transformation_type": "SQL", "transformation_logic": `+quote(sql))))
	if err != nil {
		t.Fatal(err)
	}
	logic := got[0].Get("transformation_logic").Text()
	if len(logic) > 200 {
		t.Errorf("left %d bytes: %s", len(logic), logic)
	}
	before, after := sqllineage.Parse(sql, sqllineage.Options{}), sqllineage.Parse(logic, sqllineage.Options{})
	if len(before.Edges) == 0 || fmt.Sprint(ends(before)) != fmt.Sprint(ends(after)) {
		t.Errorf("edges %v, before %v", ends(after), ends(before))
	}
}

func ends(r *sqllineage.Result) (all []string) {
	for _, e := range r.Edges {
		all = append(all, fmt.Sprint(e.Source, e.Target, e.Type))
	}
	return all
}

func TestGuardBronze(t *testing.T) {
	t.Parallel()
	sessionOf := func(fields string) string {
		return `{"kind": "transformation_session", "id": "` + session + `", "agent_id": "a", "source_tables": ["bronze.x"]` + fields + `}`
	}
	for name, c := range map[string]struct {
		session, operation string
		warned             bool
	}{
		"a transformer":       {sessionOf(""), operationWith(`"output_table": "bronze.x"`), true},
		"a collector":         {sessionOf(`, "agent_type": "COLLECTOR"`), operationWith(`"output_table": "bronze.x"`), false},
		"an ingest run":       {sessionOf(`, "ingest_run_id": "` + session + `"`), operationWith(`"output_table": "bronze.x"`), false},
		"silver":              {sessionOf(""), operationWith(`"output_table": "silver.x"`), false},
		"an output from SQL":  {sessionOf(""), operationWith(`"transformation_type": "SQL", "transformation_logic": "INSERT INTO bronze.x SELECT a FROM bronze.y"`), true},
		"reading bronze only": {sessionOf(""), operationWith(`"input_tables": ["bronze.x"]`), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, err := intake.NewGuard(intake.GuardOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var behind sink
			in := intake.New(&behind, intake.Limits{Now: clock}).Guarding(g).Deriving(intake.NewDeriver(patient(intake.Derivation{})))
			if _, err := in.Record(t.Context(), daybook.Local, []daybook.Record{decode(t, c.session), decode(t, c.operation)}); err != nil {
				t.Fatal(err)
			}
			if w := behind.records[1].Get("warnings").Text(); strings.Contains(w, "outside an ingest") != c.warned {
				t.Errorf("warnings %s", w)
			}
		})
	}
}

func TestGuardOptions(t *testing.T) {
	t.Parallel()
	for _, o := range []intake.GuardOptions{{Mode: "loud"}, {Rows: 1}, {List: -1}, {Blob: 10}} {
		if _, err := intake.NewGuard(o); daybook.CodeOf(err) != daybook.CodeInvalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
	g, err := intake.NewGuard(intake.GuardOptions{Mode: intake.GuardOff})
	if err != nil || g.Stage() != nil {
		t.Errorf("off: %v", err)
	}
}

// FuzzGuardJSON cuts any JSON: what is left is JSON, and has nothing more to cut.
func FuzzGuardJSON(f *testing.F) {
	for _, text := range []string{`{"rows": [` + someRows + `]}`, `{"a": {` + byID + `}, "b": [` + tuples + `, {"c": [` + numbers + `]}]}`, quote(`[` + tuples + `]`)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		record := func(text string) (daybook.Record, error) {
			return daybook.NewDecoder(strings.NewReader(recordWith("parameters", text)), nil).Next()
		}
		r, err := record(text)
		if err != nil || !r.Get("parameters").IsSet() {
			return
		}
		got, err := guarded(t, intake.GuardCut, r)
		if err != nil {
			return
		}
		left := got[0].Get("parameters").Text()
		again, err := record(left)
		if err != nil || again.Get("parameters").Text() != left {
			t.Fatalf("%s became %s: %v", text, left, err)
		}
		twice, err := guarded(t, intake.GuardCut, again)
		if err != nil || twice[0].Get("parameters").Text() != left {
			t.Fatalf("%s was cut twice: %v, %s", left, err, twice[0].Get("parameters").Text())
		}
	})
}

func BenchmarkGuard(b *testing.B) {
	g, err := intake.NewGuard(intake.GuardOptions{})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, input string }{
		{"conversation", conversation + withIDs + "}"},
		{"call", recordWith("parameters", `{"path": "/warehouse/silver/prices.sql", "edits": [{"old": "SELECT a", "new": "SELECT a, b"}, {"old": "x", "new": "y"}], "note": "`+strings.Repeat("one more thing to say, ", 20)+`"}`)},
		{"operation", operationWith(`"transformation_type": "SQL", "transformation_logic": "INSERT INTO gold.g (p, q) SELECT x, sum(y) FROM silver.s WHERE k IN (1, 2, 3) GROUP BY x` + strings.Repeat(", x", 120) + `"`)},
		{"rows", recordWith("parameters", `{"rows": [`+someRows+`]}`)},
	} {
		b.Run(c.name, func(b *testing.B) {
			stage, r := g.Stage(), decode(b, c.input)
			b.ReportAllocs()
			for b.Loop() {
				r.Set("warnings", daybook.Value{})
				if err := stage(nil, &r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestGuardOnRealEvents looks at the facets of real OpenLineage events, and at
// real SQL: neither holds data.
func TestGuardOnRealEvents(t *testing.T) {
	t.Parallel()
	corpus := os.Getenv("DAYBOOK_CORPUS")
	if corpus == "" {
		t.Skip("DAYBOOK_CORPUS names no folder")
	}
	events, err := filepath.Glob(filepath.Join(corpus, "openlineage", "*", "*.json"))
	if err != nil || len(events) == 0 {
		t.Fatalf("no events: %v", err)
	}
	facets := 0
	for _, path := range events {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var event any
		if json.Unmarshal(raw, &event) != nil {
			continue // some are wrong on purpose
		}
		for _, found := range facetsIn(event) {
			facets++
			text, err := json.Marshal(found)
			if err != nil {
				t.Fatal(err)
			}
			r, err := daybook.NewDecoder(strings.NewReader(recordWith("facets", string(text))), nil).Next()
			if err != nil {
				continue
			}
			if got, err := guarded(t, intake.GuardWarn, r); err != nil || strings.Contains(got[0].Get("warnings").Text(), "guard:") {
				t.Errorf("%s: %v, %s", filepath.Base(path), err, got[0].Get("warnings").Text())
			}
		}
	}
	if facets < 50 {
		t.Errorf("only %d facets", facets)
	}
}

// facetsIn are all members called facets, inputFacets or outputFacets.
func facetsIn(v any) (found []any) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			if strings.HasSuffix(strings.ToLower(name), "facets") {
				found = append(found, inner)
			} else {
				found = append(found, facetsIn(inner)...)
			}
		}
	case []any:
		for _, inner := range v {
			found = append(found, facetsIn(inner)...)
		}
	}
	return found
}
