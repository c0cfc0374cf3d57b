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
	for i, column := range step.InputColumns {
		if column == "bronze.wasde_cell.market_year" {
			step.InputColumns[i] = "bronze.wasde_cell.marketing_year"
		}
	}
	// It never made the column it meant to, so it has no lineage to declare.
	step.Columns = nil
	return step
}

func cleanStep() Step {
	const cell, release, figure = "bronze.wasde_cell", "bronze.wasde_release", "silver.wasde_figure"
	return Step{
		Name:   "clean_wasde_cells",
		Type:   "CLEAN",
		SQL:    strings.TrimSpace(cleanSQL),
		Inputs: []string{cell, release},
		InputColumns: append(
			columns(cell, "id", "wasde_number", "attribute", "commodity", "region", "market_year", "proj_est_flag",
				"annual_quarter_flag", "value", "unit", "forecast_year", "forecast_month"),
			columns(release, "wasde_number", "release_date", "ingest_run_id")...),
		Output: figure,
		OutputColumns: []string{
			"cell_id", "wasde_number", "release_date", "ingest_run_id", "commodity", "attribute",
			"market_year", "proj_est_flag", "value", "unit",
		},
		Parameters: `{"filters": {"region": "United States", "annual_quarter_flag": "Annual", "forecast_month": "that of release_date"}, "join_on": ["wasde_number"]}`,
		Columns: concat(
			edge(cell+".id", figure+".cell_id", copies, "the bronze row's id"),
			each(copies, release, figure, "as it came", "release_date", "ingest_run_id"),
			edge(release+".wasde_number", figure+".wasde_number", transforms, "text to integer"),
			each(transforms, cell, figure, "blanks trimmed", "commodity", "attribute", "market_year", "proj_est_flag", "unit"),
			edge(cell+".value", figure+".value", transforms, "blanks trimmed, thousands separators removed, text to number"),
			shapes(joins, figure, "cells meet their release", cell+".wasde_number", release+".wasde_number"),
			shapes(filters, figure, "annual U.S. figures only", cell+".region", cell+".annual_quarter_flag"),
			shapes(filters, figure, "only the forecast of the release's own month",
				cell+".forecast_year", cell+".forecast_month", release+".release_date"),
		),
	}
}

func normalizeStep() Step {
	const figure, code, observation = "silver.wasde_figure", "silver.attribute_code", "silver.observation"
	return Step{
		Name:   "normalize_observations",
		Type:   "NORMALIZE",
		SQL:    strings.TrimSpace(normalizeSQL),
		Inputs: []string{figure, code},
		InputColumns: append(
			columns(figure, "cell_id", "wasde_number", "release_date", "ingest_run_id", "commodity", "attribute",
				"market_year", "proj_est_flag", "value", "unit"),
			columns(code, "attribute", "attribute_code")...),
		Output: observation,
		OutputColumns: []string{
			"commodity_code", "attribute_code", "market_year", "status", "value", "unit_code",
			"wasde_number", "release_date", "ingest_run_id", "source_table", "source_id",
		},
		Parameters: `{"join_on": ["attribute"], "codes": ["commodity_code", "attribute_code", "status", "unit_code"]}`,
		Columns: concat(
			edge(figure+".commodity", observation+".commodity_code", transforms, "upper case, underscores for blanks"),
			edge(code+".attribute_code", observation+".attribute_code", copies, "the code of the attribute's name"),
			edge(figure+".proj_est_flag", observation+".status", transforms, "blank, Est. and Proj. spelled out"),
			edge(figure+".unit", observation+".unit_code", transforms, "USDA's unit to a code"),
			edge(figure+".cell_id", observation+".source_id", copies, "the bronze row's id"),
			each(copies, figure, observation, "as cleaned", "market_year", "value", "wasde_number", "release_date", "ingest_run_id"),
			shapes(joins, observation, "names meet their codes", figure+".attribute", code+".attribute"),
		),
	}
}

