package local_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/local"
)

// planted are secrets of 20 sorts, two of each, as they stand in a text. They
// are made here, so that none stands in the sources.
func planted() (texts, secrets []string) {
	random := rand.New(rand.NewPCG(3, 5))
	of := func(n int, alphabet string) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = alphabet[random.IntN(len(alphabet))]
		}
		b[n/2] = '7' // whatever else, there is a digit
		return string(b)
	}
	const (
		lower = "abcdefghijklmnopqrstuvwxyz0123456789"
		mixed = lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
		hex   = "0123456789abcdef"
	)
	for range 2 {
		for _, s := range []struct{ before, secret, behind string }{
			{"aws ", "AKI" + "A" + of(16, upper), ""},
			{"aws_secret_access_key=", of(40, mixed), ""},
			{"github ", "gh" + "p_" + of(36, mixed), ""},
			{"gitlab ", "gl" + "pat-" + of(20, mixed), ""},
			{"slack ", "xox" + "b-" + of(12, "0123456789") + "-" + of(12, "0123456789") + of(24, mixed), ""},
			{"stripe ", "sk_" + "live_" + of(24, mixed), ""},
			{"google ", "AI" + "za" + of(35, mixed), ""},
			{"npm ", "np" + "m_" + of(36, mixed), ""},
			{"anthropic ", "sk-" + "ant-api03-" + of(93, mixed) + "AA", ""},
			{"openai ", "sk-" + "proj-" + of(74, mixed), ""},
			{"huggingface ", "hf" + "_" + strings.ReplaceAll(of(34, "abcdefghijklmnopqrstuvwxyz"), "7", "q"), ""},
			{"daybook ", "db" + "k_" + of(16, upper[:26]) + "_" + of(59, lower), ""},
			{"sendgrid ", "S" + "G." + of(66, mixed), ""},
			{"jwt ", "ey" + "J" + of(30, mixed) + ".ey" + "J" + of(40, mixed) + "." + of(43, mixed), ""},
			{"Authorization: Bearer ", of(32, mixed), ""},
			{"postgres://etl:", of(14, mixed), "@db.internal/warehouse"},
			{"PGPASSWORD=", of(12, mixed), " psql"},
			{"CREATE ROLE etl PASSWORD '", of(10, mixed), "'"},
			{"api_key: \"", of(32, hex), "\""},
			{"", "-----BEGIN RSA PRIVATE" + " KEY-----\n" + of(64, mixed) + "\n" + of(64, mixed) + "\n-----END RSA PRIVATE" + " KEY-----", ""},
		} {
			texts = append(texts, s.before+s.secret+s.behind)
			secrets = append(secrets, s.secret)
		}
	}
	return texts, secrets
}

// TestNoSecretReachesTheFile writes every secret into every field of text or
// JSON of every kind, as creation and as amendment, and looks for its bytes in
// the files of the store.
func TestNoSecretReachesTheFile(t *testing.T) {
	t.Parallel()
	path := temp(t)
	l := open(t, path, local.Options{})
	texts, secrets := planted()
	written := new(counter)
	for _, k := range daybook.Kinds() {
		for i := range k.Columns {
			if c := &k.Columns[i]; c.Free() && c.Name != "warnings" && !k.Restricted {
				plant(t, l, k, c, texts, written)
			}
		}
	}
	check(t, l.Close(t.Context()))
	if written := *written; written < 1000 {
		t.Errorf("only %d records were written", written)
	}
	files := must[[]string](t)(filepath.Glob(path + "*"))
	for _, file := range files {
		raw := must[[]byte](t)(os.ReadFile(file))
		if bytes.Contains(raw, []byte("aws [REDACTED:")) == (file != path) && file == path {
			t.Errorf("%s holds no mark", file)
		}
		for i, secret := range secrets {
			for _, form := range []string{secret, strings.ReplaceAll(secret, "\n", `\n`), secret[len(secret)/2:]} {
				if bytes.Contains(raw, []byte(form)) {
					t.Errorf("%s holds that of %.20q", filepath.Base(file), texts[i])
				}
			}
		}
	}
}

