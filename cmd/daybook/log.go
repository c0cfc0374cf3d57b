package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook"
)

type logCmd struct {
	Kind string `arg:"" help:"The kind, such as conversations; see daybook schema."`
	Data string `help:"The records, instead of standard input." placeholder:"JSON"`
}

func (logCmd) Help() string {
	return `Reads one JSON object, an array, or one object a line, from standard input or
--data, and prints one receipt a line. An array of up to 10,000 records is
written whole or not at all; lines are written 1,000 at a time, each thousand
whole or not at all. A record that is refused ends the command. Repeating a
record with the same log_id writes nothing twice.

Examples:
  echo '{"agent_position": "CFO", "input_tokens": 812}' | daybook log conversations
  daybook log thinking_logs --data '{"conversation_id": "c1", "agent_position": "CFO", "thinking_content": "…"}'
  daybook log transformation_operation < operations.ndjson`
}

// How many records go into one write: lines as they come, an array whole.
const (
	lines = 1000
	array = 10_000
)

func (c *logCmd) Run(ctx context.Context, g *Globals) error {
	kind, err := daybook.KindNamed(c.Kind)
	if err != nil {
		return err
	}
	var in io.Reader = bufio.NewReaderSize(g.in, 1<<16)
	if c.Data != "" {
		in = strings.NewReader(c.Data)
	}
	return g.with(ctx, func(b *backend) error {
		return c.copy(ctx, g, b, daybook.NewDecoder(in, kind))
	})
}

func (c *logCmd) copy(ctx context.Context, g *Globals, b *backend, d *daybook.Decoder) error {
	out := bufio.NewWriter(g.out)
	done := 0
	for {
		records, readErr := take(d)
		if readErr != nil && !errors.Is(readErr, io.EOF) {
			return readErr
		}
		receipts, err := b.Record(ctx, b.who, records)
		if err != nil {
			return numbered(err, done, d.Index())
		}
		if err := printReceipts(out, receipts); err != nil {
			return err
		}
		done += len(records)
		if readErr != nil && done == 0 {
			return usagef("no record was given: send JSON on standard input or with --data")
		}
		if readErr != nil {
			return nil
		}
	}
}

// take reads the records of one write.
func take(d *daybook.Decoder) ([]daybook.Record, error) {
	var records []daybook.Record
	for most := lines; len(records) < most; {
		r, err := d.Next()
		if err != nil {
			return records, err
		}
		if d.Array() {
			most = array
		}
		records = append(records, r)
	}
	return records, nil
}

// numbered makes the index in an error's path count from the beginning of the
// input, and drops it where the input was a single record.
func numbered(err error, before, all int) error {
	var ours *daybook.Error
	if !errors.As(err, &ours) {
		return err
	}
	index, rest, _ := strings.Cut(strings.TrimPrefix(ours.Path, "/"), "/")
	n, convErr := strconv.Atoi(index)
	if convErr != nil {
		return err
	}
	at := *ours
	at.Path = ""
	if all > 1 {
		at.Path = fmt.Sprintf("/%d", before+n)
	}
	if rest != "" {
		at.Path += "/" + rest
	}
	return &at
}

func printReceipts(out *bufio.Writer, receipts []daybook.Receipt) error {
	encoder := json.NewEncoder(out)
	for _, r := range receipts {
		if err := encoder.Encode(r); err != nil {
			return err
		}
	}
	return out.Flush()
}
