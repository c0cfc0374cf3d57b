package intake_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
)

// Secrets, put together here so that none stands in the sources.
var (
	pat  = "gh" + "p_" + "0aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY"
	word = "hunt" + "er2"
)

func redacting(t testing.TB, o intake.RedactOptions) *intake.Redact {
	t.Helper()
	rd, err := intake.NewRedact(o)
	if err != nil {
		t.Fatal(err)
	}
	return rd
}

// through passes a record twice, which must change nothing the second time.
func through(t *testing.T, rd *intake.Redact, input string) daybook.Record {
	t.Helper()
	r := decode(t, input)
	in := intake.New(nowhere{}, intake.Limits{}).With(intake.Stages{Redact: rd.Stage()})
	records := []daybook.Record{r}
	before := ""
	for i := range 2 {
		if _, err := in.Record(t.Context(), daybook.Local, records); err != nil {
			t.Fatal(err)
		}
		if now := line(&records[0]); i == 1 && now != before {
			t.Errorf("a second time\n%s became\n%s", before, now)
		}
		before = line(&records[0])
	}
	return records[0]
}

func TestRedactSaysWhatItTookOut(t *testing.T) {
	t.Parallel()
	rd := redacting(t, intake.RedactOptions{})
	r := through(t, rd, `{"kind":"mcp_usage_logs","agent_position":"`+pat+`","server_name":"s","tool_name":"t",`+
		`"parameters":{"a":"`+pat+`","password":"`+word+`","b":["`+pat+`"],"max_tokens":4096},"error_message":"no answer from https://etl:`+word+`@db/x"}`)
	want := []string{
		"redacted: github-pat in /agent_position",
		"redacted: url-password in /error_message",
		"redacted: github-pat in /parameters (2)",
		"redacted: secret-field in /parameters",
	}
	if got := warnings(t, &r); !slices.Equal(got, want) {
		t.Errorf("the entry says %q, want %q", got, want)
	}
	if got := r.Get("parameters").Text(); got != `{"a": "[REDACTED:github-pat]", "b": ["[REDACTED:github-pat]"], "max_tokens": 4096, "password": "[REDACTED:secret-field]"}` {
		t.Errorf("parameters are %s", got)
	}
	registry := prometheus.NewPedanticRegistry()
	if err := rd.Register(registry); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	series := 0
	for _, f := range families {
		series += len(f.GetMetric())
	}
	if series != 4 {
		t.Errorf("there are %d series: %v", series, families)
	}
}

// What a client took out already is told of like what is taken out here, and
// its marks make no new series.
func TestRedactTellsOfMarksThatAreThere(t *testing.T) {
	t.Parallel()
	rd := redacting(t, intake.RedactOptions{})
	r := through(t, rd, `{"kind":"action_logs","agent_position":"CFO","action_details":{"x":"[REDACTED:github-pat]","y":"[REDACTED:made-up]"}}`)
	want := []string{"redacted: github-pat in /action_details", "redacted: made-up in /action_details"}
	if got := warnings(t, &r); !slices.Equal(got, want) {
		t.Errorf("the entry says %q, want %q", got, want)
	}
	registry := prometheus.NewPedanticRegistry()
	if err := rd.Register(registry); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	if said := fmt.Sprint(families); strings.Contains(said, "made-up") || !strings.Contains(said, `"other"`) {
		t.Errorf("metrics are %s", said)
	}
}

// A secret in the middle of which a preview would be cut is taken out first,
// and a word outside a vocabulary does not leave its secret in the warning.
func TestRedactComesBeforeWhatCuts(t *testing.T) {
	t.Parallel()
	rd := redacting(t, intake.RedactOptions{})
	r := through(t, rd, `{"kind":"conversations","agent_position":"CFO","user_prompt_preview":"`+strings.Repeat("a", 480)+" "+pat+`"}`)
	if got := r.Get("user_prompt_preview").Text(); strings.Contains(got, pat[:8]) || len(got) != daybook.PreviewLength {
		t.Errorf("the preview is …%s", got[470:])
	}
	r = through(t, rd, `{"kind":"action_logs","agent_position":"CFO","action_type":"use \"`+pat+`\""}`)
	if said := line(&r); strings.Contains(said, pat[4:]) || !strings.Contains(said, "action_type: unknown word") {
		t.Errorf("the record is %s", said)
	}
}

// A mark may be longer than the secret: the text is cut then, and the record
// stands.
func TestRedactCutsWhatGrew(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("ü", daybook.MaxName-20) + " password=" + "x1234"
	r := through(t, redacting(t, intake.RedactOptions{}), `{"kind":"mcp_usage_logs","agent_position":"CFO","server_name":"s","tool_name":"`+text+`"}`)
	if got := r.Get("tool_name").Text(); utf8.RuneCountInString(got) != daybook.MaxName || strings.Contains(got, "x1234") {
		t.Errorf("the name has %d characters: …%s", utf8.RuneCountInString(got), got[len(got)-60:])
	}
}

func TestRedactLeavesIdsAlone(t *testing.T) {
	t.Parallel()
	rd := redacting(t, intake.RedactOptions{PII: []string{"all"}})
	input := `{"kind":"conversations","agent_position":"CFO","business_id":"acme","conversation_id":"555-12-1234","log_id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b02","started_at":"2026-01-31T09:00:00Z","status":"completed","total_tokens":4111111111111111}`
	r := through(t, rd, input)
	if got := warnings(t, &r); got != nil {
		t.Errorf("warnings %q", got)
	}
	if r.SubjectID() != "555-12-1234" || r.Get("total_tokens").Int() != 4111111111111111 {
		t.Errorf("the record is %s", line(&r))
	}
}