// plant writes records of a kind with the texts in a column.
func plant(t *testing.T, l *local.Local, k *daybook.Kind, c *daybook.Column, texts []string, written *counter) {
	t.Helper()
	session := sessionOf(t, l)
	for n, text := range texts {
		r := daybook.NewRecord(k)
		for i := range k.Columns {
			if other := &k.Columns[i]; other.Required && other.Name != "session_id" {
				r.Values[i] = ordinaryValue(t, other, written.next())
			}
		}
		if at, ok := k.Column("session_id"); ok && k.Columns[at].Required {
			r.Values[at] = session
		}
		r.Set(c.Name, plantedValue(t, c, text))
		receipts, err := l.Recorder.Record(t.Context(), daybook.Local, []daybook.Record{r})
		if err != nil {
			t.Fatalf("%s.%s: %v", k.Name, c.Name, err)
		}
		if n > 0 {
			continue
		}
		e := must[*daybook.Entry](t)(l.Reader.Get(t.Context(), daybook.Local, k, receipts[0].ID))
		told := must[[]string](t)(daybook.Texts(e.Get("warnings")))
		if !slices.ContainsFunc(told, func(w string) bool { return strings.Contains(w, "redacted: aws-access-token in /"+c.Name) }) {
			t.Errorf("%s.%s: the entry says %q", k.Name, c.Name, told)
		}
	}
}

// counter gives every value a number of its own, so that no two are equal.
type counter int

func (c *counter) next() int {
	*c++
	return int(*c)
}

// sessionOf begins a session.
func sessionOf(t *testing.T, l *local.Local) daybook.Value {
	t.Helper()
	session := must[daybook.Record](t)(daybook.RecordOf(&daybook.TransformationSession{AgentID: "etl"}))
	return daybook.TextValue(must[[]daybook.Receipt](t)(l.Recorder.Record(t.Context(), daybook.Local, []daybook.Record{session}))[0].ID)
}

func ordinaryValue(t *testing.T, c *daybook.Column, n int) daybook.Value {
	t.Helper()
	text := "word" + strconv.Itoa(n)
	switch {
	case c.Closed != nil:
		text = c.Closed[0]
	case c.Known != nil:
		text = c.Known[0]
	case c.Type == daybook.TypeTexts:
		text = `["` + text + `"]`
	case c.Type == daybook.TypeTime:
		text = "2026-01-31T09:00:00Z"
	case c.Type == daybook.TypeBool:
		text = "true"
	case c.Type == daybook.TypeInt, c.Type == daybook.TypeFloat:
		text = "1"
	case c.Type == daybook.TypeUUID:
		text = fmt.Sprintf("0190f3c2-7b1e-7a40-8c11-%012d", n)
	}
	return must[daybook.Value](t)(c.ParseText(text))
}

func plantedValue(t *testing.T, c *daybook.Column, text string) daybook.Value {
	t.Helper()
	quoted := strconv.Quote(text)
	switch c.Type {
	case daybook.TypeJSON:
		return must[daybook.Value](t)(c.ParseValue([]byte(`{"deep": [{"a": ` + quoted + `}], ` + quoted + `: "name"}`)))
	case daybook.TypeTexts:
		return daybook.TextsValue([]string{"first", text})
	case daybook.TypeOptions:
		return must[daybook.Value](t)(daybook.OptionsValue([]daybook.Option{{Option: text, Pros: []string{text}, Cons: []string{"a", text}}}))
	}
	return daybook.TextValue(text)
}

