package postgres

import (
	"context"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// since bounds a query that asks for what was logged from some time on, and
// would else look at every row, by the first seq that can have been.
func (s *Store) since(ctx context.Context, c querier, b *selection, q daybook.Query) error {
	if q.IDs != nil || q.Seqs != nil {
		return nil
	}
	var from *daybook.Filter
	for i := range q.Filters {
		f := &q.Filters[i]
		switch at, ok := q.Kind.Column(f.Column); {
		case ok && (q.Kind.Columns[at].Index || f.Column == "log_id") && f.Op == daybook.OpIn:
			return nil // an index finds it
		case f.Column == "logged_at" && f.Op == daybook.OpFrom && len(f.Values) == 1:
			from = f
		}
	}
	if from == nil {
		return nil
	}
	first, err := s.firstSince(ctx, c, from.Values[0].Text())
	if err == nil && first > 0 {
		put(&b.spans, "r.seq >= "+b.arg(first)+"::bigint")
	}
	return err
}

// sinceSQL finds the first seq that was logged at a time or later, by halves,
// since logged_at never decreases along the spine. Where the spine has a hole it
// takes the part behind it too, so that nothing is left out. An index of
// logged_at would do the same, and cost every entry some bytes.
const sinceSQL = `WITH RECURSIVE half AS (
  SELECT 0::bigint AS low, coalesce((SELECT max(seq) + 1 FROM {{ledger}}.spine), 0) AS high
  UNION ALL
  SELECT CASE WHEN m.before THEN m.at + 1 ELSE h.low END, CASE WHEN m.before THEN h.high ELSE m.at END
  FROM half AS h, LATERAL (
    SELECT (h.low + h.high) / 2 AS at,
      coalesce((SELECT s.logged_at < $1 FROM {{ledger}}.spine AS s WHERE s.seq = (h.low + h.high) / 2), false) AS before
  ) AS m
  WHERE h.low < h.high
)
SELECT low FROM half WHERE low >= high`

func (s *Store) firstSince(ctx context.Context, c querier, text string) (first int64, err error) {
	at, err := canon.ParseTime(text)
	if err != nil {
		return 0, nil // no time: the comparison itself says what comes of it
	}
	err = c.QueryRow(ctx, s.sql(sinceSQL), at).Scan(&first)
	return first, err
}
