package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/verify"
)

// state is what a ledger must hold: what its writers have receipts for. It is
// the one place that says what a ledger looks like that is whole.
type state struct {
	path       string // names the store
	isDatabase bool
	files      local.Files

	mu      sync.Mutex
	written []*write         // in the order of their receipts
	byLogID map[string]int64 // acknowledged: the seq of each log_id
}

// write is one call of a writer: records that are written all or not at all.
type write struct {
	records  []daybook.Record
	receipts []daybook.Receipt // nil while there was no answer
	sent     bool              // once at least
}

// newState is that of a ledger in a file.
func newState(path string) *state {
	return &state{path: path, files: local.Files{Key: path + ".key", Public: path + ".pub", Anchor: path + ".anchor"}, byLogID: map[string]int64{}}
}

// acknowledge takes in the receipts of a write.
func (s *state) acknowledge(t *testing.T, w *write, receipts []daybook.Receipt) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(receipts) != len(w.records) {
		t.Errorf("%d receipts for %d records", len(receipts), len(w.records))
		return
	}
	for i, r := range receipts {
		if r.LogID != w.records[i].LogID() {
			t.Errorf("the receipt of %s is of %s", w.records[i].LogID(), r.LogID)
		}
		if r.Duplicate != receipts[0].Duplicate {
			t.Errorf("of one write, some was there and some was not: %s", r.LogID)
		}
		s.byLogID[r.LogID] = r.Seq
	}
	w.receipts = receipts
	s.written = append(s.written, w)
}

// count is how many writes were acknowledged.
func (s *state) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.written)
}

// check opens the ledger as anybody does, sends again what was sent from write
// number from on (and what was never answered), and holds the whole state
// against what it must be. It gives the size.
func (s *state) check(t *testing.T, from int, unanswered ...*write) int64 {
	t.Helper()
	l, err := local.Open(t.Context(), s.path, s.options())
	if err != nil {
		t.Fatalf("the normal opening does not recover: %v", err)
	}
	s.resend(t, l, from, unanswered)
	if err := l.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Errorf("closing: %v", err)
	}
	return s.look(t, true, nil)
}

// resend sends acknowledged writes again, which must change nothing, and then
// those that were not answered, which are there whole or not at all.
func (s *state) resend(t *testing.T, l *local.Local, from int, unanswered []*write) {
	t.Helper()
	before, err := l.Store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range s.written[from:] {
		receipts, err := l.Recorder.Record(t.Context(), daybook.Local, w.records)
		if err != nil {
			t.Errorf("sent again: %v", err)
			continue
		}
		for i, r := range receipts {
			want := w.receipts[i]
			want.Duplicate = true
			if r != want {
				t.Errorf("sent again: the receipt is %+v, it was %+v", r, w.receipts[i])
			}
		}
	}
	after, err := l.Store.Head(t.Context())
	if err != nil || after.Size != before.Size || after.Root != before.Root {
		t.Errorf("sent again, it added %d entries, %v", after.Size-before.Size, err)
	}
	for _, w := range unanswered {
		receipts, err := l.Recorder.Record(t.Context(), daybook.Local, w.records)
		if err != nil {
			t.Errorf("sent again after no answer: %v", err)
			continue
		}
		s.acknowledge(t, w, receipts)
	}
}

// look reads the ledger without opening it to write: beside a server, after a
// crash, or after a good end (closed), when all must have been signed. Writes
// that were not answered may be there.
func (s *state) look(t *testing.T, closed bool, unanswered []*write) int64 {
	t.Helper()
	store, public, anchor := s.read(t)
	defer store.Close()
	report, err := verify.Run(t.Context(), store, verify.Options{Public: public, Anchor: anchor})
	if err != nil || !report.Sound() || report.OK != report.Size {
		t.Fatalf("not sound: %+v, %v", report, err)
	}
	head, err := store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if root := hex.EncodeToString(head.Root[:]); head.Size != report.Size || root != report.Root {
		t.Errorf("the head is %d %s, the entries give %d %s", head.Size, root, report.Size, report.Root)
	}
	if report.Anchor.Size > report.Checkpoint.Size {
		t.Errorf("the anchor is ahead of the store: %+v, %+v", report.Anchor, report.Checkpoint)
	}
	if closed && (report.Checkpoint.Size != head.Size || report.Anchor.Size != head.Size) {
		t.Errorf("of %d entries the checkpoint has %d, the anchor %d", head.Size, report.Checkpoint.Size, report.Anchor.Size)
	}
	s.scan(t, store, head.Size, unanswered)
	return head.Size
}

// scan holds every entry against the receipts and against the entries before.
func (s *state) scan(t *testing.T, store daybook.Store, size int64, unanswered []*write) {
	t.Helper()
	seen := newSeen()
	for _, w := range unanswered {
		for i := range w.records {
			seen.own[w.records[i].LogID()] = true
		}
	}
	err := store.Scan(t.Context(), 0, func(r daybook.Row) error {
		if r.Spine == nil || r.Entry == nil || r.Spine.Seq != seen.size {
			return fmt.Errorf("entry %d is not whole: %+v", seen.size, r)
		}
		return seen.take(r.Entry)
	})
	if err != nil || seen.size != size {
		t.Fatalf("%d entries of %d: %v", seen.size, size, err)
	}
	for logID, seq := range seen.logIDs {
		if _, ok := s.byLogID[logID]; !ok && !seen.own[logID] {
			t.Errorf("entry %d (%s) is there, and nobody has a receipt for it", seq, logID)
		}
	}
	for _, w := range s.written {
		for _, r := range w.receipts {
			if seq, ok := seen.logIDs[r.LogID]; !ok || seq != r.Seq || seen.hashes[r.Seq] != r.LogHash {
				t.Errorf("the receipt %+v is not kept", r)
			}
		}
	}
	if err := seen.effects(); err != nil {
		t.Error(err)
	}
}