// TestARepeatUnderOtherRules: the same write stays the same, whatever rules
// held at the first.
func TestARepeatUnderOtherRules(t *testing.T) {
	t.Parallel()
	texts, _ := planted()
	own := filepath.Join(t.TempDir(), "rules.toml")
	check(t, os.WriteFile(own, []byte("off = [\"password\", \"jwt\"]\npii = [\"email\"]\n[[rules]]\nid = \"staff\"\nregex = 'EMP-[0-9]+'\n"), 0o600))
	rules := []intake.RedactOptions{{Off: true}, {}, {File: own}, {PII: []string{"all"}}}
	long := strings.Join(texts, " and ") + " of jane@example.com, EMP-12345"
	for i, first := range rules {
		for j, then := range rules {
			t.Run(fmt.Sprint(i, j), func(t *testing.T) {
				t.Parallel()
				path := temp(t)
				write := func(o intake.RedactOptions, prompt, parameters string) ([]daybook.Receipt, error) {
					l := open(t, path, local.Options{Intake: local.Intake{Redact: o}})
					defer func() { check(t, l.Close(t.Context())) }()
					c := daybook.NewRecord(daybook.MustKind("conversations"))
					c.SetLogID("0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01")
					for name, text := range map[string]string{"conversation_id": "c", "agent_position": "CFO", "user_prompt_preview": prompt, "command_executed": prompt} {
						c.Set(name, daybook.TextValue(text))
					}
					m := daybook.NewRecord(daybook.MustKind("mcp_usage_logs"))
					m.SetLogID("0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b02")
					for name, text := range map[string]string{"usage_id": "u", "agent_position": "CFO", "server_name": "s", "tool_name": "t", "parameters": parameters} {
						k := m.Kind
						at, _ := k.Column(name)
						m.Values[at] = must[daybook.Value](t)(k.Columns[at].ParseText(text))
					}
					return l.Recorder.Record(t.Context(), daybook.Local, []daybook.Record{c, m})
				}
				parameters := `{"password": 123456, "list": ["jane@example.com", ` + strconv.Quote(texts[0]) + `], ` + strconv.Quote(texts[1]) + `: "EMP-777", "body": "{\"token\": \"abcdef12\"}"}`
				check(t, second(write(first, long, parameters)))
				receipts, err := write(then, long, parameters)
				if err != nil || !receipts[0].Duplicate || !receipts[1].Duplicate {
					t.Fatalf("the repeat: %v %+v", err, receipts)
				}
				for name, other := range map[string][2]string{
					"text": {"Another " + long, parameters},
					"json": {long, strings.Replace(parameters, `"list": [`, `"list": ["more", `, 1)},
				} {
					if _, err := write(then, other[0], other[1]); daybook.CodeOf(err) != daybook.CodeConflict {
						t.Errorf("another %s: %v", name, err)
					}
				}
			})
		}
	}
}

func second(_ []daybook.Receipt, err error) error { return err }

// TestRedactedSQLHasItsLineage: the literal goes, and what the SQL says of data
// stays.
func TestRedactedSQLHasItsLineage(t *testing.T) {
	t.Parallel()
	texts, secrets := planted()
	sql := "INSERT INTO gold.g (p, q) SELECT a.x, '%s' || b.y FROM silver.a AS a JOIN bronze.b AS b ON a.k = b.k WHERE a.note <> '%s' AND a.key = b.key"
	edges := func(one, two string) map[string]bool {
		l := openDialect(t, "generic")
		session := must[*client.Session](t)(l.Checkout(t.Context(), "etl", "bronze.b"))
		_, err := session.LogOperation(t.Context(), daybook.TransformationOperation{
			OperationType: "JOIN", TransformationType: "SQL", TransformationLogic: fmt.Sprintf(sql, one, two),
		})
		check(t, err)
		check(t, session.Checkin(t.Context(), "COMPLETED"))
		return edgesIn(t, l)
	}
	want := edges("a", "b")
	for i := range texts[:20] {
		quoted := strings.ReplaceAll(texts[i], "'", "''")
		got := edges(quoted, secrets[i])
		if len(got) != len(want) || len(want) < 3 {
			t.Errorf("%.20q: %v, want %v", texts[i], got, want)
		}
		for edge := range want {
			if !got[edge] {
				t.Errorf("%.20q: %s is not found", texts[i], edge)
			}
		}
	}
}
