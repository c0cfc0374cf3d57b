package scan

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/daybook-audit/daybook"
)

// Options say who compares a plan with which ledger, and writes what is new.
type Options struct {
	Recorder  daybook.Recorder
	Reader    daybook.Reader // nil where there is no ledger yet
	Principal daybook.Principal
	Business  string                           // the tenant; "" for default
	DryRun    bool                             // compare, and write nothing
	Progress  func(what string, done, all int) // nil for none; all is 0 where it is not known
}

// Run compares a plan with the ledger and writes the difference. It writes
// nothing where there is none, and all of a small one or nothing; a large one
// goes in several sessions, each whole, and the report has those that were
// written even where there is an error.
func Run(ctx context.Context, p *Plan, o Options) (*Report, error) {
	if o.Business == "" {
		o.Business = "default"
	}
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	o.Progress("comparing with the ledger", 0, 0)
	asker := &asker{o.Reader, o.Principal, o.Business}
	stands, err := asker.stands(ctx, p)
	if err != nil {
		return nil, err
	}
	difference, err := compare(p, stands)
	if err != nil {
		return nil, err
	}
	r := &Report{Plan: p, Difference: difference, DryRun: o.DryRun}
	if o.DryRun || difference.Empty() {
		return r, nil
	}
	w := &writer{
		recorder: o.Recorder, principal: o.Principal, business: o.Business, started: p.Database.Taken,
		subject:  subject{Database: p.Database.Location, Server: p.Database.Version, Schemas: p.Filter.Schemas, Exclude: p.Filter.Exclude},
		progress: func(done, all int) { o.Progress("writing", done, all) },
	}
	r.Sessions, err = w.write(ctx, difference)
	return r, unfinished(r.Sessions, err)
}

// unfinished says of an error of writing what was written all the same. That
// of a call which was given up may have been, too.
func unfinished(sessions []string, err error) error {
	if err == nil || len(sessions) == 0 && !errors.Is(err, context.Canceled) {
		return err
	}
	return &daybook.Error{
		Code: daybook.CodeUnavailable, Message: fmt.Sprintf("scan: ended before everything was written, with %d sessions that are, each whole", len(sessions)), Err: err,
		Hint: "scan again: it goes on from there",
	}
}

// nameOf reads schema.table as an artifact is called. A dot in a schema's name
// cannot be told apart; nobody has one.
func nameOf(artifact string) Name {
	schema, table, _ := strings.Cut(artifact, ".")
	return Name{schema, table}
}
