INSERT INTO gold.us_corn_balance_sheet (
    market_year, status, wasde_number, beginning_stocks, production, imports, supply_total,
    feed_and_residual, food_seed_industrial, ethanol, exports, use_total, ending_stocks,
    avg_farm_price, stocks_to_use
)
SELECT
    s.market_year,
    s.status,
    s.wasde_number,
    s.beginning_stocks,
    s.production,
    s.imports,
    s.supply_total,
    s.feed_and_residual,
    s.food_seed_industrial,
    s.ethanol,
    s.exports,
    s.use_total,
    s.ending_stocks,
    s.avg_farm_price,
    ROUND(s.ending_stocks / NULLIF(s.use_total, 0), 4) AS stocks_to_use
FROM silver.us_corn_supply_use AS s
