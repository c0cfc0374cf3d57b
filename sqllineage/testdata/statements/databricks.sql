CREATE OR REFRESH STREAMING TABLE main.silver.orders (CONSTRAINT ok EXPECT (id IS NOT NULL) ON VIOLATION DROP ROW) COMMENT "orders" TBLPROPERTIES ('quality' = 'silver')
AS SELECT id, payload:customer.name::string AS customer, try_cast(total AS DECIMAL(10, 2)) AS total, _metadata.file_path FROM STREAM read_files('/mnt/raw/*.json', format => 'json')
-- next
MERGE WITH SCHEMA EVOLUTION INTO main.gold.customer AS t USING updates AS s ON t.id = s.id WHEN MATCHED AND s.deleted THEN DELETE WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT * WHEN NOT MATCHED BY SOURCE THEN DELETE
-- next
SELECT a, b, sum(c) FILTER (WHERE d > 1) AS c FROM main.gold.f TIMESTAMP AS OF '2026-01-01' GROUP BY ALL; COPY INTO main.raw.t FROM 's3://b/x' FILEFORMAT = PARQUET; OPTIMIZE t ZORDER BY (a); CREATE TABLE x DEEP CLONE y VERSION AS OF 3
