package main

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/verify"
)

// lossy makes a ledger whose store was put back from an older copy: 3 entries
// under an anchor of 7. It gives the anchor and the private key.
func lossy(t *testing.T) (s *state, anchor, key []byte) {
	t.Helper()
	s = newState(filepath.Join(t.TempDir(), "ledger.db"))
	p := &plot{t: t, name: "kept"}
	s.check(t, 0, p.thoughts(2), p.thoughts(1))
	older := readFile(t, s.path)
	s.check(t, 0, p.thoughts(3), p.thoughts(1))
	s.lose(t, older, 3)
	return s, readFile(t, s.path+".anchor"), readFile(t, s.path+".key")
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A store that was put back from an older copy is not written to, by anybody.
func TestLossyRestoreIsRefused(t *testing.T) {
	t.Parallel()
	s, anchor, _ := lossy(t)
	for _, args := range [][]string{
		{"serve", "--listen", "127.0.0.1:0"},
		{"log", "conversations", "--data", `{"agent_position":"CFO"}`},
		{"query", "SELECT 1"},
	} {
		code, said := runCommand(t, append(args, "--store", s.path)...)
		for _, want := range []string{"the anchor is of 7 entries, the store has 3", "a newer copy", "daybook ledger new-origin"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s does not say %q: %s", args[0], want, said)
			}
		}
		if code != exitBad {
			t.Errorf("%s: exit %d", args[0], code)
		}
	}
	if !bytes.Equal(readFile(t, s.path+".anchor"), anchor) {
		t.Error("the anchor was written")
	}
}

// TestCrashInNewOrigin kills the process that gives a ledger a new origin
// behind the steps of that, with DAYBOOK_KILLS every one. Nobody opens what it leaves, and running it again
// goes on, to the same end as without a crash.
func TestCrashInNewOrigin(t *testing.T) {
	t.Parallel()
	lost, anchor, key := lossy(t)
	steps := []string{"plan:1", "aside:2", "newkey:1", "tiles:1", "event:1", "origin:1", "tokens:1", "anchor:1", "done:1"}
	if kills() > 0 {
		steps = append(steps, "aside:1", "aside:3", "rows:1", "spine:1", "commit:1", "commit:2", "commit:3", "sign:1", "publish:1", "public:1")
	}
	for _, at := range steps {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			s := lost.copied(t)
			args := []string{"ledger", "new-origin", "--store", s.path, "--reason", "the disk failed", "--yes"}
			runToDeath(t, at, args...)
			if at != "done:1" {
				code, said := runCommand(t, "serve", "--listen", "127.0.0.1:0", "--store", s.path)
				if code != exitBad || !strings.Contains(said, "run `daybook ledger new-origin --store "+quotedPath(s.path)+"` again") {
					t.Errorf("opened half made: exit %d, %s", code, said)
				}
				if code, said = runCommand(t, "ledger", "status", "--store", s.path); code != exitBad {
					t.Errorf("status: exit %d, %s", code, said)
				}
				if code, said = runCommand(t, args...); code != exitDone || !strings.Contains(said, "goes on where it was") {
					t.Fatalf("again: exit %d, %s", code, said)
				}
			}
			s.continued(t, anchor, key)
		})
	}
}

// copied gives the same ledger in another place.
func (s *state) copied(t *testing.T) *state {
	t.Helper()
	dir := t.TempDir()
	to := filepath.Join(dir, filepath.Base(s.path))
	if err := errors.Join(os.CopyFS(dir, os.DirFS(filepath.Dir(s.path))), os.Chmod(to+".key", 0o600)); err != nil {
		t.Fatal(err)
	}
	return &state{path: to, files: local.Files{Key: to + ".key", Public: to + ".pub", Anchor: to + ".anchor"}, written: slices.Clone(s.written), byLogID: maps.Clone(s.byLogID)}
}

// continued wants the ledger of lossy to have its new origin, and to go on.
func (s *state) continued(t *testing.T, anchor, key []byte) {
	t.Helper()
	if size := s.check(t, 0, (&plot{t: t, name: "after"}).thoughts(300)); size != 304 {
		t.Errorf("%d entries", size)
	}
	if code, said := runCommand(t, "ledger", "status", "--store", s.path); code != exitDone || !strings.Contains(said, "it can go on") {
		t.Errorf("status: exit %d, %s", code, said)
	}
	var aside []string
	for _, name := range s.leftovers(t) {
		content := readFile(t, filepath.Join(filepath.Dir(s.path), name))
		if strings.Contains(name, ".key.") && !bytes.Equal(content, key) || strings.Contains(name, ".anchor.") && !bytes.Equal(content, anchor) {
			t.Errorf("%s is not what was put aside", name)
		}
		aside = append(aside, name)
	}
	if len(aside) != 3 {
		t.Errorf("put aside: %v", aside)
	}
	s.says(t, anchor)
}

// says wants verify to say what the ledger continues, and held against the old
// anchor what was lost.
func (s *state) says(t *testing.T, anchor []byte) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), s.path, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	public, err := merkle.ReadPublic(s.path + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	report, err := verify.Run(t.Context(), store, verify.Options{Public: public, Anchor: anchor})
	if err != nil {
		t.Fatal(err)
	}
	old, err := merkle.UnverifiedCheckpoint(anchor)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Continues) != 1 || report.Continues[0].Origin != old.Origin || report.Continues[0].Since != 3 || report.Continues[0].Lost != 4 {
		t.Errorf("it continues %+v", report.Continues)
	}
	if report.Sound() || len(report.Problems) != 1 || report.Problems[0].Class != verify.Missing || !strings.Contains(report.Problems[0].Detail, "the last 4 are lost for good") {
		t.Errorf("against the old anchor: %+v", report.Problems)
	}
}
