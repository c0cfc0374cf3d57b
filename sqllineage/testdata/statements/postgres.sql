WITH RECURSIVE tree AS (
  SELECT id, parent_id, name, ARRAY[id] AS path FROM org.unit WHERE parent_id IS NULL
  UNION ALL
  SELECT u.id, u.parent_id, u.name, t.path || u.id FROM org.unit u JOIN tree t ON t.id = u.parent_id AND NOT u.id = ANY(t.path)
), latest AS (
  SELECT DISTINCT ON (e.unit_id) e.unit_id, e.head_count, (e.doc -> 'budget' ->> 'total')::numeric AS budget, e.doc @> '{"open": true}' AS open
  FROM org.estimate e WHERE e.doc ? 'budget' ORDER BY e.unit_id, e.made_at DESC NULLS LAST
)
INSERT INTO mart.unit_budget AS b (unit_id, depth, label, budget, per_head, note)
SELECT t.id, array_length(t.path, 1), upper(t.name) || E'\'s', coalesce(l.budget, 0), l.budget / nullif(l.head_count, 0), $$it's$$
FROM tree t LEFT JOIN latest l ON l.unit_id = t.id
CROSS JOIN LATERAL (SELECT count(*) AS n FROM org.person p WHERE p.unit_id = t.id AND p.left_at IS NULL) AS staff
WHERE staff.n > 0 AND t.name !~* '^test'
ON CONFLICT (unit_id) DO UPDATE SET budget = excluded.budget, per_head = excluded.per_head, label = b.label
RETURNING unit_id, budget
-- next
CREATE TEMP TABLE staging ON COMMIT DROP AS SELECT j.* , row_number() OVER w AS rn, string_agg(x.tag, ',' ORDER BY x.tag) FILTER (WHERE x.tag <> '') AS tags
FROM raw.event e, jsonb_to_recordset(e.body -> 'items') AS j (sku text, qty int), unnest(e.tags) WITH ORDINALITY AS x (tag, place)
GROUP BY j.sku, j.qty WINDOW w AS (PARTITION BY j.sku ORDER BY j.qty);
UPDATE shop.item i SET stock = i.stock - s.qty FROM staging s WHERE s.sku = i.sku AND s.rn = 1;
DELETE FROM shop.cart USING staging WHERE cart.sku = staging.sku; TRUNCATE shop.cache; DROP TABLE IF EXISTS staging
-- next
CREATE MATERIALIZED VIEW mart.daily AS SELECT date_trunc('day', at) AS day, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS median, GROUPING(host)
FROM ops.request TABLESAMPLE SYSTEM (10) WHERE at > now() - interval '7 days' AND host ILIKE '%.example' GROUP BY GROUPING SETS ((1, host), (1)) WITH NO DATA
-- next
CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql AS $f$ SELECT sum(x) FROM t WHERE y = a $f$; COPY (SELECT * FROM a.b) TO '/tmp/x.csv' WITH (FORMAT csv); SET search_path TO a, b; SELECT (r).x, r.* FROM t AS r
