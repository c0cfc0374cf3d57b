package client

import (
	"context"
	"iter"
	"time"

	"github.com/daybook-audit/daybook"
)

// Get gives the current state of a subject of a kind; [daybook.As] makes it
// the kind's struct. CodeNotFound says there is none.
func (c *Client) Get(ctx context.Context, kind, id string) (*daybook.Entry, error) {
	k, err := daybook.KindNamed(kind)
	if err != nil {
		return nil, err
	}
	return c.Reader.Get(ctx, c.Principal, k, id)
}

// Revisions gives every revision of a subject, the oldest first.
func (c *Client) Revisions(ctx context.Context, kind, id string) ([]*daybook.Entry, error) {
	k, err := daybook.KindNamed(kind)
	if err != nil {
		return nil, err
	}
	var entries []*daybook.Entry
	for e, err := range c.All(ctx, daybook.Query{Kind: k, IDs: []string{id}, Revisions: true, Oldest: true}) {
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	if entries == nil {
		return nil, &daybook.Error{Code: daybook.CodeNotFound, Message: "there is no " + kind + " " + daybook.Clip(id)}
	}
	return entries, nil
}

// List gives one page of the current states of a kind, in the order in which
// they were written; see [daybook.Query]. For the next page, give the page's
// Next to the query's GoOn, unless it is "". What is amended in between shows
// as it was on the first page.
func (c *Client) List(ctx context.Context, q daybook.Query) (*daybook.Page, error) {
	return c.Reader.List(ctx, c.Principal, q)
}

// All gives every page of a list, entry by entry, and stops at an error. Each
// subject comes once, as it stood when the first page was read.
func (c *Client) All(ctx context.Context, q daybook.Query) iter.Seq2[*daybook.Entry, error] {
	return func(yield func(*daybook.Entry, error) bool) {
		for {
			page, err := c.List(ctx, q)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, e := range page.Entries {
				if !yield(e, nil) {
					return
				}
			}
			if page.Next == "" || len(page.Entries) == 0 {
				return
			}
			if err := q.GoOn(page.Next); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// Export calls fn with every entry, all revisions, in ledger order. An error
// of fn ends it and is passed on.
func (c *Client) Export(ctx context.Context, q daybook.ExportQuery, fn func(*daybook.Entry) error) error {
	return c.Reader.Export(ctx, c.Principal, q, fn)
}

// History tells what happened to a table, the newest first; a zero since
// means from the beginning.
func (c *Client) History(ctx context.Context, table string, since time.Time) ([]daybook.Event, error) {
	return c.Reader.History(ctx, c.Principal, daybook.HistoryQuery{Table: table, Since: since})
}

// Activity tells what an agent did, the newest first; a zero since means from
// the beginning.
func (c *Client) Activity(ctx context.Context, agent string, since time.Time) ([]daybook.Event, error) {
	return c.Reader.Activity(ctx, c.Principal, daybook.ActivityQuery{Agent: agent, Since: since})
}

// Lineage walks the flow of data from a node: upstream, to where its data comes
// from, unless the query says downstream.
func (c *Client) Lineage(ctx context.Context, q daybook.LineageQuery) (*daybook.Graph, error) {
	if q.Direction == "" {
		q.Direction = daybook.Upstream
	}
	return c.Reader.Lineage(ctx, c.Principal, q)
}

// Why tells how a table, or a column of one, came to hold what it holds: table by
// table upstream, with the session and the agent that made each, the
// conversation and decisions behind it, and how far each entry is proven.
func (c *Client) Why(ctx context.Context, q daybook.WhyQuery) (*daybook.Why, error) {
	return c.Reader.Why(ctx, c.Principal, q)
}

// SQL runs one SELECT over the audit views, within the default limits of time
// and rows.
func (c *Client) SQL(ctx context.Context, text string) (*daybook.Table, error) {
	return c.Reader.SQL(ctx, c.Principal, daybook.SQLQuery{Text: text})
}
