INSERT OR REPLACE INTO main.[note] (id, "body", at) SELECT n.rowid, json_extract(n.doc, '$.body') || ?2, strftime('%s', 'now') FROM temp.note n INDEXED BY i WHERE n.doc ->> '$.kind' GLOB 'a*' AND n.id NOT IN (SELECT value FROM json_each(?1)) ON CONFLICT DO NOTHING RETURNING *
-- next
CREATE TRIGGER IF NOT EXISTS touched AFTER UPDATE OF body ON note FOR EACH ROW WHEN new.body IS NOT old.body BEGIN UPDATE note SET at = 1 WHERE id = new.id; INSERT INTO audit SELECT old.id, old.body; END;
WITH RECURSIVE c (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c LIMIT 10) SELECT group_concat(x, '') FILTER (WHERE x % 2 = 0) FROM c; ATTACH 'b.db' AS b; CREATE VIRTUAL TABLE f USING fts5(body); UPDATE t SET a = b.a FROM b WHERE b.id = t.id
