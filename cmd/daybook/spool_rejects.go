package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/spool"
)

type spoolRejectsCmd struct {
	Dir    string   `arg:"" optional:"" help:"The spool's directory, or one that holds several (default: the default place)." placeholder:"DIR"`
	LogIDs []string `name:"log-id" help:"Only the reject of this log_id; may be repeated." placeholder:"ID"`
	Retry  bool     `help:"Put them back into the spool, to be delivered again." xor:"do"`
	Drop   bool     `help:"Delete them for good." xor:"do"`
	Format
}

func (spoolRejectsCmd) Help() string {
	return `A record that the server refuses stands in the reject file with the reason, and
holds nobody up. Mend what it is that was wrong (a token bound to another
business, a session that came later), then --retry. --format json has the
records themselves.

Examples:
  daybook spool rejects
  daybook spool rejects /var/lib/agents/spool --format json
  daybook spool rejects /var/lib/agents/spool --retry
  daybook spool rejects /var/lib/agents/spool --drop --log-id 0198e0a4-5c00-7001-8000-000000000001`
}

func (c *spoolRejectsCmd) Run(g *Globals) error {
	if (c.Retry || c.Drop) && c.Dir == "" {
		return usagef("name the directory whose rejects to retry or drop; daybook spool status lists them")
	}
	if c.Retry || c.Drop {
		return c.change(g)
	}
	dirs, err := spoolsIn(c.Dir)
	if err != nil {
		return err
	}
	return c.list(g, dirs)
}

func (c *spoolRejectsCmd) change(g *Globals) error {
	dir, err := oneSpool(c.Dir)
	if err != nil {
		return err
	}
	if c.Retry {
		n, left, err := spool.Retry(dir, c.LogIDs...)
		return c.told(g, "put back into the spool", n, left, err)
	}
	n, left, err := spool.Drop(dir, c.LogIDs...)
	return c.told(g, "deleted", n, left, err)
}

func (c *spoolRejectsCmd) told(g *Globals, what string, n, left int, err error) error {
	if err != nil {
		return err
	}
	if len(c.LogIDs) > n {
		fmt.Fprintf(g.err, "daybook: %d of the %d log_ids are not among the rejects\n", len(c.LogIDs)-n, len(c.LogIDs))
	}
	_, err = fmt.Fprintf(g.out, "%s %s, %d left\n", counted(int64(n), "reject"), what, left)
	return err
}

// rejectOf is a reject with the spool it is of.
type rejectOf struct {
	Dir string `json:"dir"`
	spool.Reject
}

func (c *spoolRejectsCmd) list(g *Globals, dirs []string) error {
	t := &daybook.Table{Columns: []string{"time", "kind", "log_id", "code", "path", "reason"}}
	if len(dirs) > 1 {
		t.Columns = append(t.Columns, "dir")
	}
	all := []rejectOf{}
	for _, dir := range dirs {
		rejects, err := spool.Rejects(dir)
		if err != nil {
			return err
		}
		for _, r := range rejects {
			kind, logID := r.Name()
			if len(c.LogIDs) > 0 && !slices.Contains(c.LogIDs, logID) {
				continue
			}
			code, path, detail := r.Why()
			row := []any{r.Time, kind, logID, code, path, detail, dir}
			t.Rows = append(t.Rows, row[:len(t.Columns)])
			all = append(all, rejectOf{dir, r})
		}
	}
	if len(all) == 0 && c.Format.Format == "table" {
		_, err := fmt.Fprintln(g.out, "there are no rejects")
		return err
	}
	return c.rows(g.out, t, func() ([]byte, error) { return json.MarshalIndent(all, "", "  ") })
}
