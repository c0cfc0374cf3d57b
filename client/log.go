package client

import (
	"context"
	"strconv"
	"time"

	"github.com/daybook-audit/daybook"
)

// Log writes one record: the struct of a kind, such as a
// [daybook.Conversation]. An id and a time that are absent are made here; the
// receipt has the id. It returns once the record is durable.
func (c *Client) Log(ctx context.Context, v any) (daybook.Receipt, error) {
	r, err := daybook.RecordOf(v)
	if err != nil {
		return daybook.Receipt{}, err
	}
	return c.one(ctx, r)
}

// LogAll writes the structs of kinds, all of them or none, and gives their
// receipts in order. A server takes 10,000 at once.
func (c *Client) LogAll(ctx context.Context, v ...any) ([]daybook.Receipt, error) {
	records := make([]daybook.Record, len(v))
	for i := range v {
		var err error
		if records[i], err = daybook.RecordOf(v[i]); err != nil {
			return nil, daybook.Under("/"+strconv.Itoa(i), err)
		}
	}
	return c.record(ctx, records)
}

// Amend fills lifecycle fields of a subject that exists: the struct of its
// kind with its id and those fields, and no other.
func (c *Client) Amend(ctx context.Context, v any) (daybook.Receipt, error) {
	r, err := daybook.RecordOf(v)
	if err != nil {
		return daybook.Receipt{}, err
	}
	r.Amend = true
	return c.one(ctx, r)
}

// one writes one record; the paths of its errors begin inside the record.
func (c *Client) one(ctx context.Context, r daybook.Record) (daybook.Receipt, error) {
	receipts, err := c.record(ctx, []daybook.Record{r})
	if err != nil {
		return daybook.Receipt{}, daybook.Inside("/0", err)
	}
	return receipts[0], nil
}

func (c *Client) record(ctx context.Context, records []daybook.Record) ([]daybook.Receipt, error) {
	now := c.now()
	for i := range records {
		if agent := records[i].Kind.Agent(); agent != nil && c.agent != "" && !records[i].Amend && !records[i].Get(agent.Name).IsSet() {
			records[i].Set(agent.Name, daybook.TextValue(c.agent))
		}
		complete(&records[i], now)
		if c.spool == nil {
			continue // what takes them checks them
		}
		if err := check(&records[i]); err != nil {
			return nil, daybook.Under("/"+strconv.Itoa(i), err)
		}
	}
	receipts, err := c.Recorder.Record(ctx, c.Principal, records)
	if err != nil {
		return nil, err
	}
	if len(receipts) != len(records) {
		return nil, &daybook.Error{
			Code: daybook.CodeInternal, Message: "client: " + strconv.Itoa(len(receipts)) + " receipts for " + strconv.Itoa(len(records)) + " records",
		}
	}
	return receipts, nil
}

// check refuses at once what no server will take: nobody will wait for its
// answer. Who the agent is, the server may know by the token.
func check(r *daybook.Record) error {
	if err := r.CheckComplete(r.Kind.Agent()); err != nil {
		return err
	}
	return r.Check()
}

// complete makes the log_id, and the id and the time of a record that begins a
// subject, where they are absent. They must stand before the first attempt: an
// attempt that is made again says the same.
//
// A record that has its log_id may be said again by another process, at
// another time: what it leaves out is left to the ledger, which knows that it
// filled it in.
func complete(r *daybook.Record, now time.Time) {
	if r.LogID() != "" {
		return
	}
	r.SetLogID(newID(now))
	if r.Amend {
		return
	}
	if c := r.Kind.Subject(); !c.Serial && r.SubjectID() == "" {
		r.Set(c.Name, daybook.TextValue(newID(now)))
	}
	if name := r.Kind.Time().Name; !r.Get(name).IsSet() {
		r.Set(name, daybook.TextValue(beginning(r, name, now)))
	}
}

// beginning is the time of a record that gives none: now, or the earliest of
// the times that may not come before it. What is told only at its end began no
// later than it ended.
func beginning(r *daybook.Record, name string, now time.Time) string {
	first := formatTime(now)
	for i := range r.Kind.Columns {
		if v := r.Values[i]; r.Kind.Columns[i].After == name && v.IsSet() && v.Text() < first {
			first = v.Text()
		}
	}
	return first
}

// formatTime gives the canonical text of a time.
func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
