-- A ledger of many sessions, each checked out, given five operations and an
-- edge, and checked in: eight entries a session, in the form that the ledger
-- writes them, over the year up to now. daybook.sessions says how many.

SET LOCAL synchronous_commit = off;
SET LOCAL timezone = 'UTC';

CREATE TEMPORARY TABLE made ON COMMIT DROP AS
SELECT i,
  at,
  8 * i AS seq,
  (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008000' || lpad(to_hex(i), 12, '0'))::uuid AS id,
  CASE WHEN i % 500 = 7 THEN 'wasde_transformer' ELSE 'agent_' || i % 500 END AS agent,
  CASE WHEN i % 10 = 0 THEN 'acme' ELSE 'default' END AS business,
  CASE WHEN i % 5000 = 11 THEN 'silver.observation' ELSE 'bronze.feed_' || i % 3000 END AS reads,
  CASE WHEN i % 5000 = 13 THEN 'silver.observation' ELSE 'silver.table_' || (i * 7) % 3000 END AS writes
FROM (
  SELECT i, now() - interval '360 days' * (1 - i::float8 / n) - interval '1 minute' AS at
  FROM (SELECT current_setting('daybook.sessions')::bigint AS n) AS of, generate_series(0, n - 1) AS i
) AS moments;

SELECT {{ledger}}.make_partition('transformation_operation', month)
FROM generate_series(now() - interval '13 months', now(), interval '1 month') AS month;

INSERT INTO {{ledger}}.transformation_session (seq, logged_at, agent_id, agent_type, agent_version, business_id, completed_at, conversation_id, id,
  operations_count, outputs_count, principal, purpose, revision, salt, session_type, source_filters, source_layer, source_tables, started_at, status)
SELECT CASE WHEN revision = 1 THEN seq ELSE seq + 7 END, at + CASE WHEN revision = 1 THEN interval '0' ELSE interval '9 seconds' END,
  agent, CASE i % 3 WHEN 0 THEN 'ANALYST' ELSE 'TRANSFORMER' END, '1.4.2', business, CASE WHEN revision = 2 THEN at + interval '9 seconds' END, 'conv-' || i / 3,
  id, CASE WHEN revision = 2 THEN 5 END, CASE WHEN revision = 2 THEN 0 END, 'etl',
  'Load the reports of the week, and bring them into the shape that the balance sheets need, run ' || i, revision, decode(md5('salt' || i || '.' || revision), 'hex'),
  CASE i % 4 WHEN 0 THEN 'BRONZE_TO_SILVER' WHEN 1 THEN 'SILVER_AGGREGATE' ELSE 'AD_HOC_ANALYSIS' END,
  '{"commodity": "corn", "year": 2026}', 'BRONZE', ARRAY[reads, 'bronze.reference_' || i % 40], at, CASE revision WHEN 1 THEN 'ACTIVE' ELSE 'COMPLETED' END
FROM made, generate_series(1, 2) AS revision;

INSERT INTO {{ledger}}.transformation_operation (seq, logged_at, business_id, created_at, execution_time_ms, id, input_row_count, input_tables, operation_order,
  operation_type, output_columns, output_row_count, output_table, parameters, principal, revision, salt, session_id, transformation_logic, transformation_type)
SELECT seq + step, at + interval '1 second' * step, business, at + interval '1 second' * step, (i * 31 + step) % 4000, seq + step, (i * 17) % 100000,
  ARRAY[reads], step, CASE step WHEN 1 THEN 'SELECT' WHEN 5 THEN 'AGGREGATE' ELSE 'CLEAN' END, ARRAY['commodity', 'year', 'value'], (i * 13) % 50000,
  CASE step WHEN 5 THEN writes ELSE 'staging.step_' || i % 700 END, '{"group_by": ["commodity"]}', 'etl', 1,
  decode(md5('salt' || i || '-' || step), 'hex'), id,
  'INSERT INTO ' || writes || ' SELECT commodity, year, SUM(value) FROM ' || reads || ' WHERE year >= 2020 AND value IS NOT NULL GROUP BY commodity, year -- ' || step, 'SQL'
FROM made, generate_series(1, 5) AS step;

-- The names of edges chain: each table flows from three of the level before.
INSERT INTO {{ledger}}.lineage_edge (seq, logged_at, business_id, created_at, id, is_current, origin, principal, relationship_type, revision, salt,
  session_id, source_name, source_schema, source_type, target_name, target_schema, target_type)
SELECT seq + 6, at + interval '6 seconds', business, at + interval '6 seconds', seq + 6, true, 'PARSED', 'etl', 'DERIVES_FROM', 1, decode(md5('edge' || i), 'hex'), id,
  CASE WHEN level = 0 THEN 'feed_' || (place * 3 + way) % breadth ELSE 'table_' || level - 1 || '_' || (place * 3 + way) % breadth END,
  CASE level WHEN 0 THEN 'bronze' ELSE 'silver' END, 'TABLE',
  CASE level WHEN 7 THEN CASE place WHEN 5 THEN 'us_corn_balance_sheet' ELSE 'view_' || place END ELSE 'table_' || level || '_' || place END,
  CASE level WHEN 7 THEN 'gold' ELSE 'silver' END, 'TABLE'
FROM (
  SELECT made.*, i % 8 AS level, (i / 8) % breadth AS place, i / (8 * breadth) AS way, breadth
  FROM made, (SELECT greatest(8, current_setting('daybook.sessions')::bigint / 25) AS breadth) AS b
) AS walked;

INSERT INTO {{ledger}}.spine (seq, log_id, kind, logged_at, retain_until, log_hash)
SELECT seq + step, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7000a' || lpad(to_hex(seq + step), 15, '0'))::uuid,
  CASE step WHEN 0 THEN 7 WHEN 7 THEN 7 WHEN 6 THEN 10 ELSE 8 END,
  at + CASE step WHEN 0 THEN interval '0' WHEN 7 THEN interval '9 seconds' ELSE interval '1 second' * step END,
  at + interval '30 days', sha256(('entry ' || seq + step)::bytea)
FROM made, generate_series(0, 7) AS step;
