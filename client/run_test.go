package client_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
)

func TestRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		work            func(context.Context, *client.Session) error
		status, message string
	}{
		"completes": {func(ctx context.Context, s *client.Session) error {
			_, err := s.LogOperation(ctx, daybook.TransformationOperation{OperationType: "JOIN"})
			return err
		}, "COMPLETED", ""},
		"fails": {func(context.Context, *client.Session) error { return io.ErrClosedPipe }, "FAILED", io.ErrClosedPipe.Error()},
		"checks in itself": {func(ctx context.Context, s *client.Session) error {
			return s.Checkin(ctx, "ABANDONED")
		}, "ABANDONED", ""},
		"fails with a long error": {func(context.Context, *client.Session) error {
			return errors.New(strings.Repeat("é", 1<<20) + "\xff")
		}, "FAILED", strings.Repeat("é", 8<<10)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBook(t)
			err := b.client().Run(t.Context(), daybook.TransformationSession{AgentID: "a"}, c.work)
			if (err != nil) != (c.status == "FAILED") {
				t.Errorf("it gave %.80v", err)
			}
			if name == "fails" && err != io.ErrClosedPipe { //nolint:errorlint // the very error is what a caller wants back
				t.Errorf("it gave %v, want the function's own error", err)
			}
			wantEnd(t, b, c.status, c.message)
		})
	}
}

// wantEnd wants the book's one session to have ended so.
func wantEnd(t *testing.T, b *book, status, message string) {
	t.Helper()
	entries := b.entries(t, "transformation_session")
	if len(entries) != 2 {
		t.Fatalf("%d entries, want a checkout and a checkin", len(entries))
	}
	if e := entries[1]; e.Text("status") != status || e.Text("error_message") != message {
		t.Errorf("it ended %s with %.80q, want %s with %.80q", e.Text("status"), e.Text("error_message"), status, message)
	}
}

func TestRunPanics(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	func() {
		defer func() {
			if fault := recover(); fault != "the disk is full" {
				t.Errorf("the panic that went on is %v", fault)
			}
		}()
		_ = b.client().Run(t.Context(), daybook.TransformationSession{AgentID: "a"}, func(context.Context, *client.Session) error {
			panic("the disk is full")
		})
		t.Error("it went on")
	}()
	wantEnd(t, b, "FAILED", "panic: the disk is full")
}

func TestRunEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = b.client().Run(t.Context(), daybook.TransformationSession{AgentID: "a"}, func(context.Context, *client.Session) error {
			runtime.Goexit()
			return nil
		})
	}()
	<-done
	wantEnd(t, b, "FAILED", "the function did not return")
}

