package lineage

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"pgregory.net/rapid"
)

const table = "silver.observation"

// told gives the seqs of events, which are the entries they tell.
func told(t *testing.T, events []daybook.Event) []int64 {
	t.Helper()
	seqs := []int64{}
	for _, e := range events {
		var fields struct {
			Seq int64 `json:"seq"`
		}
		if err := json.Unmarshal(e.Fields, &fields); err != nil {
			t.Fatal(err)
		}
		seqs = append(seqs, fields.Seq)
	}
	return seqs
}

func TestHistory(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	reading := b.add(daybook.TransformationSession{AgentID: "etl", Status: "ACTIVE", Purpose: "nightly", SourceTables: []string{"bronze.x", table}})           // 0
	other := b.add(daybook.TransformationSession{AgentID: "etl", Status: "ACTIVE", SourceTables: []string{"bronze.x"}})                                        // 1: by what it made
	b.add(daybook.TransformationOperation{SessionID: reading.SubjectID(), OperationType: "CLEAN"})                                                             // 2: by its session
	b.add(daybook.TransformationOperation{SessionID: other.SubjectID(), OperationType: "JOIN", OutputTable: table})                                            // 3
	b.add(daybook.TransformationOperation{SessionID: other.SubjectID(), OperationType: "SELECT", InputTables: []string{table}, OutputTable: table})            // 4: once
	b.add(daybook.TransformationOperation{SessionID: other.SubjectID(), OperationType: "SELECT", OutputTable: "silver.else"})                                  // 5: not
	b.add(daybook.OutputArtifact{SessionID: other.SubjectID(), ArtifactType: "TABLE", ArtifactName: table})                                                    // 6
	b.add(daybook.OutputArtifact{SessionID: other.SubjectID(), ArtifactType: "VIEW", ArtifactName: "obs", ArtifactLocation: table})                            // 7
	b.edge("bronze.x", table, "COPIES")                                                                                                                        // 8
	b.add(edgeOf(t, table+".v", "gold.y.v", "COPIES"))                                                                                                         // 9: not in effect, and of columns
	b.add(daybook.LineageEdge{SourceType: "TABLE", SourceName: table, TargetType: "TABLE", TargetName: "z", RelationshipType: "COPIES", IsCurrent: new(true)}) // 10: parted otherwise
	b.edge("other.observation", "gold.observation", "COPIES")                                                                                                  // 11: not
	b.add(daybook.IngestRun{JobType: "fetch", TargetTable: table, Status: "RUNNING"})                                                                          // 12
	b.add(daybook.ValidationStatus{ValidationType: "nulls", TableName: table, Status: "PASSED", IssueCount: new(int64(0))})                                    // 13
	b.amend(reading, map[string]daybook.Value{                                                                                                                 // 14
		"status": daybook.TextValue("COMPLETED"), "completed_at": daybook.TextValue("2026-01-31T12:14:00.000000Z"),
		"operations_count": daybook.IntValue(1), "outputs_count": daybook.IntValue(0),
	})
	r := b.reader()
	events, err := r.History(t.Context(), anyone, daybook.HistoryQuery{Table: table})
	if err != nil {
		t.Fatal(err)
	}
	if got := told(t, events); fmt.Sprint(got) != "[14 13 12 10 8 7 6 4 3 2 1 0]" {
		t.Errorf("got %v", got)
	}
	first, last := events[0], events[len(events)-1]
	if first.Summary != "checked in COMPLETED: 1 operation, 0 outputs – nightly" || first.Agent != "etl" || first.SessionID != reading.SubjectID() {
		t.Errorf("the checkin is told as %+v", first)
	}
	if last.Summary != "checked out on bronze.x, silver.observation – nightly" || last.SessionID != reading.SubjectID() {
		t.Errorf("the checkout is told as %+v", last)
	}
	cleaning := events[len(events)-3]
	if cleaning.Agent != "etl" || cleaning.Type != "CLEAN" || !jsonHas(t, cleaning, "purpose", "nightly") {
		t.Errorf("the operation is told as %+v with %s", cleaning, cleaning.Fields)
	}

	events, err = r.History(t.Context(), anyone, daybook.HistoryQuery{Table: table, Since: noon.Add(8 * time.Minute), Limit: 5})
	if got := told(t, events); err != nil || fmt.Sprint(got) != "[14 13 12 10 8]" {
		t.Errorf("got %v, %v", got, err)
	}
	events, err = r.History(t.Context(), acme, daybook.HistoryQuery{Table: table})
	if err != nil || len(events) != 0 || events == nil {
		t.Errorf("another business sees %v, %v", events, err)
	}
	wantPages(t, r, table)
	for _, q := range []daybook.HistoryQuery{{}, {Table: table, Limit: -1}, {Table: table, Limit: MaxEvents + 1}, {Table: table, After: "x"}} {
		_, err := r.History(t.Context(), anyone, q)
		wantCode(t, err, daybook.CodeInvalid)
	}
}

// wantPages holds the pages of a history to the whole of it, however long they
// are.
func wantPages(t *testing.T, r *Reader, table string) {
	t.Helper()
	whole, err := r.History(t.Context(), anyone, daybook.HistoryQuery{Table: table})
	if err != nil {
		t.Fatal(err)
	}
	for limit := 1; limit <= len(whole); limit++ {
		var parts []daybook.Event
		for q := (daybook.HistoryQuery{Table: table, Limit: limit}); ; q.After = parts[len(parts)-1].Cursor() {
			part, err := r.History(t.Context(), anyone, q)
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, part...)
			if len(part) < limit {
				break
			}
		}
		if !reflect.DeepEqual(parts, whole) {
			t.Errorf("in pages of %d: %v, want %v", limit, told(t, parts), told(t, whole))
		}
	}
}

