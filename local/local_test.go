package local_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/local"
)

func open(t *testing.T, path string, o local.Options) *local.Local {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	l, err := local.Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, l) })
	return l
}

func shut(t *testing.T, l *local.Local) {
	t.Helper()
	if err := l.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

func temp(t *testing.T) string { return filepath.Join(t.TempDir(), "daybook.db") }

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantCode(t *testing.T, err error, code daybook.Code, parts ...string) {
	t.Helper()
	if daybook.CodeOf(err) != code {
		t.Fatalf("got %v of code %q, want code %q", err, daybook.CodeOf(err), code)
	}
	var e *daybook.Error
	errors.As(err, &e)
	for _, part := range parts {
		if whole := err.Error() + " | " + e.Hint; !strings.Contains(whole, part) {
			t.Errorf("%q does not say %q", whole, part)
		}
	}
}

func log(t *testing.T, c *client.Client) daybook.Receipt {
	t.Helper()
	return must[daybook.Receipt](t)(c.LogConversation(t.Context(), daybook.Conversation{AgentPosition: "CFO"}))
}

func TestOpenMakesAndKeeps(t *testing.T) {
	t.Parallel()
	path := temp(t)
	var logged bytes.Buffer
	first := open(t, path, local.Options{Logger: slog.New(slog.NewTextHandler(&logged, nil))})
	receipt := log(t, first.Client)
	shut(t, first)
	key := must[[]byte](t)(os.ReadFile(path + ".key"))
	if secret := strings.TrimSpace(string(key)); strings.Contains(logged.String(), secret) || !strings.Contains(logged.String(), path+".key") {
		t.Errorf("the log says %s", logged.String())
	}
	if mode := must[os.FileInfo](t)(os.Stat(path + ".key")).Mode().Perm(); mode != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("the key's mode is %o", mode)
	}

	second := open(t, "sqlite:"+path, local.Options{})
	if second.Public() != first.Public() {
		t.Error("the ledger has another key now")
	}
	if public := must[[]byte](t)(os.ReadFile(path + ".pub")); strings.TrimSpace(string(public)) != second.Public() {
		t.Errorf("the public key's file holds %s", public)
	}
	proof := must[string](t)(second.Prove(t.Context(), receipt.LogID))
	if _, err := client.CheckReceipt(receipt, proof, second.Public()); err != nil {
		t.Error(err)
	}
	if next := log(t, second.Client); next.Seq != receipt.Seq+1 {
		t.Errorf("the next entry is %d", next.Seq)
	}
}

func TestFilesOfTheirOwn(t *testing.T) {
	t.Parallel()
	path, vault := temp(t), t.TempDir()
	o := local.Options{Key: filepath.Join(vault, "k"), Public: filepath.Join(vault, "p"), Anchor: filepath.Join(vault, "a")}
	l := open(t, path, o)
	log(t, l.Client)
	shut(t, l)
	for _, file := range []string{o.Key, o.Public, o.Anchor} {
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	}
	beside := must[[]os.DirEntry](t)(os.ReadDir(filepath.Dir(path)))
	if len(beside) != 1 {
		t.Errorf("%d files stand beside the store, want it alone: %v", len(beside), beside)
	}
}

// What a crash left of files that were being written is swept away.
func TestSweep(t *testing.T) {
	t.Parallel()
	path := temp(t)
	for _, ending := range []string{".key.tmp-1", ".pub.tmp-23", ".anchor.tmp-4", ".new-origin.tmp-5"} {
		write(t, path+ending, []byte("half"))
	}
	write(t, path+".keytmp-1", []byte("another's"))
	open(t, path, local.Options{})
	left := must[[]string](t)(filepath.Glob(path + "*tmp-*"))
	if len(left) != 1 || left[0] != path+".keytmp-1" {
		t.Errorf("left: %v", left)
	}
}