func TestRunIsCancelled(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := b.client().Run(ctx, daybook.TransformationSession{AgentID: "a"}, func(ctx context.Context, s *client.Session) error {
		cancel()
		_, err := s.LogOperation(ctx, daybook.TransformationOperation{OperationType: "JOIN"})
		if err == nil {
			return ctx.Err()
		}
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it gave %v", err)
	}
	if e := b.entries(t, "transformation_session"); len(e) != 2 || e[1].Text("status") != "FAILED" {
		t.Error("the session was not checked in")
	}
}

func TestRunJoinsTheCheckinsError(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	full := errors.New("disk full")
	err := b.client().Run(t.Context(), daybook.TransformationSession{AgentID: "a"}, func(context.Context, *client.Session) error {
		b.store.FailNext(full)
		return io.ErrClosedPipe
	})
	if !errors.Is(err, io.ErrClosedPipe) || !errors.Is(err, full) {
		t.Errorf("it gave %v, want both errors", err)
	}

	b.store.FailNext(full)
	err = b.client().Run(t.Context(), daybook.TransformationSession{AgentID: "a"}, func(context.Context, *client.Session) error {
		t.Error("it ran without a session")
		return nil
	})
	if !errors.Is(err, full) {
		t.Errorf("it gave %v", err)
	}
}

func TestIngest(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		collect         func(context.Context, *daybook.IngestRun) error
		status, message string
	}{
		"completes": {func(_ context.Context, run *daybook.IngestRun) error { return nil }, "COMPLETED", ""},
		"in part": {func(_ context.Context, run *daybook.IngestRun) error {
			run.Status, run.ErrorMessage = "PARTIAL", "one file was missing"
			return nil
		}, "PARTIAL", "one file was missing"},
		"fails":  {func(context.Context, *daybook.IngestRun) error { return io.ErrUnexpectedEOF }, "FAILED", "unexpected EOF"},
		"panics": {func(context.Context, *daybook.IngestRun) error { panic(noon) }, "FAILED", "panic: " + noon.String()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBook(t)
			func() {
				defer func() { _ = recover() }()
				err := b.client().Ingest(t.Context(), daybook.IngestRun{JobType: "usda", Metadata: []byte(`{"release": 644}`)},
					func(ctx context.Context, run *daybook.IngestRun) error {
						if run.ID == "" {
							t.Error("the run has no id")
						}
						run.RecordsFetched = new(int64(150))
						return c.collect(ctx, run)
					})
				if (err != nil) != (c.status == "FAILED") {
					t.Errorf("it gave %v", err)
				}
			}()
			entries := b.entries(t, "ingest_run")
			if len(entries) != 2 {
				t.Fatalf("%d entries, want a beginning and an end", len(entries))
			}
			e := entries[1]
			if entries[0].Text("status") != "RUNNING" || e.Text("status") != c.status || e.Text("error_message") != c.message || e.Get("records_fetched").Int() != 150 {
				t.Errorf("it ended %s", e.AppendExport(nil))
			}
		})
	}
}

func TestDo(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	ctx := t.Context()
	c := b.client()
	now := noon
	c.SetClock(func() time.Time { return now })
	s := must[*client.Session](t)(c.Checkout(ctx, "a", "bronze.x"))
	err := s.Do(ctx, daybook.TransformationOperation{OperationType: "CLEAN"}, func(context.Context) (int64, error) {
		now = now.Add(1500 * time.Millisecond)
		return 12, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	failed := s.Do(ctx, daybook.TransformationOperation{OperationType: "CLEAN"}, func(context.Context) (int64, error) { return 0, io.EOF })
	if failed != io.EOF { //nolint:errorlint // the very error is what a caller wants back
		t.Errorf("it gave %v", failed)
	}
	operations := b.entries(t, "transformation_operation")
	if len(operations) != 1 || operations[0].Get("execution_time_ms").Int() != 1500 || operations[0].Get("output_row_count").Int() != 12 {
		t.Errorf("%d operations, the first %s", len(operations), operations[0].AppendExport(nil))
	}
}

// database takes SQL and has touched rows, or cannot say.
type database struct {
	rows int64
	err  error
	took []string
}

func (d *database) ExecContext(_ context.Context, query string, _ ...any) (sql.Result, error) {
	d.took = append(d.took, query)
	return d, nil
}
func (d *database) LastInsertId() (int64, error) { return 0, errors.ErrUnsupported }
func (d *database) RowsAffected() (int64, error) { return d.rows, d.err }

func TestExec(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	ctx := t.Context()
	s := must[*client.Session](t)(b.client().Checkout(ctx, "a", "bronze.x"))
	const text = "DELETE FROM silver.observation WHERE value < ?"
	op := daybook.TransformationOperation{OperationType: "FILTER", TransformationLogic: text}
	db := &database{rows: 5}
	for _, d := range []*database{db, {err: errors.ErrUnsupported}} {
		if err := s.Exec(ctx, d, op, 4096); err != nil {
			t.Fatal(err)
		}
	}
	operations := b.entries(t, "transformation_operation")
	if len(db.took) != 1 || db.took[0] != text || operations[0].Text("transformation_logic") != text || operations[0].Text("transformation_type") != "SQL" {
		t.Error("what was logged is not what was run")
	}
	if operations[0].Get("output_row_count").Int() != 5 || operations[1].Get("output_row_count").IsSet() {
		t.Error("the rows are not those that the database told")
	}
	for _, e := range operations {
		if strings.Contains(string(e.AppendExport(nil)), "4096") {
			t.Error("an argument was logged")
		}
	}
}
