-- Queries that are made views and held against PostgreSQL. They read g.t1 (a, b, c), g.t2 (a, d, e), g.t3 (b, f, g), g."T4" ("A",
-- "b c", h, "order"), g.v (x, y) and g.doc (id, body jsonb, tags text[], at timestamptz, who g.person, amount numeric(10,2)).
-- A blank line ends each. "drops" names columns that a query reads and does nothing with, "rows of" a table whose rows it takes whole.

SELECT * FROM g.t1 NATURAL JOIN g.t2

SELECT * FROM g.t1 NATURAL LEFT JOIN g.t3

SELECT a, b FROM g.t1 FULL JOIN g.t2 USING (a)

SELECT j.a, t1.b FROM g.t1 JOIN g.t2 USING (a) AS j

SELECT t1.*, t2.e AS e2 FROM g.t1, g.t2 WHERE t1.a = t2.a

SELECT a + b AS "sum ""of"" it", c AS "C" FROM g.t1

TABLE g.t3

SELECT * FROM (VALUES (1, 'x'), (2, 'y')) AS v (n, s)

SELECT v.n, t1.a FROM (VALUES (1), (2)) AS v (n) LEFT JOIN g.t1 ON t1.b = v.n

SELECT DISTINCT ON (a) a, b FROM g.t1 ORDER BY a, c DESC NULLS LAST

SELECT count(*), count(*) FILTER (WHERE b > 1) AS some FROM g.t1

SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY c) AS median, mode() WITHIN GROUP (ORDER BY b) AS most FROM g.t1 GROUP BY a

SELECT a, GROUPING(a, b) AS g, sum(c) AS s FROM g.t1 GROUP BY GROUPING SETS ((a), (a, b), ())

SELECT a, b, sum(c) AS s FROM g.t1 GROUP BY CUBE (a, b)

SELECT a AS x, sum(c) AS y FROM g.t1 GROUP BY 1 ORDER BY 2 DESC

SELECT a AS k, max(b) AS m FROM g.t1 GROUP BY k HAVING max(c) > 3

SELECT string_agg(f::text, ', ' ORDER BY g) AS list FROM g.t3

SELECT rank() OVER w AS r, sum(c) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE TIES) AS s FROM g.t1 WINDOW w AS (PARTITION BY a ORDER BY b)

SELECT lag(c, 1, 0) OVER (ORDER BY a RANGE BETWEEN 1 PRECEDING AND 2 FOLLOWING) AS p FROM g.t1

SELECT first_value(b) OVER (PARTITION BY a ORDER BY c GROUPS 1 PRECEDING) AS f FROM g.t1

WITH RECURSIVE r (n, up) AS (SELECT a, b FROM g.t1 WHERE c IS NULL UNION SELECT t.a, r.up FROM g.t1 t JOIN r ON t.b = r.n) SELECT n, up FROM r

WITH RECURSIVE r AS (SELECT a AS n, 1 AS depth FROM g.t1 UNION ALL SELECT t2.d, depth + 1 FROM r, g.t2 WHERE r.n = t2.a) SEARCH DEPTH FIRST BY n SET o CYCLE n SET loops USING path SELECT n, depth, loops FROM r

WITH t1 AS (SELECT d AS a FROM g.t2) SELECT a FROM t1

WITH t1 AS (SELECT d AS a FROM g.t2), u AS (SELECT a FROM t1 UNION ALL SELECT a FROM g.t1) SELECT a FROM u

WITH a AS (WITH b AS (SELECT f FROM g.t3) SELECT f AS z FROM b) SELECT (SELECT max(z) FROM a) AS m, x FROM g.v

SELECT (WITH q AS (SELECT d FROM g.t2 WHERE t2.a = t1.a) SELECT max(d) FROM q) AS m FROM g.t1

SELECT x.a, y.s FROM g.t1 x LEFT JOIN LATERAL (SELECT sum(e) AS s FROM g.t2 WHERE t2.a = x.a AND t2.d > x.b) y ON true

SELECT t1.a, n FROM g.t1, generate_series(t1.b, t1.c) AS n

SELECT n, m FROM g.t1 CROSS JOIN LATERAL ROWS FROM (generate_series(1, a), generate_series(1, b)) AS r (n, m)

SELECT id, tag, i FROM g.doc, unnest(tags) WITH ORDINALITY AS u (tag, i)

SELECT id, k, v FROM g.doc CROSS JOIN LATERAL jsonb_each(body) AS e (k, v) WHERE body ? 'x'

SELECT body -> 'a' ->> 'b' AS x, body #>> '{a,b}' AS y, (body @> '{"z": 1}')::int AS z, jsonb_path_query_first(body, '$.q ? (@ > 1)') AS p FROM g.doc

SELECT r.* FROM g.doc, jsonb_to_record(body) AS r (p int, q text)

SELECT (who).name, (who).age + 1 AS next FROM g.doc

SELECT tags[1] AS one, tags[1:2] AS some, array_length(tags, 1) AS n, 'x' = ANY (tags) AS has, ARRAY[id, 2] || 3 AS ids FROM g.doc

SELECT ARRAY(SELECT d FROM g.t2 WHERE t2.a = t1.a ORDER BY e) AS ds FROM g.t1

SELECT at AT TIME ZONE 'UTC' AS utc, extract(epoch FROM at) AS s, date_trunc('day', at) + INTERVAL '1 day' AS next, (at, at) OVERLAPS (now(), now()) AS o FROM g.doc

