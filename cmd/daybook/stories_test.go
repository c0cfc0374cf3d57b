package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/spool"
)

// exits runs a program and wants an exit code of it: exits 2 daybook lgo.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var failed *exec.ExitError
		if !errors.As(err, &failed) {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = failed.ExitCode()
	}
	if got != want {
		ts.Fatalf("%s ended with %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// soon runs a program until it says what a pattern wants: soon 'c2' daybook agent CEO.
func soon(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: soon pattern program [args...]")
	}
	wanted, err := regexp.Compile(args[0])
	ts.Check(err)
	for deadline := time.Now().Add(testPatience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err := ts.Exec(args[1], args[2:]...); err == nil && wanted.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("%s did not say %s", strings.Join(args[1:], " "), args[0])
}

// tamper changes a store past Daybook: tamper FILE SQL, with the triggers gone.
func tamper(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: tamper file sql")
	}
	conn, err := sqlite.OpenConn(ts.MkAbs(args[0]), sqlite.OpenReadWrite)
	ts.Check(err)
	defer conn.Close()
	var triggers []string
	ts.Check(sqlitex.ExecuteTransient(conn, "SELECT name FROM sqlite_schema WHERE type = 'trigger'", &sqlitex.ExecOptions{ResultFunc: func(stmt *sqlite.Stmt) error {
		triggers = append(triggers, stmt.ColumnText(0))
		return nil
	}}))
	for _, name := range triggers {
		ts.Check(sqlitex.ExecuteTransient(conn, "DROP TRIGGER "+name, nil))
	}
	ts.Check(sqlitex.ExecuteTransient(conn, args[1], nil))
}

// spooled is an agent that writes while no server is there: spooled DIR FILE.
func spooled(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: spooled dir file")
	}
	s, err := spool.Open(ts.MkAbs(args[0]), spool.Options{})
	ts.Check(err)
	defer s.Close()
	d := daybook.NewDecoder(bytes.NewBufferString(ts.ReadFile(args[1])), nil)
	for {
		r, err := d.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		ts.Check(err)
		_, err = s.Record(context.Background(), daybook.Principal{}, []daybook.Record{r})
		ts.Check(err)
	}
}
