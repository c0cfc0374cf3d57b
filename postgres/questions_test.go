package postgres

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	osexec "os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/storetest"
	"github.com/google/uuid"
)

// The questions that the views are made for, as people type them into psql.
const (
	whatHappened = `
SELECT
    ts.started_at,
    ts.agent_id,
    ts.purpose,
    op.operation_type,
    op.transformation_logic,
    op.input_row_count,
    op.output_row_count
FROM audit.transformation_session ts
JOIN audit.transformation_operation op ON ts.id = op.session_id
WHERE 'silver.observation' = ANY(ts.source_tables)
   OR op.output_table = 'silver.observation'
ORDER BY ts.started_at DESC;
`
	whichSources = `
WITH RECURSIVE lineage AS (
    SELECT source_schema, source_name, target_schema, target_name, 1 as depth
    FROM audit.lineage_edge
    WHERE target_schema = 'gold' AND target_name = 'us_corn_balance_sheet'

    UNION ALL

    SELECT le.source_schema, le.source_name, le.target_schema, le.target_name, l.depth + 1
    FROM audit.lineage_edge le
    JOIN lineage l ON le.target_schema = l.source_schema AND le.target_name = l.source_name
    WHERE l.depth < 5
)
SELECT DISTINCT source_schema || '.' || source_name as source
FROM lineage
ORDER BY source;
`
	whatAgentDid = `
SELECT
    ts.session_type,
    ts.source_tables,
    ts.status,
    ts.started_at,
    ts.operations_count,
    ts.outputs_count
FROM audit.transformation_session ts
WHERE ts.agent_id = 'wasde_transformer'
  AND ts.started_at >= NOW() - INTERVAL '7 days'
ORDER BY ts.started_at DESC;
`
)

// happenings are records of a small warehouse, at random, and what becomes of
// each: the questions are asked of the ledger, and of these.
type happenings struct {
	sessions   map[string]daybook.TransformationSession
	operations []daybook.TransformationOperation
	edges      []daybook.LineageEdge // that took effect
}

var (
	someTables     = []string{"bronze.feed", "silver.observation", "silver.other", "gold.us_corn_balance_sheet"}
	someBusinesses = []string{"default", "acme"}
)

