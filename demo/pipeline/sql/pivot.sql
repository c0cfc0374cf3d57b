INSERT INTO silver.us_corn_supply_use (
    market_year, status, wasde_number, beginning_stocks, production, imports, supply_total,
    feed_and_residual, food_seed_industrial, ethanol, exports, use_total, ending_stocks, avg_farm_price
)
WITH corn AS (
    SELECT o.market_year, o.status, o.wasde_number, o.attribute_code, o.value
    FROM silver.observation AS o
    WHERE o.commodity_code = 'CORN'
        AND o.unit_code IN ('MIL_BU', 'USD_PER_BU')
)
SELECT
    corn.market_year,
    corn.status,
    corn.wasde_number,
    MAX(CASE WHEN corn.attribute_code = 'BEGINNING_STOCKS'     THEN corn.value END) AS beginning_stocks,
    MAX(CASE WHEN corn.attribute_code = 'PRODUCTION'           THEN corn.value END) AS production,
    MAX(CASE WHEN corn.attribute_code = 'IMPORTS'              THEN corn.value END) AS imports,
    MAX(CASE WHEN corn.attribute_code = 'SUPPLY_TOTAL'         THEN corn.value END) AS supply_total,
    MAX(CASE WHEN corn.attribute_code = 'FEED_AND_RESIDUAL'    THEN corn.value END) AS feed_and_residual,
    MAX(CASE WHEN corn.attribute_code = 'FOOD_SEED_INDUSTRIAL' THEN corn.value END) AS food_seed_industrial,
    MAX(CASE WHEN corn.attribute_code = 'ETHANOL'              THEN corn.value END) AS ethanol,
    MAX(CASE WHEN corn.attribute_code = 'EXPORTS'              THEN corn.value END) AS exports,
    MAX(CASE WHEN corn.attribute_code = 'USE_TOTAL'            THEN corn.value END) AS use_total,
    MAX(CASE WHEN corn.attribute_code = 'ENDING_STOCKS'        THEN corn.value END) AS ending_stocks,
    MAX(CASE WHEN corn.attribute_code = 'AVG_FARM_PRICE'       THEN corn.value END) AS avg_farm_price
FROM corn
GROUP BY corn.market_year, corn.status, corn.wasde_number
