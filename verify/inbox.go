package verify

import (
	"context"
	"strconv"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// Inbox is what waits in the source's inbox. It is no part of the ledger yet,
// and nothing vouches for it.
type Inbox struct {
	Waiting int64  `json:"waiting"` // records that jobs have written by SQL
	Since   string `json:"since"`   // when the oldest of them was written; "" for none
	Refused int64  `json:"refused"` // records that the ledger refused, and nobody has settled
}

// inbox reports what waits, where the source has an inbox.
func (p *pass) inbox() error {
	source, ok := p.source.(interface {
		Waiting(ctx context.Context) (daybook.Waiting, error)
	})
	if !ok {
		return nil
	}
	w, err := source.Waiting(p.ctx)
	if err != nil {
		return err
	}
	found := &Inbox{Waiting: w.Letters, Refused: w.Refused}
	if w.Letters > 0 {
		found.Since = canon.FormatTime(w.Since)
		p.note("in the inbox %s, since %s: not in the ledger yet, and not checked", countOf(w.Letters, "record waits", "records wait"), found.Since)
	}
	if w.Refused > 0 {
		p.note("in the inbox %s by the ledger and not settled: see the view inbox_rejects", countOf(w.Refused, "record was refused", "records were refused"))
	}
	p.report.Inbox = found
	return nil
}

func countOf(n int64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + more
}