// write writes what happens to a store.
func (h *happenings) write(t testing.TB, s *Store) {
	t.Helper()
	w := storetest.NewWriter(s)
	random := rand.New(rand.NewPCG(7, 11))
	pick := func(of []string) string { return of[random.IntN(len(of))] }
	h.sessions = map[string]daybook.TransformationSession{}
	put := func(v any) {
		r, err := daybook.RecordOf(v)
		if err == nil {
			_, err = w.Write(t.Context(), r)
		}
		must(t, err)
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	for i := range 40 {
		session := daybook.TransformationSession{
			ID: uuid.Must(uuid.NewV7()).String(), BusinessID: pick(someBusinesses), AgentID: pick([]string{"wasde_transformer", "other"}), SessionType: "SILVER_AGGREGATE",
			SourceTables: []string{pick(someTables), "bronze." + fmt.Sprint(i)}, Status: "ACTIVE", StartedAt: now.Add(-time.Duration(i) * 9 * time.Hour), Purpose: "it's \"so\" | " + fmt.Sprint(i),
		}
		put(session)
		for n := range random.IntN(4) {
			op := daybook.TransformationOperation{
				SessionID: session.ID, BusinessID: session.BusinessID, OperationType: "CLEAN", OutputTable: pick(someTables), CreatedAt: session.StartedAt,
				TransformationLogic: fmt.Sprintf("SELECT %d\nFROM x -- %d", n, i), InputRowCount: new(int64(i)),
			}
			put(op)
			h.operations = append(h.operations, op)
		}
		if i < 14 {
			e := h.flow(pick(someTables), pick(someTables), session.BusinessID, i%7 != 6)
			put(e)
		}
		if i%2 == 0 {
			session.Status, session.CompletedAt, session.OperationsCount, session.OutputsCount = "COMPLETED", session.StartedAt.Add(time.Minute), new(int64(i)), new(int64(0))
			session.SourceTables = append(session.SourceTables, pick(someTables))
			put(session)
		}
		h.sessions[session.ID] = session
	}
}

// flow makes an edge, in effect or not.
func (h *happenings) flow(source, target, business string, current bool) daybook.LineageEdge {
	from, to := daybook.SplitTable(source)[1], daybook.SplitTable(target)[1]
	e := edge(from[0], from[1], to[0], to[1])
	e.BusinessID = business
	if !current {
		e.IsCurrent = nil // waits for its session
		return e
	}
	h.edges = append(h.edges, e)
	return e
}

// shownTime is a time as psql shows it, in UTC.
func shownTime(at time.Time) string {
	return strings.TrimRight(at.UTC().Format("2006-01-02 15:04:05.000000"), "0") + "+00"
}

func shownNumber(n *int64) string {
	if n == nil {
		return ""
	}
	return fmt.Sprint(*n)
}

// table answers what happened to silver.observation.
func (h *happenings) table(businesses []string) (lines []string) {
	for _, op := range h.operations {
		s := h.sessions[op.SessionID]
		if slices.Contains(businesses, s.BusinessID) && (slices.Contains(s.SourceTables, "silver.observation") || op.OutputTable == "silver.observation") {
			lines = append(lines, strings.Join([]string{
				shownTime(s.StartedAt), s.AgentID, s.Purpose, op.OperationType, op.TransformationLogic, shownNumber(op.InputRowCount), shownNumber(op.OutputRowCount),
			}, "|"))
		}
	}
	slices.Sort(lines)
	return lines
}

// sources answers where gold.us_corn_balance_sheet comes from.
func (h *happenings) sources(businesses []string) []string {
	found, next := map[string]bool{}, []string{"gold.us_corn_balance_sheet"}
	for range 5 {
		var sources []string
		for _, e := range h.edges {
			if slices.Contains(businesses, e.BusinessID) && slices.Contains(next, daybook.JoinTable(e.TargetSchema, e.TargetName)) {
				sources = append(sources, daybook.JoinTable(e.SourceSchema, e.SourceName))
			}
		}
		for _, s := range sources {
			found[s] = true
		}
		next = sources
	}
	lines := []string{}
	for s := range found {
		lines = append(lines, s)
	}
	slices.Sort(lines)
	return lines
}

// agent answers what wasde_transformer did last week.
func (h *happenings) agent(businesses []string) (lines []string) {
	var did []daybook.TransformationSession
	for _, s := range h.sessions {
		if slices.Contains(businesses, s.BusinessID) && s.AgentID == "wasde_transformer" && time.Since(s.StartedAt) < 7*24*time.Hour {
			did = append(did, s)
		}
	}
	slices.SortFunc(did, func(a, b daybook.TransformationSession) int {
		return cmp.Compare(b.StartedAt.UnixMicro(), a.StartedAt.UnixMicro())
	})
	for _, s := range did {
		lines = append(lines, strings.Join([]string{
			s.SessionType, "{" + strings.Join(s.SourceTables, ",") + "}", s.Status, shownTime(s.StartedAt), shownNumber(s.OperationsCount), shownNumber(s.OutputsCount),
		}, "|"))
	}
	return lines
}

// psql asks by the program that people ask by.
func psql(t testing.TB, address, sql string) []string {
	t.Helper()
	program, err := osexec.LookPath("psql")
	if err != nil {
		t.Fatal("psql is not installed, which comes with PostgreSQL: ", err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	cmd := osexec.CommandContext(t.Context(), program, "--no-psqlrc", "--no-align", "--tuples-only", "--field-separator", "|", "--record-separator-zero",
		"--set", "ON_ERROR_STOP=1", "--file", "-", "--dbname", u.Redacted())
	password, _ := u.User.Password()
	u.User = url.User(u.User.Username())
	cmd.Args[len(cmd.Args)-1] = u.String()
	cmd.Env = append(os.Environ(), "PGPASSWORD="+password, "PGTZ=UTC", "PGDATESTYLE=ISO")
	cmd.Stdin = strings.NewReader(sql)
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("psql: %v: %s", err, said)
	}
	text := strings.TrimRight(string(said), "\x00\n")
	if text == "" {
		return []string{}
	}
	return strings.Split(text, "\x00")
}

// TestTheGuideToSQLRuns asks what the guide says to ask, as a reader.
func TestTheGuideToSQLRuns(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	new(happenings).write(t, openStore(t, address, Options{}))
	text, err := os.ReadFile("../docs/guides/sql.md")
	must(t, err)
	conn := readerOf(t, address)
	blocks := regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	some := 0
	for _, block := range blocks {
		for sql := range strings.SplitSeq(strings.TrimSpace(block[1]), ";\n") {
			if len(answer(t, conn, sql)) > 0 {
				some++
			}
		}
	}
	if len(blocks) < 6 || some < 6 {
		t.Errorf("the guide asks %d times, and %d queries have an answer", len(blocks), some)
	}
}

// TestQuestions asks what the views are made for, by pgx and by psql, as logins
// that may see one business, two, or none.
func TestQuestions(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	var h happenings
	h.write(t, openStore(t, address, Options{}))
	if len(h.table(someBusinesses)) < 20 || len(h.sources(someBusinesses)) < 2 || len(h.agent(someBusinesses)) < 5 {
		t.Fatal("too little happened to ask of")
	}
	for _, businesses := range [][]string{nil, {"acme"}, {"default", "acme"}} {
		login := testLogin(t, address, "daybook_reader")
		for _, b := range businesses {
			pgtest.Exec(t, address, "SELECT ledger.map_reader('"+loginName(login)+"', '"+b+"')")
		}
		conn := connected(t, login)
		answer(t, conn, "SET timezone = 'UTC'")
		for name, ask := range map[string]func(string) []string{
			"pgx":  func(sql string) []string { return answer(t, conn, sql) },
			"psql": func(sql string) []string { return psql(t, login, sql) },
		} {
			happened := ask(whatHappened)
			if !slices.IsSortedFunc(happened, func(a, b string) int { return cmp.Compare(b[:19], a[:19]) }) {
				t.Errorf("%s: what happened is not told newest first", name)
			}
			slices.Sort(happened)
			wantLines(t, name+": what happened to the table", happened, h.table(businesses)...)
			wantLines(t, name+": the sources", ask(whichSources), h.sources(businesses)...)
			wantLines(t, name+": what the agent did", ask(whatAgentDid), h.agent(businesses)...)
			told := ask("SELECT started_at, agent_id, purpose, operation_type, transformation_logic, input_row_count, output_row_count FROM audit.table_history('silver.observation')")
			if !slices.IsSortedFunc(told, func(a, b string) int { return cmp.Compare(b[:19], a[:19]) }) {
				t.Errorf("%s: table_history does not tell newest first", name)
			}
			slices.Sort(told)
			wantLines(t, name+": table_history", told, h.table(businesses)...)
		}
	}
}
