package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
)

type amendCmd struct {
	Kind string `arg:"" help:"The kind."`
	ID   string `arg:"" help:"The subject's id, as the receipt names it."`
	Verb string `help:"Amend with a verb: checkin, review, acknowledge, resolve or end." placeholder:"VERB"`
	Data string `help:"The fields to fill in, instead of standard input." placeholder:"JSON"`
}

func (amendCmd) Help() string {
	return `An amendment is a new revision: what was written before stays. It fills in the
fields that the kind's catalog allows, each by its rule. With --verb the fields
that follow from it are filled in, and standard input is not read.

Examples:
  daybook amend conversations c1 --data '{"status": "completed", "output_tokens": 311}'
  daybook amend transformation_session 0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01 --verb checkin
  daybook amend decision_logs d1 --verb review --data '{"human_reviewer": "ann"}'`
}

func (c *amendCmd) Run(ctx context.Context, g *Globals) error {
	record, err := c.record(g)
	if err != nil {
		return err
	}
	return g.asking(ctx, func(b *backend) error {
		receipts, err := b.Record(ctx, b.who, []daybook.Record{record})
		if err != nil {
			return numbered(err, 0, 1)
		}
		return printReceipts(bufio.NewWriter(g.out), receipts)
	})
}

func (c *amendCmd) record(g *Globals) (daybook.Record, error) {
	kind, err := daybook.KindNamed(c.Kind)
	if err != nil {
		return daybook.Record{}, err
	}
	record, err := c.fields(g, kind)
	if err != nil {
		return record, err
	}
	id, err := kind.Subject().ParseText(c.ID)
	if err != nil {
		return record, daybook.Under("/"+kind.Subject().Name, err)
	}
	record.Set(kind.Subject().Name, id)
	record.Amend = true
	if c.Verb == "" {
		return record, nil
	}
	verb, err := daybook.VerbNamed(kind, c.Verb)
	if err != nil {
		return record, err
	}
	verb.Apply(&record, daybook.Local.Name, time.Now())
	return record, nil
}

func (c *amendCmd) fields(g *Globals, kind *daybook.Kind) (daybook.Record, error) {
	data := c.Data
	if data == "" && c.Verb != "" {
		return daybook.NewRecord(kind), nil
	}
	if data == "" {
		all, err := io.ReadAll(g.in)
		if err != nil {
			return daybook.Record{}, err
		}
		data = string(all)
	}
	return oneRecord(data, kind)
}

// oneRecord reads exactly one record of a kind.
func oneRecord(data string, kind *daybook.Kind) (daybook.Record, error) {
	d := daybook.NewDecoder(strings.NewReader(data), kind)
	record, err := d.Next()
	if errors.Is(err, io.EOF) {
		return record, usagef("no fields were given: send a JSON object on standard input or with --data")
	}
	if err != nil {
		return record, err
	}
	if _, err := d.Next(); !errors.Is(err, io.EOF) {
		return record, usagef("one object is amended at a time")
	}
	return record, nil
}
