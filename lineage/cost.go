package lineage

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

var _ daybook.Coster = (*Reader)(nil)

// mostSums bounds the groups that a store gives of one kind. There are more
// than in the answer: entries are told apart by what they have, too.
const mostSums = 100_000

// Cost tells what agents spent: of conversations, MCP calls, and actions that
// have a cost, as they stand at one moment, each once.
func (r *Reader) Cost(ctx context.Context, p daybook.Principal, q daybook.CostQuery) (*daybook.Cost, error) {
	if err := daybook.CheckCostBy(q.By); err != nil {
		return nil, err
	}
	if q.Limit == 0 {
		q.Limit = daybook.DefaultCostGroups
	}
	if q.Limit < 0 || q.Limit > daybook.MaxCostGroups {
		return nil, limitError(q.Limit, daybook.MaxCostGroups)
	}
	bound := daybook.Query{Business: q.Business}
	if err := confine(p, &bound); err != nil {
		return nil, err
	}
	q.Business = bound.Business
	head, err := r.store.Head(ctx)
	if err != nil {
		return nil, wrap(err)
	}
	b := &bill{query: &q, groups: map[string]*daybook.CostGroup{}}
	sums := daybook.SumsOf(r.store)
	for i := range spendings {
		sp := &spendings[i]
		found, err := sums.Sums(ctx, sp.query(&q, head.Size))
		if err != nil {
			return nil, wrap(err)
		}
		for j := range found {
			b.add(sp, &found[j])
		}
	}
	return b.cost(), nil
}

// A spending is a kind that costs something, and where it says what.
type spending struct {
	kind   *daybook.Kind
	by     map[string][]string // the columns of a dimension
	tokens []string            // of these it took some, or none
	sums   []string            // behind cost_usd
	into   func(s *daybook.Spent, sums []float64)
	priced bool // those without a cost count for nothing
	unless *daybook.Unless
}

// An agent may log a call both as an action and as an MCP call: where the same
// conversation or session has MCP calls with a cost, those count.
var spendings = [...]spending{
	{
		kind: daybook.MustKind("conversations"),
		by: map[string][]string{
			daybook.CostByProvider: {"model_provider"}, daybook.CostByModel: {"model_name", "model_version"}, daybook.CostByDay: {"started_at"},
		},
		tokens: []string{"input_tokens", "output_tokens", "total_tokens"},
		sums:   []string{"input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens"},
		into: func(s *daybook.Spent, n []float64) {
			s.InputTokens, s.OutputTokens, s.ReasoningTokens = daybook.Whole(n[0]), daybook.Whole(n[1]), daybook.Whole(n[4])
			s.CacheReadTokens, s.CacheWriteTokens = daybook.Whole(n[2]), daybook.Whole(n[3])
		},
	},
	{
		kind:   daybook.MustKind("mcp_usage_logs"),
		by:     map[string][]string{daybook.CostByServer: {"server_name"}, daybook.CostByDay: {"called_at"}},
		tokens: []string{"tokens_used"}, sums: []string{"tokens_used"},
		into: func(s *daybook.Spent, n []float64) { s.ToolTokens = daybook.Whole(n[0]) },
	},
	{
		kind: daybook.MustKind("action_logs"), by: map[string][]string{daybook.CostByDay: {"started_at"}}, priced: true,
		into: func(*daybook.Spent, []float64) {},
		unless: &daybook.Unless{
			Column: "action_type", Value: "mcp_call", Kind: daybook.MustKind("mcp_usage_logs"),
			Shares: []string{"conversation_id", "session_id"}, Number: "cost_usd",
		},
	},
}

// columns are those of a dimension; none where the kind does not have it.
func (sp *spending) columns(dimension string) []string {
	switch dimension {
	case daybook.CostByAgent:
		return []string{sp.kind.Agent().Name}
	case daybook.CostByBusiness:
		return []string{"business_id"}
	}
	return sp.by[dimension]
}

