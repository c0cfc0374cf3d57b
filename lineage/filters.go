package lineage

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// ParseFilters reads a question for a list of a kind from the parameters of a
// URL, or from flags of the same names:
//
//   - COLUMN=value for any column of a single value; given several times, it
//     is one of them
//   - COLUMN=value for a column of texts: it holds the value; given several
//     times, it holds them all
//   - absent=COLUMN: the column has no value
//   - since, until: the kind's own time is from then on, or before then, as
//     [ParseSince] reads them
//   - id: the subject, or one of several
//   - order=desc (the default) or asc, in which the current revisions were
//     written: the last written first or the first written first, whatever the
//     kind's own times are
//   - limit, and cursor, a page's Next
//
// Other names, and values that do not fit, are of CodeInvalid.
func ParseFilters(kind *daybook.Kind, values url.Values) (daybook.Query, error) {
	return parseFilters(kind, values, time.Now())
}

func parseFilters(kind *daybook.Kind, values url.Values, now time.Time) (daybook.Query, error) {
	q := daybook.Query{Kind: kind}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, text := range values[name] {
			if err := parseParameter(&q, name, text, now); err != nil {
				return q, daybook.Under("/"+name, err)
			}
		}
	}
	return q, nil
}

func parseParameter(q *daybook.Query, name, text string, now time.Time) error {
	if text == "" {
		e := daybook.Invalidf("", "is empty")
		e.Hint = fmt.Sprintf("leave it out for any, or ask absent=%s for entries without it", name)
		return e
	}
	switch name {
	case "since":
		return addTime(q, daybook.OpFrom, text, now)
	case "until":
		return addTime(q, daybook.OpBefore, text, now)
	case "limit":
		return setLimit(q, text)
	case "cursor":
		return q.GoOn(text)
	case "order":
		return setOrder(q, text)
	case "id", q.Kind.Subject().Name:
		id, err := parseSubject(q.Kind, text)
		q.IDs = append(q.IDs, id)
		return err
	case "absent":
		return addAbsent(q, text)
	}
	return addColumn(q, name, text)
}

func addTime(q *daybook.Query, op daybook.Op, text string, now time.Time) error {
	t, err := ParseSince(text, now)
	if err != nil {
		return err
	}
	q.Filters = append(q.Filters, timeFilter(q.Kind.Time().Name, op, t))
	return nil
}

func timeFilter(column string, op daybook.Op, t time.Time) daybook.Filter {
	return daybook.Filter{Column: column, Op: op, Values: []daybook.Value{daybook.TextValue(canon.FormatTime(t))}}
}

func setLimit(q *daybook.Query, text string) error {
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > MaxPage {
		e := daybook.Invalidf("", "%q is not a limit", daybook.Clip(text))
		e.Hint = fmt.Sprintf("ask for 1 to %d", MaxPage)
		return e
	}
	q.Limit = limit
	return nil
}

func setOrder(q *daybook.Query, text string) error {
	if text != "asc" && text != "desc" {
		e := daybook.Invalidf("", "%q is not an order", daybook.Clip(text))
		e.Hint = "asc is the first written first, desc the last written first"
		return e
	}
	q.Oldest = text == "asc"
	return nil
}

func addAbsent(q *daybook.Query, column string) error {
	i, ok := q.Kind.Column(column)
	if !ok || !Filterable(&q.Kind.Columns[i]) {
		return unknownFilter(q.Kind, column)
	}
	q.Filters = append(q.Filters, daybook.Filter{Column: column, Op: daybook.OpAbsent})
	return nil
}

// addColumn adds a value to the filter on a column, or begins one.
func addColumn(q *daybook.Query, name, text string) error {
	i, ok := q.Kind.Column(name)
	if !ok || !Filterable(&q.Kind.Columns[i]) {
		return unknownFilter(q.Kind, name)
	}
	column := &q.Kind.Columns[i]
	if column.Type == daybook.TypeTexts {
		q.Filters = append(q.Filters, holds(name, text))
		return nil
	}
	v, err := column.ParseText(text)
	if err != nil {
		return err
	}
	if !v.IsSet() {
		return daybook.Invalidf("", "%q is not a value; ask absent=%s for entries without it", text, name)
	}
	for j := range q.Filters {
		if f := &q.Filters[j]; f.Column == name && f.Op == daybook.OpIn {
			f.Values = append(f.Values, v)
			return nil
		}
	}
	q.Filters = append(q.Filters, daybook.Filter{Column: name, Op: daybook.OpIn, Values: []daybook.Value{v}})
	return nil
}

func holds(column, text string) daybook.Filter {
	return daybook.Filter{Column: column, Op: daybook.OpContains, Values: []daybook.Value{daybook.TextValue(text)}}
}

// Filterable says whether a list can be narrowed by a column: not by what holds
// no single value or text, nor by what nobody looks for.
func Filterable(c *daybook.Column) bool {
	switch c.Type {
	case daybook.TypeJSON, daybook.TypeOptions, daybook.TypeHex:
		return false
	}
	return c.Name != "kind"
}

func unknownFilter(kind *daybook.Kind, name string) error {
	var names []string
	for i := range kind.Columns {
		if Filterable(&kind.Columns[i]) {
			names = append(names, kind.Columns[i].Name)
		}
	}
	e := daybook.Invalidf("", "%s cannot be filtered by %q", kind.Name, daybook.Clip(name))
	e.Hint = "filter by since, until, id, absent, order, limit, cursor, or a column: " + strings.Join(names, ", ")
	return e
}

// parseSubject brings the id of a subject into its canonical form.
func parseSubject(kind *daybook.Kind, id string) (string, error) {
	v, err := kind.Subject().ParseText(id)
	if err != nil {
		return "", err
	}
	if kind.Subject().Type == daybook.TypeInt {
		return strconv.FormatInt(v.Int(), 10), nil
	}
	return v.Text(), nil
}
