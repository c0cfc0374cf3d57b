-- Annual U.S. figures of the release's own month: a release also may carry last month's forecast.
INSERT INTO silver.wasde_figure (
    cell_id, wasde_number, release_date, ingest_run_id, commodity, attribute,
    market_year, proj_est_flag, value, unit
)
SELECT
    c.id                            AS cell_id,
    CAST(r.wasde_number AS INTEGER) AS wasde_number,
    r.release_date,
    r.ingest_run_id,
    TRIM(c.commodity)               AS commodity,
    TRIM(c.attribute)               AS attribute,
    TRIM(c.market_year)             AS market_year,
    TRIM(c.proj_est_flag)           AS proj_est_flag,
    REPLACE(TRIM(c.value), ',', '') AS value,
    TRIM(c.unit)                    AS unit
FROM bronze.wasde_cell AS c
JOIN bronze.wasde_release AS r
    ON r.wasde_number = c.wasde_number
WHERE c.region = 'United States'
    AND c.annual_quarter_flag = 'Annual'
    AND CAST(c.forecast_year AS INTEGER) = CAST(SUBSTR(r.release_date, 1, 4) AS INTEGER)
    AND CAST(c.forecast_month AS INTEGER) = CAST(SUBSTR(r.release_date, 6, 2) AS INTEGER)
