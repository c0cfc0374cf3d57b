package intake_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
)

const sessionID = "0190f3c2-7b1e-7a40-8c11-3a5d2f6e0001"

// patient is a derivation that does not give up because the machine is busy.
func patient(d intake.Derivation) intake.Derivation {
	if d.Limits.Time == 0 {
		d.Limits.Time = time.Minute
	}
	return d.Waiting(time.Minute)
}

// derivingInto is an intake that derives, and what came out behind it.
func derivingInto(d intake.Derivation) (*intake.Intake, *sink) {
	d, behind := patient(d), &sink{}
	return intake.New(behind, intake.Limits{Now: clock}).Deriving(intake.NewDeriver(d)), behind
}

// sqlOperation is an operation with SQL and further fields, in JSON.
func sqlOperation(t testing.TB, sql, fields string) daybook.Record {
	t.Helper()
	text, err := json.Marshal(sql)
	if err != nil {
		t.Fatal(err)
	}
	if fields != "" {
		fields = ", " + fields
	}
	return decode(t, `{"kind": "transformation_operation", "session_id": "`+sessionID+`", "operation_type": "SELECT", "transformation_type": "SQL", "transformation_logic": `+string(text)+fields+`}`)
}

// derive passes one operation through.
func derive(t testing.TB, d intake.Derivation, sql, fields string) daybook.Record {
	t.Helper()
	in, behind := derivingInto(d)
	if _, err := in.Record(t.Context(), daybook.Local, []daybook.Record{sqlOperation(t, sql, fields)}); err != nil {
		t.Fatalf("%.200s: %v", sql, err)
	}
	return behind.records[0]
}

// said is an operation and what follows from it, as text.
func said(r daybook.Record) string {
	var b strings.Builder
	for _, column := range []string{"input_tables", "input_columns", "output_table", "output_columns", "lifecycle_state_change", "warnings"} {
		if v := r.Get(column); v.IsSet() {
			fmt.Fprintf(&b, "%s %s\n", column, v.Text())
		}
	}
	for i := range r.Derived {
		b.WriteString(edgeText(&r.Derived[i]) + "\n")
	}
	return b.String()
}

// edgeText is an edge as source > target relationship subtype resolution.
func edgeText(r *daybook.Record) string {
	text := func(column string) string { return r.Get(column).Text() }
	node := func(end string) string {
		n := daybook.Node{Schema: text(end + "_schema"), Name: text(end + "_name"), Column: text(end + "_column")}.String()
		if kind := text(end + "_type"); kind == "ARTIFACT" || (kind == "COLUMN") != r.Get(end+"_column").IsSet() {
			n = kind + ":" + n
		}
		return n
	}
	return strings.Join(strings.Fields(fmt.Sprintf("%s > %s %s %s %s", node("source"), node("target"),
		text("relationship_type"), text("subtype"), cmp.Or(text("resolution"), "?"))), " ")
}

// book is what the deriver can look up.
type book struct{ entries []*daybook.Entry }

func (b book) Select(_ context.Context, q daybook.Query) ([]*daybook.Entry, error) {
	var found []*daybook.Entry
	for _, e := range b.entries {
		if e.Kind == q.Kind && (q.IDs == nil || slices.Contains(q.IDs, e.SubjectID())) && (q.Business == "" || q.Business == e.Business()) &&
			!slices.ContainsFunc(q.Filters, func(f daybook.Filter) bool { return e.Get(f.Column) != f.Values[0] }) {
			found = append(found, e)
		}
	}
	return found, nil
}

// entry makes an entry of a record of JSON.
func entry(t testing.TB, input string) *daybook.Entry {
	t.Helper()
	r := decode(t, input)
	if r.Business() == "" {
		r.SetBusiness("default")
	}
	return &daybook.Entry{Kind: r.Kind, Values: r.Values}
}

func TestDerives(t *testing.T) {
	t.Parallel()
	looked := book{[]*daybook.Entry{
		entry(t, `{"kind": "transformation_session", "id": "`+sessionID+`", "agent_id": "a", "source_tables": ["Bronze.Session_Cell", "other.twin", "another.twin"]}`),
		entry(t, `{"kind": "output_artifact", "session_id": "`+sessionID+`", "artifact_type": "TABLE", "artifact_name": "silver.art", "columns": ["k", "v"]}`),
		entry(t, `{"kind": "output_artifact", "business_id": "acme", "session_id": "`+sessionID+`", "artifact_type": "TABLE", "artifact_name": "silver.theirs", "columns": ["k", "v"]}`),
	}}
	for _, c := range derivations {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := said(derive(t, intake.Derivation{Entries: looked, Dialect: c.dialect}, c.sql, c.fields))
			if want := strings.TrimLeft(c.want, "\n"); got != want {
				t.Errorf("%s\nwith %s gives\n%s\nwant\n%s", c.sql, c.fields, got, want)
			}
		})
	}
}

