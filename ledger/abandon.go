package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// Abandonment says which sessions Daybook ends by itself.
type Abandonment struct {
	// After is how long an ACTIVE session may go without a sign of life: an
	// entry of its own, of an operation, of an artifact or of an edge.
	After time.Duration
	// Every is how often to look; 0 is a minute, or After/24 where that is less.
	Every time.Duration
	// Recorder takes the amendments: the ledger, with the intake around it.
	Recorder daybook.Recorder
}

func (a *Abandonment) fill() {
	if a.Every == 0 {
		a.Every = max(min(time.Minute, a.After/24), time.Millisecond)
	}
}

// Abandon begins to end sessions that give no sign of life: an amendment of
// [daybook.Itself] makes them ABANDONED and says why. It looks for the first time when
// Every has gone by, so that writers who waited for the server can tell first.
// It ends when it is stopped, or the ledger is closed.
func (l *Ledger) Abandon(a Abandonment) (stop func()) {
	a.fill()
	tenure := daybook.NewTenure(l.store, daybook.LeaseAbandon)
	if l.leaser == nil {
		l.alive.watch() // from the first entry on
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer l.giveBack(tenure)
		ticker := time.NewTicker(a.Every)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-l.queue.closing.Done():
				return
			case <-ticker.C:
				if err := l.abandonHere(ctx, &a, tenure); err != nil && ctx.Err() == nil {
					l.o.Logger.Warn("sessions without a sign of life could not be ended; trying again", "error", err)
				}
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// abandonHere ends sessions where that is this server's to do.
func (l *Ledger) abandonHere(ctx context.Context, a *Abandonment, tenure *daybook.Tenure) error {
	holds, err := tenure.Holds(ctx)
	if err != nil || !holds {
		l.alive.rest() // whose signs of life another watches
		return err
	}
	l.alive.watch()
	return l.abandon(ctx, a)
}

func (l *Ledger) giveBack(tenure *daybook.Tenure) {
	if err := tenure.End(context.Background()); err != nil {
		l.o.Logger.Warn("a lease could not be given back", "error", err)
	}
}

// abandon ends the sessions whose last sign of life is too long ago.
func (l *Ledger) abandon(ctx context.Context, a *Abandonment) error {
	if err := l.findActive(ctx); err != nil {
		return err
	}
	since := canon.FormatTime(l.o.Now().UTC().Add(-a.After))
	for ids := range slices.Chunk(l.alive.silent(since), abandonAtOnce) {
		records, err := l.abandonments(ctx, a, ids, since)
		if err == nil {
			err = l.recordAbandoned(ctx, a, records)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

const (
	abandonAtOnce = 100   // sessions in one batch
	activeAtOnce  = 1_000 // sessions in one page of those there were before
)

// findActive looks up the sessions that are ACTIVE in the store, unless all of
// them are known: by one walk over the sessions, page by page, or where others
// have written since, over what they wrote of sessions. Signs of life that these
// had from others are looked up of those alone that seem to have none.
func (l *Ledger) findActive(ctx context.Context) (err error) {
	head, err := l.store.Head(ctx)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	from, isNeeded := l.alive.begin(head.Size)
	if !isNeeded {
		return nil
	}
	defer func() {
		if err != nil {
			head.Size = -1
		}
		l.alive.end(head.Size)
	}()
	q := daybook.Query{Kind: kindSession, Filters: []daybook.Filter{daybook.Is("status", active)}, Oldest: true, Limit: activeAtOnce}
	if from >= 0 {
		before := from - 1
		q.Filters, q.Revisions, q.After = nil, true, &before
	}
	for {
		page, err := l.store.Select(ctx, q)
		if err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		for _, e := range page {
			if e.Text("status") == active {
				l.alive.keep(e.SubjectID(), e.LoggedAt())
			} else {
				l.alive.drop(e.SubjectID())
			}
		}
		if len(page) < activeAtOnce {
			return nil
		}
		q.After = &page[len(page)-1].Seq
	}
}

// abandonments makes the amendments of those sessions that the store, too,
// knows to be ACTIVE and without a sign of life since a time.
func (l *Ledger) abandonments(ctx context.Context, a *Abandonment, ids []string, since string) ([]daybook.Record, error) {
	sessions, err := l.store.Select(ctx, daybook.Query{Kind: kindSession, IDs: ids})
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	known := map[string]*daybook.Entry{}
	for _, e := range sessions {
		known[e.SubjectID()] = e
	}
	var records []daybook.Record
	for _, id := range ids {
		e := known[id]
		if e == nil || e.Text("status") != active {
			l.alive.drop(id)
			continue
		}
		last, err := l.lastSign(ctx, e)
		if err != nil {
			return nil, err
		}
		if last >= since {
			l.alive.keep(id, last)
			continue
		}
		records = append(records, abandonment(e, a.After, last))
	}
	return records, nil
}

// lastSign gives the logged_at of the newest entry of a session and of what
// belongs to it.
func (l *Ledger) lastSign(ctx context.Context, session *daybook.Entry) (string, error) {
	last := session.LoggedAt()
	for kind := range maps.Keys(sessionOf) {
		newest, err := l.store.Select(ctx, daybook.Query{
			Kind: kind, Filters: []daybook.Filter{daybook.Is("session_id", session.SubjectID())}, Revisions: true, Limit: 1,
		})
		if err != nil {
			return "", fmt.Errorf("ledger: %w", err)
		}
		if len(newest) > 0 {
			last = max(last, newest[0].LoggedAt())
		}
	}
	return last, nil
}

// abandonment is the amendment that ends a session. An error that the session
// has named itself stands.
func abandonment(session *daybook.Entry, after time.Duration, last string) daybook.Record {
	r := daybook.NewRecord(kindSession)
	r.Amend = true
	r.SetLogID(uuid.Must(uuid.NewV7()).String())
	r.Set("id", daybook.TextValue(session.SubjectID()))
	r.Set("status", daybook.TextValue("ABANDONED"))
	if session.Text("error_message") == "" {
		r.Set("error_message", daybook.TextValue("no checkin and no entry for "+inWords(after)+"; the last was logged at "+last))
	}
	return r
}

// inWords gives a duration without the zeros that Go appends: 24h, 90m, 1h30m.
func inWords(d time.Duration) string {
	hours, minutes := d/time.Hour, d%time.Hour/time.Minute
	switch {
	case d%time.Minute != 0:
		return d.String()
	case hours == 0:
		return fmt.Sprintf("%dm", minutes)
	case minutes == 0:
		return fmt.Sprintf("%dh", hours)
	}
	return fmt.Sprintf("%dh%dm", hours, minutes)
}

// recordAbandoned writes amendments: all at once, or one by one where somebody
// has checked one of the sessions in meanwhile. Who came first has won.
func (l *Ledger) recordAbandoned(ctx context.Context, a *Abandonment, records []daybook.Record) error {
	_, err := a.Recorder.Record(ctx, daybook.Itself, records)
	switch {
	case err == nil:
		l.abandoned(records)
		return nil
	case daybook.CodeOf(err) != daybook.CodeConflict:
		return err
	case len(records) == 1:
		l.o.Logger.Debug("session was ended by somebody else", "id", records[0].SubjectID())
		return nil
	}
	for i := range records {
		if err := l.recordAbandoned(ctx, a, records[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (l *Ledger) abandoned(records []daybook.Record) {
	if len(records) == 0 {
		return
	}
	l.metrics.abandoned.Add(float64(len(records)))
	l.o.Logger.Info("sessions abandoned", "sessions", len(records))
}
