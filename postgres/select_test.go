package postgres

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/jackc/pgx/v5"
)

// crowded is a store with 30,000 sessions of one agent, of which each tenth was
// amended; behind them, far away, those of another; and some of a third strewn
// among the first.
func crowded(t *testing.T) *Store {
	t.Helper()
	address := testURL(t)
	pgtest.Exec(t, address, `
CREATE TEMP TABLE i AS SELECT i::bigint AS seq, CASE WHEN i % 3000 = 7 THEN 'rare' ELSE 'busy' END AS agent, 1 AS revision, i AS of FROM generate_series(0, 29999) AS i
  UNION ALL SELECT 30000 + i, CASE WHEN i * 10 % 3000 = 7 THEN 'rare' ELSE 'busy' END, 2, i * 10 FROM generate_series(0, 2999) AS i
  UNION ALL SELECT 1000000 + i, 'late', 1, 1000000 + i FROM generate_series(0, 49) AS i;
INSERT INTO ledger.transformation_session (seq, logged_at, agent_id, business_id, id, principal, revision, salt, started_at, status, source_tables)
  SELECT seq, '2026-01-01 00:00Z'::timestamptz + seq * interval '1 s', agent, 'default', md5(of::text)::uuid, 'ci', revision, decode(md5(seq::text), 'hex'),
    '2026-01-01 00:00Z'::timestamptz + of * interval '1 s', 'ACTIVE', ARRAY['bronze.t' || of % 2]  FROM i;
INSERT INTO ledger.spine SELECT seq, md5('s' || seq)::uuid, 7, logged_at, '2027-01-01Z', sha256(salt) FROM ledger.transformation_session;
ANALYZE ledger.transformation_session, ledger.spine`)
	return openStore(t, address, Options{})
}

func seqsOf(entries []*daybook.Entry) []int64 {
	seqs := []int64{}
	for _, e := range entries {
		seqs = append(seqs, e.Seq)
	}
	return seqs
}

