CREATE OR REPLACE TABLE `my-project.mart.sessions` PARTITION BY DATE(started_at) CLUSTER BY user_id OPTIONS (description = "sessions of users") AS
WITH hits AS (
  SELECT event.user_id, event.timestamp_micros AS at, p.key, p.value.string_value AS page, off
  FROM my-project.raw.events_20260131 AS event, UNNEST(event.params) AS p WITH OFFSET AS off
  WHERE _TABLE_SUFFIX BETWEEN '20260101' AND '20260131' AND p.key IN UNNEST(['page', "title"])
)
SELECT user_id, MIN(at) AS started_at, ARRAY_AGG(STRUCT(at, page AS path) ORDER BY at LIMIT 10) AS path, COUNT(DISTINCT page) pages,
  APPROX_QUANTILES(at, 100)[OFFSET(50)] AS middle, ANY_VALUE(page HAVING MAX at) AS last_page, @run_id AS run
FROM hits GROUP BY user_id QUALIFY ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY started_at DESC) = 1
-- next
SELECT * EXCEPT (secret) REPLACE (UPPER(name) AS name), SAFE_CAST(x AS ARRAY<STRUCT<a INT64, b STRING>>) FROM `p.d.t` PIVOT (SUM(amount) AS total FOR quarter IN ('Q1' AS q1, 'Q2')) # comment
UNION DISTINCT SELECT AS STRUCT r'\d+', b'x', '''it's''', 1 FROM UNNEST(GENERATE_ARRAY(1, 10)) AS n
-- next
MERGE d.target T USING (SELECT * FROM d.source) S ON T.id = S.id WHEN NOT MATCHED BY TARGET THEN INSERT ROW WHEN NOT MATCHED BY SOURCE THEN DELETE;
FROM d.orders |> WHERE x > 1 |> AGGREGATE SUM(y) AS total GROUP BY k |> ORDER BY total DESC |> LIMIT 3;
DECLARE n INT64 DEFAULT (SELECT COUNT(*) FROM d.t); BEGIN TRANSACTION; INSERT d.log (n) VALUES (n); COMMIT TRANSACTION
