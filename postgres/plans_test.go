package postgres

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook/pgtest"
	"github.com/jackc/pgx/v5"
)

// fillLedger writes so many sessions with all that belongs to them straight into the
// tables of a ledger, and lets PostgreSQL look at them.
func fillLedger(t testing.TB, address string, sessions int) {
	t.Helper()
	script, err := os.ReadFile("testdata/million.sql")
	if err != nil {
		t.Fatal(err)
	}
	n, err := newNames("")
	if err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, address, fmt.Sprintf("BEGIN; SET LOCAL daybook.sessions = %d; %s; COMMIT", sessions, n.render(string(script))))
	pgtest.Exec(t, address, "VACUUM (ANALYZE)")
}

// plan is a node of what EXPLAIN (FORMAT JSON) tells.
type plan struct {
	Node    string  `json:"Node Type"`
	Table   string  `json:"Relation Name"`
	Index   string  `json:"Index Name"`
	Rows    float64 `json:"Actual Rows"`
	Loops   float64 `json:"Actual Loops"`
	Removed float64 `json:"Rows Removed by Filter"`
	Plans   []plan  `json:"Plans"`
}

// explained gives the plan of a query that was run.
func explained(t testing.TB, conn *pgx.Conn, sql string, args ...any) plan {
	t.Helper()
	var text string
	args = append([]any{pgx.QueryExecModeSimpleProtocol}, args...)
	if err := conn.QueryRow(t.Context(), "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) "+strings.TrimRight(sql, ";\n"), args...).Scan(&text); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var told []struct{ Plan plan }
	if err := json.Unmarshal([]byte(text), &told); err != nil {
		t.Fatal(err)
	}
	return told[0].Plan
}

// each calls fn with every node.
func (p *plan) each(fn func(*plan)) {
	fn(p)
	for i := range p.Plans {
		p.Plans[i].each(fn)
	}
}

// reads lists the indexes of a plan, and the tables that it reads
// whole although there is something in them.
func (p *plan) reads() (indexes, scanned []string) {
	p.each(func(n *plan) {
		if n.Index != "" {
			indexes = append(indexes, n.Index)
		}
		if n.Node == "Seq Scan" && (n.Rows+n.Removed)*n.Loops > 0 {
			scanned = append(scanned, n.Table)
		}
	})
	return indexes, scanned
}

// wantPlan wants a query to read by indexes, each of which the plan has in some
// partition, and no table whole.
func wantPlan(t testing.TB, what string, p plan, indexes ...string) {
	t.Helper()
	has, scanned := p.reads()
	if len(scanned) > 0 {
		t.Errorf("%s: reads all of %v", what, scanned)
	}
	for _, want := range indexes {
		if !slices.ContainsFunc(has, func(name string) bool { return name == want || strings.HasSuffix(name, want) }) {
			t.Errorf("%s: does not use the index %s, but %v", what, want, has)
		}
	}
}

// readerOf gives a connection of a login that may see both businesses of fillLedger.
func readerOf(t testing.TB, address string) *pgx.Conn {
	t.Helper()
	login := testLogin(t, address, "daybook_reader")
	for _, b := range someBusinesses {
		pgtest.Exec(t, address, "SELECT ledger.map_reader('"+loginName(login)+"', '"+b+"')")
	}
	return connected(t, login)
}

// wantPlans holds the questions to plans by indexes, as far as there are any:
// whatHappened has an OR over two tables, and reads both.
func wantPlans(t testing.TB, reader, superuser *pgx.Conn) {
	t.Helper()
	wantPlan(t, "what the agent did", explained(t, reader, whatAgentDid), "transformation_session_agent", "transformation_session_subject")
	wantPlan(t, "the sources", explained(t, reader, whichSources), "lineage_edge_target_name")
	wantPlan(t, "table_history", explained(t, superuser, "/* as the function has it */ "+strings.ReplaceAll(newNamesOf(t).render(historySQL(sessionKind)), "$1", "'silver.observation'")),
		"transformation_session_source_tables", "_session_id_idx", "_output_table_idx", "transformation_session_subject")
	wantPlan(t, "one session", explained(t, reader, "SELECT * FROM audit.transformation_session WHERE id = $1", "00000000-0000-7000-8000-000000000001"), "transformation_session_subject")
	wantPlan(t, "what a session did", explained(t, reader, `SELECT op.* FROM audit.transformation_session ts JOIN audit.transformation_operation op ON op.session_id = ts.id
		WHERE ts.agent_id = 'wasde_transformer' AND ts.started_at >= now() - interval '90 days'`), "transformation_session_agent", "_session_id_idx")
	wantPlan(t, "an entry by its log_id", explained(t, reader, "SELECT * FROM audit.entries WHERE log_id = $1", "00000000-0000-7000-8000-000000000001"), "spine_log_id_key")
}

func newNamesOf(t testing.TB) names {
	t.Helper()
	n, err := newNames("")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPlansUseIndexes explains the questions where there is enough for indexes
// to matter.
func TestPlansUseIndexes(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	fillLedger(t, address, 4000)
	reader, superuser := readerOf(t, address), connected(t, address)
	for _, conn := range []*pgx.Conn{reader, superuser} {
		answer(t, conn, "SET random_page_cost = 1.1") // few rows stand on few pages, which are soon read
	}
	wantPlans(t, reader, superuser)

	month := explained(t, reader, "SELECT count(*) FROM audit.transformation_operation WHERE logged_at >= date_trunc('month', now()) AND logged_at < date_trunc('month', now()) + interval '1 month'")
	touched := map[string]bool{}
	month.each(func(n *plan) {
		if n.Table != "" && n.Loops > 0 {
			touched[n.Table] = true
		}
	})
	if len(touched) != 1 {
		t.Errorf("a month of operations is read from the partitions %v", touched)
	}
}

// TestStatisticsAreGathered has a table grow, and asks when PostgreSQL looks at it.
func TestStatisticsAreGathered(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	want := func(what string, kinds ...string) {
		t.Helper()
		got, err := s.GatherStatistics(t.Context())
		if err != nil || fmt.Sprint(got) != fmt.Sprint(kinds) {
			t.Errorf("%s statistics were gathered of %v, %v; want %v", what, got, err, kinds)
		}
	}
	want("of an empty ledger")
	fillLedger(t, address, 400)
	pgtest.Exec(t, address, "UPDATE pg_class SET reltuples = -1 WHERE relname LIKE 'shown%'") // as before the first time
	want("of a ledger that nobody looked at,", "transformation_operation")
	want("again,")
	if n := query[int64](t, s, "SELECT count(*) FROM pg_statistic WHERE starelid = '{{ledger}}.shown_transformation_operation'::regclass AND stainherit"); n == 0 {
		t.Error("there are no statistics of what people read through")
	}
}
