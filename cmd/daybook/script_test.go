package main

import (
	"bufio"
	"context"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/postgres"
)

// scriptCommands are what the stories have besides testscript's own: server
// starts daybook serve with its arguments, on a free port and the story's
// store, and sets SERVER to its URL; end ends it as Ctrl-C does; token takes
// the token in a file for DAYBOOK_TOKEN. database makes a PostgreSQL database of
// the statements in a file and sets DATABASE to its URL, with HOST to host and
// port, DBNAME to its name and PASSWORD to its password; change runs further ones on it. postgres makes an
// empty database and the story's store of it, with DATABASE and so on, and a
// folder state for the files of ledgers; postgres migrated makes the schema too;
// keyfiles sets KEYFILES to the path of the ledger's, without .key and so on.
// soon runs a program until it says what a pattern wants. spooled writes the records of a file to the spool in a directory, and delivers
// nothing.
func scriptCommands() map[string]func(ts *testscript.TestScript, neg bool, args []string) {
	var servers sync.Map // of *scriptServer, by the story's folder
	return map[string]func(ts *testscript.TestScript, neg bool, args []string){
		"exits":  exits,
		"tamper": tamper,
		"server": func(ts *testscript.TestScript, _ bool, args []string) {
			servers.Store(ts.Getenv("WORK"), startScriptServer(ts, args))
		},
		"end": func(ts *testscript.TestScript, _ bool, _ []string) {
			s, ok := servers.Load(ts.Getenv("WORK"))
			if !ok {
				ts.Fatalf("there is no server to end")
			}
			ts.Check(s.(*scriptServer).end(os.Interrupt))
		},
		"database": func(ts *testscript.TestScript, _ bool, args []string) {
			ts.Check(scriptDatabase(ts))
			ts.Check(pgtest.Run(context.Background(), ts.Getenv("DATABASE"), ts.ReadFile(args[0])))
		},
		"postgres": func(ts *testscript.TestScript, _ bool, args []string) {
			ts.Check(scriptDatabase(ts))
			ts.Setenv("DAYBOOK_STORE", ts.Getenv("DATABASE"))
			ts.Setenv("XDG_STATE_HOME", ts.MkAbs("state"))
			if len(args) > 0 && args[0] == "migrated" {
				_, err := postgres.Migrate(context.Background(), ts.Getenv("DATABASE"), postgres.MigrateOptions{Logger: slog.New(slog.DiscardHandler)})
				ts.Check(err)
			}
		},
		"soon": soon,
		"keyfiles": func(ts *testscript.TestScript, _ bool, _ []string) {
			keys, err := filepath.Glob(ts.MkAbs("state/daybook/*.key"))
			if err != nil || len(keys) != 1 {
				ts.Fatalf("there are %v for keys: %v", keys, err)
			}
			ts.Setenv("KEYFILES", strings.TrimSuffix(keys[0], ".key"))
		},
		"change": func(ts *testscript.TestScript, _ bool, args []string) {
			ts.Check(pgtest.Run(context.Background(), ts.Getenv("DATABASE"), args[0]))
		},
		"spooled": spooled,
		"token": func(ts *testscript.TestScript, _ bool, args []string) {
			ts.Setenv("DAYBOOK_TOKEN", strings.TrimSpace(ts.ReadFile(args[0])))
		},
	}
}

func scriptDatabase(ts *testscript.TestScript) error {
	database, drop, err := pgtest.Create(context.Background())
	if err != nil {
		return err
	}
	ts.Defer(drop)
	u, err := url.Parse(database)
	if err != nil {
		return err
	}
	ts.Setenv("DATABASE", database)
	ts.Setenv("HOST", u.Host)
	password, _ := u.User.Password()
	ts.Setenv("PASSWORD", password)
	ts.Setenv("DBNAME", strings.TrimPrefix(u.Path, "/"))
	return nil
}

// scriptServer is the server of a story.
type scriptServer struct {
	process *os.Process
	done    chan error
	once    sync.Once
	err     error
}

func (s *scriptServer) end(how os.Signal) error {
	s.once.Do(func() {
		_ = s.process.Signal(how) // it may have ended by itself
		s.err = <-s.done
	})
	return s.err
}

func startScriptServer(ts *testscript.TestScript, args []string) *scriptServer {
	cmd := exec.Command(os.Args[0], append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), asDaybook+"=1", entersStart+"=1", "DAYBOOK_URL=", "DAYBOOK_TOKEN=", "DAYBOOK_STORE="+ts.Getenv("DAYBOOK_STORE"), "DAYBOOK_SCHEMA_PREFIX="+ts.Getenv("DAYBOOK_SCHEMA_PREFIX"), "XDG_STATE_HOME="+ts.Getenv("XDG_STATE_HOME"))
	said, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	s := &scriptServer{process: cmd.Process, done: make(chan error, 1)}
	urls := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(said)
		for lines.Scan() {
			if m := servingOn.FindStringSubmatch(lines.Text()); m != nil {
				urls <- m[1]
			}
		}
		s.done <- cmd.Wait()
	}()
	ts.Defer(func() { _ = s.end(os.Kill) }) // unless the story has ended it
	select {
	case at := <-urls:
		ts.Setenv("SERVER", at)
	case err := <-s.done:
		s.done <- err
		ts.Fatalf("the server ended: %v", err)
	case <-time.After(testPatience):
		ts.Fatalf("the server did not begin to serve")
	}
	return s
}
