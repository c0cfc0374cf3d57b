package lineage

import (
	"slices"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// A mark is where an event stands among those of a list, the newest first.
type mark struct {
	at  string // when it happened, canonical
	seq int64
}

// markOf reads the cursor of an event; nil for none.
func markOf(cursor string) (*mark, error) {
	if cursor == "" {
		return nil, nil
	}
	at, seq, err := daybook.ParseEventCursor(cursor)
	if err != nil {
		return nil, err
	}
	return &mark{at: canon.FormatTime(at), seq: seq}, nil
}

// before says that a happening stands behind it; all stand behind none.
func (s *mark) before(h *happening) bool {
	return s == nil || h.at < s.at || h.at == s.at && h.entry.Seq < s.seq
}

// upTo adds that the time which a column holds is none later than that of the
// mark.
func (s *mark) upTo(column string, filters []daybook.Filter) []daybook.Filter {
	if s == nil {
		return filters
	}
	at, err := canon.ParseTime(s.at)
	next := at.Add(time.Microsecond)
	if err != nil || next.Year() != at.Year() {
		return filters // it only saves reading what is not told
	}
	before := daybook.Filter{Column: column, Op: daybook.OpBefore, Values: []daybook.Value{daybook.TextValue(canon.FormatTime(next))}}
	return append(slices.Clone(filters), before)
}
