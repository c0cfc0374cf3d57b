INSERT INTO silver.commodity_summary (
    commodity_code, market_year, unit_code, observations, supply_components, use_components
)
SELECT
    o.commodity_code,
    o.market_year,
    o.unit_code,
    COUNT(*) AS observations,
    ROUND(SUM(CASE
        WHEN o.attribute_code IN ('BEGINNING_STOCKS', 'PRODUCTION', 'IMPORTS') THEN o.value
        ELSE 0
    END), 1) AS supply_components,
    ROUND(SUM(CASE
        WHEN o.attribute_code IN ('FEED_AND_RESIDUAL', 'FOOD_SEED_INDUSTRIAL', 'EXPORTS') THEN o.value
        ELSE 0
    END), 1) AS use_components
FROM silver.observation AS o
WHERE o.unit_code IN ('MIL_BU', 'MIL_T')
GROUP BY o.commodity_code, o.market_year, o.unit_code
