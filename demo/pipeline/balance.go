package pipeline

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// Tolerance is how far a printed total may be from the sum of its printed parts, in million bushels: USDA
// rounds each figure by itself.
const Tolerance = 1

//go:embed sql/validate.sql
var validateSQL string

// BalanceRow is one market year of gold.us_corn_balance_sheet. Quantities are million bushels.
type BalanceRow struct {
	MarketYear         string // 2023/24: September 2023 to August 2024
	Status             string // ACTUAL, ESTIMATE or PROJECTION
	WasdeNumber        int64
	BeginningStocks    float64
	Production         float64
	Imports            float64
	SupplyTotal        float64
	FeedAndResidual    float64
	FoodSeedIndustrial float64
	Ethanol            float64 // a part of FoodSeedIndustrial
	Exports            float64
	UseTotal           float64
	EndingStocks       float64
	AvgFarmPrice       float64 // dollars a bushel
	StocksToUse        float64 // EndingStocks / UseTotal, a ratio of four decimals
}

// Check is one arithmetic test of one market year, in million bushels.
type Check struct {
	Name       string  // carry_in, supply_total, use_total or ending_stocks
	MarketYear string  // as in gold
	Expected   float64 // what the parts give
	Actual     float64 // what USDA printed
	OK         bool    // the two are within Tolerance
}

// BalanceSheet returns the rows of gold.us_corn_balance_sheet by market year.
func (p *Pipeline) BalanceSheet(ctx context.Context) ([]BalanceRow, error) {
	var rows []BalanceRow
	err := p.read(ctx, "SELECT * FROM gold.us_corn_balance_sheet ORDER BY market_year", nil, func(stmt *sqlite.Stmt) error {
		rows = append(rows, BalanceRow{
			MarketYear:         stmt.GetText("market_year"),
			Status:             stmt.GetText("status"),
			WasdeNumber:        stmt.GetInt64("wasde_number"),
			BeginningStocks:    stmt.GetFloat("beginning_stocks"),
			Production:         stmt.GetFloat("production"),
			Imports:            stmt.GetFloat("imports"),
			SupplyTotal:        stmt.GetFloat("supply_total"),
			FeedAndResidual:    stmt.GetFloat("feed_and_residual"),
			FoodSeedIndustrial: stmt.GetFloat("food_seed_industrial"),
			Ethanol:            stmt.GetFloat("ethanol"),
			Exports:            stmt.GetFloat("exports"),
			UseTotal:           stmt.GetFloat("use_total"),
			EndingStocks:       stmt.GetFloat("ending_stocks"),
			AvgFarmPrice:       stmt.GetFloat("avg_farm_price"),
			StocksToUse:        stmt.GetFloat("stocks_to_use"),
		})
		return nil
	})
	return rows, err
}

// Number returns one figure of the balance sheet. column is a numeric column of gold.us_corn_balance_sheet
// such as ending_stocks or stocks_to_use, marketYear as USDA writes it (2023/24).
func (p *Pipeline) Number(ctx context.Context, marketYear, column string) (float64, error) {
	if column != "stocks_to_use" && !slices.Contains(figures, column) {
		return 0, fmt.Errorf("pipeline: the balance sheet has no figure %q; choose one of %q or stocks_to_use", column, figures)
	}
	var number float64
	found := false
	query := "SELECT " + column + " FROM gold.us_corn_balance_sheet WHERE market_year = ?"
	err := p.read(ctx, query, []any{marketYear}, func(stmt *sqlite.Stmt) error {
		number, found = stmt.ColumnFloat(0), true
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("pipeline: the balance sheet has no market year %q; USDA writes them like 2023/24", marketYear)
	}
	return number, err
}

// Validate checks that the balance closes, for every market year: what one year ends with the next begins
// with; beginning stocks + production + imports = supply; feed + food, seed and industrial + exports = use;
// supply − use = ending stocks. A failed check is a result, not an error; an empty balance sheet is an error.
func (p *Pipeline) Validate(ctx context.Context) ([]Check, error) {
	var checks []Check
	err := p.read(ctx, validateSQL, []any{Tolerance}, func(stmt *sqlite.Stmt) error {
		checks = append(checks, Check{
			Name:       stmt.GetText("name"),
			MarketYear: stmt.GetText("market_year"),
			Expected:   stmt.GetFloat("expected"),
			Actual:     stmt.GetFloat("actual"),
			OK:         stmt.GetInt64("ok") == 1,
		})
		return nil
	})
	if err == nil && len(checks) == 0 {
		err = errors.New("pipeline: gold.us_corn_balance_sheet is empty; run Load and every step first")
	}
	return checks, err
}

// read runs a query, interrupted when ctx ends.
func (p *Pipeline) read(ctx context.Context, query string, args []any, row func(*sqlite.Stmt) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("pipeline: %w", err)
	}
	p.conn.SetInterrupt(ctx.Done())
	defer p.conn.SetInterrupt(nil)
	err := sqlitex.ExecuteTransient(p.conn, query, &sqlitex.ExecOptions{Args: args, ResultFunc: row})
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("pipeline: %w: %w", ctx.Err(), err)
	}
	if err != nil {
		return fmt.Errorf("pipeline: %w", err)
	}
	return nil
}
