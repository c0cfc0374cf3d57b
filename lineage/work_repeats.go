package lineage

import (
	"context"
	"strconv"

	"github.com/daybook-audit/daybook"
)

// repeated reads the operations that sampled ones repeat.
func (a asker) repeated(ctx context.Context, operations []*daybook.Entry) (map[string]*daybook.Entry, error) {
	var ids []string
	for _, o := range operations {
		if v := o.Get("pattern_id"); v.IsSet() {
			ids = append(ids, strconv.FormatInt(v.Int(), 10))
		}
	}
	return a.byID(ctx, operationKind, ids)
}

// logic gives what an operation did, which a sampled one leaves to the one that it
// repeats. It is "" where that is not known.
func (w *work) logic(operation *daybook.Entry) string {
	if s := operation.Text("transformation_logic"); s != "" {
		return s
	}
	return w.saying(operation).Text("transformation_logic")
}

// saying is the operation that says what another does: itself, or the one that
// it repeats.
func (w *work) saying(operation *daybook.Entry) *daybook.Entry {
	if v := operation.Get("pattern_id"); v.IsSet() {
		if first := w.patterns[strconv.FormatInt(v.Int(), 10)]; first != nil {
			return first
		}
	}
	return operation
}

// get gives a column of an operation, or of the one that it repeats.
func (w *work) get(operation *daybook.Entry, column string) daybook.Value {
	if v := operation.Get(column); v.IsSet() {
		return v
	}
	return w.saying(operation).Get(column)
}

// saidBy gives the edges that follow from operations which others repeat. They
// were written right behind these, and have the next ids.
func (a asker) saidBy(ctx context.Context, patterns map[string]*daybook.Entry) ([]*daybook.Entry, error) {
	const part = 100
	var said []*daybook.Entry
	for _, first := range patterns {
		for next, more := first.Get("id").Int()+1, true; more; {
			ids := make([]string, part)
			for i := range ids {
				ids[i] = strconv.FormatInt(next+int64(i), 10)
			}
			found, err := a.byID(ctx, edgeKind, ids)
			if err != nil {
				return nil, err
			}
			for _, id := range ids {
				e := found[id]
				if more = e != nil && e.FollowsFrom(first); !more {
					break
				}
				said, next = append(said, e), next+1
			}
		}
	}
	return said, nil
}
