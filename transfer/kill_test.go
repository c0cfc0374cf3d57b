package transfer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/transfer"
)

// asVictim has the test binary copy a ledger, as a [victim] says, and end
// itself in the middle of it, as kill -9 does.
const asVictim = "DAYBOOK_TEST_COPY"

type victim struct {
	From, To string
	Move     bool
	Step     string // of the copy, or of either store
	Time     int    // the how manieth
}

func TestMain(m *testing.M) {
	if text := os.Getenv(asVictim); text != "" {
		if err := dieCopying(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func dieCopying(text string) error {
	var v victim
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return err
	}
	step := func(name string) {
		if name != v.Step {
			return
		}
		if v.Time--; v.Time == 0 {
			self, _ := os.FindProcess(os.Getpid()) // there is one
			_ = self.Kill()
			select {}
		}
	}
	ctx := context.Background()
	from, err := at(v.From)(ctx, how{transfer: true, step: step})
	if err != nil {
		return err
	}
	to, err := at(v.To)(ctx, how{transfer: true, step: step})
	if err != nil {
		return err
	}
	_, err = transfer.Copy(ctx, from, to, transfer.Options{From: "A", To: "B", Move: v.Move, Rows: 100, Step: step})
	return err
}

// run copies in a process of its own, and says whether that was killed.
func (v victim) run(t *testing.T) (killed bool) {
	t.Helper()
	text, err := json.Marshal(v)
	must(t, err)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), asVictim+"="+string(text))
	said, err := cmd.CombinedOutput()
	if err == nil {
		return false
	}
	if cmd.ProcessState.Exited() {
		t.Fatalf("%+v: %v: %s", v, err, said)
	}
	return true
}

// TestKilledAtEveryStep kills a move behind every step there is, each time going
// on from what the last one left. At no time can both stores be written, and
// nobody opens what is not whole.
func TestKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, fromName, toName string) {
		from := open(t, fromName, how{})
		fill(t, from, 3000)
		must(t, from.Close())
		// Each goes some chunks further. The target is taken over by the first, so
		// that a step of the store is of its chunks afterwards.
		for _, v := range []victim{
			{Step: "begun", Time: 1},
			{Step: "rows", Time: 1},
			{Step: "spine", Time: 1},
			{Step: "tiles", Time: 1},
			{Step: "commit", Time: 1},
			{Step: "chunk", Time: 1},
			{Step: "rows", Time: 2},
			{Step: "spine", Time: 2},
			{Step: "tiles", Time: 2},
			{Step: "commit", Time: 2},
			{Step: "chunk", Time: 2},
		} {
			v.From, v.To, v.Move = fromName, toName, true
			if !v.run(t) {
				t.Fatalf("%+v was not killed", v)
			}
			if !goesOn(t, fromName) || goesOn(t, toName) {
				t.Fatalf("after %+v the source is written: %t, the target: %t", v, goesOn(t, fromName), goesOn(t, toName))
			}
			if v.Step != "begun" {
				refused(t, toName)
			}
		}
		// What comes meanwhile comes along.
		from = open(t, fromName, how{})
		must(t, appendTo(t.Context(), from, records(150)))
		sign(t, from)
		must(t, from.Close())
		if v := (victim{From: fromName, To: toName, Move: true, Step: "sealed", Time: 1}); !v.run(t) {
			t.Fatal("it was not killed")
		}
		if goesOn(t, fromName) || goesOn(t, toName) {
			t.Fatal("a ledger that is between two stores is written")
		}
		refused(t, toName)
		if v := (victim{From: fromName, To: toName, Move: true, Step: "settled", Time: 1}); !v.run(t) {
			t.Fatal("it was not killed")
		}
		if goesOn(t, fromName) || !goesOn(t, toName) {
			t.Fatal("the ledger did not move")
		}
		if v := (victim{From: fromName, To: toName, Move: true}); v.run(t) {
			t.Fatal("it was killed")
		}
		wantSame(t, open(t, fromName, how{readOnly: true}), open(t, toName, how{}))
	})
}

// goesOn says that a store can be opened and written as anybody does, and holds
// entries.
func goesOn(t *testing.T, name string) bool {
	t.Helper()
	s, err := at(name)(t.Context(), how{})
	if err != nil {
		wantCode(t, "opening "+name, err, daybook.CodeConflict)
		return false
	}
	defer s.Close()
	head, err := s.Head(t.Context())
	must(t, err)
	return head.Size > 0
}

// refused wants a store to be opened by nobody, not even to be read.
func refused(t *testing.T, name string) {
	t.Helper()
	for _, readOnly := range []bool{false, true} {
		s, err := at(name)(t.Context(), how{readOnly: readOnly})
		wantCode(t, "opening an unfinished copy", err, daybook.CodeConflict)
		if err == nil {
			must(t, s.Close())
		}
	}
}
