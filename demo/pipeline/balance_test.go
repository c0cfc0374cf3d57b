package pipeline

import (
	"bytes"
	"encoding/csv"
	"math"
	"strconv"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite/sqlitex"
)

// printed names each gold column as the CSV does.
var printed = map[string]string{
	"beginning_stocks": "Beginning Stocks", "production": "Production", "imports": "Imports",
	"supply_total": "Supply, Total", "feed_and_residual": "Feed and Residual",
	"food_seed_industrial": "Food, Seed & Industrial", "ethanol": "Ethanol & by-products", "exports": "Exports",
	"use_total": "Use, Total", "ending_stocks": "Ending Stocks", "avg_farm_price": "Avg. Farm Price",
}

func TestEveryFigureIsTheOnePrinted(t *testing.T) {
	t.Parallel()
	p := open(t, t.TempDir())
	runAll(t, p)
	lines, err := csv.NewReader(bytes.NewReader(sourceCSV)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := map[[2]string]float64{}
	for _, line := range lines[1:] {
		if line[5] != "Corn" {
			continue
		}
		if want[[2]string{line[7], line[3]}], err = strconv.ParseFloat(line[10], 64); err != nil {
			t.Fatal(err)
		}
	}
	for _, year := range []string{"2021/22", "2022/23", "2023/24"} {
		for _, column := range figures {
			figure, ok := want[[2]string{year, printed[column]}]
			got, err := p.Number(t.Context(), year, column)
			if err != nil || !ok || got != figure {
				t.Errorf("%s %s: %v (%v), the file has %v (%v)", year, column, got, err, figure, ok)
			}
		}
	}
}

func TestKnownFigures(t *testing.T) {
	t.Parallel()
	p := open(t, t.TempDir())
	runAll(t, p)
	rows, err := p.BalanceSheet(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := BalanceRow{
		"2023/24", "PROJECTION", 644, 1360, 15342, 25, 16727, 5675, 6790, 5375, 2100, 14565, 2162, 4.80, 0.1484,
	}
	if len(rows) != 3 || rows[2] != want {
		t.Errorf("%+v\nwant the last to be %+v", rows, want)
	}
	for i, status := range []string{"ACTUAL", "ESTIMATE", "PROJECTION"} {
		if rows[i].Status != status {
			t.Errorf("%s is %s, want %s", rows[i].MarketYear, rows[i].Status, status)
		}
	}
	summary, err := p.count(`SELECT COUNT(*) FROM silver.commodity_summary AS c
		JOIN gold.us_corn_balance_sheet AS g ON g.market_year = c.market_year
		WHERE c.commodity_code = 'CORN' AND ABS(c.supply_components - g.supply_total) <= 1 AND c.use_components = g.use_total`)
	if err != nil || summary != 3 {
		t.Errorf("the summary agrees with gold in %d of 3 years, %v", summary, err)
	}
}

func TestBalanceCloses(t *testing.T) {
	t.Parallel()
	p := open(t, t.TempDir())
	runAll(t, p)
	checks, err := p.Validate(t.Context())
	if err != nil || len(checks) != 11 {
		t.Fatalf("%d checks, want 4 a year less the first carry-in; %v", len(checks), err)
	}
	rounded := 0
	for _, check := range checks {
		if !check.OK || math.Abs(check.Expected-check.Actual) > Tolerance {
			t.Errorf("does not close: %+v", check)
		}
		if check.Expected != check.Actual {
			rounded++
		}
	}
	if rounded != 1 {
		t.Errorf("%d checks closed only by rounding; in this release it is the supply of 2022/23 alone", rounded)
	}
}

func TestBalanceThatDoesNotCloseIsFound(t *testing.T) {
	t.Parallel()
	p := open(t, t.TempDir())
	runAll(t, p)
	const change = `UPDATE gold.us_corn_balance_sheet
		SET exports = exports + CASE market_year WHEN '2022/23' THEN -2 WHEN '2023/24' THEN 2 ELSE 1 END`
	if err := sqlitex.ExecuteTransient(p.conn, change, nil); err != nil {
		t.Fatal(err)
	}
	checks, err := p.Validate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range checks {
		// 2021/22 is off by one, which rounding explains.
		if broken := check.Name == "use_total" && check.MarketYear != "2021/22"; check.OK == broken {
			t.Errorf("%+v", check)
		}
	}
}

func TestQuestionsWithoutAnswer(t *testing.T) {
	t.Parallel()
	p := open(t, t.TempDir())
	if _, err := p.Validate(t.Context()); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("Validate before a run: %v", err)
	}
	runAll(t, p)
	if _, err := p.Number(t.Context(), "2023/24", "status"); err == nil || !strings.Contains(err.Error(), "ending_stocks") {
		t.Errorf("a column that is no figure: %v", err)
	}
	if _, err := p.Number(t.Context(), "2024", "exports"); err == nil || !strings.Contains(err.Error(), "2023/24") {
		t.Errorf("a year that is not there: %v", err)
	}
}
