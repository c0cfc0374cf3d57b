package client_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
)

func TestSession(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	ctx := t.Context()
	s := must[*client.Session](t)(b.client().Checkout(ctx, "wasde_transformer", "bronze.wasde_cell"))
	receipt := must[daybook.Receipt](t)
	operation := receipt(s.LogOperation(ctx, daybook.TransformationOperation{OperationType: "AGGREGATE", OutputTable: "silver.commodity_summary"}))
	artifact := receipt(s.RegisterOutput(ctx, daybook.OutputArtifact{ArtifactType: "TABLE", ArtifactName: "silver.commodity_summary"}))
	table := receipt(s.AddLineage(ctx, "bronze.wasde_cell", "silver.commodity_summary", "AGGREGATES"))
	column := receipt(s.AddLineage(ctx, "bronze.wasde_cell.value", "silver.commodity_summary.total", "AGGREGATES"))
	if err := s.Checkin(ctx, "COMPLETED"); err != nil {
		t.Fatal(err)
	}

	session := must[daybook.TransformationSession](t)(daybook.As[daybook.TransformationSession](b.get(t, "transformation_session", s.ID())))
	if session.Status != "COMPLETED" || *session.OperationsCount != 1 || *session.OutputsCount != 1 || session.AgentID != "wasde_transformer" {
		t.Errorf("the session is %+v", session)
	}
	if op := b.get(t, operation.Kind, operation.ID); op.Get("operation_order").Int() != 1 || op.Text("session_id") != s.ID() {
		t.Error("the operation is not the session's first")
	}
	for _, r := range []daybook.Receipt{artifact, table, column} {
		if !b.get(t, r.Kind, r.ID).Get("is_current").Bool() {
			t.Errorf("%s %s is not current", r.Kind, r.ID)
		}
	}
	edge := must[daybook.LineageEdge](t)(daybook.As[daybook.LineageEdge](b.get(t, column.Kind, column.ID)))
	if edge.SourceType != "COLUMN" || edge.SourceSchema != "bronze" || edge.SourceName != "wasde_cell" || edge.SourceColumn != "value" ||
		edge.TargetType != "COLUMN" || edge.TargetSchema != "silver" || edge.TargetName != "commodity_summary" || edge.TargetColumn != "total" {
		t.Errorf("the column's edge is %+v", edge)
	}
}

func TestSessionAfterCheckin(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	ctx := t.Context()
	s := must[*client.Session](t)(b.client().Checkout(ctx, "a", "bronze.x"))
	if err := s.CheckinFailed(ctx, errors.New("no such column\x00")); err != nil {
		t.Fatal(err)
	}
	if err := s.Checkin(ctx, "FAILED"); err != nil {
		t.Errorf("the same checkin again: %v", err)
	}
	wantCode(t, s.Checkin(ctx, "COMPLETED"), daybook.CodeConflict, "is checked in FAILED", "ParentSessionID")
	_, err := s.LogOperation(ctx, daybook.TransformationOperation{OperationType: "JOIN"})
	wantCode(t, err, daybook.CodeConflict, "is checked in FAILED")
	_, err = s.RegisterOutput(ctx, daybook.OutputArtifact{ArtifactType: "TABLE", ArtifactName: "x"})
	wantCode(t, err, daybook.CodeConflict)
	_, err = s.AddLineage(ctx, "a.b", "c.d", "COPIES")
	wantCode(t, err, daybook.CodeConflict)
	wantCode(t, s.Do(ctx, daybook.TransformationOperation{OperationType: "JOIN"}, func(context.Context) (int64, error) {
		t.Error("the step was taken")
		return 0, nil
	}), daybook.CodeConflict)
	revisions := must[[]*daybook.Entry](t)(b.client().Revisions(ctx, "transformation_session", s.ID()))
	if len(revisions) != 2 || revisions[1].Text("error_message") != "no such column\uFFFD" {
		t.Errorf("there are %d revisions, the last says %q", len(revisions), revisions[len(revisions)-1].Text("error_message"))
	}
}

