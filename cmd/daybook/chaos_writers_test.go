package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
)

// asWriter makes the test binary a program that writes through a spool until
// it is killed; it holds an assignment.
const asWriter = "DAYBOOK_TEST_AS_WRITER"

// An assignment is what such a program is told.
type assignment struct {
	URL   string `json:"url"`
	Spool string `json:"spool"`
	Notes string `json:"notes"` // where it notes the log_id of each call that returned
	Name  string `json:"name"`  // stands in its thoughts, before a number
}

// writeUntilKilled is the program in Go.
func writeUntilKilled(told string) {
	var a assignment
	err := json.Unmarshal([]byte(told), &a)
	if err == nil {
		err = writeOn(context.Background(), &a)
	}
	fmt.Fprintln(os.Stderr, "the writer", a.Name, "ended:", err)
	os.Exit(1)
}

func writeOn(ctx context.Context, a *assignment) error {
	notes, err := os.OpenFile(a.Notes, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	c, err := client.NewSpooled(a.URL, client.Options{Agent: "chaos"}, client.Spooling{Dir: a.Spool})
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		if err := oneSession(ctx, c, notes, fmt.Sprint(a.Name, " ", n)); err != nil {
			return err
		}
	}
}

// chaosSQL is what the operations of a session say: lineage follows from one.
var chaosSQL = []string{"INSERT INTO silver.cell SELECT a, sum(b) FROM bronze.cell GROUP BY a", "ANALYZE silver.cell", "VACUUM silver.cell"}

// oneSession writes a session with what belongs to one, and notes each call
// once it has returned.
func oneSession(ctx context.Context, c *client.Client, notes *os.File, name string) error {
	noted := func(r daybook.Receipt, err error) error {
		if err != nil {
			return err
		}
		time.Sleep(time.Duration(rand.IntN(8)) * time.Millisecond)
		_, err = notes.WriteString(r.LogID + "\n")
		return err
	}
	s, err := c.Checkout(ctx, "chaos", "bronze.cell")
	if err != nil {
		return err
	}
	for i := range 3 {
		if err := noted(s.LogOperation(ctx, daybook.TransformationOperation{
			OperationType: "AGGREGATE", OutputTable: "silver.cell", TransformationType: "SQL", TransformationLogic: chaosSQL[i],
		})); err != nil {
			return err
		}
		if err := noted(c.LogThinking(ctx, daybook.ThinkingLog{ConversationID: "chaos", ThinkingContent: fmt.Sprint(name, " ", i)})); err != nil {
			return err
		}
	}
	if err := noted(s.RegisterOutput(ctx, daybook.OutputArtifact{ArtifactType: "FILE", ArtifactName: name})); err != nil {
		return err
	}
	if err := noted(s.AddLineage(ctx, "bronze.cell", "silver.cell", "DERIVES_FROM")); err != nil {
		return err
	}
	return s.Checkin(ctx, "COMPLETED")
}

// pythonWriter is the program in Python.
const pythonWriter = `
import json, os, random, sys, time
import daybook
told = json.loads(os.environ["` + asWriter + `"])
notes = os.open(told["notes"], os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
daybook.configure(url=told["url"], spool=told["spool"], agent="chaos")
def noted(receipt):
    time.sleep(random.random() * 0.008)
    os.write(notes, (receipt.log_id + "\n").encode())
n, sql = 0, ["INSERT INTO silver.cell SELECT a, sum(b) FROM bronze.cell GROUP BY a", "ANALYZE silver.cell", "VACUUM silver.cell"]
while True:
    with daybook.TransformationLogger(agent_id="chaos", purpose="chaos") as s:
        s.checkout(["bronze.cell"])
        for i in range(3):
            noted(s.log_operation("AGGREGATE", output_table="silver.cell", transformation_type="SQL",
                transformation_logic=sql[i]))
            noted(daybook.record("thinking_logs", {"conversation_id": "chaos", "thinking_content": "%s %d %d" % (told["name"], n, i)}))
        noted(s.register_output("FILE", "%s %d" % (told["name"], n)))
        s.add_lineage("bronze.cell", "silver.cell", "DERIVES_FROM")
    n += 1
`

// A slot is a writer that is started again whenever it was killed.
type slot struct {
	name   string
	python bool
	spool  string
	url    string
	notes  []string // of each of its lives, in order
	cmd    *exec.Cmd
}

func (s *slot) start(t *testing.T) {
	t.Helper()
	name := fmt.Sprintf("%s-%d", s.name, len(s.notes))
	a := assignment{URL: s.url, Spool: s.spool, Name: name, Notes: filepath.Join(filepath.Dir(s.spool), name+".notes")}
	told, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	s.notes = append(s.notes, a.Notes)
	ctx := context.WithoutCancel(t.Context())
	s.cmd = exec.CommandContext(ctx, os.Args[0])
	if s.python {
		s.cmd = exec.CommandContext(ctx, "python3", "-c", pythonWriter)
	}
	s.cmd.Env = append(os.Environ(), asWriter+"="+string(told), "PYTHONPATH="+pythonSource(t), "PYTHONDONTWRITEBYTECODE=1")
	s.cmd.Stderr = os.Stderr
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

func pythonSource(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../python/src")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// kill ends the writer wherever it is. One that has ended by itself has met an
// error, and said which.
func (s *slot) kill(t *testing.T) {
	t.Helper()
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	if err := s.cmd.Wait(); err == nil || s.cmd.ProcessState.Exited() {
		t.Errorf("the writer %s ended by itself: %v", s.name, err)
	}
	s.cmd = nil
}
