package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
	"zombiezen.com/go/sqlite"
)

func records(from, to int) []daybook.Record {
	var list []daybook.Record
	for i := from; i < to; i++ {
		list = append(list, storetest.Records(daybook.MustKind("conversations")).Example(i))
	}
	return list
}

// wantWhole wants a store to be sound, of that many entries, and to take more.
func wantWhole(t *testing.T, s *Store, w *storetest.Writer, size int64) {
	t.Helper()
	n := int64(0)
	if err := s.Scan(t.Context(), 0, func(r daybook.Row) error {
		if r.Spine == nil || r.Entry == nil || r.Fault != "" || r.Spine.Seq != n {
			t.Fatalf("row %d is %+v", n, r)
		}
		n++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	head, err := s.Head(t.Context())
	if err != nil || head.Size != size || n != size || head.Root != w.Tree().Root() {
		t.Fatalf("the head is %+v, %v; there are %d rows, want %d", head, err, n, size)
	}
	if _, err := w.Write(t.Context(), records(int(size), int(size)+1)...); err != nil {
		t.Fatalf("the store takes no more: %v", err)
	}
}

// When the file can grow no more, nothing is half-written, and the store goes
// on when it can again.
func TestFull(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	w := storetest.NewWriter(s)
	if _, err := w.Write(t.Context(), records(0, 5)...); err != nil {
		t.Fatal(err)
	}
	if err := s.writer.exec("PRAGMA max_page_count = 1"); err != nil { // which is taken as: not a page more
		t.Fatal(err)
	}
	for range 3 {
		_, err := w.Write(t.Context(), records(5, 400)...)
		var e *daybook.Error
		if !errors.As(err, &e) || e.Code != daybook.CodeUnavailable || !strings.Contains(e.Hint, "disk is full") {
			t.Fatalf("a full file: %v", err)
		}
	}
	if err := s.writer.exec("PRAGMA max_page_count = 4294967294"); err != nil {
		t.Fatal(err)
	}
	wantWhole(t, s, w, 5)
}

// A connection that cannot be brought out of its transaction is given up, and
// the file opened anew.
func TestAbandon(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	w := storetest.NewWriter(s)
	if _, err := w.Write(t.Context(), records(0, 3)...); err != nil {
		t.Fatal(err)
	}
	if err := run(s.writer.begin); err != nil { // a transaction is left open
		t.Fatal(err)
	}
	if err := s.writer.exec("DELETE FROM head"); err != nil {
		t.Fatal(err)
	}
	s.abandon()
	wantWhole(t, s, w, 3)
}

// Whoever waits for a connection stops waiting when its context ends; and
// closing ends reads that go on.
func TestWaitingForAConnection(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	w := storetest.NewWriter(s)
	var many []daybook.Record // more than is read ahead
	for i := range (ahead + 3) * lot {
		r := daybook.NewRecord(daybook.MustKind("thinking_logs"))
		for _, name := range []string{"thinking_id", "conversation_id", "agent_position"} {
			r.Set(name, daybook.TextValue(fmt.Sprint(i)))
		}
		many = append(many, r)
	}
	if _, err := w.Write(t.Context(), many...); err != nil {
		t.Fatal(err)
	}
	reading, goOn := make(chan bool), make(chan bool)
	ended := make(chan error)
	for range readers {
		go func() {
			ended <- s.Scan(context.Background(), 0, func(daybook.Row) error {
				select {
				case reading <- true:
				case <-goOn:
				}
				<-goOn
				return nil
			})
		}()
		<-reading
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Spine(ctx, 0, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("all connections are in use: %v", err)
	}
	if _, err := w.Write(t.Context(), records(1, 2)...); err != nil {
		t.Errorf("a writer waits for readers: %v", err)
	}
	soon, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := s.View().Select(soon, daybook.Query{Kind: daybook.MustKind("thinking_logs"), IDs: []string{"1"}}); err != nil {
		t.Errorf("who is about to write waits for readers: %v", err)
	}
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	select {
	case err := <-closed:
		t.Fatalf("closed while all read: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	for err := error(nil); daybook.CodeOf(err) != daybook.CodeUnavailable; { // until the closing has begun
		brief, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		_, err = s.Spine(brief, 0, 1)
		cancel()
	}
	close(goOn)
	for range readers {
		if err := <-ended; daybook.CodeOf(err) != daybook.CodeUnavailable {
			t.Errorf("a scan that the closing ended: %v", err)
		}
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// A lock on a file that is no longer there keeps nobody out.
func TestLockIsCurrent(t *testing.T) {
	t.Parallel()
	l, err := takeLock(filepath.Join(t.TempDir(), "x"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.file.Close()
	if !l.isCurrent() {
		t.Error("a lock just taken is not current")
	}
	if err := os.Remove(l.path); err != nil {
		t.Fatal(err)
	}
	if l.isCurrent() {
		t.Error("a lock on a file that was removed is current")
	}
	if err := os.WriteFile(l.path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if l.isCurrent() {
		t.Error("a lock on another file is current")
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"3.51.3": true, "3.51.4": true, "3.52.0": true, "4.0.0": true, "3.51.2": false, "3.9.9": false, "2.99.99": false, "": false, "3.51": false, "x": false,
	} {
		if got := atLeast(version, leastVersion); got != want {
			t.Errorf("%q: %t", version, got)
		}
	}
}

// A file without a WAL is refused.
func TestNoWAL(t *testing.T) {
	t.Parallel()
	c, err := openConn(":memory:", sqlite.OpenReadWrite, writerSetup...)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if err := (&writer{conn: c}).checkJournal(); daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("a database in memory: %v", err)
	}
}

func TestFileURI(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"plain.db", "a b.db", "a?b#c%41&mode=ro.db", "ü日本'\".db", "a:b.db"} {
		path := filepath.Join(dir, name)
		s, err := Open(t.Context(), path, Options{})
		if err == nil {
			_, err = s.SQL(t.Context(), daybook.SQLQuery{Text: "SELECT count(*) FROM audit.entries"})
			err = errors.Join(err, s.Close())
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	t.Run("relative", func(t *testing.T) {
		wd, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		relative, err := filepath.Rel(wd, filepath.Join(dir, "relative.db"))
		if err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), relative, Options{})
		if err == nil {
			err = s.Close()
		}
		if err != nil {
			t.Error(fmt.Errorf("%s: %w", relative, err))
		}
	})
}
