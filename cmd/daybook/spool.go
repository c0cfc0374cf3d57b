package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/spool"
)

type spoolCmd struct {
	Status  spoolStatusCmd  `cmd:"" help:"What waits on disk for the server, and why?"`
	Flush   spoolFlushCmd   `cmd:"" help:"Deliver now what waits on disk."`
	Rejects spoolRejectsCmd `cmd:"" help:"What did the server refuse, and why?"`
}

type spoolStatusCmd struct {
	Dir string `arg:"" optional:"" help:"The spool's directory, or one that holds several (default: the default place)." placeholder:"DIR"`
	Format
}

func (spoolStatusCmd) Help() string {
	return `Clients write to a spool on disk, and one of the processes that share it
delivers. The default place is $DAYBOOK_SPOOL, else daybook/spool in
$XDG_STATE_HOME or ~/.local/state, with a directory for each server and token.

Examples:
  daybook spool status
  daybook spool status /var/lib/agents/spool --format json`
}

func (c *spoolStatusCmd) Run(g *Globals) error {
	dirs, err := spoolsIn(c.Dir)
	if err != nil {
		return err
	}
	all := []*spool.Status{}
	for _, dir := range dirs {
		s, err := spool.StatusOf(dir)
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	switch c.Format.Format {
	case "json":
		return indented(g.out, all)
	case "csv":
		return writersOfSpools(all).WriteCSV(g.out)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(g.out, "there is no spool in the default place")
		return err
	}
	for _, s := range all {
		if err := writeSpool(g.out, s); err != nil {
			return err
		}
	}
	return nil
}

// spoolsIn gives the spool that is named, or all in a place for them, which is
// the default place where none is named.
func spoolsIn(dir string) ([]string, error) {
	if dir != "" {
		return spool.Find(dir)
	}
	base, err := spool.Base()
	if err != nil {
		return nil, err
	}
	return spool.Dirs(base)
}

// oneSpool gives the one spool that is named, for what must not be done to
// several: each has a server and a token of its own.
func oneSpool(dir string) (string, error) {
	dirs, err := spool.Find(dir)
	if err != nil {
		return "", err
	}
	if len(dirs) == 1 && dirs[0] == dir {
		return dir, nil
	}
	return "", &daybook.Error{
		Code: daybook.CodeInvalid, Message: fmt.Sprintf("spool: %s is no spool, and holds %s", dir, counted(int64(len(dirs)), "spool")),
		Hint: "name one of them: " + strings.Join(dirs, ", "),
	}
}

func writeSpool(w io.Writer, s *spool.Status) error {
	fmt.Fprintf(w, "%s\n", plain(s.Dir))
	waits := "nothing waits"
	if s.Records > 0 || s.Bytes > 0 {
		waits = fmt.Sprintf("%s to deliver, %s, the oldest of %s", counted(s.Records, "record"), humanize.IBytes(uint64(s.Bytes)), s.Oldest)
	}
	fmt.Fprintf(w, "  %s\n  %s\n", waits, plain(senderText(s)))
	if s.Rejects > 0 {
		fmt.Fprintf(w, "  %s, %s; see daybook spool rejects %s\n", counted(int64(s.Rejects), "reject"), humanize.IBytes(uint64(s.RejectsBytes)), plain(s.Dir))
	}
	if len(s.Writers) == 0 {
		return nil
	}
	t := &daybook.Table{Columns: []string{"process", "host", "program", "state", "records", "bytes", "oldest"}}
	for _, row := range s.Writers {
		state := "ended"
		if row.Alive {
			state = "at work"
		}
		if row.Reason != "" {
			state = row.Reason
		}
		t.Rows = append(t.Rows, []any{int64(row.PID), row.Host, row.Program, state, row.Records, row.Bytes, row.Oldest})
	}
	return writeTable(w, t)
}

// senderText says whether anybody delivers, and how that fares.
func senderText(s *spool.Status) string {
	told := s.Sender
	switch {
	case told == nil && !s.Sending:
		return "no process has delivered from here yet"
	case told == nil:
		return "a process delivers"
	}
	who := fmt.Sprintf("process %d on %s (%s)", told.PID, told.Host, told.Program)
	switch {
	case told.Error != "":
		next := fmt.Sprintf("%s tries again at %s", who, told.NextAttempt)
		if at, err := canon.ParseTime(told.NextAttempt); err != nil || time.Now().After(at.Add(time.Minute)) {
			next = fmt.Sprintf("the last attempt was by %s at %s", who, told.At)
		}
		return fmt.Sprintf("%s in a row: %s\n  %s", counted(int64(told.Failures), "failure"), told.Error, next)
	case s.Sending:
		return who + " delivers"
	}
	return "no process delivers now; the last was " + who
}

// writersOfSpools is the whole status as one table.
func writersOfSpools(all []*spool.Status) *daybook.Table {
	t := &daybook.Table{Columns: []string{"dir", "writer", "pid", "host", "program", "alive", "records", "bytes", "oldest", "reason"}}
	for _, s := range all {
		for _, w := range s.Writers {
			t.Rows = append(t.Rows, []any{s.Dir, w.ID, int64(w.PID), w.Host, w.Program, w.Alive, w.Records, w.Bytes, w.Oldest, w.Reason})
		}
	}
	return t
}

type spoolFlushCmd struct {
	Dir  string        `arg:"" optional:"" help:"The spool's directory (default: that of the server and token in the default place)." placeholder:"DIR"`
	Wait time.Duration `help:"How long to try." default:"30s" placeholder:"DURATION"`
}

func (spoolFlushCmd) Help() string {
	return `Delivers to --server, whoever wrote. It ends with 1 where something is left:
nothing is lost then, and the next attempt goes on from there. Where another
process is delivering already, it waits for that one.

After a change of the token, name the directory of the old one, and give the
new: daybook spool status has the directories.

Examples:
  daybook spool flush --server https://daybook.example
  daybook spool flush /var/lib/agents/spool --server https://daybook.example --wait 5m`
}

func (c *spoolFlushCmd) Run(ctx context.Context, g *Globals) error {
	if g.Server == "" {
		return usagef("flush delivers to a server: name it with --server, or in DAYBOOK_URL")
	}
	if _, err := client.NewRemote(g.Server, client.Options{}); err != nil { // it says what is wrong with an address
		return err
	}
	dir, err := c.dir(g)
	if err != nil {
		return err
	}
	before, err := spool.StatusOf(dir)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	b := progress(g.err, "delivering")
	after, err := spool.Drain(ctx, dir, spool.Options{URL: g.Server, Token: g.Token, Program: "daybook spool flush"}, func(left int64) {
		b.set(max(0, before.Bytes-left), before.Bytes)
	})
	if err != nil {
		return err
	}
	return c.told(g, before, after)
}

// told says what came of it.
func (c *spoolFlushCmd) told(g *Globals, before, after *spool.Status) error {
	if refused := after.Rejects - before.Rejects; refused > 0 {
		fmt.Fprintf(g.err, "daybook: the server refused %s; see daybook spool rejects %s\n", counted(int64(refused), "record"), after.Dir)
	}
	alone := 0
	for _, w := range after.Writers {
		if w.Reason != "" {
			alone++
			fmt.Fprintf(g.err, "daybook: left alone: %s\n", plain(w.Reason))
		}
	}
	if after.Records == 0 && alone == 0 {
		_, err := fmt.Fprintln(g.out, "nothing is left to deliver")
		return err
	}
	if after.Records == 0 {
		return errBad
	}
	fmt.Fprintf(g.err, "daybook: %s left to deliver after %s\n  %s\n", counted(after.Records, "record"), c.Wait, plain(senderText(after)))
	return errBad
}

func (c *spoolFlushCmd) dir(g *Globals) (string, error) {
	if c.Dir != "" {
		return oneSpool(c.Dir)
	}
	return spool.DefaultDir(g.Server, g.Token)
}
