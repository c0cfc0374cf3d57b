SELECT region, count(*) AS orders, sum(CASE WHEN status = 'paid' THEN amount ELSE 0 END) AS paid
FROM sales.orders o
LEFT JOIN sales.refunds r ON r.order_id = o.id AND r.state IN ('open', 'done')
WHERE o.placed_at BETWEEN DATE '2026-01-01' AND DATE '2026-03-31' AND EXISTS (SELECT 1 FROM sales.payments p WHERE p.order_id = o.id)
GROUP BY region HAVING sum(amount) > 100 ORDER BY paid DESC LIMIT 20
-- next
WITH months AS (SELECT DISTINCT year, month FROM calendar), totals (year, month, total) AS (
  SELECT m.year, m.month, sum(e.amount) FROM months m JOIN expenses e USING (year, month) GROUP BY 1, 2)
INSERT INTO reports.monthly (year, month, total, share)
SELECT year, month, total, total / sum(total) OVER (PARTITION BY year ORDER BY month ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM totals
UNION ALL SELECT 0, 0, NULL, (SELECT max(rate) FROM reports.rates)
-- next
CREATE VIEW people.active AS SELECT p.*, a.city FROM people.person p, people.address a WHERE p.id = a.person_id EXCEPT SELECT * FROM people.former
-- next
MERGE INTO stock AS t USING (SELECT sku, sum(n) AS n FROM deliveries GROUP BY sku) AS s ON t.sku = s.sku
WHEN MATCHED AND s.n = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET n = t.n + s.n WHEN NOT MATCHED THEN INSERT (sku, n) VALUES (s.sku, s.n)
-- next
UPDATE accounts SET balance = (SELECT sum(t.amount) FROM transfers t WHERE t.account = accounts.id), checked = CURRENT_TIMESTAMP WHERE id IN (SELECT account FROM dirty); DELETE FROM dirty WHERE true;
SELECT {{ columns }} FROM ${schema}.t WHERE day = :day AND x = ? {% if a %} AND y {% endif %}
