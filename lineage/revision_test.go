package lineage

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"pgregory.net/rapid"
)

// summaries gives a line for each event of a table's history, the newest first.
func summaries(t *testing.T, b *book, q daybook.HistoryQuery) []string {
	t.Helper()
	events, err := b.reader().History(t.Context(), anyone, q)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range events {
		lines = append(lines, e.At[11:16]+" "+e.Summary)
	}
	return lines
}

func wantLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func currently(is bool) map[string]daybook.Value {
	return map[string]daybook.Value{"is_current": daybook.BoolValue(is)}
}

func TestHistoryOfEveryRevision(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	session := b.add(daybook.TransformationSession{AgentID: "etl", Status: "ACTIVE", SourceTables: []string{"bronze.x"}})
	session = b.amend(session, map[string]daybook.Value{"source_tables": daybook.TextsValue([]string{"bronze.x", table, "bronze.y"})})
	artifact := b.add(daybook.OutputArtifact{SessionID: session.SubjectID(), ArtifactType: "TABLE", ArtifactName: table, RowCount: new(int64(2))})
	edge := edgeOf(t, "bronze.x", table, "COPIES")
	edge.SessionID, edge.Origin = session.SubjectID(), "PARSED"
	pending := b.add(edge)
	b.amend(session, map[string]daybook.Value{"status": daybook.TextValue("FAILED"), "error_message": daybook.TextValue("disk full"), "completed_at": daybook.TextValue("2026-01-31T12:02:30.000000Z")})
	artifact = b.amend(artifact, currently(true))
	edgeNow := b.amend(pending, currently(true))
	b.amend(artifact, map[string]daybook.Value{"is_current": daybook.BoolValue(false), "superseded_by_id": daybook.TextValue("0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01")})
	b.amend(edgeNow, map[string]daybook.Value{"is_current": daybook.BoolValue(false), "invalidated_at": daybook.TextValue("2026-01-31T12:06:30.000000Z")})
	other := b.add(daybook.OutputArtifact{SessionID: session.SubjectID(), ArtifactType: "VIEW", ArtifactName: table, IsCurrent: new(true)})
	other = b.amend(other, map[string]daybook.Value{"expires_at": daybook.TextValue("2026-02-28T00:00:00.000000Z")})
	b.amend(other, currently(false))
	run := b.add(daybook.IngestRun{JobType: "fetch", TargetTable: table, Status: "RUNNING"})
	b.amend(run, map[string]daybook.Value{"status": daybook.TextValue("PARTIAL"), "records_inserted": daybook.IntValue(3)})
	wantLines(t, summaries(t, b, daybook.HistoryQuery{Table: table}),
		"12:13 PARTIAL ingest into silver.observation: 3 inserted",
		"12:12 RUNNING ingest into silver.observation",
		"12:11 VIEW silver.observation is not current any more",
		"12:10 VIEW silver.observation expires at 2026-02-28T00:00:00.000000Z",
		"12:09 VIEW silver.observation (current)",
		"12:07 TABLE silver.observation, 2 rows superseded by 0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01",
		"12:06 bronze.x → silver.observation COPIES ended (PARSED)",
		"12:06 bronze.x → silver.observation COPIES took effect (PARSED)",
		"12:05 TABLE silver.observation, 2 rows took effect",
		"12:02 checked in FAILED – disk full",
		"12:02 TABLE silver.observation, 2 rows (pending)",
		"12:01 also reads silver.observation, bronze.y",
		"12:00 checked out on bronze.x",
	)
	events, err := b.reader().History(t.Context(), anyone, daybook.HistoryQuery{Table: table, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	var fields struct {
		Changes map[string]map[string]any `json:"changes"`
		At      string                    `json:"at"`
	}
	if err := json.Unmarshal(events[0].Fields, &fields); err != nil {
		t.Fatal(err)
	}
	want := "map[records_inserted:map[to:3] status:map[from:RUNNING to:PARTIAL]]"
	if got := fmt.Sprint(fields.Changes); got != want || fields.At != "2026-01-31T12:13:00.000000Z" {
		t.Errorf("got %s at %s, want %s", got, fields.At, want)
	}
	// Since counts by when something happened, not by when what it happened to began.
	wantLines(t, summaries(t, b, daybook.HistoryQuery{Table: table, Since: noon.Add(6*60e9 + 40e9), Limit: 100})[4:],
		"12:09 VIEW silver.observation (current)",
		"12:07 TABLE silver.observation, 2 rows superseded by 0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01",
	)
}

// A first revision that is gone, as after its retention, leaves the later ones to be told.
func TestHistoryWithoutTheRevisionBefore(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	artifact := b.add(daybook.OutputArtifact{SessionID: "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01", ArtifactType: "TABLE", ArtifactName: table})
	b.amend(artifact, currently(true))
	b.store.Damage(func(rows []daybook.Row) []daybook.Row {
		rows[0].Entry = nil
		return rows
	})
	wantLines(t, summaries(t, b, daybook.HistoryQuery{Table: table}), "12:01 TABLE silver.observation (current)")
}

func TestHistoryBundlesColumnEdges(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	column := func(source, target string, current *bool) *daybook.Entry {
		e := edgeOf(t, source, target, "COPIES")
		e.Origin, e.IsCurrent = "PARSED", current
		b.now = noon // all at one time, as a checkin writes them
		return b.add(e)
	}
	column("bronze.x.a", table+".d", new(true))
	column("bronze.x.b", table+".c", new(true))
	column("bronze.x.b", table+".b", new(true))
	over := column("bronze.x.b", table+".a", new(true))
	column("bronze.y.a", table+".a", new(true))
	column(table+".a", table+".b", new(true)) // within the table: once
	column("bronze.x.z", table+".z", nil)     // did not take effect
	column("other.x.z", "other.observation.z", new(true))
	b.now = noon.Add(60e9)
	b.amend(over, currently(false))
	wantLines(t, summaries(t, b, daybook.HistoryQuery{Table: table}),
		"12:01 1 column edge bronze.x → silver.observation ended (PARSED): a",
		"12:00 1 column edge silver.observation → silver.observation took effect (PARSED): b",
		"12:00 1 column edge bronze.y → silver.observation took effect (PARSED): a",
		"12:00 4 column edges bronze.x → silver.observation took effect (PARSED): a, b, c and 1 more",
	)
	events, err := b.reader().History(t.Context(), anyone, daybook.HistoryQuery{Table: table})
	if err != nil {
		t.Fatal(err)
	}
	var fields struct {
		Count   int      `json:"column_edges"`
		Columns []string `json:"target_columns"`
	}
	if err := json.Unmarshal(events[3].Fields, &fields); err != nil || fields.Count != 4 || fmt.Sprint(fields.Columns) != "[a b c d]" {
		t.Errorf("got %+v, %v", fields, err)
	}
}

func TestHistoryByOtherSpellings(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	session := b.add(daybook.TransformationSession{AgentID: "etl", Status: "ACTIVE", SourceTables: []string{"bronze.x"}})
	elsewhere := b.add(daybook.TransformationSession{AgentID: "etl", Status: "ACTIVE", SourceTables: []string{"bronze.x"}})
	b.edge("bronze.x", "SILVER.OBSERVATION", "COPIES")
	seen := edgeOf(t, "bronze.x", "silver.observation", "COPIES")
	seen.SessionID = session.SubjectID()
	b.add(seen) // known already, so it never takes effect
	b.add(daybook.TransformationOperation{SessionID: session.SubjectID(), OperationType: "SELECT", InputTables: []string{"Silver.Observation"}})
	for _, s := range []*daybook.Entry{session, elsewhere} {
		b.add(daybook.TransformationOperation{SessionID: s.SubjectID(), OperationType: "JOIN", OutputTable: "observation"})
		b.add(daybook.ValidationStatus{SessionID: s.SubjectID(), ValidationType: "nulls", TableName: "OBSERVATION", Status: "PASSED"})
	}
	want := []string{
		"12:06 PASSED nulls of OBSERVATION",
		"12:05 JOIN → observation",
		"12:04 SELECT Silver.Observation",
		"12:02 bronze.x → SILVER.OBSERVATION COPIES took effect",
		"12:00 checked out on bronze.x",
	}
	for _, name := range []string{"silver.observation", "Silver.Observation", "SILVER.OBSERVATION"} {
		wantLines(t, summaries(t, b, daybook.HistoryQuery{Table: name}), want...)
	}
}

// Whatever the limit, the events are the newest of all there are.
func TestHistoryLimits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := newBook(t)
		for range rapid.IntRange(0, 12).Draw(rt, "sessions") {
			var reads []string
			if rapid.Bool().Draw(rt, "reads") {
				reads = []string{table}
			}
			session := b.add(daybook.TransformationSession{AgentID: "etl", Status: "ACTIVE", SourceTables: reads})
			b.add(daybook.TransformationOperation{SessionID: session.SubjectID(), OperationType: "JOIN", OutputTable: table})
			edge := edgeOf(t, "bronze.x", table, "COPIES")
			edge.SessionID = session.SubjectID()
			e := b.add(edge)
			column := edgeOf(t, "bronze.x.v", table+".v", "COPIES")
			column.SessionID = session.SubjectID()
			c := b.add(column)
			if !rapid.Bool().Draw(rt, "ends") {
				continue
			}
			b.amend(session, map[string]daybook.Value{"status": daybook.TextValue("COMPLETED"), "completed_at": daybook.TextValue(canon.FormatTime(b.now))})
			b.amend(e, currently(true))
			b.amend(c, currently(true))
		}
		all := summaries(t, b, daybook.HistoryQuery{Table: table, Limit: MaxEvents})
		n := &newest{store: b.store, limit: rapid.IntRange(1, 20).Draw(rt, "limit")}
		n.page = n.limit // the least there is, so that pages end early
		if err := n.history(t.Context(), table); err != nil {
			rt.Fatal(err)
		}
		var got []string
		for _, h := range n.list {
			got = append(got, h.at[11:16]+" "+h.tell().Summary)
		}
		if !slices.Equal(got, all[:min(n.limit, len(all))]) {
			rt.Fatalf("of %q\ngot %q", all, got)
		}
	})
}
