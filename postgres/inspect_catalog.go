package postgres

// What the catalogs of PostgreSQL say of the schemas: an object a row, as its
// sort, its name, and how it is made. $1 is the schema ledger, $2 audit, $3 gold.
// Of tables that Daybook makes as it goes, which are those of months, only what
// it takes to tell them from others is asked; see [inspection.partitions]. In
// audit and gold a warehouse may have things of its own, which are nobody's
// business here.
const shapeSQL = `WITH space AS (
  SELECT n.oid, CASE n.nspname WHEN $1 THEN 'ledger' WHEN $2 THEN 'audit' ELSE 'gold' END AS name FROM pg_namespace AS n WHERE n.nspname IN ($1, $2, $3)
), relation AS (
  SELECT c.*, s.name AS space, pg_get_userbyid(c.relowner) AS owner,
    EXISTS (SELECT FROM pg_inherits AS i JOIN pg_class AS p ON p.oid = i.inhparent WHERE i.inhrelid = c.oid AND p.relname !~ '^shown_') AS month
  FROM pg_class AS c JOIN space AS s ON s.oid = c.relnamespace
  WHERE s.name = 'ledger' OR pg_get_userbyid(c.relowner) = 'daybook_owner'
)
SELECT CASE r.relkind WHEN 'v' THEN 'view' WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'S' THEN 'sequence' ELSE 'object' END AS sort,
  r.space || '.' || r.relname AS name,
  concat_ws(' ', r.relkind, r.relpersistence, 'of', r.owner, r.reloptions::text, CASE WHEN r.relrowsecurity THEN 'row security' END, CASE WHEN r.relforcerowsecurity THEN 'forced' END,
    (SELECT 'in ' || p.relname || ' ' || pg_get_expr(r.relpartbound, r.oid) FROM pg_inherits AS i JOIN pg_class AS p ON p.oid = i.inhparent WHERE i.inhrelid = r.oid)) AS made
FROM relation AS r WHERE r.relkind NOT IN ('i', 'I', 't') AND NOT r.month
UNION ALL
SELECT 'column', r.space || '.' || r.relname || '.' || a.attname,
  concat_ws(' ', format_type(a.atttypid, a.atttypmod), (SELECT quote_ident(l.collname) FROM pg_collation AS l WHERE l.oid = a.attcollation AND l.collname <> 'default'),
    CASE WHEN a.attnotnull THEN 'not null' END,
    (SELECT 'for new rows' FROM pg_constraint AS k WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated), -- from PostgreSQL 18 on
    nullif(a.attgenerated, ''), nullif(a.attidentity, ''),
    (SELECT 'default ' || pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef AS d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum))
FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid
WHERE r.space = 'ledger' AND r.relkind IN ('r', 'p') AND NOT r.month AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'index', x.relname, concat_ws(' ', pg_get_indexdef(i.indexrelid), CASE WHEN NOT (i.indisvalid AND i.indisready AND i.indislive) THEN 'not valid' END)
FROM relation AS r JOIN pg_index AS i ON i.indrelid = r.oid JOIN pg_class AS x ON x.oid = i.indexrelid WHERE NOT r.month AND r.relname <> 'schema_version'
UNION ALL
SELECT 'constraint', r.relname || '.' || k.conname, concat_ws(' ', pg_get_constraintdef(k.oid), CASE WHEN NOT k.convalidated THEN 'not valid' END)
FROM relation AS r JOIN pg_constraint AS k ON k.conrelid = r.oid WHERE k.contype <> 'n' AND NOT r.month AND r.relname <> 'schema_version'
UNION ALL
SELECT 'trigger', r.relname || '.' || t.tgname, concat_ws(' ', t.tgtype, t.tgenabled, t.tgfoid::regproc, encode(t.tgargs, 'hex'), pg_get_expr(t.tgqual, t.tgrelid), t.tgattr::text)
FROM relation AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal AND NOT r.month
UNION ALL
SELECT 'policy', r.relname || '.' || p.polname, concat_ws(' ', p.polcmd, p.polpermissive, p.polroles::regrole[]::text, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
FROM relation AS r JOIN pg_policy AS p ON p.polrelid = r.oid
UNION ALL
SELECT 'rule', r.relname || '.' || w.rulename, pg_get_ruledef(w.oid) FROM relation AS r JOIN pg_rewrite AS w ON w.ev_class = r.oid WHERE w.rulename <> '_RETURN'
UNION ALL
SELECT 'function', s.name || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
  concat_ws(' ', p.prokind, p.provolatile, p.proparallel, CASE WHEN p.prosecdef THEN 'security definer' END, CASE WHEN p.proisstrict THEN 'strict' END,
    (SELECT l.lanname FROM pg_language AS l WHERE l.oid = p.prolang), 'of', pg_get_userbyid(p.proowner), 'returns', pg_get_function_result(p.oid), p.proconfig::text, p.probin)
FROM pg_proc AS p JOIN space AS s ON s.oid = p.pronamespace WHERE s.name = 'ledger' OR pg_get_userbyid(p.proowner) = 'daybook_owner'
ORDER BY 1, 2`

