CREATE SCHEMA bronze;
CREATE SCHEMA silver;
CREATE SCHEMA gold;

-- bronze: tables of all sorts

CREATE TABLE bronze.wasde_cell (report_month date, region text, item text, value numeric, unit text, dropped int, loaded_at timestamptz);
ALTER TABLE bronze.wasde_cell DROP COLUMN dropped;
COMMENT ON TABLE bronze.wasde_cell IS 'Cells of the monthly report, as they came';
COMMENT ON COLUMN bronze.wasde_cell.unit IS 'MMT or USD/bu';
CREATE TABLE bronze.exchange (day date, currency char(3), rate numeric NOT NULL, PRIMARY KEY (day, currency));
CREATE TABLE bronze."Region Map" ("Code" text PRIMARY KEY, "Full Name" text, "select" int);
CREATE TABLE bronze.order_line (id bigserial PRIMARY KEY, region text REFERENCES bronze."Region Map" ("Code"), qty int, unit_price numeric,
	total numeric GENERATED ALWAYS AS (qty * unit_price) STORED, day date, currency char(3),
	CONSTRAINT at_rate FOREIGN KEY (day, currency) REFERENCES bronze.exchange (day, currency));
CREATE TABLE bronze.price (day date, region text, amount numeric, currency char(3)) PARTITION BY RANGE (day);
CREATE TABLE bronze.price_2025 PARTITION OF bronze.price FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE bronze.price_2026 PARTITION OF bronze.price FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE bronze.reading (at timestamptz, celsius float8);
CREATE TABLE bronze.field_reading (field text) INHERITS (bronze.reading);
CREATE TABLE bronze.node (id int, parent int, name text);
CREATE FOREIGN DATA WRAPPER elsewhere;
CREATE SERVER erp FOREIGN DATA WRAPPER elsewhere OPTIONS (host 'erp', password 'hunter2');
CREATE FOREIGN TABLE bronze.customer (id int, name text) SERVER erp OPTIONS (schema_name 'sales', table_name 'cust', password 'hunter2');
CREATE TEMPORARY TABLE scratch (a int);
CREATE SEQUENCE bronze.numbers;

-- silver: views on tables

CREATE VIEW silver.observation AS
	SELECT c.report_month AS month, c.region, lower(c.item) AS item, c.value * 1.0 AS value FROM bronze.wasde_cell c WHERE c.unit = 'MMT';
COMMENT ON VIEW silver.observation IS 'One row a month, region and item';
CREATE VIEW silver.price_usd AS
	SELECT p.day, p.region, p.amount * e.rate AS usd FROM bronze.price p LEFT JOIN bronze.exchange e USING (day, currency);
CREATE VIEW silver.latest AS
	WITH ranked AS (SELECT o.*, row_number() OVER (PARTITION BY o.region, o.item ORDER BY o.month DESC) AS n FROM silver.observation o)
	SELECT month, region, item, value FROM ranked WHERE n = 1;
CREATE VIEW silver.everything AS
	SELECT month AS day, region, value FROM silver.observation UNION ALL SELECT day, region, usd FROM silver.price_usd;
CREATE VIEW silver.tree AS
	WITH RECURSIVE t (id, path) AS (
		SELECT id, name FROM bronze.node WHERE parent IS NULL
		UNION ALL SELECT n.id, t.path || '/' || n.name FROM bronze.node n JOIN t ON t.id = n.parent)
	SELECT id, path FROM t;

-- gold: views on views

CREATE VIEW gold.balance AS
	SELECT region, sum(value) AS total, count(*) AS n, max(month) AS newest FROM silver.latest GROUP BY region HAVING sum(value) > 0;
CREATE VIEW gold.named AS
	SELECT m."Full Name" AS "Region Name", b.total FROM gold.balance b JOIN bronze."Region Map" m ON m."Code" = b.region;
CREATE VIEW gold.star AS SELECT * FROM gold.named;
CREATE VIEW gold.renamed ("Wo", how_much) AS SELECT "Region Name", total FROM gold.star;
ALTER VIEW gold.renamed RENAME COLUMN how_much TO "wie viel";
CREATE MATERIALIZED VIEW gold.summary AS
	SELECT o.month, (SELECT avg(e.rate) FROM bronze.exchange e) AS avg_rate FROM silver.observation o
	WHERE EXISTS (SELECT 1 FROM bronze.price p WHERE p.region = o.region);
CREATE VIEW gold.top_price AS
	SELECT r."Code" AS code, t.usd FROM bronze."Region Map" r
	CROSS JOIN LATERAL (SELECT p.usd FROM silver.price_usd p WHERE p.region = r."Code" ORDER BY p.day DESC LIMIT 1) t;
CREATE FUNCTION gold.twice(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE VIEW gold.doubled AS SELECT gold.twice(o.value) AS doubled, g.g AS step FROM silver.observation o, generate_series(1, 3) AS g;
CREATE VIEW gold.secure WITH (security_barrier) AS SELECT id, region FROM bronze.order_line WHERE total > 100;
CREATE VIEW gold.signs AS SELECT CASE WHEN unit = 'MMT' THEN value ELSE -value END AS signed FROM bronze.wasde_cell;
CREATE VIEW gold.as_json AS SELECT row_to_json(c) AS doc FROM bronze.customer c;
CREATE VIEW gold.dead AS SELECT s.name FROM (SELECT name, parent FROM bronze.node) s;
CREATE VIEW gold.counted AS SELECT count(*) AS n FROM bronze.exchange;
CREATE VIEW gold.running AS SELECT day, sum(amount) OVER (PARTITION BY region ORDER BY day) AS so_far FROM bronze.price;
CREATE VIEW gold.places AS SELECT ctid, tableoid::regclass AS origin, name FROM bronze.node;
CREATE VIEW gold.nothing AS SELECT FROM bronze.node WHERE id > 1;
CREATE VIEW gold.constant AS SELECT 1 AS one;
CREATE VIEW gold.databases AS SELECT datname FROM pg_catalog.pg_database;
CREATE VIEW gold.common AS SELECT region FROM bronze.price EXCEPT SELECT region FROM bronze.wasde_cell;
