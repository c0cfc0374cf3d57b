package postgres

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// millionVariable is the environment variable that says with how many sessions to
// measure, such as 1000000: each with two revisions, five operations and an edge.
const millionVariable = "DAYBOOK_MILLION"

// took is how long a query takes until the last row is there.
func took(t testing.TB, conn *pgx.Conn, sql string) time.Duration {
	t.Helper()
	begun := time.Now()
	answer(t, conn, sql)
	return time.Since(begun)
}

// TestAMillionSessions measures the views against the tables behind them: the
// same question asked of ledger.<kind>, which gives every revision. They take
// turns, and the middle of each one's times counts.
func TestAMillionSessions(t *testing.T) {
	sessions, err := strconv.Atoi(os.Getenv(millionVariable))
	if err != nil {
		t.Skip("takes minutes and 6 GB; set " + millionVariable + "=1000000 to run it")
	}
	address := testURL(t)
	begun := time.Now()
	fillLedger(t, address, sessions)
	t.Logf("%d sessions were written and looked at in %s", sessions, time.Since(begun).Round(time.Second))
	superuser, all, some := connected(t, address), connected(t, testLogin(t, address, "daybook_admin")), readerOf(t, address)
	wantPlans(t, some, superuser)
	wantPlan(t, "a time", explained(t, some, "SELECT count(*) FROM audit.transformation_session WHERE started_at >= now() - interval '1 hour'"), "transformation_session_times")
	questions := []struct{ name, sql string }{{"what happened to the table", whatHappened}, {"the sources", whichSources}, {"what the agent did", whatAgentDid}}
	for _, q := range questions {
		var times [3][]time.Duration // of the table, the view for who sees all, the view for a reader
		for range 7 {
			for i, asked := range []time.Duration{
				took(t, superuser, strings.ReplaceAll(q.sql, "audit.", "ledger.")), took(t, all, q.sql), took(t, some, q.sql),
			} {
				times[i] = append(times[i], asked)
			}
		}
		var middle [3]time.Duration
		for i := range times {
			slices.Sort(times[i])
			middle[i] = times[i][len(times[i])/2]
		}
		t.Logf("%s: table %s, view %s (%.2f times), view for a reader of two businesses %s (%.2f times)", q.name, middle[0],
			middle[1], middle[1].Seconds()/middle[0].Seconds(), middle[2], middle[2].Seconds()/middle[0].Seconds())
		for i, who := range map[int]string{1: "who sees all", 2: "a reader"} {
			if middle[i] > 2*middle[0] {
				t.Errorf("%s takes %s for %s, more than twice the %s of the table", q.name, middle[i], who, middle[0])
			}
		}
	}
	for _, sql := range []string{
		"SELECT * FROM audit.table_history('silver.observation')",
		"SELECT * FROM audit.transformation_activity WHERE agent_id = 'wasde_transformer' AND started_at >= now() - interval '7 days'",
		"SELECT * FROM gold.transformation_activity WHERE day = current_date - 3",
		"SELECT * FROM audit.logging_volume",
	} {
		took(t, some, sql)
		t.Logf("%s: %s", sql, took(t, some, sql))
	}
}
