package scan_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/scan"
	"github.com/daybook-audit/daybook/sqlite"
)

// large is a database of so many tables, and a view on each.
func large(tables int) *scan.Database {
	db := &scan.Database{Location: "postgres://h:5432/d", Name: "d", Version: "15", Taken: time.Now()}
	for i := range tables {
		table := &scan.Relation{Name: scan.Name{Schema: "s", Table: fmt.Sprintf("t%d", i)}, Kind: scan.Table, Columns: []scan.Column{{Name: "a", Type: "integer"}}}
		view := &scan.Relation{
			Name: scan.Name{Schema: "s", Table: fmt.Sprintf("v%d", i)}, Kind: scan.View, Columns: []scan.Column{{Name: "b", Type: "integer"}},
			Definition: fmt.Sprintf("CREATE VIEW s.v%d (b) AS\n SELECT t.a AS b FROM s.t%d t;", i, i),
			Reads:      []scan.Dependency{{Source: table.Name, Kind: scan.Table, Column: "a"}},
		}
		db.Relations = append(db.Relations, table, view)
	}
	return db
}

// failing is a Recorder that a connection is lost to behind some calls.
type failing struct {
	daybook.Recorder
	after int
}

var errLost = errors.New("the connection was lost")

func (f *failing) Record(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	if f.after--; f.after < 0 {
		return nil, errLost
	}
	return f.Recorder.Record(ctx, p, records)
}

// What is too much for one call goes in several sessions, each whole. A scan
// that ends between them is gone on with by the next.
func TestALargeScanGoesInSessions(t *testing.T) {
	t.Parallel()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	b := bookOn(t, store)
	const tables = 2_500 // makes five records of each, with its view
	p, err := scan.NewPlan(large(tables), scan.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var steps []int
	o := scan.Options{
		Recorder: &failing{b.in, 1}, Reader: b.reader, Principal: daybook.Local,
		Progress: func(what string, done, _ int) {
			if what == "writing" {
				steps = append(steps, done)
			}
		},
	}
	r, err := scan.Run(t.Context(), p, o)
	if !errors.Is(err, errLost) || len(r.Sessions) != 1 || len(steps) != 1 {
		t.Fatalf("%v: sessions %q, steps %v", err, r.Sessions, steps)
	}
	var ours *daybook.Error
	if !errors.As(err, &ours) || ours.Hint != "scan again: it goes on from there" {
		t.Errorf("%v", err)
	}
	for _, s := range list[daybook.TransformationSession](b) {
		if s.Status != "COMPLETED" {
			t.Errorf("session %s is %s", s.ID, s.Status)
		}
	}
	o.Recorder = b.in
	if r, err = scan.Run(t.Context(), p, o); err != nil || len(r.Sessions) != 1 {
		t.Fatalf("%v: sessions %q", err, r.Sessions)
	}
	if n := len(current[daybook.OutputArtifact](b)); n != 2*tables {
		t.Errorf("%d artifacts are current", n)
	}
	if n := len(current[daybook.LineageEdge](b)); n != 2*tables {
		t.Errorf("%d edges are current", n)
	}
	if r, err = scan.Run(t.Context(), p, o); err != nil || !r.Difference.Empty() {
		t.Errorf("%v: %d to write", err, len(r.Difference.Edges))
	}
}

// The sessions of one scan belong together.
func TestTheSessionsOfAScanHaveOneParent(t *testing.T) {
	t.Parallel()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	b := bookOn(t, store)
	p, err := scan.NewPlan(large(2_500), scan.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	r := b.run(p)
	if len(r.Sessions) != 2 {
		t.Fatalf("%d sessions", len(r.Sessions))
	}
	for _, s := range list[daybook.TransformationSession](b) {
		if want := map[string]string{r.Sessions[0]: "", r.Sessions[1]: r.Sessions[0]}[s.ID]; s.ParentSessionID != want {
			t.Errorf("session %s has the parent %q, want %q", s.ID, s.ParentSessionID, want)
		}
	}
}
