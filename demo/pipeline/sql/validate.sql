-- Each check: what the parts give (expected) against what USDA printed (actual), in million bushels.
WITH balance AS (
    SELECT
        b.*,
        LAG(b.ending_stocks) OVER (ORDER BY b.market_year) AS carried_in
    FROM gold.us_corn_balance_sheet AS b
),
checks (position, name, market_year, expected, actual) AS (
    SELECT 1, 'carry_in', market_year, carried_in, beginning_stocks
    FROM balance
    WHERE carried_in IS NOT NULL
    UNION ALL
    SELECT 2, 'supply_total', market_year, beginning_stocks + production + imports, supply_total
    FROM balance
    UNION ALL
    SELECT 3, 'use_total', market_year, feed_and_residual + food_seed_industrial + exports, use_total
    FROM balance
    UNION ALL
    SELECT 4, 'ending_stocks', market_year, supply_total - use_total, ending_stocks
    FROM balance
)
SELECT name, market_year, expected, actual, ABS(expected - actual) <= ? AS ok
FROM checks
ORDER BY market_year, position
