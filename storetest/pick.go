package storetest

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/daybook-audit/daybook"
)

// pick answers a query by looking at every row: what [daybook.Query] means.
func pick(rows []daybook.Row, q daybook.Query) ([]*daybook.Entry, error) {
	if err := checkQuery(q); err != nil {
		return nil, err
	}
	all := stands(rows, q)
	var found []*daybook.Entry
	for _, r := range rows {
		e := r.Entry
		if e == nil || r.Spine == nil || e.Kind != q.Kind {
			continue
		}
		if matches(e, q) && (q.Revisions || !all[next(e)]) {
			found = append(found, clone(e))
		}
	}
	if !q.Oldest {
		slices.Reverse(found)
	}
	if q.Limit > 0 && len(found) > q.Limit {
		found = found[:q.Limit]
	}
	return found, nil
}

func checkQuery(q daybook.Query) error {
	if q.Kind == nil {
		return daybook.Invalidf("/kind", "a query wants a kind")
	}
	for _, f := range q.Filters {
		i, ok := q.Kind.Column(f.Column)
		if !ok {
			return daybook.Invalidf("/"+f.Column, "%s has no such column", q.Kind.Name)
		}
		one := f.Op == daybook.OpContains || f.Op == daybook.OpFrom || f.Op == daybook.OpBefore
		if one && len(f.Values) != 1 {
			return daybook.Invalidf("/"+f.Column, "the comparison wants one value, got %d", len(f.Values))
		}
		if f.Op == daybook.OpContains && q.Kind.Columns[i].Type != daybook.TypeTexts {
			return daybook.Invalidf("/"+f.Column, "is not an array")
		}
	}
	return nil
}

func matches(e *daybook.Entry, q daybook.Query) bool {
	switch {
	case q.IDs != nil && !slices.Contains(q.IDs, e.SubjectID()),
		q.Seqs != nil && !slices.Contains(q.Seqs, e.Seq),
		q.Business != "" && e.Business() != q.Business,
		!within(e, q),
		q.After != nil && q.Oldest && e.Seq <= *q.After,
		q.After != nil && !q.Oldest && e.Seq >= *q.After:
		return false
	}
	for _, f := range q.Filters {
		if !holds(e, f) {
			return false
		}
	}
	return true
}

func holds(e *daybook.Entry, f daybook.Filter) bool {
	i, _ := e.Kind.Column(f.Column)
	v, t := e.Values[i], e.Kind.Columns[i].Type
	if f.Op == daybook.OpAbsent || !v.IsSet() {
		return f.Op == daybook.OpAbsent && !v.IsSet()
	}
	switch f.Op {
	case daybook.OpIn:
		return slices.ContainsFunc(f.Values, func(o daybook.Value) bool { return compare(t, v, o) == 0 })
	case daybook.OpContains:
		list, err := daybook.Texts(v)
		return err == nil && slices.Contains(list, f.Values[0].Text())
	case daybook.OpFrom:
		return compare(t, v, f.Values[0]) >= 0
	default:
		return compare(t, v, f.Values[0]) < 0
	}
}

// compare orders values of one column: text by its bytes, numbers and truths
// by value.
func compare(t daybook.Type, a, b daybook.Value) int {
	switch t {
	case daybook.TypeInt, daybook.TypeBool:
		return cmp.Compare(a.Int(), b.Int())
	case daybook.TypeFloat:
		return cmp.Compare(a.Float(), b.Float())
	default:
		return cmp.Compare(a.Text(), b.Text())
	}
}

// within says that an entry belongs to the snapshot that a query asks for.
func within(e *daybook.Entry, q daybook.Query) bool { return q.Snapshot == 0 || e.Seq < q.Snapshot }

// stands gives every revision of a query's kind that has a body and belongs to
// its snapshot.
func stands(rows []daybook.Row, q daybook.Query) map[stand]bool {
	all := map[stand]bool{}
	for _, r := range rows {
		if r.Entry != nil && r.Entry.Kind == q.Kind && within(r.Entry, q) {
			all[standOf(r.Entry)] = true
		}
	}
	return all
}

// next is the stand of the revision behind the entry's.
func next(e *daybook.Entry) stand { return stand{e.Kind, e.SubjectID(), e.Revision() + 1} }

// broken is the error for a batch that no sound sequencer gives.
func broken(format string, args ...any) error {
	return &daybook.Error{Code: daybook.CodeInternal, Message: "storetest: " + fmt.Sprintf(format, args...)}
}
