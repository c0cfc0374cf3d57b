package client

import (
	"net/url"

	"github.com/daybook-audit/daybook"
)

// listCall gives the path and parameters of the call that answers a query.
func listCall(q *daybook.Query) (string, url.Values, error) {
	values := url.Values{}
	setCount(values, "limit", q.Limit)
	if q.After != nil || q.Snapshot != 0 {
		values.Set("cursor", q.Cursor())
	}
	if q.Seqs != nil {
		return "", nil, unasked("entries by seq", "ask with Export from that seq on")
	}
	if q.Revisions {
		if len(q.IDs) != 1 || !q.Oldest || len(q.Filters) > 0 || q.Business != "" {
			return "", nil, unasked("revisions but those of one subject, the oldest first", "use Export, which has every revision")
		}
		path, err := subjectPath(q.Kind, q.IDs[0])
		return path + "/revisions", values, err
	}
	if q.Oldest {
		values.Set("order", "asc")
	}
	for _, id := range q.IDs {
		values.Add("id", id)
	}
	if q.Business != "" {
		values.Set("business_id", q.Business)
	}
	for i := range q.Filters {
		if err := addFilter(values, q.Kind, &q.Filters[i]); err != nil {
			return "", nil, err
		}
	}
	return "/v1/" + q.Kind.Name, values, nil
}

// addFilter says a filter in parameters. A column's parameter is given once
// for each of the words that it may be, so two filters of words on one column
// cannot be said.
func addFilter(values url.Values, kind *daybook.Kind, f *daybook.Filter) error {
	i, ok := kind.Column(f.Column)
	if !ok {
		return daybook.Invalidf("/"+f.Column, "is no column of %s", kind.Name)
	}
	c := &kind.Columns[i]
	name := f.Column
	switch {
	case f.Op == daybook.OpAbsent:
		values.Add("absent", f.Column)
		return nil
	case f.Op == daybook.OpIn && c.Type != daybook.TypeTexts && !values.Has(name) && len(f.Values) > 0:
	case f.Op == daybook.OpContains && c.Type == daybook.TypeTexts:
	case f.Op == daybook.OpFrom && c == kind.Time():
		name = "since"
	case f.Op == daybook.OpBefore && c == kind.Time():
		name = "until"
	default:
		return unasked("this filter on "+f.Column, "filter what comes back, or ask by SQL")
	}
	for _, v := range f.Values {
		values.Add(name, valueText(c, v))
	}
	return nil
}

func valueText(c *daybook.Column, v daybook.Value) string {
	if c.Type.IsText() {
		return v.Text()
	}
	return string(daybook.AppendValue(nil, c.Type, v))
}

func unasked(what, hint string) error {
	return &daybook.Error{Code: daybook.CodeInvalid, Message: "client: a server does not list " + what, Hint: hint}
}
