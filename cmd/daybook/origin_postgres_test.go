package main

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/postgres"
)

// databaseLedger is a ledger in PostgreSQL with a folder of its own for its
// files, on which the command is run in processes of their own.
type databaseLedger struct {
	url   string
	state string // XDG_STATE_HOME
}

func newDatabaseLedger(t *testing.T) *databaseLedger {
	t.Helper()
	l := &databaseLedger{url: pgtest.New(t), state: t.TempDir()}
	if _, err := postgres.Migrate(t.Context(), l.url, postgres.MigrateOptions{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	return l
}

// run runs a command that ends as kill -9 does at a step, "" for none, and gives
// its exit code, -1 where it was killed, and what it said.
func (l *databaseLedger) run(t *testing.T, at string, args ...string) (code int, said string) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asDaybook+"=1", "DAYBOOK_URL=", "DAYBOOK_STORE="+l.url, "XDG_STATE_HOME="+l.state, dieAt+"="+at)
	out, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	if password, is := must(url.Parse(l.url)).User.Password(); is && strings.Contains(string(out), password) {
		t.Errorf("%v says the password: %s", args, out)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// do wants a command to succeed.
func (l *databaseLedger) do(t *testing.T, args ...string) string {
	t.Helper()
	code, said := l.run(t, "", args...)
	if code != exitDone {
		t.Fatalf("%v: exit %d, %s", args, code, said)
	}
	return said
}

// log writes a conversation.
func (l *databaseLedger) log(t *testing.T) {
	t.Helper()
	l.do(t, "log", "conversations", "--data", `{"agent_position": "CFO"}`)
}

// copied gives a copy of the database, as of now, with a copy of the files.
func (l *databaseLedger) copied(t *testing.T) *databaseLedger {
	t.Helper()
	to := &databaseLedger{url: pgtest.New(t), state: t.TempDir()}
	from, at := must(url.Parse(l.url)), must(url.Parse(to.url))
	server := *at
	server.Path = "/postgres"
	pgtest.Exec(t, server.String(), "DROP DATABASE "+at.Path[1:])
	pgtest.Exec(t, server.String(), "CREATE DATABASE "+at.Path[1:]+" TEMPLATE "+from.Path[1:])
	if err := os.CopyFS(to.state, os.DirFS(l.state)); err != nil {
		t.Fatal(err)
	}
	for _, key := range must(filepath.Glob(filepath.Join(to.state, "daybook", "*.key"))) {
		if err := os.Chmod(key, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// restored makes a ledger in a database that was restored from an older backup:
// 3 entries under an anchor of 5.
func restored(t *testing.T) *databaseLedger {
	t.Helper()
	now := newDatabaseLedger(t)
	for range 3 {
		now.log(t)
	}
	older := now.copied(t)
	now.log(t)
	now.log(t)
	older.state = now.state
	return older
}

// TestRestoredDatabaseIsNotWritten, by anybody who has the anchor.
func TestRestoredDatabaseIsNotWritten(t *testing.T) {
	t.Parallel()
	l := restored(t)
	for _, args := range [][]string{
		{"serve", "--listen", "127.0.0.1:0"},
		{"log", "conversations", "--data", `{"agent_position": "CFO"}`},
		{"query", "SELECT 1"},
	} {
		code, said := l.run(t, "", args...)
		for _, want := range []string{"the anchor is of 5 entries, the store has 3", "a newer copy", "daybook ledger new-origin"} {
			if code != exitBad || !strings.Contains(said, want) {
				t.Errorf("%s does not say %q: exit %d, %s", args[0], want, code, said)
			}
		}
	}
	if code, said := l.run(t, "", "verify"); code != exitBad || !strings.Contains(said, "NOT SOUND") {
		t.Errorf("verify: exit %d, %s", code, said)
	}
}

// TestCrashInNewOriginOfADatabase kills the process that gives a ledger in a
// database a new origin behind the steps of that. Nobody opens what it leaves,
// and running it again goes on.
func TestCrashInNewOriginOfADatabase(t *testing.T) {
	t.Parallel()
	lost := restored(t)
	steps := []string{"plan:1", "aside:2", "newkey:1", "tiles:1", "event:1", "origin:1", "tokens:1", "anchor:1", "done:1"}
	if kills() > 0 {
		steps = append(steps, "aside:1", "aside:3", "rows:1", "spine:1", "commit:1", "sign:1", "publish:1", "public:1")
	}
	for _, at := range steps {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			l := lost.copied(t)
			args := []string{"ledger", "new-origin", "--reason", "the disk failed", "--yes"}
			if code, said := l.run(t, at, args...); code != -1 {
				t.Fatalf("it ended by itself: exit %d, %s", code, said)
			}
			if at != "done:1" {
				code, said := l.run(t, "", "serve", "--listen", "127.0.0.1:0")
				if code != exitBad || !strings.Contains(said, "run `daybook ledger new-origin` again") {
					t.Errorf("opened half made: exit %d, %s", code, said)
				}
				if code, said := l.run(t, "", args...); code != exitDone || !strings.Contains(said, "goes on where it was") {
					t.Fatalf("again: exit %d, %s", code, said)
				}
			}
			l.continued(t)
		})
	}
}

// continued wants the ledger of restored to have its new origin and no key of
// the old one, and to go on.
func (l *databaseLedger) continued(t *testing.T) {
	t.Helper()
	l.log(t)
	if said := l.do(t, "verify"); !strings.Contains(said, "is sound") || !strings.Contains(said, "5 entries") || !strings.Contains(said, "signature valid") {
		t.Errorf("verify: %s", said)
	}
	if said := l.do(t, "query", "--format", "csv", "SELECT details ->> 'lost', details ->> 'reason' FROM audit.ledger_event WHERE event_type = 'new_origin'"); !strings.Contains(said, "2,the disk failed") {
		t.Errorf("the event: %s", said)
	}
	for _, ending := range []string{".key", ".pub", ".anchor"} {
		files := must(filepath.Glob(filepath.Join(l.state, "daybook", "*"+ending)))
		aside := must(filepath.Glob(filepath.Join(l.state, "daybook", "*"+ending+".*")))
		if len(files) != 1 || len(aside) != 1 {
			t.Errorf("there are %v, and aside %v", files, aside)
		}
	}
	if plans := must(filepath.Glob(filepath.Join(l.state, "daybook", "*.new-origin"))); len(plans) > 0 {
		t.Errorf("left: %v", plans)
	}
}

// TestNoNewOriginWhileAServerRuns on the database, wherever that is.
func TestNoNewOriginWhileAServerRuns(t *testing.T) {
	t.Parallel()
	l := newDatabaseLedger(t)
	l.log(t)
	server := startServer(t, l.url, "XDG_STATE_HOME="+l.state)
	args := []string{"ledger", "new-origin", "--force", "--yes"}
	eventually(t, "the server has the charge of the inbox", func() bool {
		_, out := l.run(t, "", args[:2]...)
		return strings.Contains(out, "a server is using the ledger in")
	})
	if code, out := l.run(t, "", args...); code != exitBad || !strings.Contains(out, "a server is using the ledger in") || !strings.Contains(out, "stop every server of it") {
		t.Errorf("beside a server: exit %d, %s", code, out)
	}
	if err := server.interrupt(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	l.do(t, args...)
	l.log(t)
}
