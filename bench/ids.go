package main

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
)

// subjectIDs measures the last appends to a ledger that is large already, where
// clients name their subjects by random UUIDs and where they name them by
// ordered ones. Random ones fall anywhere in the index of subjects, which is
// then larger than any cache.
func (b *bench) subjectIDs(n, last int) error {
	b.heading("In process, batches of %d, %d clients: the last %d of %d conversations", batchSize, clients, last, n)
	ordered, err := b.lastOf("ordered", n, last, id)
	if err != nil {
		return err
	}
	random, err := b.lastOf("random", n, last, uuid.NewString)
	if err != nil {
		return err
	}
	rate := b.line("subject ids in order (UUID version 7)", last, ordered, 0)
	b.line("subject ids at random (UUID version 4)", last, random, rate)
	return nil
}

// lastOf fills a ledger, and times its last appends.
func (b *bench) lastOf(name string, n, last int, subject func() string) (took time.Duration, err error) {
	l, err := b.open("ids-" + name)
	if err != nil {
		return 0, err
	}
	write := func(ctx context.Context, part []daybook.Record) error {
		_, err := l.Recorder.Record(ctx, daybook.Local, part)
		return err
	}
	_, err = b.each((n-last)/batchSize, func(ctx context.Context, i int) error {
		part, err := conversationsFrom(i*batchSize, batchSize, subject)
		if err != nil {
			return err
		}
		return write(ctx, part)
	})
	if err == nil {
		took, err = b.timeLast(n, last, subject, write)
	}
	if closeErr := l.Close(b.ctx); err == nil {
		err = closeErr
	}
	if err != nil {
		err = fmt.Errorf("subject ids %s: %w", name, err)
	}
	return took, err
}

// timeLast times the last appends, whose records are made beforehand.
func (b *bench) timeLast(n, last int, subject func() string, write func(context.Context, []daybook.Record) error) (time.Duration, error) {
	all, err := conversationsFrom(n-last, last, subject)
	if err != nil {
		return 0, err
	}
	parts := batches(all)
	return b.each(len(parts), func(ctx context.Context, i int) error { return write(ctx, parts[i]) })
}

// conversationsFrom makes the records of some conversations.
func conversationsFrom(first, count int, subject func() string) ([]daybook.Record, error) {
	return records(count, func(i int) any {
		c := conversation(first + i)
		c.ConversationID = subject()
		return c
	})
}