// query asks for the sums of the kind.
func (sp *spending) query(q *daybook.CostQuery, size int64) daybook.SumQuery {
	s := daybook.SumQuery{
		Kind: sp.kind, Has: []string{"cost_usd", "price_source"}, Positive: sp.tokens, Sum: append([]string{"cost_usd"}, sp.sums...),
		Unless: sp.unless, Snapshot: size, Business: q.Business, Most: mostSums,
	}
	for _, dimension := range q.By {
		s.By = append(s.By, sp.columns(dimension)...)
	}
	at := sp.kind.Time().Name
	for _, bound := range []struct {
		op   daybook.Op
		time time.Time
	}{{daybook.OpFrom, q.Since}, {daybook.OpBefore, q.Until}} {
		if !bound.time.IsZero() {
			s.Filters = append(s.Filters, daybook.Filter{Column: at, Op: bound.op, Values: []daybook.Value{daybook.TextValue(canon.FormatTime(bound.time))}})
		}
	}
	return s
}

// A bill adds up to the answer.
type bill struct {
	query  *daybook.CostQuery
	groups map[string]*daybook.CostGroup
}

// add puts a sum of a kind into its group.
func (b *bill) add(sp *spending, sum *daybook.Sum) {
	hasCost, computed := sum.Has[0], sum.Has[1]
	if sp.priced && !hasCost {
		return
	}
	s := daybook.Spent{Calls: sum.Count, CostUSD: sum.Sums[0]}
	sp.into(&s, sum.Sums[1:])
	switch {
	case hasCost && computed:
		s.ComputedCalls, s.ComputedUSD = sum.Count, s.CostUSD
	case hasCost:
		s.GivenCalls, s.GivenUSD = sum.Count, s.CostUSD
	case slices.Contains(sum.Positive, true):
		s.UnknownCalls = sum.Count
	}
	g := b.group(sp, sum.By)
	g.Add(&s)
}

// group gives the group of some values of a kind's columns.
func (b *bill) group(sp *spending, values []string) *daybook.CostGroup {
	var g daybook.CostGroup
	var key strings.Builder
	for _, dimension := range b.query.By {
		value := ""
		if dimension == daybook.CostByKind {
			value = sp.kind.Name
		}
		for range sp.columns(dimension) {
			value = cmp.Or(value, values[0])
			values = values[1:]
		}
		g.Set(dimension, value)
		key.WriteString(value + "\x00")
	}
	if b.groups[key.String()] == nil {
		b.groups[key.String()] = &g
	}
	return b.groups[key.String()]
}

// cost makes the answer.
func (b *bill) cost() *daybook.Cost {
	c := &daybook.Cost{By: b.query.By, Groups: []daybook.CostGroup{}}
	if c.By == nil {
		c.By = []string{}
	}
	for _, g := range b.groups {
		c.Total.Add(&g.Spent)
		tidy(&g.Spent)
		if len(c.By) > 0 {
			c.Groups = append(c.Groups, *g)
		}
	}
	tidy(&c.Total)
	slices.SortFunc(c.Groups, b.order)
	if len(c.Groups) > b.query.Limit {
		c.Left = len(c.Groups) - b.query.Limit
		c.Groups = c.Groups[:b.query.Limit]
	}
	return c
}

// order puts days in their order, else the dearest first; what costs the same
// goes by its names.
func (b *bill) order(x, y daybook.CostGroup) int {
	if b.query.By[0] == daybook.CostByDay && x.Day != y.Day {
		return cmp.Compare(x.Day, y.Day)
	}
	c := cmp.Or(cmp.Compare(y.CostUSD, x.CostUSD), cmp.Compare(y.Calls, x.Calls))
	for _, dimension := range b.query.By {
		c = cmp.Or(c, cmp.Compare(x.Of(dimension), y.Of(dimension)))
	}
	return c
}

func tidy(s *daybook.Spent) {
	for _, dollars := range []*float64{&s.CostUSD, &s.ComputedUSD, &s.GivenUSD} {
		*dollars = daybook.Dollars(*dollars)
	}
}