// seen is what a scan has come by.
type seen struct {
	size     int64
	loggedAt string
	logIDs   map[string]int64
	hashes   []string
	own      map[string]bool             // what may be there with no receipt: what the ledger wrote of itself
	current  map[[2]string]daybook.Entry // by kind and subject
	derived  map[int64]int               // how many edges stand behind an operation with SQL, by its seq
	sql      int64                       // the last operation with SQL, if nothing but its edges came since; else -1
}

func newSeen() *seen {
	return &seen{logIDs: map[string]int64{}, own: map[string]bool{}, current: map[[2]string]daybook.Entry{}, derived: map[int64]int{}, sql: -1}
}

func (s *seen) take(e *daybook.Entry) error {
	if _, twice := s.logIDs[e.LogID()]; twice {
		return fmt.Errorf("log_id %s is there twice", e.LogID())
	}
	subject := [2]string{e.Kind.Name, e.SubjectID()}
	if before, ok := s.current[subject]; e.Revision() != 1 && (!ok || e.Revision() != before.Revision()+1) || e.Revision() == 1 && ok {
		return fmt.Errorf("%v: revision %d follows on %d", subject, e.Revision(), before.Revision())
	}
	if e.LoggedAt() < s.loggedAt {
		return fmt.Errorf("entry %d: logged_at goes back", s.size)
	}
	if err := s.follow(e); err != nil {
		return err
	}
	_, settles := e.Kind.Column("is_current")
	s.own[e.LogID()] = s.own[e.LogID()] || settles && e.Revision() > 1 || daybook.OriginChangeOf(e) != nil
	s.logIDs[e.LogID()], s.loggedAt, s.current[subject] = s.size, e.LoggedAt(), *e
	s.hashes = append(s.hashes, hex.EncodeToString(e.LogHash[:]))
	s.size++
	return nil
}

// follow wants derived edges to stand behind their operation.
func (s *seen) follow(e *daybook.Entry) error {
	switch {
	case e.Revision() > 1:
		s.sql = -1
	case e.Text("origin") == daybook.EdgeParsed:
		if s.sql < 0 {
			return fmt.Errorf("entry %d is derived, and from nothing before it", e.Seq)
		}
		s.derived[s.sql]++
		s.own[e.LogID()] = true
	case e.Text("transformation_type") == "SQL" && outOfTime(e):
		s.sql = -1 // what follows from it was left out, and that it was is said
	case e.Text("transformation_type") == "SQL":
		s.sql = e.Seq
		s.derived[s.sql] = 0
	default:
		s.sql = -1
	}
	return nil
}

// outOfTime says that no lineage was derived of an operation because the machine
// was too busy to read its SQL in the time there is for that.
func outOfTime(e *daybook.Entry) bool {
	warnings, err := daybook.Texts(e.Get("warnings"))
	return err == nil && slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, "not derived: other SQL was being read") })
}

// effects wants what a session made to be in effect if and only if it was
// checked in as COMPLETED: a checkin is whole or not there. So is an operation
// with what follows from it.
func (s *seen) effects() error {
	var errs []error
	for seq, n := range s.derived {
		if n != derivedEdges {
			errs = append(errs, fmt.Errorf("%d edges follow from operation %d, not %d", n, seq, derivedEdges))
		}
	}
	named := map[string]string{}
	for subject, e := range s.current {
		is, ok := e.Kind.Column("is_current")
		if !ok || e.Text("session_id") == "" {
			continue
		}
		v := e.Values[is]
		session := s.current[[2]string{"transformation_session", e.Text("session_id")}]
		if completed := session.Text("status") == "COMPLETED"; completed != v.IsSet() {
			errs = append(errs, fmt.Errorf("%v: its session is %s, but that it is in effect is %t", subject, session.Text("status"), v.IsSet()))
		}
		if e.Kind.Name == "output_artifact" && v.IsSet() && v.Bool() {
			if other := named[e.Text("artifact_name")]; other != "" {
				errs = append(errs, fmt.Errorf("two artifacts of one name are current: %s, %s", other, subject[1]))
			}
			named[e.Text("artifact_name")] = subject[1]
		}
	}
	return errors.Join(errs...)
}

// lose puts an older copy of the store back, and forgets what it does not have.
func (s *state) lose(t *testing.T, older []byte, size int64) {
	t.Helper()
	if err := os.WriteFile(s.path, older, 0o600); err != nil {
		t.Fatal(err)
	}
	s.written = slices.DeleteFunc(s.written, func(w *write) bool { return w.receipts[0].Seq >= size })
	for logID, seq := range s.byLogID {
		if seq >= size {
			delete(s.byLogID, logID)
		}
	}
}
