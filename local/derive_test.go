package local_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
)

const (
	deriveSession = "0190f3c2-7b1e-7a40-8c11-00000000d001"
	deriveLog     = "0190f3c2-7b1e-7a40-8c11-00000000d1"
)

// sqlOperation is an operation of the session in JSON; its log_id ends in n.
func sqlOperation(n int, sql string) string {
	text, _ := json.Marshal(sql)
	return fmt.Sprintf(`{"kind": "transformation_operation", "log_id": "%s%02d", "session_id": %q, "operation_type": "SELECT", "transformation_type": "SQL", "transformation_logic": %s}`,
		deriveLog, n, deriveSession, text)
}

func checkout(t *testing.T, l *local.Local) {
	t.Helper()
	tell(t, l, `{"kind": "transformation_session", "id": "`+deriveSession+`", "agent_id": "etl"}`)
}

// tell writes records of JSON, as one call.
func tell(t *testing.T, l *local.Local, input string) []daybook.Receipt {
	t.Helper()
	return must[[]daybook.Receipt](t)(l.Recorder.Record(t.Context(), daybook.Local, records(t, input)))
}

func records(t *testing.T, input string) []daybook.Record {
	t.Helper()
	d := daybook.NewDecoder(strings.NewReader(input), nil)
	var list []daybook.Record
	for {
		r, err := d.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		list = append(list, must[daybook.Record](t)(r, err))
	}
}

func size(t *testing.T, l *local.Local) int64 {
	t.Helper()
	return must[int64](t)(l.Size(t.Context()))
}

// flows are the derived edges as source>target, those in effect with a plus.
func flows(t *testing.T, l *local.Local) string {
	t.Helper()
	var list []string
	for e, err := range l.All(t.Context(), daybook.Query{Kind: daybook.MustKind("lineage_edge"), Oldest: true}) {
		if err != nil {
			t.Fatal(err)
		}
		end := func(side string) string {
			return strings.TrimSuffix(e.Text(side+"_name")+"."+e.Text(side+"_column"), ".")
		}
		flow := end("source") + ">" + end("target")
		if e.Get("is_current").IsSet() {
			flow += "+"
		}
		list = append(list, flow)
	}
	return strings.Join(list, " ")
}

// TestRepeatsAddNothing: an operation that is sent again is what it was, also
// where more is known by then of the tables in its SQL.
func TestRepeatsAddNothing(t *testing.T) {
	t.Parallel()
	l := open(t, temp(t), local.Options{})
	checkout(t, l)
	star := sqlOperation(1, "CREATE TABLE silver.b AS SELECT * FROM bronze.a")
	first := tell(t, l, star)
	if len(first) != 1 || first[0].Seq != 1 || size(t, l) != 4 {
		t.Fatalf("%+v, %d entries", first, size(t, l))
	}
	again := records(t, star)
	for range 2 { // a caller that was not answered gives the same records again, filled in
		receipts := must[[]daybook.Receipt](t)(l.Recorder.Record(t.Context(), daybook.Local, again))
		first[0].Duplicate = true
		if receipts[0] != first[0] || size(t, l) != 4 {
			t.Errorf("a repeat: %+v, %d entries", receipts, size(t, l))
		}
		tell(t, l, `{"kind": "output_artifact", "log_id": "`+deriveLog+`99", "id": "0190f3c2-7b1e-7a40-8c11-00000000d009", "session_id": "`+deriveSession+`", "artifact_type": "TABLE", "artifact_name": "bronze.a", "columns": ["x", "y"]}`)
		first[0].LogID = receipts[0].LogID
		if size(t, l) == 5 {
			break
		}
	}
	receipts := must[[]daybook.Receipt](t)(l.Recorder.Record(t.Context(), daybook.Local, again))
	if !receipts[0].Duplicate || size(t, l) != 5 || flows(t, l) != "a>b a.*>b.*" {
		t.Errorf("a repeat that knows more: %+v, %d entries, %s", receipts, size(t, l), flows(t, l))
	}
	// Another one knows the columns.
	tell(t, l, sqlOperation(2, "CREATE TABLE silver.b AS SELECT * FROM bronze.a")+`{"kind": "transformation_session", "amend": true, "id": "`+deriveSession+`", "status": "COMPLETED"}`)
	if got := flows(t, l); got != "a>b+ a.*>b.*+ a.x>b.x+ a.y>b.y+" {
		t.Errorf("edges: %s", got)
	}
	if _, err := l.Recorder.Record(t.Context(), daybook.Local, records(t, strings.Replace(star, "bronze.a", "bronze.c", 1))); daybook.CodeOf(err) != daybook.CodeConflict {
		t.Errorf("another SQL under the same log_id: %v", err)
	}
}

