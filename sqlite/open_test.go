package sqlite_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/storetest"
	"github.com/google/uuid"
)

// files names what stands in a folder.
func files(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestClosingLeavesOneFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := storetest.NewWriter(s).Write(t.Context(), storetest.Records(daybook.MustKind("erasure")).Example(1)); err != nil {
		t.Fatal(err)
	}
	if got := files(t, dir); got != "ledger.db ledger.db-shm ledger.db-wal ledger.db.lock" {
		t.Errorf("while it is open there are %s", got)
	}
	for _, name := range []string{"ledger.db", "ledger.db-wal", "ledger.db.lock"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	size, err := s.Size()
	if err != nil || size < 100_000 {
		t.Errorf("the size is %d, %v", size, err)
	}
	stats, err := s.DBStat(t.Context())
	if err != nil || !slices.ContainsFunc(stats, func(s sqlite.Stat) bool { return s.Name == "ledger_erasure_subject" && s.Bytes == 8192 }) {
		t.Errorf("the tables take %v, %v", stats, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := files(t, dir); got != "ledger.db" {
		t.Errorf("closed, there are %s", got)
	}
}

func TestNotALedger(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	database := func(name, script string) string {
		path := at(name, "")
		damaged(t, path, script)
		return path
	}
	ledger := func(name, script string) string {
		path := filepath.Join(dir, name)
		openClose(t, path)
		damaged(t, path, script)
		return path
	}
	for name, c := range map[string]struct {
		path string
		code daybook.Code
		says string
	}{
		"text":             {at("text", "this is no database, but it is long enough to have a header of its own: "+strings.Repeat("x", 2000)), daybook.CodeInvalid, "is not a SQLite database"},
		"another program":  {database("other", "PRAGMA application_id = 7; CREATE TABLE x (a)"), daybook.CodeInvalid, "another program"},
		"unmarked tables":  {database("plain", "CREATE TABLE x (a)"), daybook.CodeInvalid, "another program"},
		"marked otherwise": {database("marked", "PRAGMA application_id = 7"), daybook.CodeInvalid, "another program"},
		"older version":    {ledger("older", "PRAGMA user_version = 1"), daybook.CodeInvalid, "earlier Daybook"},
		"newer version":    {ledger("newer", "PRAGMA user_version = 99"), daybook.CodeInvalid, "newer Daybook"},
		"newer column":     {ledger("column", "ALTER TABLE ledger_erasure ADD COLUMN moon TEXT"), daybook.CodeInvalid, "erasure has a column moon"},
		"no head":          {ledger("headless", "PRAGMA recursive_triggers = ON; INSERT INTO spine VALUES (0, zeroblob(16), 1, 0, 0, zeroblob(32))"), daybook.CodeDamaged, "the head says 0 entries, the spine ends at 1"},
		"a broken head":    {ledger("broken", "UPDATE head SET root = x'00'"), daybook.CodeDamaged, "head"},
		"a folder":         {dir, daybook.CodeUnavailable, "cannot open"},
		"no such folder":   {filepath.Join(dir, "none", "x.db"), daybook.CodeUnavailable, "cannot lock"},
	} {
		s, err := sqlite.Open(t.Context(), c.path, sqlite.Options{})
		var e *daybook.Error
		if !errors.As(err, &e) || e.Code != c.code || !strings.Contains(err.Error(), c.says) || e.Hint == "" {
			t.Errorf("%s: %v, %v", name, s, err)
		}
		if strings.HasPrefix(name, "no such") || name == "a folder" || c.code == daybook.CodeDamaged {
			continue
		}
		_, err = sqlite.Open(t.Context(), c.path, sqlite.Options{ReadOnly: true})
		if !errors.As(err, &e) || e.Code != c.code || !strings.Contains(err.Error(), c.says) || e.Hint == "" {
			t.Errorf("%s, read-only: %v", name, err)
		}
	}
	_, err := sqlite.Open(t.Context(), filepath.Join(dir, "none"), sqlite.Options{ReadOnly: true})
	if daybook.CodeOf(err) != daybook.CodeNotFound {
		t.Errorf("read-only, of no file: %v", err)
	}
	if got := files(t, dir); strings.Contains(got, ".lock") {
		t.Errorf("locks were left: %s", got)
	}
}

func TestLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	wantHeld := func(says, hint string) {
		t.Helper()
		_, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		var e *daybook.Error
		if !errors.As(err, &e) || e.Code != daybook.CodeUnavailable || !strings.Contains(e.Message, says) || !strings.Contains(e.Hint, hint) {
			t.Errorf("a second time: %v, hint %q; want %q, hint %q", err, e.Hint, says, hint)
		}
	}
	wantHeld(fmt.Sprintf("this process already (pid %d)", os.Getpid()), "--server URL")
	if err := s.Announce("127.0.0.1:4280"); err != nil {
		t.Fatal(err)
	}
	wantHeld(fmt.Sprintf("(pid %d, 127.0.0.1:4280)", os.Getpid()), "--server http://127.0.0.1:4280")
	var says map[string]any
	text, err := os.ReadFile(path + ".lock")
	if err == nil {
		err = json.Unmarshal(text, &says)
	}
	if err != nil || says["address"] != "127.0.0.1:4280" || says["pid"] != float64(os.Getpid()) {
		t.Errorf("the lock says %s, %v", text, err)
	}
	for _, content := range []string{`{"pid": 1}`, "", "rubbish"} {
		if err := os.WriteFile(path+".lock", []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		wantHeld("held by another process", "--server URL")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	openClose(t, path)
}

// A link to a file is the same file.
func TestLockBehindALink(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	link := filepath.Join(t.TempDir(), "link.db")
	openClose(t, path)
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), link, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := sqlite.Open(t.Context(), path, sqlite.Options{}); daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("the file itself, while the link is open: %v", err)
	}
	reader, err := sqlite.Open(t.Context(), link, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if _, err := reader.Head(t.Context()); err != nil {
		t.Error(err)
	}
	if got := files(t, filepath.Dir(link)); got != "link.db" {
		t.Errorf("beside the link there are %s", got)
	}
}

// A lock file that its holder left when it was killed keeps nobody out.
func TestStaleLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	if err := os.WriteFile(path+".lock", []byte(`{"pid": 4711, "address": "x"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	openClose(t, path)
}

func TestManyOpenAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	results := make(chan error, 8)
	for range cap(results) {
		go func() {
			for range 20 {
				s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
				if err == nil {
					_, err = s.Head(t.Context())
					err = errors.Join(err, s.Close())
				}
				if err != nil && daybook.CodeOf(err) != daybook.CodeUnavailable {
					results <- err
					return
				}
			}
			results <- nil
		}()
	}
	for range cap(results) {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	openClose(t, path)
}

// copyOf copies a store's files, as they are, to a folder of their own.
func copyOf(t *testing.T, path string, suffixes ...string) string {
	t.Helper()
	dir := t.TempDir()
	to := filepath.Join(dir, "copy.db")
	for _, suffix := range suffixes {
		content, err := os.ReadFile(path + suffix)
		if err == nil {
			err = os.WriteFile(to+suffix, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func filled(t *testing.T, path string) (*sqlite.Store, *storetest.Writer, []*daybook.Entry) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w := storetest.NewWriter(s)
	var records []daybook.Record
	for n, k := range daybook.Kinds() {
		records = append(records, storetest.Records(k).Example(n))
	}
	entries, err := w.Write(t.Context(), records...)
	if err == nil {
		err = s.SaveCheckpoint(t.Context(), []byte("signed"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return s, w, entries
}

func wantReadable(t *testing.T, path string, entries []*daybook.Entry) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	checkScan(t, s, entries, nil)
	if head, err := s.Head(t.Context()); err != nil || head.Size != int64(len(entries)) || string(head.Checkpoint) != "signed" || uuid.Validate(head.LedgerID) != nil {
		t.Errorf("the head is %+v, %v", head, err)
	}
	wantRows(t, s, "SELECT count(*) FROM audit.entries", []any{int64(len(entries))})
	if err := s.Append(t.Context(), func(daybook.View) (*daybook.Batch, error) { return nil, nil }); daybook.CodeOf(err) != daybook.CodeForbidden {
		t.Errorf("append: %v", err)
	}
	if err := s.SaveCheckpoint(t.Context(), nil); daybook.CodeOf(err) != daybook.CodeForbidden {
		t.Errorf("save a checkpoint: %v", err)
	}
	if err := s.Announce("x"); err == nil {
		t.Error("a reader announced itself")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// A copy that was closed well is read without anything being put beside it;
// one that was not keeps its WAL and what that holds; and beside a running
// store one reads what was committed.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	s, w, entries := filled(t, path)
	wantReadable(t, path, entries)

	crashed := copyOf(t, path, "", "-wal")
	wantReadable(t, crashed, entries)
	if got := files(t, filepath.Dir(crashed)); got != "copy.db copy.db-shm copy.db-wal" {
		t.Errorf("after reading a copy with a WAL there are %s", got)
	}
	crashed = copyOf(t, path, "", "-wal")
	openClose(t, crashed) // and it can be brought in order
	wantReadable(t, crashed, entries)

	more, err := w.Write(t.Context(), storetest.Records(daybook.MustKind("erasure")).Example(99))
	if err != nil {
		t.Fatal(err)
	}
	entries = append(entries, more...)
	wantReadable(t, path, entries)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	closed := copyOf(t, path, "")
	before, err := os.ReadFile(closed)
	if err != nil {
		t.Fatal(err)
	}
	wantReadable(t, closed, entries)
	if got := files(t, filepath.Dir(closed)); got != "copy.db" {
		t.Errorf("after reading a closed copy there are %s", got)
	}
	if after, err := os.ReadFile(closed); err != nil || string(after) != string(before) {
		t.Errorf("reading changed the copy, %v", err)
	}
}

// A file that is opened to be written while it is read as immutable may give a
// mixture; that is told.
func TestReadOnlyDisturbed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	s, _, _ := filled(t, path)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if _, err := reader.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
	again, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for name, read := range map[string]func() error{
		"head": func() error { _, err := reader.Head(t.Context()); return err },
		"scan": func() error { return reader.Scan(t.Context(), 0, func(daybook.Row) error { return nil }) },
		"SQL":  func() error { _, err := reader.SQL(t.Context(), daybook.SQLQuery{Text: "SELECT 1"}); return err },
	} {
		if err := read(); daybook.CodeOf(err) != daybook.CodeUnavailable || !strings.Contains(err.Error(), "another process") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The same when whoever wrote has closed the file again.
func TestReadOnlyDisturbedBefore(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(path string) error{
		"another time": func(path string) error { return os.Chtimes(path, time.Time{}, noon) },
		"another size": func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			return errors.Join(os.Truncate(path, info.Size()+8192), os.Chtimes(path, time.Time{}, info.ModTime()))
		},
	} {
		path := filepath.Join(t.TempDir(), "ledger.db")
		openClose(t, path)
		reader, err := sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		if err := change(path); err != nil {
			t.Fatal(err)
		}
		if _, err := reader.Head(t.Context()); daybook.CodeOf(err) != daybook.CodeUnavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// In a folder that cannot be written, a copy that was closed well is read.
// Root may write anywhere, so the test runs itself as nobody.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	if path := os.Getenv("DAYBOOK_TEST_FOLDER"); path != "" {
		if err := os.WriteFile(path+".probe", nil, 0o600); err == nil {
			t.Fatal("the folder can be written")
		}
		s, err := sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		n := 0
		err = s.Scan(t.Context(), 0, func(daybook.Row) error { n++; return nil })
		if err != nil || n != len(daybook.Kinds()) {
			t.Fatalf("%d rows, %v", n, err)
		}
		wantRows(t, s, "SELECT count(*) FROM entries", []any{int64(n)})
		_, err = sqlite.Open(t.Context(), filepath.Join(filepath.Dir(path), "crashed.db"), sqlite.Options{ReadOnly: true})
		var e *daybook.Error
		if !errors.As(err, &e) || e.Code != daybook.CodeUnavailable || !strings.Contains(e.Hint, "copy it and its -wal file") {
			t.Fatalf("a copy that was not closed well: %v", err)
		}
		return
	}
	dir, err := os.MkdirTemp("/tmp", "daybook-read-only-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path, crashed := filepath.Join(dir, "ledger.db"), filepath.Join(dir, "crashed.db")
	s, _, _ := filled(t, path)
	for _, suffix := range []string{"", "-wal"} {
		if err := os.Rename(copyOf(t, path, suffix)+suffix, crashed+suffix); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{path: 0o444, crashed: 0o444, crashed + "-wal": 0o444, dir: 0o555} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	defer os.Chmod(dir, 0o700)
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "-test.run=^TestReadOnlyFolder$")
	cmd.Env = []string{"DAYBOOK_TEST_FOLDER=" + path, "TMPDIR=/tmp"}
	cmd.Dir = "/"
	if os.Geteuid() == 0 {
		binary, err = publicCopy(binary)
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(filepath.Dir(binary))
		cmd.Path = binary
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// publicCopy puts a program where everybody may run it.
func publicCopy(program string) (string, error) {
	dir, err := os.MkdirTemp("/tmp", "daybook-test-")
	if err != nil {
		return "", err
	}
	content, err := os.ReadFile(program)
	if err != nil {
		return "", err
	}
	to := filepath.Join(dir, "sqlite.test")
	return to, errors.Join(os.Chmod(dir, 0o755), os.WriteFile(to, content, 0o755), os.Chmod(to, 0o755))
}