func summarizeStep() Step {
	const observation, summary = "silver.observation", "silver.commodity_summary"
	const componentUse = "which attributes count as components"
	return Step{
		Name:         "summarize_commodities",
		Type:         "AGGREGATE",
		SQL:          strings.TrimSpace(summarizeSQL),
		Inputs:       []string{observation},
		InputColumns: columns(observation, "commodity_code", "attribute_code", "market_year", "value", "unit_code"),
		Output:       summary,
		OutputColumns: []string{
			"commodity_code", "market_year", "unit_code", "observations", "supply_components",
			"use_components",
		},
		Parameters: `{"aggregation": ["COUNT", "SUM"], "group_by": ["commodity_code", "market_year", "unit_code"], "unit_code": ["MIL_BU", "MIL_T"]}`,
		Columns: concat(
			each(copies, observation, summary, "group key", "commodity_code", "market_year", "unit_code"),
			shapes(aggregates, summary, "grouped by", columns(observation, "commodity_code", "market_year", "unit_code")...),
			shapes(filters, summary, "quantities only", observation+".unit_code"),
			edge(observation, summary+".observations", aggregates, "count of rows"),
			edge(observation+".value", summary+".supply_components", aggregates, "beginning stocks + production + imports"),
			edge(observation+".value", summary+".use_components", aggregates, "feed + food, seed and industrial + exports"),
			edge(observation+".attribute_code", summary+".supply_components", transforms, componentUse),
			edge(observation+".attribute_code", summary+".use_components", transforms, componentUse),
		),
	}
}

// figures are the columns of the balance sheet that USDA prints, in its order.
var figures = []string{
	"beginning_stocks", "production", "imports", "supply_total", "feed_and_residual", "food_seed_industrial",
	"ethanol", "exports", "use_total", "ending_stocks", "avg_farm_price",
}

func pivotStep() Step {
	const observation, wide = "silver.observation", "silver.us_corn_supply_use"
	keys := []string{"market_year", "status", "wasde_number"}
	lineage := concat(
		each(copies, observation, wide, "group key", keys...),
		shapes(aggregates, wide, "one row a market year", columns(observation, keys...)...),
		shapes(filters, wide, "corn, in bushels and dollars a bushel", observation+".commodity_code", observation+".unit_code"),
	)
	for _, figure := range figures {
		lineage = concat(lineage,
			edge(observation+".value", wide+"."+figure, aggregates, "the one value with the code "+strings.ToUpper(figure)),
			edge(observation+".attribute_code", wide+"."+figure, transforms, "the code chooses the column"))
	}
	return Step{
		Name:   "pivot_corn_supply_use",
		Type:   "PIVOT",
		SQL:    strings.TrimSpace(pivotSQL),
		Inputs: []string{observation},
		InputColumns: columns(observation, "commodity_code", "attribute_code", "market_year", "status", "value",
			"unit_code", "wasde_number"),
		Output:        wide,
		OutputColumns: append(keys, figures...),
		Parameters:    `{"rows": "market_year", "columns": "attribute_code", "values": "value", "commodity_code": "CORN", "unit_code": ["MIL_BU", "USD_PER_BU"]}`,
		Columns:       lineage,
	}
}

func calculateStep() Step {
	const wide, gold = "silver.us_corn_supply_use", "gold.us_corn_balance_sheet"
	copied := append([]string{"market_year", "status", "wasde_number"}, figures...)
	return Step{
		Name:          "calculate_corn_balance_sheet",
		Type:          "CALCULATE",
		SQL:           strings.TrimSpace(calculateSQL),
		Inputs:        []string{wide},
		InputColumns:  columns(wide, copied...),
		Output:        gold,
		OutputColumns: append(copied, "stocks_to_use"),
		Parameters:    `{"stocks_to_use": "ending_stocks / use_total", "decimals": 4}`,
		Columns: concat(
			each(copies, wide, gold, "as pivoted", copied...),
			edge(wide+".ending_stocks", gold+".stocks_to_use", transforms, "numerator"),
			edge(wide+".use_total", gold+".stocks_to_use", transforms, "denominator"),
		),
	}
}
