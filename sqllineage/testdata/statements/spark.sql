INSERT OVERWRITE TABLE mart.visits PARTITION (day = '2026-01-31', country)
SELECT /*+ BROADCAST(c) */ v.user, `v`.`page-name` AS page, x.pos, x.item, size(collect_set(v.ref)) AS refs, c.code AS country
FROM raw.visits v LATERAL VIEW OUTER posexplode(v.items) x AS pos, item
LEFT ANTI JOIN raw.bots b ON b.user = v.user INNER JOIN dim.country c ON c.id = v.country_id AND v.day <=> "2026-01-31"
GROUP BY v.user, v.`page-name`, x.pos, x.item, c.code GROUPING SETS ((v.user), (v.user, x.pos)) DISTRIBUTE BY country SORT BY user
-- next
FROM raw.log l INSERT INTO TABLE a SELECT l.x WHERE l.y > 10L INSERT OVERWRITE TABLE b SELECT l.z, count(1) GROUP BY l.z
-- next
CREATE TABLE delta.`/data/events` USING delta PARTITIONED BY (day) LOCATION 's3://bucket/events' AS SELECT transform(xs, x -> x.a + 1) AS ys, named_struct('a', b) AS s FROM parquet.`/data/raw`;
SELECT * FROM t PIVOT (sum(v) AS s, avg(v) FOR (a, b) IN ((1, 2) AS p, (3, 4) AS q)); CACHE TABLE c AS SELECT * FROM d; MSCK REPAIR TABLE e
