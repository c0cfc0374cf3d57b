package intake

import (
	"context"
	"slices"
	"strconv"

	"github.com/daybook-audit/daybook"
)

// inFull gives operations with what those leave out that repeat others. One
// whose first is not found stays as it is, and says no SQL.
func (x *reading) inFull(entries []*daybook.Entry) []*daybook.Entry {
	firsts, err := daybook.FirstsOf(x.ctx, x.o.Entries.Select, entries)
	if err != nil {
		x.o.Logger.Warn("the operations that others repeat could not be looked up", "error", err)
	}
	full := slices.Clone(entries)
	for i, e := range entries {
		if id, ok := e.Repeats(); ok && firsts[id] != nil && firsts[id].IsPatternOf(e) {
			full[i] = e.InFull(firsts[id])
		}
	}
	return full
}

// repeated are the operations that others repeat, as a reader gives them.
type repeated struct {
	reader daybook.Reader
	who    daybook.Principal
	at     map[int64]*daybook.Entry // nil for one that is not there
}

// fill fills in what the operations among some records leave out. known is
// false where nobody can tell any more what one of them did.
func (m *repeated) fill(ctx context.Context, records []daybook.Record) (known bool, err error) {
	if err := m.read(ctx, records); err != nil {
		return false, err
	}
	known = true
	for i := range records {
		r := &records[i]
		if r.Kind != operation.kind || !r.Values[operation.pattern].IsSet() {
			continue
		}
		e := daybook.Entry{Kind: r.Kind, Values: r.Values, Seq: r.Get("id").Int()}
		if first := m.at[r.Values[operation.pattern].Int()]; first != nil && first.IsPatternOf(&e) {
			r.Values = e.InFull(first).Values
		} else {
			known = false
		}
	}
	return known, nil
}

// read reads what the records repeat, as far as it was not read before.
func (m *repeated) read(ctx context.Context, records []daybook.Record) error {
	const most = 100 // ids in one list
	var ids []string
	for i := range records {
		if r := &records[i]; r.Kind == operation.kind && r.Values[operation.pattern].IsSet() {
			id := r.Values[operation.pattern].Int()
			if _, asked := m.at[id]; !asked {
				m.at[id] = nil
				ids = append(ids, strconv.FormatInt(id, 10))
			}
		}
	}
	for part := range slices.Chunk(ids, most) {
		page, err := m.reader.List(ctx, m.who, daybook.Query{Kind: operation.kind, IDs: part, Limit: most})
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			m.at[e.Seq] = e
		}
	}
	return nil
}