// TestColumnsAreKeptOverRestarts: what a CREATE said is known to who opens the
// ledger next, in its own business alone, and not once the table is dropped.
func TestColumnsAreKeptOverRestarts(t *testing.T) {
	t.Parallel()
	path := temp(t)
	l := open(t, path, local.Options{})
	checkout(t, l)
	tell(t, l, sqlOperation(1, "CREATE TABLE bronze.a (x int, y text)"))
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	l = open(t, path, local.Options{})
	tell(t, l, sqlOperation(2, "INSERT INTO silver.b SELECT * FROM bronze.A"))
	if got := flows(t, l); got != "a>b a.x>b.x a.y>b.y" {
		t.Errorf("edges: %s", got)
	}
	tell(t, l, sqlOperation(3, "DROP TABLE bronze.a")+sqlOperation(4, "INSERT INTO silver.c SELECT * FROM bronze.a"))
	if got := flows(t, l); got != "a>b a.x>b.x a.y>b.y a>c a.*>c.*" {
		t.Errorf("edges: %s", got)
	}
	if columns := must[[]string](t)(l.Store.ColumnsOf(t.Context(), "default", "bronze.a")); columns != nil {
		t.Errorf("a dropped table has %q", columns)
	}
}

// TestWhateverTheSQL is recorded, with a warning, and soon.
func TestWhateverTheSQL(t *testing.T) {
	t.Parallel()
	l := open(t, temp(t), local.Options{Dialect: "postgres"})
	checkout(t, l)
	for i, sql := range []string{
		"SELEC x FORM a",
		"df.groupby('a').agg({'b': 'sum'})",
		"INSERT INTO t SELECT " + strings.Repeat("1+", 500_000) + "1",
		"SELECT " + strings.Repeat("(", 100_000),
		strings.Repeat("SELECT a FROM b; ", 60_000),
		strings.Repeat("'", 1<<20),
		"\u00a0\u2028\U0010ffff " + strings.Repeat("ü", 500_000),
	} {
		begun := time.Now()
		receipts := tell(t, l, sqlOperation(i, sql))
		if took := time.Since(begun); took > 2*time.Minute { // the bound is 250 ms, on a machine that has nothing else to do
			t.Errorf("%.30q took %v", sql, took)
		}
		e := must[*daybook.Entry](t)(l.Get(t.Context(), "transformation_operation", receipts[0].ID))
		warnings := must[[]string](t)(daybook.Texts(e.Get("warnings")))
		if e.Text("transformation_logic") != sql || len(warnings) == 0 || len(warnings) > 5 || !strings.HasPrefix(warnings[0], "lineage: ") {
			t.Errorf("%.30q has the warnings %.500q", sql, warnings)
		}
	}
}

// TestNoLineage: who wants none has none, and operations as they are.
func TestNoLineage(t *testing.T) {
	t.Parallel()
	l := open(t, temp(t), local.Options{Dialect: local.NoLineage})
	checkout(t, l)
	tell(t, l, sqlOperation(1, "INSERT INTO silver.b SELECT x FROM bronze.a")+sqlOperation(2, "none"))
	if size(t, l) != 3 {
		t.Errorf("%d entries", size(t, l))
	}
	_, err := local.Open(t.Context(), temp(t), local.Options{Dialect: "cobol"})
	if daybook.CodeOf(err) != daybook.CodeInvalid || !strings.Contains(err.Error(), `"cobol" is no dialect of SQL`) {
		t.Errorf("an unknown dialect: %v", err)
	}
}

// TestTheDoorSeesTheCallersRecordsAlone: limits, receipts, skipping and the
// Idempotency-Key count what was sent, not what follows from it.
func TestTheDoorSeesTheCallersRecordsAlone(t *testing.T) {
	t.Parallel()
	l := open(t, temp(t), local.Options{})
	url := serve(t, l)
	checkout(t, l)
	strip := func(s string) string {
		_, rest, _ := strings.Cut(s, `"session_id"`)
		return `{"kind": "transformation_operation", "session_id"` + rest
	}
	body := "[" + strip(sqlOperation(1, "INSERT INTO silver.b SELECT x FROM bronze.a")) + `, {"kind": "transformation_operation", "operation_type": "SELECT"}, ` +
		strip(sqlOperation(2, "INSERT INTO silver.c SELECT y FROM bronze.a")) + "]"
	var answer struct {
		Receipts []daybook.Receipt `json:"receipts"`
		Rejected []struct{ Index int }
	}
	for i := range 2 {
		r := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/entries?on_invalid=skip", strings.NewReader(body)))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "once")
		response := must[*http.Response](t)(http.DefaultClient.Do(r))
		text := must[[]byte](t)(io.ReadAll(response.Body))
		response.Body.Close()
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if len(answer.Receipts) != 2 || len(answer.Rejected) != 1 || answer.Rejected[0].Index != 1 {
			t.Fatalf("%s", text)
		}
		for _, receipt := range answer.Receipts {
			if receipt.Kind != "transformation_operation" || receipt.Duplicate != (i == 1) {
				t.Errorf("call %d: %+v", i, receipt)
			}
		}
	}
	if n := size(t, l); n != 7 {
		t.Errorf("%d entries", n)
	}
	if got := flows(t, l); got != "a>b a.x>b.x a>c a.y>c.y" {
		t.Errorf("edges %s", got)
	}
}
