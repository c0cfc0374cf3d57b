package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNewOriginOfWhatWasMoved: where the store in which a ledger went on is lost,
// the one that it left goes on, under a new name and with what it has; also if
// the process that has it do so is killed.
func TestNewOriginOfWhatWasMoved(t *testing.T) {
	t.Parallel()
	steps := []string{"", "revived:1"}
	if kills() > 0 {
		steps = append(steps, "plan:1", "newkey:1", "event:1", "origin:1", "done:1")
	}
	for name, make := range map[string]func(t *testing.T) *databaseLedger{
		"of a database": newDatabaseLedger,
		"of a file": func(t *testing.T) *databaseLedger {
			return &databaseLedger{url: filepath.Join(t.TempDir(), "old.db"), state: t.TempDir()}
		},
	} {
		for _, mark := range []string{"moved", "a copy"} {
			for _, at := range steps {
				t.Run(name+", "+mark+", "+at, func(t *testing.T) {
					t.Parallel()
					revives(t, make(t), mark, at)
				})
			}
		}
	}
}

func revives(t *testing.T, l *databaseLedger, mark, at string) {
	other := filepath.Join(t.TempDir(), "other.db")
	if mark == "moved" {
		l.log(t)
		l.log(t)
		l.do(t, "copy", "--from", l.url, "--to", other, "--move", "--with-keys")
	} else {
		from := &databaseLedger{url: other, state: t.TempDir()}
		from.log(t)
		from.log(t)
		from.do(t, "copy", "--from", other, "--to", l.url)
	}
	if code, said := l.run(t, "", "log", "conversations", "--data", `{"agent_position": "CFO"}`); code != exitBad || !strings.Contains(said, "daybook ledger new-origin") {
		t.Errorf("where it left: exit %d, %s", code, said)
	}
	if err := os.Remove(other); err != nil {
		t.Fatal(err)
	}
	args := []string{"ledger", "new-origin", "--reason", "the disk failed", "--yes"}
	if code, said := l.run(t, "", args[:4]...); code != exitBad || !strings.Contains(said, other+", and what was written since is there") || !strings.Contains(said, "stop here: it goes on there") {
		t.Errorf("what it would do: exit %d, %s", code, said)
	}
	if at != "" {
		if code, said := l.run(t, at, args...); code != -1 {
			t.Fatalf("it ended by itself: exit %d, %s", code, said)
		}
	}
	if at != "done:1" {
		l.do(t, args...)
	}
	l.log(t)
	if said := l.do(t, "verify"); !strings.Contains(said, "is sound") || !strings.Contains(said, "4 entries: 4 OK") || !strings.Contains(said, "checkpoint over 4 entries, signature valid") {
		t.Errorf("verify: %s", said)
	}
	if said := l.do(t, "query", "--format", "csv", "SELECT details ->> 'reason', details ->> 'wrong' FROM audit.ledger_event WHERE event_type = 'new_origin'"); !strings.Contains(said, "the disk failed") || !strings.Contains(said, other) {
		t.Errorf("the event: %s", said)
	}
}