// bodiesSQL gives the bodies of functions, as they were written.
const bodiesSQL = `SELECT s.nspname || '.' || p.proname, p.prosrc FROM pg_proc AS p JOIN pg_namespace AS s ON s.oid = p.pronamespace
WHERE s.nspname = $1 OR s.nspname IN ($2, $3) AND pg_get_userbyid(p.proowner) = 'daybook_owner' ORDER BY 1, 2`

// monthsSQL gives the tables of months that cannot be as Daybook makes them, and
// why: those whose bounds are no months, that lack the trigger or have others,
// that are somebody else's, or filter rows; and indexes of theirs that are not
// valid.
const monthsSQL = `WITH month AS (
  SELECT c.oid, c.relname, c.relowner, c.relkind, c.relrowsecurity, pg_get_expr(c.relpartbound, c.oid) AS bounds
  FROM pg_class AS c JOIN pg_inherits AS i ON i.inhrelid = c.oid JOIN pg_class AS p ON p.oid = i.inhparent JOIN pg_namespace AS n ON n.oid = p.relnamespace
  WHERE n.nspname = $1 AND p.relkind = 'p' AND p.relname !~ '^shown_'
)
SELECT relname, 'is not bounded by months: ' || bounds FROM month
  WHERE bounds <> 'DEFAULT' AND bounds !~ '^FOR VALUES FROM \(''\d{4,}-\d\d-01 00:00:00\+00''\) TO \(''\d{4,}-\d\d-01 00:00:00\+00''\)$'
UNION ALL
SELECT relname, 'belongs to ' || pg_get_userbyid(relowner) FROM month WHERE pg_get_userbyid(relowner) <> 'daybook_owner'
UNION ALL
SELECT relname, 'is no plain table, or filters rows' FROM month WHERE relkind <> 'r' OR relrowsecurity
UNION ALL
SELECT relname, 'is not guarded by the trigger append_only' FROM month AS m WHERE NOT EXISTS (
  SELECT FROM pg_trigger AS t WHERE t.tgrelid = m.oid AND t.tgname = 'append_only' AND t.tgenabled = 'A' AND t.tgqual IS NULL AND t.tgtype = 58
    AND t.tgfoid = (SELECT p.oid FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = $1 AND p.proname = 'refuse' AND p.pronargs = 0))
UNION ALL
SELECT m.relname, 'has the trigger ' || t.tgname || ', which Daybook does not make' FROM month AS m JOIN pg_trigger AS t ON t.tgrelid = m.oid WHERE NOT t.tgisinternal AND t.tgname <> 'append_only'
UNION ALL
SELECT m.relname, 'has the rule ' || w.rulename || ', which Daybook does not make' FROM month AS m JOIN pg_rewrite AS w ON w.ev_class = m.oid
UNION ALL
SELECT m.relname, 'has an index that is not valid: ' || x.relname FROM month AS m JOIN pg_index AS i ON i.indrelid = m.oid JOIN pg_class AS x ON x.oid = i.indexrelid
  WHERE NOT (i.indisvalid AND i.indisready AND i.indislive)
ORDER BY 1, 2`
