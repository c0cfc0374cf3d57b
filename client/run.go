package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/daybook-audit/daybook"
)

// endTimeout bounds the checkin that follows on work that is over, whatever
// became of the work's own context.
const endTimeout = 15 * time.Second

// errNotReturned stands until a function has returned: it does not when it
// panics, or ends its goroutine as testing's FailNow does.
var errNotReturned = errors.New("the function did not return")

// Run checks a session out, runs work in it and checks it in: COMPLETED, or
// FAILED with the error's message where work fails or panics. A panic goes on
// after the checkin. A ctx that is cancelled does not keep the session from
// being checked in. The error is that of work, joined with that of the checkin.
func (c *Client) Run(ctx context.Context, session daybook.TransformationSession, work func(context.Context, *Session) error) (err error) {
	s, err := c.CheckoutSession(ctx, session)
	if err != nil {
		return err
	}
	defer s.End(ctx, &err)
	err = errNotReturned
	return work(ctx, s)
}

// End checks the session in by what became of the function that defers it:
//
//	s, err := c.Checkout(ctx, "wasde_transformer", "bronze.wasde_cell")
//	if err != nil {
//		return err
//	}
//	defer s.End(ctx, &err)
//
// where err is the function's named result. It is COMPLETED where err is nil,
// else FAILED with its message, as for a panic, which goes on. A session that
// is checked in already stays as it is. An error of the checkin is joined to
// err.
func (s *Session) End(ctx context.Context, err *error) {
	end(ctx, err, recover(), func(ctx context.Context, cause error) error {
		if s.id == "" || s.ended.Load() != nil {
			return nil
		}
		if cause != nil {
			return s.CheckinFailed(ctx, cause)
		}
		return s.Checkin(ctx, statusCompleted)
	})
}

// Ingest writes an ingest run, collects, and writes how it ended: COMPLETED,
// or FAILED with the error's message where collect fails or panics. Collect
// gets the run with its ID, and sets its counts; it may set the Status too,
// such as PARTIAL.
func (c *Client) Ingest(ctx context.Context, run daybook.IngestRun, collect func(context.Context, *daybook.IngestRun) error) (err error) {
	receipt, err := c.LogIngestRun(ctx, run)
	if err != nil {
		return err
	}
	begun := run.Status
	run.ID = receipt.ID
	defer func() {
		end(ctx, &err, recover(), func(ctx context.Context, cause error) error {
			with := daybook.IngestRun{
				RecordsFetched: run.RecordsFetched, RecordsInserted: run.RecordsInserted,
				RecordsUpdated: run.RecordsUpdated, RecordsFailed: run.RecordsFailed,
				ErrorMessage: plainText(run.ErrorMessage), CompletedAt: run.CompletedAt,
			}
			if run.Status != begun {
				with.Status = run.Status
			}
			if cause != nil {
				with.Status, with.ErrorMessage = statusFailed, plainText(cause.Error())
			}
			_, finished := c.FinishIngest(ctx, run.ID, with)
			return finished
		})
	}()
	err = errNotReturned
	return collect(ctx, &run)
}

// end calls finish with what went wrong, on a context that outlives ctx, and
// lets a panic go on.
func end(ctx context.Context, err *error, fault any, finish func(context.Context, error) error) {
	cause := *err
	if fault != nil {
		cause = fmt.Errorf("panic: %v", fault)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	if finished := finish(ctx, cause); finished != nil {
		*err = errors.Join(*err, finished)
	}
	if fault != nil {
		panic(fault)
	}
}
