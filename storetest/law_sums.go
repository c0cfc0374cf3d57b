package storetest

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"pgregory.net/rapid"
)

var (
	sumsKind   = daybook.MustKind("action_logs")
	othersKind = daybook.MustKind("mcp_usage_logs")
)

// lawSums adds columns up: what a store gives in its own way is what a look at
// all entries gives, and what Select gives.
func lawSums(t *testing.T, at Opener) {
	s := open(t, at)
	w := NewWriter(s)
	for i := range 6 {
		records := make([]daybook.Record, 15)
		for n := range records {
			records[n] = spendings(sumsKind).Example(100*i + n)
		}
		written := mustWrite(t, w, records...)
		for n := range records {
			records[n] = spendings(othersKind).Example(100*i + n)
		}
		mustWrite(t, w, append(records, dearer(written, i)...)...)
	}
	all := mustSelect(t, s, daybook.Query{Kind: sumsKind, Revisions: true, Oldest: true})
	others := mustSelect(t, s, daybook.Query{Kind: othersKind, Oldest: true})
	check(t, func(t *rapid.T) {
		q := sumQueries(all, mustHead(t, s).Size).Draw(t, "query")
		want := pickSums(all, others, q)
		wantSums(t, "the store's own way", daybook.SumsOf(s), q, want)
		wantSums(t, "by Select", daybook.SelectSums(s), q, want)
	})
	_, err := daybook.SumsOf(s).Sums(t.Context(), daybook.SumQuery{Kind: sumsKind, By: []string{"action_id"}, Snapshot: mustHead(t, s).Size, Most: 3})
	wantCode(t, "more groups than are wanted", err, daybook.CodeTooLarge)
}

// spendings are entries of few agents, businesses, conversations and days.
func spendings(k *daybook.Kind) *rapid.Generator[daybook.Record] {
	return rapid.Custom(func(t *rapid.T) daybook.Record {
		r := stored(k).Draw(t, "entry")
		for column, among := range map[string][]string{
			"business_id": {"default", "acme", "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"}, "agent_position": {"CFO", "Ä", "x\ny"}, "action_type": {"mcp_call", "file_write"},
			"conversation_id": {"c-1", "c-2", "c-3", "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b02"}, "session_id": {"s-1", "s-2"},
			k.Time().Name: {"2026-01-31T23:59:59.999999Z", "2026-02-01T00:00:00.000000Z", "1969-12-31T23:59:59.999999Z", "1969-12-31T00:00:00.000000Z", "1970-01-01T00:00:00.000000Z"},
		} {
			v := daybook.TextValue(rapid.SampledFrom(among).Draw(t, column))
			if i, ok := k.Column(column); ok && !k.Columns[i].Required && rapid.IntRange(0, 4).Draw(t, column+" absent") == 0 && column != k.Time().Name && column != "business_id" {
				v = daybook.Value{}
			}
			r.Set(column, v)
		}
		r.Set("cost_usd", rapid.SampledFrom([]daybook.Value{{}, daybook.FloatValue(0), daybook.FloatValue(0.5), daybook.FloatValue(3)}).Draw(t, "cost"))
		r.Set("duration_ms", rapid.SampledFrom([]daybook.Value{{}, daybook.IntValue(0), daybook.IntValue(7)}).Draw(t, "duration"))
		return r
	})
}

// dearer gives further revisions of some entries.
func dearer(written []*daybook.Entry, seed int) []daybook.Record {
	var records []daybook.Record
	for i, e := range written {
		if (i+seed)%3 == 0 {
			r := daybook.Record{Kind: e.Kind, Values: slices.Clone(e.Values)}
			r.SetLogID("")
			r.Set("cost_usd", daybook.FloatValue(e.Get("cost_usd").Float()+1))
			records = append(records, r)
		}
	}
	return records
}

