package storetest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/daybook-audit/daybook"
	"pgregory.net/rapid"
)

// Opener opens the store at one place: the first time a new one, then, once
// that is closed, what it left. One that is a [daybook.Leaser] may be opened
// before that is closed, as by another server.
type Opener func() (daybook.Store, error)

// Run holds a store to the law. place gives a fresh place for each test.
func Run(t *testing.T, place func(t *testing.T) Opener) {
	for name, test := range map[string]func(*testing.T, Opener){
		"an empty store":                    lawEmpty,
		"appends, and the head":             lawAppend,
		"what is finished late":             lawFinish,
		"what sequencing says":              lawSequence,
		"batches that are no continuation":  lawRefuse,
		"cancelled appends":                 lawCancel,
		"every kind reads back":             lawRoundTrip,
		"spine rows by log_id":              lawSpines,
		"subjects and revisions":            lawRevisions,
		"queries that make no sense":        lawInvalid,
		"filters":                           lawFilters,
		"members of arrays":                 lawContains,
		"pages":                             lawPages,
		"snapshots":                         lawSnapshot,
		"edges by their ends":               lawEdges,
		"sums":                              lawSums,
		"tallies":                           lawTally,
		"tiles":                             lawTiles,
		"patterns of operations":            lawPatterns,
		"checkpoints":                       lawCheckpoint,
		"checkpoints of several servers":    lawCheckpointKept,
		"scans":                             lawScan,
		"readers while a writer writes":     lawConcurrent,
		"closing and opening again":         lawReopen,
		"leases":                            lawLease,
		"a lease that many want":            lawLeaseOnce,
		"any operations, against the model": lawModel,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, place(t))
		})
	}
}

// check is rapid.Check. The race detector makes a SQLite in Go twenty times
// slower, so under it one run in ten must do.
func check(t *testing.T, property func(*rapid.T)) {
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		if n++; !raceDetector || n%10 == 1 {
			property(t)
		}
	})
}

// open opens a store that the test closes at its end.
func open(t *testing.T, open Opener) daybook.Store {
	t.Helper()
	s, err := open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return s
}

// asserter is what testing.T and rapid.T have in common.
type asserter interface {
	Helper()
	Fatalf(format string, args ...any)
}

func must(t asserter, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

func mustWrite(t asserter, w *Writer, records ...daybook.Record) []*daybook.Entry {
	t.Helper()
	entries, err := w.Write(context.Background(), records...)
	must(t, err)
	return entries
}

func mustSelect(t asserter, s selector, q daybook.Query) []*daybook.Entry {
	t.Helper()
	entries, err := s.Select(context.Background(), q)
	must(t, err)
	return entries
}

type selector interface {
	Select(ctx context.Context, q daybook.Query) ([]*daybook.Entry, error)
}

func mustHead(t asserter, s daybook.Store) daybook.Head {
	t.Helper()
	head, err := s.Head(context.Background())
	must(t, err)
	return head
}

func mustScan(t asserter, s daybook.Store, from int64) []daybook.Row {
	t.Helper()
	var rows []daybook.Row
	must(t, s.Scan(context.Background(), from, func(r daybook.Row) error {
		rows = append(rows, r)
		return nil
	}))
	return rows
}

// wantEntries wants the same entries in the same order, to the canonical byte.
func wantEntries(t asserter, what string, got, want []*daybook.Entry) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: got %d entries %v, want %d %v", what, len(got), seqsOf(got), len(want), seqsOf(want))
	}
	for i := range got {
		wantEntry(t, what, got[i], want[i])
	}
}

func wantEntry(t asserter, what string, got, want *daybook.Entry) {
	t.Helper()
	if got.Kind != want.Kind || got.Seq != want.Seq || got.LogHash != want.LogHash {
		t.Fatalf("%s: got %s %d with hash %x, want %s %d with %x",
			what, got.Kind.Name, got.Seq, got.LogHash, want.Kind.Name, want.Seq, want.LogHash)
	}
	if g, w := got.AppendCanonical(nil), want.AppendCanonical(nil); !bytes.Equal(g, w) {
		t.Fatalf("%s: entry %d reads\n%s\nbut was written\n%s", what, got.Seq, g, w)
	}
}

func seqsOf(entries []*daybook.Entry) []int64 {
	seqs := make([]int64, len(entries))
	for i, e := range entries {
		seqs[i] = e.Seq
	}
	return seqs
}

func wantCode(t asserter, what string, err error, code daybook.Code) {
	t.Helper()
	if got := daybook.CodeOf(err); got != code {
		t.Fatalf("%s: got code %q (%v), want %q", what, got, err, code)
	}
}

// wantSame wants the head as it was, and the rows to be so many.
func wantSame(t asserter, what string, s daybook.Store, before daybook.Head) {
	t.Helper()
	if after := mustHead(t, s); !sameHead(after, before) {
		t.Fatalf("%s: the head went from %+v to %+v", what, before, after)
	}
	if rows := mustScan(t, s, 0); int64(len(rows)) != before.Size {
		t.Fatalf("%s: a scan gives %d rows of a ledger of %d", what, len(rows), before.Size)
	}
}

func sameHead(a, b daybook.Head) bool {
	return a.LedgerID == b.LedgerID && a.Size == b.Size && a.Root == b.Root && a.LoggedAt == b.LoggedAt &&
		bytes.Equal(a.Checkpoint, b.Checkpoint)
}

// examples gives records of a kind by number, from ≤ number < to, the same each
// time.
func examples(k *daybook.Kind, from, to int) []daybook.Record {
	list := make([]daybook.Record, 0, to-from)
	for i := from; i < to; i++ {
		list = append(list, stored(k).Example(i))
	}
	return list
}

// example gives one of them.
func example(k *daybook.Kind, number int) daybook.Record { return examples(k, number, number+1)[0] }

// stored makes records as the ledger gets them from intake: some warn.
func stored(k *daybook.Kind) *rapid.Generator[daybook.Record] {
	return rapid.Custom(func(t *rapid.T) daybook.Record {
		r := Records(k).Draw(t, "record")
		if rapid.Bool().Draw(t, "warns") {
			r.Warn(Texts().Draw(t, "warning"))
		}
		return r
	})
}

// amendment gives a record of the subject of an entry with other values.
func amendment(t *rapid.T, e *daybook.Entry) daybook.Record {
	r := stored(e.Kind).Draw(t, "amendment")
	i, _ := e.Kind.Column(e.Kind.Subject().Name)
	r.Values[i] = e.Values[i]
	return r
}

var errTest = errors.New("storetest: an error of the test's own")
