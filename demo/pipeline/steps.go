package pipeline

import (
	_ "embed"
	"strings"
)

// The statements stand in files of their own, where an editor reads them as SQL.
var (
	//go:embed sql/clean.sql
	cleanSQL string
	//go:embed sql/normalize.sql
	normalizeSQL string
	//go:embed sql/summarize.sql
	summarizeSQL string
	//go:embed sql/pivot.sql
	pivotSQL string
	//go:embed sql/calculate.sql
	calculateSQL string
)

// Stages returns the whole pipeline after [Pipeline.Load], in the order it runs.
func Stages() []Stage {
	return []Stage{
		{Name: "bronze_to_silver", Steps: []Step{cleanStep(), normalizeStep(), summarizeStep()}},
		{Name: "silver_to_gold", Steps: []Step{pivotStep(), calculateStep()}},
	}
}

// FailingStep returns the first step as an agent wrote it before it looked at the table: USDA speaks of the
// marketing year, but the column that bronze took from the CSV is market_year. Run returns SQLite's
// "no such column: c.marketing_year" and changes nothing. The mended statement is the first of [Stages].
func FailingStep() Step {
	step := cleanStep()
	step.SQL = strings.ReplaceAll(step.SQL, "c.market_year", "c.marketing_year")
	return step
}

func cleanStep() Step {
	return Step{
		Name:   "clean_wasde_cells",
		Type:   "CLEAN",
		SQL:    strings.TrimSpace(cleanSQL),
		Inputs: []string{"bronze.wasde_cell", "bronze.wasde_release"},
		Output: "silver.wasde_figure",
		OutputColumns: []string{
			"cell_id", "wasde_number", "release_date", "ingest_run_id", "commodity", "attribute",
			"market_year", "proj_est_flag", "value", "unit",
		},
		Parameters: `{"filters": {"region": "United States", "annual_quarter_flag": "Annual", "forecast_month": "that of release_date"}, "join_on": ["wasde_number"]}`,
	}
}

func normalizeStep() Step {
	return Step{
		Name:   "normalize_observations",
		Type:   "NORMALIZE",
		SQL:    strings.TrimSpace(normalizeSQL),
		Inputs: []string{"silver.wasde_figure", "silver.attribute_code"},
		Output: "silver.observation",
		OutputColumns: []string{
			"commodity_code", "attribute_code", "market_year", "status", "value", "unit_code",
			"wasde_number", "release_date", "ingest_run_id", "source_table", "source_id",
		},
		Parameters: `{"join_on": ["attribute"], "codes": ["commodity_code", "attribute_code", "status", "unit_code"]}`,
	}
}

func summarizeStep() Step {
	return Step{
		Name:   "summarize_commodities",
		Type:   "AGGREGATE",
		SQL:    strings.TrimSpace(summarizeSQL),
		Inputs: []string{"silver.observation"},
		Output: "silver.commodity_summary",
		OutputColumns: []string{
			"commodity_code", "market_year", "unit_code", "observations", "supply_components",
			"use_components",
		},
		Parameters: `{"aggregation": ["COUNT", "SUM"], "group_by": ["commodity_code", "market_year", "unit_code"], "unit_code": ["MIL_BU", "MIL_T"]}`,
	}
}

// figures are the columns of the balance sheet that USDA prints, in its order.
var figures = []string{
	"beginning_stocks", "production", "imports", "supply_total", "feed_and_residual", "food_seed_industrial",
	"ethanol", "exports", "use_total", "ending_stocks", "avg_farm_price",
}

func pivotStep() Step {
	return Step{
		Name:          "pivot_corn_supply_use",
		Type:          "PIVOT",
		SQL:           strings.TrimSpace(pivotSQL),
		Inputs:        []string{"silver.observation"},
		Output:        "silver.us_corn_supply_use",
		OutputColumns: append([]string{"market_year", "status", "wasde_number"}, figures...),
		Parameters:    `{"rows": "market_year", "columns": "attribute_code", "values": "value", "commodity_code": "CORN", "unit_code": ["MIL_BU", "USD_PER_BU"]}`,
	}
}

func calculateStep() Step {
	copied := append([]string{"market_year", "status", "wasde_number"}, figures...)
	return Step{
		Name:          "calculate_corn_balance_sheet",
		Type:          "CALCULATE",
		SQL:           strings.TrimSpace(calculateSQL),
		Inputs:        []string{"silver.us_corn_supply_use"},
		Output:        "gold.us_corn_balance_sheet",
		OutputColumns: append(copied, "stocks_to_use"),
		Parameters:    `{"stocks_to_use": "ending_stocks / use_total", "decimals": 4}`,
	}
}