// TestEdgesSayWhatTheyAreFrom: the expression, the session, the time and the
// extractor.
func TestEdgesSayWhatTheyAreFrom(t *testing.T) {
	t.Parallel()
	long := "coalesce(" + strings.Repeat("a.y + ", 100) + "1)"
	r := derive(t, intake.Derivation{}, "INSERT INTO b (x, y)\nSELECT  upper(\n\ta.x ) ,\n"+long+" FROM a",
		`"business_id": "acme", "created_at": "2026-01-02T03:04:05Z"`)
	want := map[string]string{"x": "upper( a.x )", "y": long[:200] + "…", "": ""}
	for i := range r.Derived {
		e := &r.Derived[i]
		text := func(column string) string { return e.Get(column).Text() }
		if got := text("transformation_description"); got != want[text("target_column")] {
			t.Errorf("%s is described by %q", edgeText(e), got)
		}
		if text("business_id") != "acme" || text("session_id") != sessionID || text("created_at") != "2026-01-02T03:04:05.000000Z" ||
			text("origin") != daybook.EdgeParsed || text("extractor_version") != intake.ExtractorVersion || !strings.HasPrefix(intake.ExtractorVersion, "sqllineage/") {
			t.Errorf("%s: %+v", edgeText(e), e.Values)
		}
	}
	if len(r.Derived) != 3 {
		t.Errorf("%d edges", len(r.Derived))
	}
}

// TestOthersStayAsTheyAre: what is no SQL operation has nothing derived, and
// nobody can hand in what follows from a record.
func TestOthersStayAsTheyAre(t *testing.T) {
	t.Parallel()
	in, behind := derivingInto(intake.Derivation{})
	python := sqlOperation(t, "INSERT INTO b SELECT x FROM a", "")
	python.Set("transformation_type", daybook.TextValue("PYTHON"))
	blank := sqlOperation(t, " \n", "")
	thought := decode(t, `{"kind": "thinking_logs", "agent_position": "CFO", "conversation_id": "c"}`)
	records := []daybook.Record{python, blank, thought}
	for i := range records {
		records[i].Derived = []daybook.Record{decode(t, `{"kind": "lineage_edge", "source_type": "TABLE", "source_name": "a", "target_type": "TABLE", "target_name": "b", "relationship_type": "COPIES"}`)}
	}
	if _, err := in.Record(t.Context(), daybook.Local, records); err != nil {
		t.Fatal(err)
	}
	for i := range behind.records {
		if r := &behind.records[i]; said(*r) != "" || r.Derived != nil {
			t.Errorf("%s: %s", r.Kind.Name, said(*r))
		}
	}
}

// TestColumnsWithinACall: an operation knows the tables that those before it in
// the same call made, and the columns of what is refused are not remembered.
func TestColumnsWithinACall(t *testing.T) {
	t.Parallel()
	known := intake.NewMemory(10)
	in, behind := derivingInto(intake.Derivation{Known: known})
	star := "INSERT INTO c SELECT * FROM b"
	write := func(sql ...string) string {
		t.Helper()
		records := make([]daybook.Record, len(sql))
		for i := range sql {
			records[i] = sqlOperation(t, sql[i], "")
		}
		behind.records = nil
		_, _ = in.Record(t.Context(), daybook.Local, records)
		last := behind.records[len(sql)-1]
		return edgeText(&last.Derived[len(last.Derived)-1])
	}
	behind.err = errors.New("the disk is full")
	if got := write("CREATE TABLE b (x int)", star); got != "b.x > c.x COPIES IDENTITY exact" {
		t.Errorf("in the same call: %s", got)
	}
	behind.err = nil
	if got := write(star); got != "b.* > c.* COPIES IDENTITY star" {
		t.Errorf("after a refusal: %s", got)
	}
	write("CREATE TABLE b (x int)", "SELECT 1", "INSERT INTO c SELECT y FROM b")
	if got := write(star); got != "b.x > c.x COPIES IDENTITY exact" {
		t.Errorf("once it is written: %s", got)
	}
	write("CREATE TABLE IF NOT EXISTS b (z int)", "SELECT 1", "INSERT INTO c SELECT y FROM b")
	if got := write(star); got != "b.x > c.x COPIES IDENTITY exact" {
		t.Errorf("once it was there already: %s", got)
	}
	quoted := sqlOperation(t, "CREATE OR REPLACE TABLE b AS SELECT q FROM s", `"output_table": "\"b\""`)
	_, _ = in.Record(t.Context(), daybook.Local, []daybook.Record{quoted})
	if got := write(star); got != "b.q > c.q COPIES IDENTITY exact" {
		t.Errorf("once it was called by another spelling: %s", got)
	}
	write("ALTER TABLE b ADD COLUMN y int", "INSERT INTO c SELECT y FROM b")
	if got := write(star); got != "b.* > c.* COPIES IDENTITY star" {
		t.Errorf("once it is altered: %s", got)
	}
}