func TestRedactByOwnRules(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "rules.toml")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`
pii = ["card"]
off = ["github-pat", "generic-api-key"]
allow = ['^known-']

[[rules]]
id = "staff"
regex = 'EMP-(\d+)'
kinds = ["mcp_usage_logs"]
fields = ["parameters"]
allow = ['^0+$']
`)
	rd := redacting(t, intake.RedactOptions{File: file})
	r := through(t, rd, `{"kind":"mcp_usage_logs","agent_position":"EMP-1","server_name":"s","tool_name":"t","parameters":{"a":"EMP-12, EMP-000","b":"`+pat+`","c":"4111 1111 1111 1111, 4111 1111 1111 1112","password":"known-one"}}`)
	want := `{"a": "EMP-[REDACTED:staff], EMP-000", "b": "` + pat + `", "c": "[REDACTED:card], 4111 1111 1111 1112", "password": "known-one"}`
	if got := r.Get("parameters").Text(); got != want || r.Get("agent_position").Text() != "EMP-1" {
		t.Errorf("parameters are\n%s, want\n%s", got, want)
	}
	for text, say := range map[string]string{
		"pii = [\"shoes\"]":                    `"shoes" is no sort of personal data`,
		"off = [\"github-pats\"]":              `there is no rule "github-pats" to turn off`,
		"allow = ['(']":                        "cannot be read",
		"of = []":                              "unknown key of",
		"x":                                    "redact.toml:1",
		"[[rules]]\nid = \"A b\"\nregex = 'x'": "is no id of a rule",
		"[[rules]]\nid = \"a\"\nregex = 'x*'":  "matches where there is nothing",
		"[[rules]]\nid = \"jwt\"\nregex = 'x'": `there is a rule "jwt" already`,
		"[[rules]]\nid = \"a\"\nregex = 'x'\ngroup = 2":           "has no group 2",
		"[[rules]]\nid = \"a\"\nregex = 'x'\nkinds = [\"mpc\"]":   "mpc",
		"[[rules]]\nid = \"a\"\nregex = 'x'\nfields = [\"cost\"]": "is no field of text or JSON",
	} {
		write(text)
		_, err := intake.NewRedact(intake.RedactOptions{File: file})
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "rules.toml", "redact.toml"), say) {
			t.Errorf("%q: %v, want %q", text, err, say)
		}
	}
}

// keeper keeps what reaches it.
type keeper struct{ records []daybook.Record }

func (k *keeper) Record(_ context.Context, _ daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	k.records = append(k.records, records...)
	return make([]daybook.Receipt, len(records)), nil
}

func TestRedactAroundARecorder(t *testing.T) {
	t.Parallel()
	for _, off := range []bool{false, true} {
		k := &keeper{}
		rd := redacting(t, intake.RedactOptions{Off: off})
		if _, err := rd.Around(k).Record(t.Context(), daybook.Local, []daybook.Record{decode(t, `{"kind":"action_logs","agent_position":"CFO","result_summary":"`+pat+`"}`)}); err != nil {
			t.Fatal(err)
		}
		if got := k.records[0].Get("result_summary").Text(); (got == pat) != off {
			t.Errorf("off %v: the summary is %s", off, got)
		}
		if (rd.Stage() == nil) != off {
			t.Errorf("off %v: the stage is there %v", off, rd.Stage() != nil)
		}
	}
}

// BenchmarkRedact is what looking for secrets adds to a record of some 700
// bytes that has none.
func BenchmarkRedact(b *testing.B) {
	const sql = "INSERT INTO silver.commodity_summary (region_key, month, total, share) SELECT r.region_key, date_trunc('month', p.observed_at), " +
		"sum(p.amount), sum(p.amount) / nullif(sum(sum(p.amount)) OVER (PARTITION BY r.region_key), 0) FROM bronze.wasde_cell AS p " +
		"JOIN silver.region AS r ON r.region_key = p.region_key WHERE p.commodity = 'corn' AND p.observed_at >= '2026-01-01' GROUP BY 1, 2"
	for _, c := range []struct{ name, input string }{
		{"conversation", conversation + withIDs + "}"},
		{"operation", `{"kind":"transformation_operation","session_id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01","operation_type":"AGGREGATE","transformation_type":"SQL","transformation_logic":"` + sql + `","input_tables":["bronze.wasde_cell","silver.region"],"output_table":"silver.commodity_summary","output_row_count":1200}`},
		{"mcp", `{"kind":"mcp_usage_logs","agent_position":"analyst","server_name":"warehouse","tool_name":"query","parameters":{"columns":["region","month","total"],` +
			`"filters":[{"column":"commodity","op":"eq","value":"corn"},{"column":"observed_at","op":"gte","value":"2026-01-01"}],"limit":1000,"max_tokens":4096,` +
			`"options":{"dry_run":false,"partition_key":"region","timeout_ms":30000},"path":"/srv/warehouse/reports/corn.parquet","request_id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01",` +
			`"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","table":"gold.us_corn_balance_sheet"},"result_summary":"1000 rows"}`},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := decode(b, c.input)
			stage := redacting(b, intake.RedactOptions{}).Stage()
			b.ReportAllocs()
			for b.Loop() {
				if err := stage(nil, &r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
