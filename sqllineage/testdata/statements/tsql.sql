DECLARE @from DATE = '2026-01-01', @n INT; SET NOCOUNT ON;
SELECT TOP (100) WITH TIES o.[Order ID] AS id, Total = SUM(l.[Qty] * l.Price), c.Name COLLATE Latin1_General_CI_AS INTO #recent
FROM [Shop].[dbo].[Order] o WITH (NOLOCK) INNER HASH JOIN dbo.Line l ON l.OrderId = o.[Order ID] OUTER APPLY (SELECT TOP 1 x.Name FROM dbo.Customer x WHERE x.Id = o.CustomerId ORDER BY x.Id) c
WHERE o.PlacedAt >= @from AND o.State <> N'void' GROUP BY o.[Order ID], c.Name ORDER BY Total DESC OPTION (RECOMPILE);
UPDATE t SET t.Total = r.Total, @n += 1 OUTPUT inserted.Id, deleted.Total INTO dbo.Audit (Id, Old) FROM dbo.Summary AS t JOIN #recent r ON r.id = t.Id;
IF @n > 0 BEGIN EXEC dbo.Notify @n = @n; DELETE TOP (10) FROM dbo.Queue OUTPUT deleted.* WHERE Id IN (SELECT id FROM #recent) END ELSE PRINT 'none'
GO
MERGE dbo.Target WITH (HOLDLOCK) AS t USING (VALUES (1, 'a'), (2, 'b')) AS s (Id, Name) ON t.Id = s.Id WHEN MATCHED THEN UPDATE SET Name = s.Name WHEN NOT MATCHED BY TARGET THEN INSERT (Id, Name) VALUES (s.Id, s.Name) OUTPUT $action;
-- next
CREATE OR ALTER PROCEDURE dbo.Fill @day DATE AS BEGIN SET XACT_ABORT ON; WITH c AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v) AS rn FROM ##stage) INSERT INTO dbo.Done (k, v) SELECT k, IIF(v > 0, v, 0) FROM c WHERE rn = 1 END
-- next
SELECT p.* FROM (SELECT k, y, v FROM dbo.T) s PIVOT (SUM(v) FOR y IN ([2025], [2026])) AS p CROSS APPLY OPENJSON(p.k) WITH (a INT '$.a', b NVARCHAR(10)) j FOR XML PATH('')
