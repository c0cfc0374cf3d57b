package postgres

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/inbox"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/lineage"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/pgtest"
)

// serverOver is what a server has on a store: the ledger, the intake before it,
// and the inbox. It gives the way to ask, and what waits until nothing waits.
func serverOver(t *testing.T, s *Store) (daybook.Reader, func()) {
	t.Helper()
	head, err := s.Head(t.Context())
	must(t, err)
	private, _, err := merkle.GenerateKey(daybook.OriginPrefix + head.LedgerID)
	must(t, err)
	signer, err := merkle.NewSigner(private)
	must(t, err)
	quiet := slog.New(slog.DiscardHandler)
	l, err := ledger.Open(t.Context(), s, ledger.Options{Signer: signer, Anchor: filepath.Join(t.TempDir(), "anchor"), Logger: quiet})
	must(t, err)
	t.Cleanup(func() { _ = l.Close(context.Background()) })
	in := intake.New(l, intake.Limits{}).Deriving(intake.NewDeriver(intake.Derivation{Known: s, Entries: s, Logger: quiet}))
	d, err := inbox.Start(s, inbox.Options{Recorder: in, Logger: quiet})
	must(t, err)
	t.Cleanup(d.Close)
	return lineage.NewReader(s, s).Against(l), func() {
		t.Helper()
		for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
			w, err := s.Waiting(t.Context())
			must(t, err)
			if w.Letters == 0 {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d letters still wait", w.Letters)
			}
		}
	}
}

var guideBlock = regexp.MustCompile("(?ms)^```plpgsql\n(.*?)^```")

// TestGuideToJobs runs the guide as it is printed, and asks the ledger what
// came of it.
func TestGuideToJobs(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	reader, drained := serverOver(t, s)
	c := connectTo(t, address)
	inSQL(t, c, `CREATE SCHEMA bronze; CREATE SCHEMA silver; CREATE SCHEMA cron;
		CREATE TABLE bronze.crop_report (commodity_code text, marketing_year int, attribute text, raw_value text);
		INSERT INTO bronze.crop_report VALUES ('CORN', 2026, 'supply', '17.5'), ('CORN', 2026, 'demand', '15'), ('SOY', 2026, 'supply', '4'), ('SOY', 2026, 'demand', NULL);
		CREATE TABLE silver.observation (commodity text, year int, attribute text, value numeric);
		CREATE TABLE silver.balance (commodity text, year int, supply numeric, demand numeric);
		GRANT USAGE ON SCHEMA cron TO PUBLIC; CREATE FUNCTION cron.schedule(name text, schedule text, command text) RETURNS text LANGUAGE sql AS 'SELECT command';`)
	text, err := os.ReadFile("../docs/guides/sql-jobs.md")
	must(t, err)
	blocks := guideBlock.FindAllStringSubmatch(string(text), -1)
	for i, block := range blocks {
		if i == 1 {
			c = connectTo(t, testLogin(t, address, "daybook_admin"))
		}
		if i == 2 { // from here on it is the job that speaks
			inSQL(t, connectTo(t, address), "ALTER ROLE nightly PASSWORD 'secret'")
			c = connectTo(t, pgtest.As(t, address, "nightly", "secret"))
		}
		for _, statement := range statementsOf(block[1]) {
			if strings.Contains(statement, "cron.schedule") {
				statement = scanOne[string](t, c, statement)
			}
			inSQL(t, c, statement)
		}
	}
	if len(blocks) < 10 {
		t.Errorf("the guide has %d blocks", len(blocks))
	}
	drained()
	if w, err := s.Waiting(t.Context()); err != nil || w != (daybook.Waiting{}) {
		t.Errorf("of the guide are refused %d, %v: %s", w.Refused, err, scanOne[string](t, c, "SELECT coalesce(string_agg(concat_ws(' ', kind, path, message), '; '), '') FROM audit.inbox_rejects"))
	}
	asksOfTheGuide(t, reader)
}

// statementsOf parts a block at the semicolons that end a line outside of
// dollar quotes.
func statementsOf(block string) []string {
	var all []string
	var statement strings.Builder
	quote := ""
	for line := range strings.Lines(block) {
		for _, q := range regexp.MustCompile(`\$\w*\$`).FindAllString(line, -1) {
			switch quote {
			case "":
				quote = q
			case q:
				quote = ""
			}
		}
		statement.WriteString(line)
		if quote == "" && strings.HasSuffix(strings.TrimSpace(line), ";") {
			all = append(all, statement.String())
			statement.Reset()
		}
	}
	return all
}

// asksOfTheGuide asks what an analyst would ask of the numbers in gold.
func asksOfTheGuide(t *testing.T, reader daybook.Reader) {
	t.Helper()
	p := daybook.Local
	page, err := reader.List(t.Context(), p, daybook.Query{Kind: daybook.MustKind("transformation_session"), Oldest: true, Limit: 100})
	must(t, err)
	var sessions []string
	for _, e := range page.Entries {
		sessions = append(sessions, strings.Join([]string{e.Text("agent_id"), e.Text("session_type"), e.Text("status"), e.Principal(), e.Business()}, " "))
	}
	const gold = " GOLD_VISUALIZATION COMPLETED postgres/nightly grain_desk"
	want := []string{
		"observation_loader BRONZE_TO_SILVER COMPLETED postgres/nightly grain_desk", "balance_computer SILVER_AGGREGATE COMPLETED postgres/nightly grain_desk",
		"gold_refresher" + gold, "gold_refresher" + gold, "nightly" + gold,
	}
	if !slices.Equal(sessions, want) {
		t.Errorf("the sessions are\n%s\nwant\n%s", strings.Join(sessions, "\n"), strings.Join(want, "\n"))
	}
	operations, err := reader.List(t.Context(), p, daybook.Query{Kind: daybook.MustKind("transformation_operation"), Limit: 100})
	must(t, err)
	for _, e := range operations.Entries {
		if w := e.Text("warnings"); w != "" {
			t.Errorf("operation %d has warnings: %s", e.Seq, w)
		}
	}
	graph, err := reader.Lineage(t.Context(), p, daybook.LineageQuery{Node: "gold.balance_sheet.ending_stocks", Direction: "upstream", Depth: 10, Columns: true})
	must(t, err)
	var nodes []string
	for _, n := range graph.Nodes {
		nodes = append(nodes, n.Node)
	}
	for _, want := range []string{"silver.balance.supply", "silver.balance.demand", "silver.observation.value", "bronze.crop_report.raw_value"} {
		if !slices.Contains(nodes, want) {
			t.Errorf("gold.balance_sheet.ending_stocks comes from %q, want %s among them", nodes, want)
		}
	}
	events, err := reader.History(t.Context(), p, daybook.HistoryQuery{Table: "silver.observation"})
	must(t, err)
	if len(events) == 0 {
		t.Error("silver.observation has no history")
	}
	why, err := reader.Why(t.Context(), p, daybook.WhyQuery{Node: "gold.balance_sheet"})
	must(t, err)
	if len(why.Hops) < 3 {
		t.Errorf("why gold.balance_sheet tells of %d hops, want gold, silver and bronze", len(why.Hops))
	}
}
