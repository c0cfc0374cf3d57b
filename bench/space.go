package main

import (
	"fmt"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
)

// space measures bytes an entry, by table and index, for three kinds. It wants
// 100,000 entries of each: with fewer, the pages of the tables that are empty
// count for more than a byte an entry.
func (b *bench) space() error {
	for _, m := range []struct {
		name string
		fill func(l *local.Local) error
	}{
		{"conversations", func(l *local.Local) error {
			return b.fill(l, func(i int) any { return conversation(i) })
		}},
		{"operations", func(l *local.Local) error {
			receipt, err := l.LogSession(b.ctx, daybook.TransformationSession{AgentID: "bench"})
			if err != nil {
				return err
			}
			return b.fill(l, func(i int) any { return operation(receipt.ID, i) })
		}},
		{"edges", func(l *local.Local) error {
			return b.fill(l, func(i int) any { return edge(i) })
		}},
	} {
		if err := b.measure(m.name, m.fill); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) fill(l *local.Local, make1 func(i int) any) error {
	all, err := records(b.n, make1)
	if err != nil {
		return err
	}
	for _, part := range batches(all) {
		if _, err := l.Recorder.Record(b.ctx, daybook.Local, part); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) measure(name string, fill func(l *local.Local) error) error {
	l, err := b.open("space-" + name)
	if err != nil {
		return err
	}
	err = fill(l)
	if err == nil {
		err = b.sizes(name, l)
	}
	if closeErr := l.Close(b.ctx); err == nil {
		err = closeErr
	}
	return err
}

func (b *bench) sizes(name string, l *local.Local) error {
	head, err := l.Store.Head(b.ctx)
	if err != nil {
		return err
	}
	parts, err := b.stores.sizes(b.ctx, l, "space-"+name)
	if err != nil {
		return err
	}
	total := int64(0)
	for _, p := range parts {
		total += p.bytes
	}
	b.heading("Bytes an entry: %s, %.0f, over %d", name, float64(total)/float64(head.Size), head.Size)
	for _, p := range parts {
		if each := float64(p.bytes) / float64(head.Size); each >= 1 {
			fmt.Fprintf(b.w, "  %-52s %10.0f\n", p.name, each)
		}
	}
	return nil
}
