package postgres

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
)

var _ daybook.Summer = (*Store)(nil)

// Sums implements [daybook.Summer]: PostgreSQL groups and adds, with as many
// processes as it sees fit. Numbers are added as decimals, so that neither their
// order nor their number leaves digits of its own in a sum.
func (s *Store) Sums(ctx context.Context, q daybook.SumQuery) (found []daybook.Sum, err error) {
	if q.Snapshot <= 0 {
		return nil, nil
	}
	p := &sumPlan{q: q}
	b, err := s.selection(daybook.Query{Kind: q.Kind, Filters: q.Filters, Business: q.Business, Snapshot: q.Snapshot})
	if err != nil || b.none {
		return nil, err
	}
	p.selection = b
	sql, err := p.sql()
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, "add up", func(ctx context.Context, c *pgx.Conn) error {
		sums := daybook.NewSums(q)
		err := s.each(ctx, c, sql, b.args, func(raw [][]byte) error { return p.row(sums, raw) })
		if err == nil {
			found = sums.All()
		}
		return err
	})
	return found, err
}

// sumPlan is how a sum becomes SQL, and groups are read.
type sumPlan struct {
	*selection
	q    daybook.SumQuery
	by   []*daybook.Column
	text reader
}

// sql gives the statement: a row a group.
func (p *sumPlan) sql() (string, error) {
	var list, groups []string
	group := func(names []string, form func(c *daybook.Column) string) error {
		for _, name := range names {
			c, err := p.column(p.table.kind, name)
			if err != nil {
				return err
			}
			list = append(list, form(c))
			groups = append(groups, strconv.Itoa(len(list)))
		}
		return nil
	}
	err := group(p.q.By, func(c *daybook.Column) string {
		p.by = append(p.by, c)
		if c.Type == daybook.TypeTime {
			return "(" + operand(c) + " AT TIME ZONE 'UTC')::date"
		}
		return operand(c)
	})
	if err == nil {
		err = group(p.q.Has, func(c *daybook.Column) string { return operand(c) + " IS NOT NULL" })
	}
	if err == nil {
		err = group(p.q.Positive, func(c *daybook.Column) string { return "coalesce(" + operand(c) + " > 0, false)" })
	}
	if err != nil {
		return "", err
	}
	list = append(list, "count(*)")
	for _, name := range p.q.Sum {
		c, err := p.column(p.table.kind, name)
		if err != nil {
			return "", err
		}
		list = append(list, "sum("+operand(c)+"::text::numeric)::text")
	}
	if err := p.newest(); err != nil {
		return "", err
	}
	sql := "SELECT " + strings.Join(list, ", ") + " FROM " + place(p.table.kind) + whereAll(p.spans, p.keys, p.found, p.where)
	if len(groups) > 0 {
		sql += " GROUP BY " + strings.Join(groups, ", ")
	} else {
		sql += " HAVING count(*) > 0"
	}
	if p.q.Most > 0 {
		sql += " LIMIT " + p.arg(p.q.Most+1)
	}
	return sql, nil
}

// newest wants the newest revisions alone, less what another kind tells of.
func (p *sumPlan) newest() error {
	if p.table.kind.Amendable() {
		put(&p.where, p.noNext(p.q.Snapshot, ""))
	}
	if p.q.Unless == nil {
		return nil
	}
	return p.unless(p.q.Unless)
}

func (p *sumPlan) column(k *daybook.Kind, name string) (*daybook.Column, error) {
	i, ok := k.Column(name)
	if !ok {
		return nil, daybook.Invalidf("/"+name, "%s has no such column", k.Name)
	}
	return &k.Columns[i], nil
}

// unless leaves out what another kind tells of, by the indexes of what both
// share.
func (p *sumPlan) unless(u *daybook.Unless) error {
	c, err := p.column(p.table.kind, u.Column)
	if err != nil {
		return err
	}
	same := make([]string, len(u.Shares))
	for i, name := range u.Shares {
		same[i] = fmt.Sprintf("EXISTS (SELECT 1 FROM {{ledger}}.%s AS o WHERE o.%s = r.%s AND o.business_id = r.business_id AND o.%s > 0 AND o.seq < %s::bigint)",
			tableName(u.Kind), quoted(name), quoted(name), quoted(u.Number), p.arg(p.q.Snapshot))
	}
	put(&p.where, "NOT ("+operand(c)+" IS NOT DISTINCT FROM "+p.arg(u.Value)+"::text AND ("+strings.Join(same, " OR ")+"))")
	return nil
}

// row reads a group.
func (p *sumPlan) row(sums *daybook.Sums, raw [][]byte) error {
	var g daybook.Sum
	at := 0
	next := func() []byte { at++; return raw[at-1] }
	var key []byte
	for _, c := range p.by {
		text, fault := p.group(c, next())
		if fault != "" {
			return damagedf("%s.%s %s", p.table.kind.Name, c.Name, fault)
		}
		g.By = append(g.By, text)
		key = strconv.AppendQuote(key, text)
	}
	for range p.q.Has {
		g.Has = append(g.Has, next()[0] != 0)
	}
	for range p.q.Positive {
		g.Positive = append(g.Positive, next()[0] != 0)
	}
	key = fmt.Appendf(key, "%v %v", g.Has, g.Positive)
	group, err := sums.Of(key, func() (daybook.Sum, error) { return g, nil })
	if err != nil {
		return err
	}
	n, ok := int64Of(next())
	if !ok {
		return internalf("a count came as something else")
	}
	group.Count += n
	for i := range p.q.Sum {
		text := next()
		if text == nil {
			continue
		}
		sum, _ := strconv.ParseFloat(string(text), 64) // what is too great is infinite, which the adder bounds
		if math.IsNaN(sum) {
			return damagedf("%s.%s holds a number that no entry has", p.table.kind.Name, p.q.Sum[i])
		}
		group.Adders[i].Add(sum)
	}
	return nil
}

// group gives what a column's value parts entries by.
func (p *sumPlan) group(c *daybook.Column, raw []byte) (text, fault string) {
	switch {
	case raw == nil:
		return "", ""
	case c.Type == daybook.TypeTime:
		day, ok := dateText(raw)
		if !ok {
			return "", "does not hold a time"
		}
		return day, ""
	default:
		p.text.text = p.text.text[:0]
		fault = p.text.append(c, raw)
		return string(p.text.text), fault
	}
}
