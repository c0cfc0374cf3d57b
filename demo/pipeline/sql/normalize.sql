-- LEFT JOIN and CASE without ELSE: what has no code becomes NULL and is refused, it does not vanish.
INSERT INTO silver.observation (
    commodity_code, attribute_code, market_year, status, value, unit_code,
    wasde_number, release_date, ingest_run_id, source_table, source_id
)
SELECT
    UPPER(REPLACE(f.commodity, ' ', '_')) AS commodity_code,
    a.attribute_code,
    f.market_year,
    CASE f.proj_est_flag
        WHEN ''      THEN 'ACTUAL'
        WHEN 'Est.'  THEN 'ESTIMATE'
        WHEN 'Proj.' THEN 'PROJECTION'
    END AS status,
    f.value,
    CASE f.unit
        WHEN 'Million Bushels'     THEN 'MIL_BU'
        WHEN 'Million Metric Tons' THEN 'MIL_T'
        WHEN 'Million Acres'       THEN 'MIL_AC'
        WHEN 'Bushels'             THEN 'BU_PER_AC'
        WHEN 'Metric Tons'         THEN 'T_PER_AC'
        WHEN '$/bu'                THEN 'USD_PER_BU'
    END AS unit_code,
    f.wasde_number,
    f.release_date,
    f.ingest_run_id,
    'bronze.wasde_cell' AS source_table,
    f.cell_id           AS source_id
FROM silver.wasde_figure AS f
LEFT JOIN silver.attribute_code AS a
    ON a.attribute = f.attribute
