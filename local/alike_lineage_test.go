package local_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/lineage"
)

// ofSessions compares sessions and plans to undo them.
func ofSessions(entries []*daybook.Entry) []question {
	ids := []string{"x", idOf(998)}
	for _, e := range entries {
		if !slices.Contains(ids, e.SubjectID()) {
			ids = append(ids, e.SubjectID())
		}
	}
	var asks []question
	for i, id := range ids {
		for _, p := range whom {
			asks = append(asks,
				question{"diff " + id, func(ctx context.Context, r *lineage.Reader) (any, error) {
					return lineage.Diff(ctx, r, p, id, ids[(i+1)%len(ids)])
				}},
				question{"previous " + id, func(ctx context.Context, r *lineage.Reader) (any, error) { return lineage.PreviousRun(ctx, r, p, id) }},
				question{"rollback " + id, func(ctx context.Context, r *lineage.Reader) (any, error) {
					return lineage.RollbackPlan(ctx, r, p, lineage.RollbackQuery{Session: id, Affected: i%2 == 0})
				}})
		}
	}
	return asks
}

// ofNodes walks from every node.
func ofNodes(edges []*daybook.Entry) []question {
	nodes := []string{"", "x", "no.such", "gold.report.*", "GOLD.REPORT", "silver.observation.VALUE", "a.b.c.d"}
	for _, e := range edges {
		source, target := textOf(e, "source_schema")+"."+textOf(e, "source_name"), textOf(e, "target_schema")+"."+textOf(e, "target_name")
		nodes = append(nodes, source, target, source+"."+textOf(e, "source_column"), target+"."+textOf(e, "target_column"), textOf(e, "target_name"))
	}
	slices.Sort(nodes)
	nodes = slices.Compact(nodes)
	var asks []question
	for i, node := range nodes {
		p := whom[i%2]
		for _, as := range []time.Time{{}, time.Date(2026, 1, 31, 9, 0, 6, 0, time.UTC), time.Date(2026, 1, 31, 9, 0, 30, 500, time.UTC), time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)} {
			for _, d := range []daybook.Direction{daybook.Upstream, daybook.Downstream, daybook.Both, "sideways"} {
				for j := range 3 {
					q := daybook.LineageQuery{Node: node, Direction: d, AsOf: as, Columns: j > 0, Indirect: j > 1, Depth: []int{0, 1, 100}[(i+j)%3]}
					if i%5 == 0 {
						q.Origins, q.Relationships = []string{"PARSED"}, []string{"DERIVES_FROM", "COPIES"}
					}
					asks = append(asks, question{fmt.Sprintf("lineage %+v", q), func(ctx context.Context, r *lineage.Reader) (any, error) { return r.Lineage(ctx, p, q) }})
				}
			}
			q := daybook.WhyQuery{Node: node, AsOf: as, Limit: []int{0, 1, 200}[i%3]}
			asks = append(asks, question{fmt.Sprintf("why %+v", q), func(ctx context.Context, r *lineage.Reader) (any, error) { return r.Why(ctx, p, q) }})
		}
	}
	return asks
}

// textOf gives a value of an entry, "" for none.
func textOf(e *daybook.Entry, column string) string {
	if i, ok := e.Kind.Column(column); ok && e.Values[i].IsSet() {
		return e.Values[i].Text()
	}
	return ""
}

// ofNames asks what happened to tables and what agents did, page by page.
func ofNames(all map[*daybook.Kind][]*daybook.Entry) []question {
	names := []string{"", "x", "silver.observation", "SILVER.observation", "silver", "bronze.wasde_cell", "gold.report", " a.b", "a.b", "bronze.Üml \"x\"", "%", "nul\x00", "E' OR 1=1", "é", "e\u0301", "ß", "İ"}
	for k, entries := range all {
		for i := range k.Columns {
			if slices.Contains([]string{"agent_id", "agent_position", "source_agent", "output_table", "artifact_name"}, k.Columns[i].Name) {
				for _, e := range entries {
					if e.Values[i].IsSet() {
						names = append(names, e.Values[i].Text())
					}
				}
			}
		}
	}
	slices.Sort(names)
	var asks []question
	for i, name := range slices.Compact(names) {
		for _, since := range []time.Time{{}, time.Date(2026, 1, 31, 9, 0, 20, 0, time.UTC)} {
			for _, limit := range []int{0, 2, 10_001} {
				p := whom[(i+limit)%2]
				asks = append(asks,
					question{fmt.Sprintf("history %q %v %d", name, since, limit), func(ctx context.Context, r *lineage.Reader) (any, error) {
						return r.History(ctx, p, daybook.HistoryQuery{Table: name, Since: since, Limit: limit})
					}},
					question{fmt.Sprintf("activity %q %v %d", name, since, limit), func(ctx context.Context, r *lineage.Reader) (any, error) {
						return r.Activity(ctx, p, daybook.ActivityQuery{Agent: name, Since: since, Limit: limit})
					}})
			}
		}
	}
	return asks
}

// ofSpending adds up by everything.
func ofSpending() []question {
	by := [][]string{nil, {"nonesuch"}, daybook.CostDimensions()}
	for _, one := range daybook.CostDimensions() {
		for _, other := range daybook.CostDimensions() {
			if one != other {
				by = append(by, []string{one, other})
			}
		}
		by = append(by, []string{one})
	}
	var asks []question
	for _, dimensions := range by {
		for i, q := range []daybook.CostQuery{{}, {Since: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)}, {Until: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Business: "zeta"}, {Limit: 2}} {
			q.By = dimensions
			for _, p := range whom {
				asks = append(asks, question{fmt.Sprintf("cost %d %+v", i, q), func(ctx context.Context, r *lineage.Reader) (any, error) { return r.Cost(ctx, p, q) }})
			}
		}
	}
	return asks
}