// TestLostKey takes a ledger's key away: another must not be made in silence.
func TestLostKey(t *testing.T) {
	t.Parallel()
	path := temp(t)
	l := open(t, path, local.Options{})
	log(t, l.Client)
	shut(t, l)
	key := must[[]byte](t)(os.ReadFile(path + ".key"))
	public := must[[]byte](t)(os.ReadFile(path + ".pub"))
	anchor := must[[]byte](t)(os.ReadFile(path + ".anchor"))

	lost := func(where string, parts ...string) {
		t.Helper()
		_, err := local.Open(t.Context(), where, local.Options{})
		wantCode(t, err, daybook.CodeNotFound, parts...)
		if _, err := os.Stat(where + ".key"); err == nil {
			t.Error("a key was made")
		}
	}
	if err := os.Remove(path + ".key"); err != nil {
		t.Fatal(err)
	}
	lost(path, "restore the key", "daybook ledger new-origin", "the store holds a signed checkpoint")

	// And where the store is gone too, nothing is made over what may be found.
	for ending, content := range map[string][]byte{".pub": public, ".anchor": anchor} {
		fresh := temp(t)
		write(t, fresh+ending, content)
		lost(fresh, "holds no ledger, but it did", ending+" is still there", "put back a copy of the store")
		if _, err := os.Stat(fresh); err == nil {
			t.Error("a store was made")
		}
		write(t, fresh, nil)
		lost(fresh, "holds no ledger, but it did")
	}

	write(t, path+".key", key)
	log(t, open(t, path, local.Options{}).Client)
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestKeyOfAnotherLedger(t *testing.T) {
	t.Parallel()
	other := temp(t)
	shut(t, open(t, other, local.Options{}))
	path := temp(t)
	_, err := local.Open(t.Context(), path, local.Options{Key: other + ".key"})
	wantCode(t, err, daybook.CodeConflict, "--key")
	if _, err := os.Stat(path + ".pub"); err == nil {
		t.Error("the other ledger's public key was put beside this one")
	}
	log(t, open(t, path, local.Options{}).Client) // it was closed, and is sound
}

func TestAnotherPublicKeyIsKept(t *testing.T) {
	t.Parallel()
	path := temp(t)
	shut(t, open(t, path, local.Options{}))
	other := temp(t)
	shut(t, open(t, other, local.Options{}))
	write(t, path+".pub", must[[]byte](t)(os.ReadFile(other+".pub")))
	_, err := local.Open(t.Context(), path, local.Options{})
	if err == nil || !strings.Contains(err.Error(), "move it away") {
		t.Errorf("it gave %v", err)
	}
}

func TestStoreThatIsHeld(t *testing.T) {
	t.Parallel()
	path := temp(t)
	l := open(t, path, local.Options{})
	_, err := local.Open(t.Context(), path, local.Options{})
	wantCode(t, err, daybook.CodeUnavailable)
	if err := l.Announce("127.0.0.1:7777"); err != nil {
		t.Fatal(err)
	}
	_, err = local.Open(t.Context(), path, local.Options{})
	wantCode(t, err, daybook.CodeUnavailable, "--server http://127.0.0.1:7777")
}

func TestClose(t *testing.T) {
	t.Parallel()
	path := temp(t)
	l := open(t, path, local.Options{})
	receipt := log(t, l.Client)
	for range 3 { // reads that share an entry, whose count is written at the end
		must[*daybook.Entry](t)(l.Get(t.Context(), "conversations", receipt.ID))
	}
	if err := l.Ready(t.Context()); err != nil {
		t.Errorf("before: %v", err)
	}
	shut(t, l)
	shut(t, l)
	if l.Ready(t.Context()) == nil {
		t.Error("it is ready though closed")
	}
	_, err := l.LogConversation(t.Context(), daybook.Conversation{AgentPosition: "CFO"})
	wantCode(t, err, daybook.CodeUnavailable)
	if _, err := os.Stat(path + "-wal"); err == nil {
		t.Error("a log was left beside the store")
	}

	again := open(t, path, local.Options{})
	access := must[*daybook.Page](t)(again.List(t.Context(), daybook.Query{Kind: daybook.MustKind("log_access_audit"), Oldest: true}))
	if n := access.Entries[0].Get("read_count").Int(); n != 3 {
		t.Errorf("%d reads were counted", n)
	}
}

// TestCrash copies the files of a ledger that is open, as a crash leaves them,
// and goes on with the copy.
func TestCrash(t *testing.T) {
	t.Parallel()
	path := temp(t)
	l := open(t, path, local.Options{})
	s := must[*client.Session](t)(l.Checkout(t.Context(), "a", "bronze.x"))
	receipt := log(t, l.Client)
	copied := temp(t)
	for _, ending := range []string{"", "-wal", ".key", ".pub", ".anchor"} {
		from, err := os.Open(path + ending)
		if errors.Is(err, os.ErrNotExist) { // nothing was signed or logged yet
			continue
		}
		content := must[[]byte](t)(io.ReadAll(from))
		from.Close()
		write(t, copied+ending, content)
	}
	again := open(t, copied, local.Options{})
	must[*daybook.Entry](t)(again.Get(t.Context(), "conversations", receipt.ID))
	proof := must[string](t)(again.Prove(t.Context(), receipt.LogID))
	if _, err := client.CheckReceipt(receipt, proof, l.Public()); err != nil {
		t.Error(err)
	}
	must[daybook.Receipt](t)(again.Amend(t.Context(), daybook.TransformationSession{ID: s.ID(), Status: "ABANDONED"}))
}

func TestPrincipalAndAgent(t *testing.T) {
	t.Parallel()
	l := open(t, temp(t), local.Options{Principal: daybook.Principal{Name: "etl", Role: daybook.RoleWriter}, Agent: "CEO"})
	receipt := must[daybook.Receipt](t)(l.LogConversation(t.Context(), daybook.Conversation{}))
	_, err := l.LogErasure(t.Context(), daybook.Erasure{TargetKind: "conversations", TargetID: receipt.ID, Reason: "asked"})
	wantCode(t, err, daybook.CodeForbidden)
	e := must[*daybook.Entry](t)(l.Get(t.Context(), "conversations", receipt.ID))
	if e.Principal() != "etl" || e.Agent() != "CEO" {
		t.Errorf("it was written by %s for %s", e.Principal(), e.Agent())
	}
}

func TestOpenInNoFolder(t *testing.T) {
	t.Parallel()
	_, err := local.Open(t.Context(), filepath.Join(t.TempDir(), "no", "daybook.db"), local.Options{})
	wantCode(t, err, daybook.CodeUnavailable, "folder")
	_, err = local.Open(t.Context(), "mysql://me:secret@localhost/daybook", local.Options{})
	wantCode(t, err, daybook.CodeInvalid, "the store mysql: is of a kind")
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("it shows the password: %v", err)
	}
}

func TestParseStore(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"daybook.db": "daybook.db", "sqlite:daybook.db": "daybook.db", "sqlite:///var/lib/d.db": "/var/lib/d.db",
		"/var/lib/d.db": "/var/lib/d.db", `C:\daybook.db`: `C:\daybook.db`, "./postgres:x": "./postgres:x", "2026-01:x.db": "2026-01:x.db",
		"postgres://me:secret@h:1/d?sslmode=disable": "postgres://h:1/d", "postgresql://[::1]:5433/d": "postgres://[::1]:5433/d",
	} {
		if place, err := local.ParseStore(s); err != nil || place.String() != want {
			t.Errorf("%q gave %q and %v", s, place, err)
		}
	}
	for _, s := range []string{"", "sqlite:", "sqlite://", ":memory:", "sqlite::memory:", "postgres:x", "postgres://h:port/db", "mysql://h/db", "bigquery:p.d", "file:x.db", "host=h user=me password=secret"} {
		place, err := local.ParseStore(s)
		if daybook.CodeOf(err) != daybook.CodeInvalid || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q gave %q and %v", s, place, err)
		}
	}
}
