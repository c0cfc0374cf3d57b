CREATE MATERIALIZED VIEW stats.hourly TO stats.hourly_data ENGINE = AggregatingMergeTree ORDER BY (host, hour) AS
SELECT toStartOfHour(at) AS hour, host, uniqState(user_id) AS users, quantiles(0.5, 0.9)(ms) AS q, arrayMap((x, y) -> x + y, xs, ys) AS zs, groupArrayIf(10)(url, code >= 400) AS errors, t.1 AS first
FROM logs.access FINAL SAMPLE 1/10 ARRAY JOIN xs AS x, ys AS y GLOBAL ANY LEFT JOIN dim.host AS h ON h.name = host PREWHERE at > now() - INTERVAL 1 DAY WHERE code != 200 AND id = {id:UInt64} GROUP BY hour, host WITH TOTALS ORDER BY hour WITH FILL LIMIT 3 BY host SETTINGS max_threads = 2
-- next
WITH (SELECT max(at) FROM logs.access) AS latest, 10 AS n SELECT *, latest, dictGet('d', 'v', toUInt64(k)) FROM numbers(n) ASOF JOIN t USING (k, at) FORMAT JSON; INSERT INTO a (x, y) SELECT * EXCEPT (z) FROM remote('h:9000', db.t); ALTER TABLE t UPDATE x = y + 1 WHERE z; EXCHANGE TABLES a AND b; SELECT a ? b : c FROM system.one
