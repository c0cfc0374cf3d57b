INSERT INTO `shop`.`totals` (`customer`, total, seen) SELECT SQL_CALC_FOUND_ROWS c.`name`, SUM(o.amount), @now := NOW() # totals
FROM `customer` AS c STRAIGHT_JOIN `order` o FORCE INDEX (idx_customer) ON o.customer_id = c.id AND o.state <> "void"
WHERE o.placed >= DATE_SUB(CURDATE(), INTERVAL 30 DAY) GROUP BY c.id WITH ROLLUP ON DUPLICATE KEY UPDATE total = VALUES(total), seen = NOW()
-- next
UPDATE a JOIN b ON a.id = b.id LEFT JOIN c USING (id) SET a.x = b.x, c.y = IF(b.y IS NULL, 0, b.y) WHERE a.z = '\'' ORDER BY a.id LIMIT 5; DELETE a, b FROM a INNER JOIN b WHERE a.id = b.id; REPLACE INTO t SET x = 1, y = DEFAULT(y)
-- next
CREATE TABLE copy LIKE original; CREATE TABLE IF NOT EXISTS agg ENGINE=InnoDB DEFAULT CHARSET=utf8 /*!50100 PARTITION BY HASH (id) */ SELECT id, GROUP_CONCAT(DISTINCT tag ORDER BY tag SEPARATOR ', ') AS tags, MATCH (body) AGAINST ('x' IN BOOLEAN MODE) AS score FROM posts GROUP BY id;
LOAD DATA LOCAL INFILE '/tmp/x.csv' INTO TABLE t FIELDS TERMINATED BY ',' (a, @b) SET c = @b * 2; WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT * FROM n -- end
