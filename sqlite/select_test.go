package sqlite

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
	"zombiezen.com/go/sqlite"
)

func openTest(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// Rare or not, an agent's entries are the same.
func TestAgentsEitherWay(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	w := storetest.NewWriter(s)
	k := daybook.MustKind("conversations")
	start := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)
	for i := range 120 {
		r, err := daybook.RecordOf(daybook.Conversation{
			ConversationID: fmt.Sprint("c", i%100), AgentPosition: fmt.Sprint("agent", i%3), BusinessID: fmt.Sprint("b", i%2), StartedAt: start.Add(time.Duration(i*7%50) * time.Hour),
		})
		if err == nil {
			_, err = w.Write(t.Context(), r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	since := daybook.Filter{Column: "started_at", Op: daybook.OpFrom, Values: []daybook.Value{daybook.TextValue("2026-02-01T00:00:00.000000Z")}}
	until := daybook.Filter{Column: "started_at", Op: daybook.OpBefore, Values: []daybook.Value{daybook.TextValue("2026-02-01T12:00:00.000000Z")}}
	for _, q := range []daybook.Query{
		{Filters: []daybook.Filter{daybook.Is("agent_position", "agent1")}},
		{Filters: []daybook.Filter{daybook.Is("agent_position", "agent1", "agent2")}, Limit: 7},
		{Filters: []daybook.Filter{since, daybook.Is("agent_position", "agent0"), until}, Oldest: true},
		{Filters: []daybook.Filter{daybook.Is("agent_position", "agent0"), daybook.Is("business_id", "b1")}, Revisions: true, Limit: 10},
		{Filters: []daybook.Filter{daybook.Is("agent_position", "agent0"), since}, Business: "b0", After: new(int64(50)), Limit: 5},
		{Filters: []daybook.Filter{daybook.Is("agent_position", "agent2")}, After: new(int64(50)), Limit: 5, Oldest: true},
		{Filters: []daybook.Filter{daybook.Is("agent_position", "agent2"), since}, After: new(int64(50)), Snapshot: 110, Limit: 5, Oldest: true},
		{Filters: []daybook.Filter{daybook.Is("agent_position", "agent1")}, After: new(int64(70)), Snapshot: 110, Limit: 30},
		{Filters: []daybook.Filter{daybook.Is("agent_position", "nobody")}, Limit: 5},
	} {
		q.Kind = k
		var seqs [2][]int64
		for way, first := range []bool{false, true} {
			b := s.selectionOf(t, q)
			b.first = first
			c := s.writer.conn
			stmt, err := c.prepare(b.sql(q))
			if err != nil {
				t.Fatal(err)
			}
			bindAll(stmt, b.binds)
			entries, err := b.table.entries(stmt)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				seqs[way] = append(seqs[way], e.Seq)
			}
			plan := s.plan(t, b.sql(q))
			if covering := strings.Contains(plan, "USING COVERING INDEX ledger_conversations_agent"); covering != first || !first && strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("first=%t has the plan\n%s", first, plan)
			}
		}
		if !slices.Equal(seqs[0], seqs[1]) {
			t.Errorf("%+v gives %v or %v", q, seqs[0], seqs[1])
		}
	}
}

func (s *Store) selectionOf(t *testing.T, q daybook.Query) *selection {
	t.Helper()
	b := &selection{table: s.tables[q.Kind]}
	if err := b.conditions(q); err != nil {
		t.Fatal(err)
	}
	return b
}

func (s *Store) plan(t *testing.T, sql string) string {
	t.Helper()
	var b strings.Builder
	if err := s.writer.each("EXPLAIN QUERY PLAN "+sql, func(stmt *sqlite.Stmt) error {
		b.WriteString(stmt.ColumnText(3) + "\n")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What the rooms ask is looked up, not searched for, and comes in order
// without being sorted.
func TestPlans(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	kind := daybook.MustKind
	for name, c := range map[string]struct {
		q      daybook.Query
		want   string
		sorted bool // by SQLite, because the question has several answers
	}{
		"newest":         {daybook.Query{Kind: kind("conversations"), Limit: 5}, "SCAN r", false},
		"by seq":         {daybook.Query{Kind: kind("conversations"), Seqs: []int64{1, 2}}, "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)", false},
		"by id":          {daybook.Query{Kind: kind("conversations"), IDs: []string{"a", "b"}}, "SEARCH r USING INDEX ledger_conversations_subject (conversation_id=?)", true},
		"by log_id":      {daybook.Query{Kind: kind("conversations"), Filters: []daybook.Filter{daybook.Is("log_id", session)}}, "SEARCH spine USING COVERING INDEX sqlite_autoindex_spine_1 (log_id=?)", false},
		"of a session":   {daybook.Query{Kind: kind("output_artifact"), Filters: []daybook.Filter{daybook.Is("session_id", session)}, Limit: 5}, "SEARCH r USING INDEX ledger_output_artifact_session_id (session_id=?)", false},
		"edges into":     {daybook.Query{Kind: kind("lineage_edge"), Filters: []daybook.Filter{daybook.Is("target_name", "x")}}, "SEARCH r USING COVERING INDEX ledger_lineage_edge_target_name (target_name=?)", true},
		"edges of many":  {daybook.Query{Kind: kind("lineage_edge"), Filters: []daybook.Filter{daybook.Is("source_name", "x", "y")}}, "SEARCH r USING COVERING INDEX ledger_lineage_edge_source_name (source_name=?)", true},
		"edges current":  {daybook.Query{Kind: kind("lineage_edge"), Filters: []daybook.Filter{daybook.Is("target_name", "x"), {Column: "is_current", Values: []daybook.Value{daybook.BoolValue(true)}}}}, "SEARCH r USING COVERING INDEX ledger_lineage_edge_target_name (target_name=? AND is_current=?)", true},
		"an older page":  {daybook.Query{Kind: kind("lineage_edge"), After: new(int64(7)), Limit: 5}, "SEARCH r USING INTEGER PRIMARY KEY (rowid<?)", false},
		"a snapshot":     {daybook.Query{Kind: kind("lineage_edge"), Snapshot: 9, Limit: 5}, "SEARCH r USING INTEGER PRIMARY KEY (rowid<?)", false},
		"its older page": {daybook.Query{Kind: kind("lineage_edge"), After: new(int64(7)), Snapshot: 9, Limit: 5}, "SEARCH r USING INTEGER PRIMARY KEY (rowid<?)", false},
		"its newer page": {daybook.Query{Kind: kind("lineage_edge"), After: new(int64(7)), Snapshot: 9, Oldest: true, Limit: 5}, "SEARCH r USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", false},
		"its session":    {daybook.Query{Kind: kind("output_artifact"), Snapshot: 9, Filters: []daybook.Filter{daybook.Is("session_id", session)}, Limit: 5}, "SEARCH r USING INDEX ledger_output_artifact_session_id (session_id=? AND rowid<?)", false},
		"its subjects":   {daybook.Query{Kind: kind("conversations"), Snapshot: 9, IDs: []string{"a", "b"}}, "SEARCH r USING INDEX ledger_conversations_subject (conversation_id=?)", true},
		"its seqs":       {daybook.Query{Kind: kind("conversations"), Snapshot: 9, Seqs: []int64{1, 2}}, "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)", false},
		"its log_id":     {daybook.Query{Kind: kind("conversations"), Snapshot: 9, Filters: []daybook.Filter{daybook.Is("log_id", session)}}, "SEARCH spine USING COVERING INDEX sqlite_autoindex_spine_1 (log_id=?)", false},
		"its revision":   {daybook.Query{Kind: kind("lineage_edge"), Snapshot: 9}, "SEARCH n USING COVERING INDEX ledger_lineage_edge_subject (id=? AND revision=?", false},
		"newer revision": {daybook.Query{Kind: kind("lineage_edge")}, "SEARCH n USING COVERING INDEX ledger_lineage_edge_subject (id=? AND revision=?)", false},
		"its place":      {daybook.Query{Kind: kind("lineage_edge")}, "SEARCH s USING INTEGER PRIMARY KEY (rowid=?)", false},
	} {
		b := s.selectionOf(t, c.q)
		if err := b.choose(s.writer.conn, c.q); err != nil {
			t.Fatal(err)
		}
		plan := s.plan(t, b.sql(c.q))
		if !strings.Contains(plan, c.want) || strings.Contains(plan, "TEMP B-TREE") != c.sorted {
			t.Errorf("%s has the plan\n%s", name, plan)
		}
	}
}

const session = "0190f3c2-7b1e-7a40-8c11-000000000001"

// Statements are found again however many values a query has, and do not pile
// up without end.
func TestPreparedStatements(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	c := s.writer.conn
	k := daybook.MustKind("conversations")
	c.forget()
	for n := 2; n < 50; n++ {
		var ids []string
		for i := range n {
			ids = append(ids, fmt.Sprint(i))
		}
		if _, err := s.selectOn(c, daybook.Query{Kind: k, IDs: ids, Filters: []daybook.Filter{daybook.Is("status", ids...)}}); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.prepared) != 1 {
		t.Errorf("%d statements for one shape of query", len(c.prepared))
	}
	for i := range k.Columns {
		for j := range i {
			q := daybook.Query{Kind: k, Filters: []daybook.Filter{
				{Column: k.Columns[i].Name, Op: daybook.OpAbsent}, {Column: k.Columns[j].Name, Op: daybook.OpAbsent},
			}}
			if _, err := s.selectOn(c, q); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(c.prepared) > maxPrepared {
		t.Errorf("%d statements are kept", len(c.prepared))
	}
}
