package sqlite

import (
	"sort"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

// since bounds a query that asks for what was logged from some time on, and
// would else look at every row, by the first seq that can have been.
func (b *selection) since(c *conn, q daybook.Query) error {
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
	first, err := c.firstSince(from.Values[0].Text())
	if err == nil && first > 0 {
		b.condition("r.seq >= "+param, intParam(first))
	}
	return err
}

// firstSince finds the first seq that was logged at a time or later, by
// halves, since logged_at never decreases along the spine. Where the spine has
// a hole it takes the part behind it too, so that nothing is left out.
func (c *conn) firstSince(at string) (int64, error) {
	micro, err := micros(at)
	if err != nil {
		return 0, nil // no time: the comparison itself says what comes of it
	}
	size, err := c.integer("SELECT ifnull(max(seq) + 1, 0) FROM spine")
	if err != nil {
		return 0, err
	}
	stmt, err := c.prepare("SELECT logged_at FROM spine WHERE seq = ?")
	if err != nil {
		return 0, err
	}
	defer stmt.Reset()
	first := sort.Search(int(size), func(seq int) bool {
		if err != nil {
			return true
		}
		var before bool
		before, err = loggedBefore(stmt, int64(seq), micro)
		return !before
	})
	return int64(first), err
}

// loggedBefore says that an entry is there and was logged before a time.
func loggedBefore(stmt *sqlite.Stmt, seq, micro int64) (bool, error) {
	_ = stmt.Reset() // of the last one's error, which was given
	stmt.BindInt64(1, seq)
	there, err := stmt.Step()
	return there && stmt.ColumnType(0) == sqlite.TypeInteger && stmt.ColumnInt64(0) < micro, err
}