// However PostgreSQL is told to go about it, a question has one answer.
func TestPlansGiveTheSame(t *testing.T) {
	t.Parallel()
	s := crowded(t)
	k := daybook.MustKind("transformation_session")
	at := func(op daybook.Op, seconds int) daybook.Filter {
		v := daybook.TextValue(fmt.Sprintf("2026-01-01T%02d:%02d:00.000000Z", seconds/3600, seconds/60%60))
		return daybook.Filter{Column: "started_at", Op: op, Values: []daybook.Value{v}}
	}
	of := func(table string) daybook.Filter {
		return daybook.Filter{Column: "source_tables", Op: daybook.OpContains, Values: []daybook.Value{daybook.TextValue(table)}}
	}
	for name, c := range map[string]struct {
		q    daybook.Query
		want way
	}{
		"of many":                  {daybook.Query{Filters: []daybook.Filter{daybook.Is("agent_id", "busy")}}, wayNearby},
		"of many, the oldest":      {daybook.Query{Filters: []daybook.Filter{daybook.Is("agent_id", "busy")}, Oldest: true}, wayNearby},
		"of many, a page":          {daybook.Query{Filters: []daybook.Filter{daybook.Is("agent_id", "busy")}, After: new(int64(20_000)), Snapshot: 31_000}, wayNearby},
		"of many, an older page":   {daybook.Query{Filters: []daybook.Filter{daybook.Is("agent_id", "busy")}, After: new(int64(20_000)), Snapshot: 31_000, Oldest: true}, wayNearby},
		"of many, in a snapshot":   {daybook.Query{Filters: []daybook.Filter{daybook.Is("agent_id", "busy")}, Snapshot: 31_000}, wayNearby},
		"of many, in two tables":   {daybook.Query{Filters: []daybook.Filter{daybook.Is("agent_id", "busy", "late"), at(daybook.OpFrom, 60)}}, wayNearby},
		"of a few":                 {daybook.Query{Filters: []daybook.Filter{daybook.Is("agent_id", "rare")}}, wayFirst},
		"of nobody":                {daybook.Query{Filters: []daybook.Filter{daybook.Is("agent_id", "nobody")}}, wayFirst},
		"of many, for an hour":     {daybook.Query{Filters: []daybook.Filter{daybook.Is("agent_id", "busy"), at(daybook.OpFrom, 3600), at(daybook.OpBefore, 7200)}}, wayFirst},
		"that read a table":        {daybook.Query{Filters: []daybook.Filter{of("bronze.t0")}}, wayFirst},
		"that read a table, busy":  {daybook.Query{Filters: []daybook.Filter{of("bronze.t1"), daybook.Is("agent_id", "busy", "late")}}, wayFirst},
		"with a status":            {daybook.Query{Filters: []daybook.Filter{daybook.Is("status", "ACTIVE")}}, wayWalk},
		"any":                      {daybook.Query{}, wayWalk},
		"all revisions":            {daybook.Query{Revisions: true, Filters: []daybook.Filter{daybook.Is("agent_id", "busy")}}, wayNearby},
		"by their seqs":            {daybook.Query{Seqs: []int64{1, 20, 30_001, 1_000_001, 77_777}}, wayFirst},
		"by their seqs, of a page": {daybook.Query{Seqs: []int64{1, 20, 21, 22, 30_001}, After: new(int64(22))}, wayFirst},
		"by log_id":                {daybook.Query{Filters: []daybook.Filter{daybook.Is("log_id", query[string](t, s, "SELECT log_id::text FROM ledger.spine WHERE seq = 11"))}}, wayFirst},
	} {
		for _, limit := range []int{40, 1} {
			q := c.q
			q.Kind, q.Limit = k, limit
			b, err := s.selection(q)
			must(t, err)
			want, err := s.run(t.Context(), s.pool, b, q, wayFree)
			must(t, err)
			how, err := s.choose(t.Context(), s.pool, b, q)
			must(t, err)
			if limit == 40 && how != c.want {
				t.Errorf("%s: goes by way %d, want %d", name, how, c.want)
			}
			for _, how := range []way{wayFirst, wayWalk, wayNearby} {
				if how == wayFirst && len(b.keys)+len(b.found) == 0 || how != wayFirst && len(b.keys) > 0 {
					continue
				}
				got, err := s.run(t.Context(), s.pool, b, q, how)
				must(t, err)
				isPart := how == wayNearby && len(got) < limit // what is near was not enough
				if !isPart && !slices.Equal(seqsOf(got), seqsOf(want)) {
					t.Errorf("%s, limit %d, by way %d: got %v, want %v", name, limit, how, seqsOf(got), seqsOf(want))
				}
			}
			got, err := s.Select(t.Context(), q)
			must(t, err)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s, limit %d: got %v, want %v", name, limit, seqsOf(got), seqsOf(want))
			}
		}
	}
}

// A question for the newest of an agent looks at few rows, however many there
// are and wherever they stand.
func TestQuestionsLookAtFewRows(t *testing.T) {
	t.Parallel()
	s := crowded(t)
	for name, q := range map[string]daybook.Query{
		"any": {}, "of many": {Filters: []daybook.Filter{daybook.Is("agent_id", "busy")}, Snapshot: 31_000},
		"of a few": {Filters: []daybook.Filter{daybook.Is("agent_id", "rare")}}, "of nobody": {Filters: []daybook.Filter{daybook.Is("agent_id", "nobody")}},
		"an old one": {IDs: []string{"cfcd2084-95d5-65ef-66e7-dff9f98764da"}}, "old ones": {Seqs: []int64{5, 6, 7}},
	} {
		q.Kind, q.Limit = daybook.MustKind("transformation_session"), 20
		b, err := s.selection(q)
		must(t, err)
		how, err := s.choose(t.Context(), s.pool, b, q)
		must(t, err)
		sql, args := b.sql(q, how)
		var plans []struct{ Plan planNode }
		must(t, s.read(t.Context(), "explain", func(ctx context.Context, c *pgx.Conn) error {
			return c.QueryRow(ctx, s.sql("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) "+sql), append([]any{pgx.QueryExecModeCacheDescribe}, args...)...).Scan(&plans)
		}))
		if n := plans[0].Plan.looked(); n > 300 {
			t.Errorf("%s: looks at %v rows by way %d", name, n, how)
		}
	}
}

// planNode is what a part of a plan did.
type planNode struct {
	Rows    float64 `json:"Actual Rows"`
	Loops   float64 `json:"Actual Loops"`
	Removed float64 `json:"Rows Removed by Filter"`
	Plans   []planNode
}

func (n planNode) looked() float64 {
	rows := (n.Rows + n.Removed) * n.Loops
	for _, part := range n.Plans {
		rows += part.looked()
	}
	return rows
}