func sumQueries(all []*daybook.Entry, size int64) *rapid.Generator[daybook.SumQuery] {
	some := func(t *rapid.T, what string, among ...string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(among), 0, len(among), rapid.ID).Draw(t, what)
	}
	return rapid.Custom(func(t *rapid.T) daybook.SumQuery {
		q := daybook.SumQuery{
			Kind: sumsKind, Snapshot: size, By: some(t, "by", "agent_position", "business_id", "started_at", "conversation_id", "session_id"),
			Has: some(t, "has", "cost_usd", "session_id"), Positive: some(t, "positive", "cost_usd", "duration_ms"), Sum: some(t, "sum", "cost_usd", "duration_ms"),
		}
		if rapid.Bool().Draw(t, "of a snapshot") {
			q.Snapshot = rapid.Int64Range(0, size).Draw(t, "snapshot")
		}
		if rapid.Bool().Draw(t, "of a business") {
			q.Business = rapid.SampledFrom(all).Draw(t, "business").Business()
		}
		if rapid.Bool().Draw(t, "of an agent") {
			q.Filters = append(q.Filters, daybook.Is("agent_position", rapid.SampledFrom(all).Draw(t, "agent").Agent()))
		}
		if rapid.Bool().Draw(t, "since") {
			v := daybook.TextValue(rapid.SampledFrom(all).Draw(t, "since").Time())
			q.Filters = append(q.Filters, daybook.Filter{Column: "started_at", Op: daybook.OpFrom, Values: []daybook.Value{v}})
		}
		if rapid.Bool().Draw(t, "unless") {
			q.Unless = &daybook.Unless{Column: "action_type", Value: "mcp_call", Kind: othersKind, Shares: []string{"conversation_id", "session_id"}, Number: "cost_usd"}
		}
		return q
	})
}

// pickSums looks at every entry, the oldest first.
func pickSums(all, others []*daybook.Entry, q daybook.SumQuery) map[string]daybook.Sum {
	newest := map[string]*daybook.Entry{}
	for _, e := range all {
		if e.Seq < q.Snapshot {
			newest[e.SubjectID()] = e
		}
	}
	found := map[string]daybook.Sum{}
	for _, e := range newest {
		if q.Business != "" && e.Business() != q.Business || !keeps(q.Filters, e) || q.Unless != nil && told(q, others, e) {
			continue
		}
		s := daybook.Sum{Sums: make([]float64, len(q.Sum))}
		for _, name := range q.By {
			s.By = append(s.By, daybook.DayOf(e.Kind, name, e.Text(name)))
		}
		for _, name := range q.Has {
			s.Has = append(s.Has, e.Get(name).IsSet())
		}
		for _, name := range q.Positive {
			at, _ := e.Kind.Column(name)
			s.Positive = append(s.Positive, e.Values[at].Number(e.Kind.Columns[at].Type) > 0)
		}
		key := fmt.Sprintf("%q %v %v", s.By, s.Has, s.Positive)
		if there, ok := found[key]; ok {
			s = there
		}
		s.Count++
		for i, name := range q.Sum {
			at, _ := e.Kind.Column(name)
			s.Sums[i] += e.Values[at].Number(e.Kind.Columns[at].Type)
		}
		found[key] = s
	}
	return found
}

func keeps(filters []daybook.Filter, e *daybook.Entry) bool {
	return !slices.ContainsFunc(filters, func(f daybook.Filter) bool {
		v := e.Get(f.Column).Text()
		return f.Op == daybook.OpIn && v != f.Values[0].Text() || f.Op == daybook.OpFrom && v < f.Values[0].Text()
	})
}

// told says that another entry tells of the same.
func told(q daybook.SumQuery, others []*daybook.Entry, e *daybook.Entry) bool {
	return e.Text(q.Unless.Column) == q.Unless.Value && slices.ContainsFunc(others, func(o *daybook.Entry) bool {
		return o.Seq < q.Snapshot && o.Business() == e.Business() && o.Get(q.Unless.Number).Float() > 0 &&
			slices.ContainsFunc(q.Unless.Shares, func(name string) bool { return e.Text(name) != "" && o.Text(name) == e.Text(name) })
	})
}

func wantSums(t asserter, what string, s daybook.Summer, q daybook.SumQuery, want map[string]daybook.Sum) {
	t.Helper()
	got, err := s.Sums(context.Background(), q)
	must(t, err)
	left := maps.Clone(want)
	for _, g := range got {
		by := g.By
		if len(by) == 0 {
			by = []string{}
		}
		key := fmt.Sprintf("%q %v %v", by, g.Has, g.Positive)
		w, ok := left[key]
		delete(left, key)
		same := ok && g.Count == w.Count && slices.EqualFunc(g.Sums, w.Sums, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })
		if !same {
			t.Fatalf("%s: %+v: got %+v, want %+v", what, q, g, w)
		}
	}
	if len(left) > 0 {
		t.Fatalf("%s: %+v: lacks %s", what, q, strings.Join(slices.Collect(maps.Keys(left)), "; "))
	}
}