// TestPagesOfOneInstant goes through what a call logged at once, which its times
// do not tell apart, with edges of columns among it.
func TestPagesOfOneInstant(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	session := b.add(daybook.TransformationSession{AgentID: "etl", Status: "ACTIVE", SourceTables: []string{"bronze.x"}})
	for range 7 {
		b.add(daybook.TransformationOperation{SessionID: session.SubjectID(), OperationType: "CLEAN", OutputTable: table, CreatedAt: noon})
	}
	for _, column := range []string{"a", "b", "c"} {
		e := edgeOf(t, "bronze.x."+column, table+"."+column, "COPIES")
		e.IsCurrent, e.CreatedAt = new(true), noon
		b.add(e)
	}
	wantPages(t, b.reader(), table)
	var activity []int64
	for q := (daybook.ActivityQuery{Agent: "etl", Limit: 3}); ; {
		part, err := b.reader().Activity(t.Context(), anyone, q)
		if err != nil {
			t.Fatal(err)
		}
		activity = append(activity, told(t, part)...)
		if len(part) < q.Limit {
			break
		}
		q.After = part[len(part)-1].Cursor()
	}
	if len(activity) != 8 || len(distinctSeqs(activity)) != 8 {
		t.Errorf("the activity in pages is %v, want eight events", activity)
	}
}

func distinctSeqs(seqs []int64) []int64 {
	seqs = slices.Clone(seqs)
	slices.Sort(seqs)
	return slices.Compact(seqs)
}

func jsonHas(t *testing.T, e daybook.Event, name, text string) bool {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(e.Fields, &fields); err != nil {
		t.Fatal(err)
	}
	return fields[name] == text
}

func TestActivity(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	session := b.add(daybook.TransformationSession{AgentID: "etl", Status: "ACTIVE"})                              // 0
	b.add(daybook.TransformationSession{AgentID: "other", Status: "ACTIVE"})                                       // 1: not
	b.add(daybook.TransformationOperation{SessionID: session.SubjectID(), OperationType: "CLEAN"})                 // 2
	b.add(daybook.Conversation{AgentPosition: "etl"})                                                              // 3
	b.add(daybook.Conversation{AgentPosition: "CFO"})                                                              // 4: not
	b.add(daybook.EscalationLog{SourceAgent: "etl", Urgency: "high"})                                              // 5
	b.add(daybook.OutputArtifact{SessionID: session.SubjectID(), ArtifactType: "TABLE", ArtifactName: "silver.x"}) // 6
	edge := edgeOf(t, "a.b", "c.d", "COPIES")
	edge.SessionID = session.SubjectID()
	b.add(edge)                                                                                           // 7
	b.add(daybook.IngestRun{JobType: "fetch", AgentID: "etl", Status: "RUNNING"})                         // 8
	done := b.add(daybook.TransformationSession{AgentID: "etl", Status: "COMPLETED", CompletedAt: b.now}) // 9
	b.add(daybook.TransformationOperation{SessionID: done.SubjectID(), OperationType: "JOIN"})            // 10
	r := b.reader()
	events, err := r.Activity(t.Context(), anyone, daybook.ActivityQuery{Agent: "etl"})
	if got := told(t, events); err != nil || fmt.Sprint(got) != "[10 9 8 6 5 3 2 0]" {
		t.Errorf("got %v, %v", got, err)
	}
	// A session that is still open tells what happens in it now, though it began before.
	events, err = r.Activity(t.Context(), anyone, daybook.ActivityQuery{Agent: "etl", Since: noon.Add(6 * time.Minute)})
	if got := told(t, events); err != nil || fmt.Sprint(got) != "[10 9 8 6]" {
		t.Errorf("got %v, %v", got, err)
	}
	events, err = r.Activity(t.Context(), acme, daybook.ActivityQuery{Agent: "etl"})
	if err != nil || len(events) != 0 {
		t.Errorf("another business sees %v, %v", events, err)
	}
	_, err = r.Activity(t.Context(), anyone, daybook.ActivityQuery{})
	wantCode(t, err, daybook.CodeInvalid)
}

// However late records arrive, and however amendments move them, the newest
// are the newest by their own time.
func TestNewestByTheirOwnTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := newBook(t)
		var at []string
		for range rapid.IntRange(0, 40).Draw(rt, "count") {
			late := time.Duration(rapid.IntRange(0, 5000).Draw(rt, "late")) * time.Minute
			e := b.add(daybook.ValidationStatus{ValidationType: "nulls", TableName: table, Status: "PASSED", ValidatedAt: b.now.Add(-late)})
			at = append(at, e.Time())
			b.now = b.now.Add(time.Duration(rapid.IntRange(0, 100).Draw(rt, "pause")) * time.Minute)
		}
		n := &newest{store: b.store, limit: rapid.IntRange(1, 10).Draw(rt, "limit")}
		n.page = n.limit // the least there is, so that pages end early
		if err := n.ask(t.Context(), validationKind, nil, daybook.Is("table_name", table)); err != nil {
			rt.Fatal(err)
		}
		slices.Sort(at)
		slices.Reverse(at)
		var got []string
		for _, h := range n.list {
			got = append(got, h.at)
		}
		if want := at[:min(n.limit, len(at))]; !slices.Equal(got, want) {
			rt.Fatalf("got %v, want %v", got, want)
		}
	})
}
