package redact_test

import (
	"testing"

	"github.com/daybook-audit/daybook/redact"
)

const (
	prose = "Close the corn balance sheet for January and tell me what moved against last month, with the sources of every number. " +
		"Ending stocks fell by 2.1 percent, led by exports; see gold.us_corn_balance_sheet. The key question is who approved the override."
	sql = "INSERT INTO silver.commodity_summary (region_key, month, total, share) SELECT r.region_key, date_trunc('month', p.observed_at), " +
		"sum(p.amount), sum(p.amount) / nullif(sum(sum(p.amount)) OVER (PARTITION BY r.region_key), 0) FROM bronze.wasde_cell AS p " +
		"JOIN silver.region AS r ON r.region_key = p.region_key LEFT JOIN silver.access_level a ON a.key = r.key WHERE p.commodity = 'corn' AND " +
		"p.observed_at >= '2026-01-01' AND p.release_id NOT IN (SELECT id FROM bronze.wasde_release WHERE status = 'withdrawn') GROUP BY 1, 2 " +
		"HAVING count(*) > 3 ORDER BY 1, 2 LIMIT 1000"
	parameters = `{"columns":["region","month","total"],"filters":[{"column":"commodity","op":"eq","value":"corn"},{"column":"observed_at","op":"gte","value":"2026-01-01"}],` +
		`"limit":1000,"max_tokens":4096,"model":"claude-3.5-sonnet","options":{"dry_run":false,"partition_key":"region","timeout_ms":30000},"path":"/srv/warehouse/reports/corn.parquet",` +
		`"request_id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01","sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","table":"gold.us_corn_balance_sheet"}`
)

func BenchmarkText(b *testing.B) {
	for _, c := range []struct{ name, text string }{{"prose", prose}, {"sql", sql}} {
		b.Run(c.name, func(b *testing.B) {
			r := redact.Default()
			b.SetBytes(int64(len(c.text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, found := r.Text(c.text); found != nil {
					b.Fatal(found)
				}
			}
		})
	}
}

func BenchmarkJSON(b *testing.B) {
	r, raw := redact.Default(), []byte(parameters)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, found := r.JSON(raw); found != nil {
			b.Fatal(found)
		}
	}
}