SELECT CAST(amount AS numeric(12, 4)) AS c, amount::int::text COLLATE "C" AS t, +amount AS p, -amount AS m, amount ^ 2 AS s, @ amount AS abs FROM g.doc

SELECT CASE a WHEN 1 THEN b WHEN 2 THEN c ELSE (SELECT max(d) FROM g.t2) END AS k FROM g.t1

SELECT coalesce(a, b) AS x, nullif(b, c) AS y, greatest(a, b, c) AS z, least(1, a) AS w FROM g.t1

SELECT a FROM g.t1 WHERE (a, b) IN (SELECT a, d FROM g.t2) AND ROW (b, c) = ROW (1, 2) AND (a, b) > (1, 2)

SELECT a FROM g.t1 WHERE b BETWEEN SYMMETRIC 3 AND c AND a IS NOT DISTINCT FROM b AND NOT c IN (1, 2) AND a::text LIKE 'x%' ESCAPE '!' AND b::text SIMILAR TO '(a|b)%' AND c::text ~* 'z'

SELECT a FROM g.t1 WHERE EXISTS (SELECT * FROM g.t2 WHERE t2.a = t1.a) OR a > ALL (SELECT d FROM g.t2) OR b = SOME (ARRAY(SELECT f FROM g.t3))

SELECT a FROM g.t1 EXCEPT ALL SELECT d FROM g.t2 INTERSECT SELECT f FROM g.t3 ORDER BY a LIMIT 3

(SELECT a FROM g.t1 ORDER BY b LIMIT 1) UNION ALL (SELECT d FROM g.t2 ORDER BY e DESC OFFSET 1 FETCH FIRST 2 ROWS WITH TIES)

SELECT "A", T."b c" AS x, t."order" FROM g."T4" AS T WHERE T.h IS NOT NULL

SELECT U&"h" AS uni, E'it\'s' || h AS esc, $$ SELECT q FROM nowhere $$ || h AS dollar, $x$ "A" $x$ AS quote FROM g."T4" /* from /* nested */ g.t1 */ -- and g.t2

SELECT t1 FROM g.t1 -- rows of g.t1

SELECT row_to_json(t1) AS j, (t1).a AS a FROM g.t1 -- rows of g.t1

SELECT t1.*::text AS whole, t1 IS NULL AS none FROM g.t1 -- rows of g.t1

SELECT s.p FROM (SELECT a AS p, b AS q, c FROM g.t1) AS s WHERE s.q > 1 -- drops g.t1.c

SELECT s.p FROM (SELECT a, b FROM g.t1) AS s (p, q) -- drops g.t1.b

SELECT xmlelement(name row, xmlattributes(a AS id), xmlforest(b, c AS "See")) AS x FROM g.t1

SELECT a FROM g.t1 TABLESAMPLE BERNOULLI (10) REPEATABLE (1)

SELECT o.x FROM ONLY g.t1 AS i JOIN (g.v AS o JOIN g.t3 ON o.y = t3.b) ON i.a = o.x

SELECT q.* FROM (g.t1 JOIN g.t2 ON t1.a = t2.a) AS q (a1, b1, c1, a2)

SELECT format('%s-%s', a, b) AS f, concat_ws(',', VARIADIC ARRAY[c::text, 'x']) AS v, make_interval(days => b) AS i, substring(a::text FROM 1 FOR 2) AS s, overlay(b::text PLACING 'x' FROM 1) AS o, trim(BOTH 'x' FROM c::text) AS t, position('a' IN a::text) AS p FROM g.t1

SELECT g.twice(a) AS t, g.pair(b, c) AS p, (g.pair(a, b)).one AS o FROM g.t1

SELECT sum(a) FILTER (WHERE b > 0) OVER (PARTITION BY c) AS s FROM g.t1

SELECT current_date AS d, user AS u, localtimestamp AS l, a FROM g.t1

SELECT a, count(DISTINCT b ORDER BY b) AS n, array_agg(DISTINCT c ORDER BY c DESC) AS l FROM g.t1 GROUP BY ALL a

SELECT a AS b, b AS a FROM g.t1 ORDER BY a

SELECT max(c) AS c FROM g.t1 GROUP BY b, t1.a ORDER BY max(a)

SELECT a FROM g.t1 WHERE c = (SELECT max(c) FROM g.t1 i WHERE i.b = t1.b)

SELECT tableoid::regclass AS src, ctid, a FROM g.t1

SELECT NULL AS a, 1 AS b UNION ALL SELECT a::text, b FROM g.t1

SELECT x."b c" AS "b c", x.z FROM (SELECT "b c", h + "order" AS z FROM g."T4") AS x

SELECT a FROM g.t1 WHERE a IN (SELECT b)

SELECT CASE WHEN EXISTS (SELECT FROM g.t2 WHERE d = t1.b) THEN 'y' ELSE 'n' END AS has FROM g.t1

SELECT i.* FROM g.t1 o, LATERAL (SELECT o.a, o.b + f AS bf FROM g.t3 WHERE t3.b = o.c) i

SELECT sub.total / nullif(sub.n, 0) AS mean FROM (SELECT a, sum(c) AS total, count(b) AS n FROM g.t1 GROUP BY a) sub

SELECT JSON_AGG(t) AS j FROM (SELECT a, b FROM g.t1) t

SELECT json_build_object('a', a, 'l', array_agg(json_build_array(b, c))) AS j FROM g.t1 GROUP BY a
