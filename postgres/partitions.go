package postgres

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/jackc/pgx/v5"
)

// mostMonths bounds what one call makes partitions for.
const mostMonths = 120

// Making a partition waits for others no longer than the function's
// lock_timeout, so that those who come after it do not wait behind it. It is
// tried again so often where the time does not matter.
const (
	partitionTries = 10
	partitionPause = 100 * time.Millisecond
)

// MakePartitions makes the partitions of so many months, from the one of a
// moment on, for every kind that has them, and gives the names of those that
// were missing. Entries of a month without one go to the default partition, so
// nothing is lost without; but questions about a time then read more.
//
// Several servers may do it at once. Where somebody reads so long that it cannot
// be done now, the error is CodeUnavailable, and made has what was done before.
func (s *Store) MakePartitions(ctx context.Context, from time.Time, months int) (made []string, err error) {
	if s.options.ReadOnly {
		return nil, s.readOnly()
	}
	err = s.use(ctx, s.writers, "make partitions", func(ctx context.Context, c *pgx.Conn) error {
		made, err = makePartitions(ctx, c, s.target.names, from, months)
		return err
	})
	return made, err
}

// makePartitions is MakePartitions on one connection, in no transaction.
func makePartitions(ctx context.Context, q querier, n names, from time.Time, months int) (made []string, err error) {
	if months < 1 || months > mostMonths {
		return nil, &daybook.Error{
			Code: daybook.CodeInvalid, Message: fmt.Sprintf("postgres: partitions cannot be made for %d months", months),
			Hint: fmt.Sprintf("make them for 1 to %d", mostMonths),
		}
	}
	for _, k := range daybook.Kinds() {
		if !isPartitioned(k) {
			continue
		}
		for i := range months {
			at := time.Date(from.UTC().Year(), from.UTC().Month()+time.Month(i), 1, 0, 0, 0, 0, time.UTC)
			p, err := insistOnPartition(ctx, q, n, k, at)
			if err != nil {
				return made, err
			}
			if p.made {
				made = append(made, p.name)
			}
		}
	}
	return made, nil
}

// insistOnPartition makes a partition, again and again while others are in the
// way.
func insistOnPartition(ctx context.Context, q querier, n names, k *daybook.Kind, at time.Time) (p partition, err error) {
	for range partitionTries {
		p, err = makePartition(ctx, q, n, k, at)
		if err != nil || p.name != "" {
			return p, err
		}
		select {
		case <-ctx.Done():
			return p, ctx.Err()
		case <-time.After(partitionPause):
		}
	}
	return p, &daybook.Error{
		Code:    daybook.CodeUnavailable,
		Message: fmt.Sprintf("postgres: the partition of %s for %s cannot be made now: %s", k.Name, at.Format("2006-01"), p.reason),
		Hint:    "nothing is lost, the default partition takes the entries; it is tried again by servers every few hours, and by daybook migrate",
	}
}

// A partition is what takes the entries of a month.
type partition struct {
	name   string // "" where it is the default one for now
	made   bool   // now
	reason string // why it is the default one
}

// makePartition makes the partition for a moment, unless there is one.
func makePartition(ctx context.Context, q querier, n names, k *daybook.Kind, at time.Time) (p partition, err error) {
	err = q.QueryRow(ctx, n.render("SELECT coalesce(m.partition, ''), m.made, coalesce(m.reason, '') FROM {{ledger}}.make_partition($1, $2) AS m"), k.Name, at).Scan(&p.name, &p.made, &p.reason)
	return p, err
}

// partitionRetry is how long an append leaves a month to the default partition
// before it tries again.
const partitionRetry = time.Minute

// months are those that appends need not ask for: until when each is taken for
// good. The zero value knows none.
type months struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// missing says whether the partition of a kind for a month has to be asked for.
func (m *months) missing(month string, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	until, known := m.until[month]
	return !known || !until.IsZero() && now.After(until)
}

// note keeps that a month need not be asked for until then, the zero time for ever.
func (m *months) note(month string, until time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.until == nil {
		m.until = map[string]time.Time{}
	}
	m.until[month] = until
}

// makeMonths makes the partitions that the entries of a batch go to, within the
// transaction that appends them and before the first is inserted. Where
// somebody is in the way it gives up soon: the default partition takes them.
func (s *Store) makeMonths(ctx context.Context, q querier, entries []*daybook.Entry) error {
	var last *daybook.Kind
	month := ""
	for _, e := range entries {
		if !isPartitioned(e.Kind) {
			continue
		}
		at := e.LoggedAt()
		if e.Kind == last && at[:len("2006-01")] == month { // the usual batch is of one month
			continue
		}
		last, month = e.Kind, at[:len("2006-01")]
		if err := s.makeMonth(ctx, q, e.Kind, at); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) makeMonth(ctx context.Context, q querier, k *daybook.Kind, loggedAt string) error {
	month := k.Name + " " + loggedAt[:len("2006-01")]
	if !s.months.missing(month, time.Now()) {
		return nil
	}
	at, err := canon.ParseTime(loggedAt)
	if err != nil {
		return internalf("an entry of %s is logged at %s: %v", k.Name, loggedAt, err)
	}
	p, err := makePartition(ctx, q, s.target.names, k, at)
	switch {
	case err != nil:
		return err
	case p.made: // it is there when this transaction is, so the next append asks again
		s.options.Logger.Debug("postgres: made a partition", "partition", p.name)
	case p.name == "":
		s.options.Logger.Warn("postgres: a partition cannot be made now; the default one takes the entries", "kind", k.Name, "month", month, "reason", p.reason)
		s.months.note(month, time.Now().Add(partitionRetry))
	default:
		s.months.note(month, time.Time{})
	}
	return nil
}
