package redact_test

import (
	"encoding/json"
	"testing"

	"github.com/daybook-audit/daybook/redact"
)

// ordinary are texts without secrets that look a little like some.
var ordinary = []string{
	prose, sql, parameters,
	"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01", "gold.us_corn_balance_sheet_2026", "/srv/warehouse/2026/01/token_counts_v2.parquet",
	"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "commit 4c55755a1b2c3d4e5f60718293a4b5c6d7e8f901",
	"log_hash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'",
	"WHERE key = '4c55755a1b2c3d4e5f60718293a4b5c6d7e8f901' AND partition_key = '2026-01-31T09:00:00'",
	"key: 0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01", "primary_key, foreign_key1, sort_key2, cluster_key_2026_01",
	"SELECT password_reset_at, u.password_hash FROM app.users u JOIN app.tokens t ON t.user_key = u.user_key2",
	"WHERE u.password = p.password AND t.token = s.token2", "ALTER TABLE users ADD COLUMN password varchar(255) NOT NULL",
	"CREATE TABLE t (api_key text, secret text, token varchar(64), password text)", "password: required", "password=?", "password = $1",
	"password = :password", "PASSWORD=${DB_PASSWORD}", "password: {{ vault_password }}", "pwd=/home/agent/work", "the password is not logged",
	"max_tokens=4096, token_count: 12345, tokens: 1843", "model gpt-4o-2024-08-06, claude-3-5-sonnet-20241022",
	"https://github.com/acme/repo/blob/4c55755a1b2c3d4e5f60718293a4b5c6d7e8f901/a.sql#L10-L20", "postgres://db.internal:5432/warehouse",
	"jdbc:postgresql://db.internal:5432/warehouse?sslmode=require", "author: jane, authority: FSA, authentication by OIDC",
	"arn:aws:iam::123456789012:role/etl-writer", "s3://bucket-2026/key=2026-01-31/part-00000-4c55755a.snappy.parquet",
	"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
	"task-2026-01-31-a1, risk-2b, disk-usage-90", "x-axis: months, max-age: 3600", "keyboard: qwerty2, monkey: george1",
	"bearer of bad news, cookie: chocolate, basic: yes", "a curl -u of the tape", "identified by 'the analyst' as odd",
	"key=1; token=2; secret=none", "Authorization: none", `{"password": null, "token": "", "secret": true, "key": "region"}`,
	"docker run -u 1000:1000 curlimages/curl", "sort -u file:name.txt; curl https://x.test", "http://localhost:8080?to=a@b",
	"next_token=abc123def456ghi789", "task-sk-1234567890abcdefghij", "time=12345678:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	"--password-file /run/pw1 --token-url /run/t1", "SET password = NULL, identified by x",
	"the tokens of 1,843 words, e.g. 3:45 and 5:12", "2026-01-31T09:00:00.000000Z", "[REDACTED:github-pat] was here, and [REDACTED:nobody-knows]",
}

func TestOrdinaryTextStays(t *testing.T) {
	t.Parallel()
	r := redact.Default()
	for _, s := range ordinary {
		if clean, _ := r.Text(s); clean != s {
			t.Errorf("%q became\n%q", s, clean)
		}
		if clean, _ := r.JSON([]byte(s)); string(clean) != s {
			t.Errorf("JSON %q became\n%q", s, clean)
		}
		raw, err := json.Marshal(map[string]any{"text": s, "nested": []any{map[string]any{"note": s}}})
		if err != nil {
			t.Fatal(err)
		}
		if clean, _ := r.JSON(raw); string(clean) != string(raw) {
			t.Errorf("JSON %s became\n%s", raw, clean)
		}
	}
}