func TestSessionRefuses(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	ctx := t.Context()
	c := b.client()
	_, err := c.Checkout(ctx, "", "bronze.x")
	wantCode(t, err, daybook.CodeInvalid, "/agent_id")

	s := must[*client.Session](t)(c.Checkout(ctx, "a", "bronze.x"))
	_, err = s.LogOperation(ctx, daybook.TransformationOperation{OperationType: "JOIN", SessionID: "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"})
	wantCode(t, err, daybook.CodeInvalid, "/session_id", "is not this session")
	_, err = s.AddLineage(ctx, "", "b", "COPIES")
	wantCode(t, err, daybook.CodeInvalid, "/source_name")
	_, err = s.AddLineage(ctx, "a", "b..c", "COPIES")
	wantCode(t, err, daybook.CodeInvalid, "/target_name")
	wantCode(t, s.Checkin(ctx, "ACTIVE"), daybook.CodeInvalid, "/status")
	wantCode(t, s.Checkin(ctx, "DONE"), daybook.CodeInvalid, "/status")
	if err := s.Checkin(ctx, "ABANDONED"); err != nil {
		t.Errorf("a checkin after refused ones: %v", err)
	}
}

// TestCheckinSurvivesALostAnswer checks in over a store that has written the
// checkin but says that it has not.
func TestCheckinSurvivesALostAnswer(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	ctx := t.Context()
	s := must[*client.Session](t)(b.client().Checkout(ctx, "a", "bronze.x"))
	b.store.LoseAck(errors.New("the disk went away"))
	if err := s.Checkin(ctx, "COMPLETED"); err == nil {
		t.Fatal("the answer was not lost")
	}
	if err := s.Checkin(ctx, "COMPLETED"); err != nil {
		t.Fatalf("the checkin made again: %v", err)
	}
	if n := len(b.entries(t, "transformation_session")); n != 2 {
		t.Errorf("%d entries, want a checkout and a checkin", n)
	}
}

func TestCheckinWithAClockSetBack(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	c := b.client()
	now := noon
	c.SetClock(func() time.Time { return now })
	s := must[*client.Session](t)(c.Checkout(t.Context(), "a", "bronze.x"))
	now = noon.Add(-time.Hour)
	if err := s.Checkin(t.Context(), "COMPLETED"); err != nil {
		t.Fatal(err)
	}
	if at := b.get(t, "transformation_session", s.ID()).Text("completed_at"); at != "2026-01-31T12:00:00.000000Z" {
		t.Errorf("completed_at is %s", at)
	}
}

func TestSessionFromManyGoroutines(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	ctx := t.Context()
	s := must[*client.Session](t)(b.client().Checkout(ctx, "a", "bronze.x"))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 10 {
				if _, err := s.LogOperation(ctx, daybook.TransformationOperation{OperationType: "FILTER"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	for range 4 {
		all.Go(func() {
			if err := s.Checkin(ctx, "COMPLETED"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := b.get(t, "transformation_session", s.ID()).Get("operations_count").Int(); n != 80 {
		t.Errorf("%d operations", n)
	}
}

func TestTransformationLogger(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	ctx := t.Context()
	l := b.client().TransformationLogger("my_agent", "Monthly ETL")
	_, err := l.LogOperation(ctx, daybook.TransformationOperation{OperationType: "JOIN"})
	wantCode(t, err, daybook.CodeInvalid, "call Checkout first")
	wantCode(t, l.Checkin(ctx, "COMPLETED"), daybook.CodeInvalid, "call Checkout first")
	wantCode(t, l.Checkout(ctx, []string{"bronze.wasde_cell"}, func() {}), daybook.CodeInvalid, "/source_filters")

	work := func() (err error) {
		defer l.End(ctx, &err) // before the checkout, and yet it checks in
		if err := l.Checkout(ctx, []string{"bronze.wasde_cell", "bronze.wasde_release"}, map[string]any{"year": 2026}); err != nil {
			return err
		}
		if _, err := l.LogOperation(ctx, daybook.TransformationOperation{OperationType: "AGGREGATE"}); err != nil {
			return err
		}
		_, err = l.RegisterOutput(ctx, daybook.OutputArtifact{ArtifactType: "TABLE", ArtifactName: "silver.commodity_summary"})
		return err
	}
	if err := work(); err != nil {
		t.Fatal(err)
	}
	e := b.get(t, "transformation_session", l.ID())
	if e.Text("status") != "COMPLETED" || e.Text("purpose") != "Monthly ETL" || e.Text("source_filters") != `{"year": 2026}` ||
		!strings.Contains(e.Text("source_tables"), "bronze.wasde_release") {
		t.Errorf("the session is %s", e.AppendExport(nil))
	}
	wantCode(t, l.Checkout(ctx, nil, nil), daybook.CodeConflict, "new logger")
}
