package lineage

import (
	"context"
	"errors"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// Export calls fn with every entry that still has its body, all revisions, in
// ledger order. An error of fn ends it and is passed on unchanged.
func (r *Reader) Export(ctx context.Context, p daybook.Principal, q daybook.ExportQuery, fn func(*daybook.Entry) error) error {
	from, since := q.From, ""
	if !q.Since.IsZero() {
		since = canon.FormatTime(q.Since)
		first, err := r.firstSince(ctx, since)
		if err != nil {
			return wrap(err)
		}
		from = max(from, first)
	}
	given := 0
	err := r.store.Scan(ctx, from, func(row daybook.Row) error {
		e := row.Entry
		if e == nil || q.Kind != nil && e.Kind != q.Kind || e.LoggedAt() < since {
			return nil
		}
		if p.Business != "" && e.Business() != p.Business {
			return nil
		}
		if err := fn(e); err != nil {
			return err
		}
		if given++; given == q.Limit {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// errEnough ends a scan that has given as many entries as were asked for.
var errEnough = errors.New("lineage: enough")

// firstSince finds the first seq that was logged at since or later, by halves:
// logged_at never decreases along the spine. Where the spine has a hole it
// answers with the first seq behind which it could not tell, so that a damaged
// ledger is scanned rather than left out.
func (r *Reader) firstSince(ctx context.Context, since string) (int64, error) {
	head, err := r.store.Head(ctx)
	if err != nil {
		return 0, err
	}
	low, high := int64(0), head.Size
	for low < high {
		middle := low + (high-low)/2
		rows, err := r.store.Spine(ctx, middle, middle+1)
		if err != nil {
			return 0, err
		}
		if len(rows) == 0 {
			return low, nil
		}
		if rows[0].LoggedAt < since {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}
