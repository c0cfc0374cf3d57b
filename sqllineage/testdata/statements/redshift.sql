CREATE TABLE mart.clicks DISTKEY (user_id) SORTKEY (at) AS SELECT user_id, at, page, listagg(tag, ',') WITHIN GROUP (ORDER BY tag) AS tags, ratio_to_report(n) OVER (PARTITION BY page) AS share FROM raw.click c, c.items AS item WHERE item.kind = 'x' GROUP BY 1, 2, 3, n
-- next
COPY mart.clicks (user_id, at) FROM 's3://bucket/x' IAM_ROLE 'arn:aws:iam::1:role/r' FORMAT AS PARQUET; UNLOAD ('SELECT * FROM mart.clicks') TO 's3://bucket/y' PARALLEL OFF; SELECT TOP 10 * INTO #t FROM mart.clicks; ALTER TABLE a APPEND FROM b; INSERT INTO c SELECT GETDATE(), DECODE(x, 1, 'a', 'b'), NVL(y, z) FROM #t
