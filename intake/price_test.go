package intake_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/price"
)

// shelf is where conversations are looked up: by id.
type shelf struct {
	entries map[string]*daybook.Entry
	asked   int
	err     error
}

func (s *shelf) Select(_ context.Context, q daybook.Query) (found []*daybook.Entry, _ error) {
	s.asked++
	for _, id := range q.IDs {
		if e := s.entries[id]; e != nil {
			found = append(found, e)
		}
	}
	return found, s.err
}

// put puts a conversation on the shelf as JSON tells it.
func (s *shelf) put(t testing.TB, input string) {
	t.Helper()
	r := decode(t, input)
	if s.entries == nil {
		s.entries = map[string]*daybook.Entry{}
	}
	s.entries[r.SubjectID()] = &daybook.Entry{Kind: r.Kind, Values: r.Values}
}

// priced passes records through an intake that computes costs.
func priced(t testing.TB, s *shelf, records ...daybook.Record) []daybook.Record {
	t.Helper()
	var behind sink
	in := intake.New(&behind, intake.Limits{Now: clock}).Pricing(intake.NewPricer(intake.Pricing{Entries: s}))
	if _, err := in.Record(t.Context(), daybook.Local, records); err != nil {
		t.Fatal(err)
	}
	return behind.records
}

// talked is a conversation of JSON, with more members.
func talked(t testing.TB, more string) daybook.Record {
	t.Helper()
	return decode(t, `{"kind":"conversations","conversation_id":"c-1","agent_position":"CFO","started_at":"2026-01-31T09:00:00Z"`+more+`}`)
}

const sonnet = `,"model_provider":"anthropic","model_name":"claude-sonnet-4-5-20250929"`

// The dollars are worked out by hand from the prices of Claude Sonnet 4.5: 3 for
// a million tokens of input, 15 of output, 0.30 read from a cache, 3.75 written
// to it; beyond 200,000 tokens of input 6, 22.50, 0.60 and 7.50.
func TestCostsAreComputed(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		more    string
		dollars float64 // -1 for none
		source  string
		warning string // "" for none
	}{
		"input and output":        {sonnet + `,"input_tokens":1000,"output_tokens":200`, 0.003 + 0.003, "genai-prices " + price.Builtin().Version + ": anthropic/claude-sonnet-4-5 as of " + price.Builtin().Published, ""},
		"cached is part of input": {sonnet + `,"input_tokens":10000,"output_tokens":0,"cache_read_tokens":8000,"cache_write_tokens":1000`, 0.003 + 0.0024 + 0.00375, "genai-prices", ""},
		"reasoning is output":     {sonnet + `,"input_tokens":0,"output_tokens":1000,"reasoning_tokens":900`, 0.015, "genai-prices", ""},
		"a long input":            {sonnet + `,"input_tokens":300000,"output_tokens":1000,"cache_read_tokens":100000`, 1.2 + 0.0225 + 0.06, "genai-prices", ""},
		"anthropic's own counts": {
			sonnet + `,"input_tokens":50,"output_tokens":100,"cache_read_tokens":8000`, 0.00015 + 0.0015 + 0.0024, "genai-prices",
			"input_tokens leaves cached tokens out",
		},
		"anthropic's own counts, by the total": {
			sonnet + `,"input_tokens":5000,"output_tokens":100,"cache_read_tokens":1000,"total_tokens":6100`, 0.015 + 0.0015 + 0.0003, "genai-prices", "",
		},
		"the same counts with cached ones in": {
			sonnet + `,"input_tokens":5000,"output_tokens":100,"cache_read_tokens":1000,"total_tokens":5100`, 0.012 + 0.0015 + 0.0003, "genai-prices", "",
		},
		"more cached than input": {
			`,"model_provider":"openai","model_name":"gpt-4o","input_tokens":10,"output_tokens":0,"cache_read_tokens":1000`, 0.00125, "genai-prices",
			"more cached tokens than input_tokens",
		},
		"reasoning beside output": {
			`,"model_provider":"google","model_name":"gemini-2.5-flash","input_tokens":0,"output_tokens":100,"reasoning_tokens":900`, 0.0025, "genai-prices",
			"output_tokens leaves reasoning out",
		},
		"a client's cost":           {sonnet + `,"input_tokens":1000,"cost_usd":7.5`, 7.5, "", ""},
		"a client's cost of 0":      {sonnet + `,"input_tokens":1000,"cost_usd":0`, 0, "", ""},
		"a client's source":         {sonnet + `,"input_tokens":1000,"cost_usd":1,"price_source":"invoice 7"`, 1, "invoice 7", ""},
		"no tokens":                 {sonnet, -1, "", ""},
		"no model":                  {`,"input_tokens":1000`, -1, "", ""},
		"an unknown model":          {`,"model_provider":"acme","model_name":"oracle-9","input_tokens":1000`, -1, "", `no price for the model "oracle-9" of "acme"`},
		"not sold by tokens":        {`,"model_provider":"openai","model_name":"whisper-1","input_tokens":1000`, -1, "", "not sold by tokens"},
		"a total alone":             {sonnet + `,"total_tokens":1000`, -1, "", "total_tokens alone"},
		"free":                      {`,"model_provider":"openrouter","model_name":"qwen/qwen3-coder:free","input_tokens":1000`, 0, "genai-prices", ""},
		"a model without provider":  {`,"model_name":"gpt-4o-mini","input_tokens":1000000,"output_tokens":1000000`, 0.75, ": openai/gpt-4o-mini", ""},
		"the version that answered": {`,"model_provider":"openai","model_name":"gpt-4o","model_version":"gpt-4o-2024-05-13","input_tokens":1000000`, 5, "openai/gpt-4o-2024-05-13", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := priced(t, &shelf{}, talked(t, c.more))
			wantCost(t, &got[0], c.dollars, c.source)
			list := warnings(t, &got[0])
			if c.warning == "" && len(list) > 0 || c.warning != "" && !strings.Contains(strings.Join(list, "\n"), c.warning) {
				t.Errorf("warnings %q, want %q", list, c.warning)
			}
		})
	}
}

func wantCost(t testing.TB, r *daybook.Record, dollars float64, source string) {
	t.Helper()
	cost, from := r.Get("cost_usd"), r.Get("price_source").Text()
	if dollars < 0 && cost.IsSet() || dollars >= 0 && (!cost.IsSet() || math.Abs(cost.Float()-dollars) > 1e-12) {
		t.Errorf("it costs %v (%v), want %v", cost.Float(), cost.IsSet(), dollars)
	}
	if source == "" && from != "" || !strings.Contains(from, source) {
		t.Errorf("the source is %q, want %q", from, source)
	}
}

// The price is that of when the conversation began.
func TestCostsGoByTheDay(t *testing.T) {
	t.Parallel()
	for day, want := range map[string]struct {
		dollars float64
		source  string
	}{
		"2025-06-09T23:59:59Z":      {10, "openai/o3 before 2025-06-10"},
		"2025-06-10T00:00:00Z":      {2, "openai/o3 from 2025-06-10"},
		"2025-06-10T01:00:00+02:00": {10, "openai/o3 before 2025-06-10"},
	} {
		r := decode(t, `{"kind":"conversations","agent_position":"CFO","started_at":"`+day+`","model_provider":"openai","model_name":"o3","input_tokens":1000000}`)
		got := priced(t, &shelf{}, r)
		wantCost(t, &got[0], want.dollars, want.source)
	}
}

func amended(t testing.TB, more string) daybook.Record {
	t.Helper()
	r := decode(t, `{"kind":"conversations","conversation_id":"c-1"`+more+`}`)
	r.Amend = true
	return r
}

const began = `{"kind":"conversations","conversation_id":"c-1","agent_position":"CFO","started_at":"2026-01-31T09:00:00Z"` + sonnet

func TestCostsOfAmendments(t *testing.T) {
	t.Parallel()
	const computed = `,"cost_usd":0.003,"price_source":"genai-prices 0.1.7: anthropic/claude-sonnet-4-5"`
	cases := map[string]struct {
		stands, more string
		dollars      float64 // -1 for none
		source       string
		lookUps      int
	}{
		"tokens at the end":             {began, `,"input_tokens":1000,"output_tokens":200`, 0.006, "genai-prices", 1},
		"more tokens":                   {began + `,"input_tokens":1000` + computed, `,"output_tokens":200`, 0.006, "genai-prices " + price.Builtin().Version, 1},
		"fewer dollars":                 {began + `,"input_tokens":10000,"cost_usd":0.03,"price_source":"genai-prices 0.1.7: x"`, `,"cache_read_tokens":10000`, 0.003, "genai-prices " + price.Builtin().Version, 1},
		"the same tokens":               {began + `,"input_tokens":1000` + computed, `,"input_tokens":1000`, -1, "", 1},
		"no tokens":                     {began + `,"input_tokens":1000` + computed, `,"status":"completed"`, -1, "", 0},
		"a client's cost stands":        {began + `,"input_tokens":1000,"cost_usd":1`, `,"output_tokens":200`, -1, "", 1},
		"a client's cost with a source": {began + `,"input_tokens":1000,"cost_usd":1,"price_source":"invoice"`, `,"output_tokens":200`, -1, "", 1},
		"a client's cost comes":         {began + `,"input_tokens":1000` + computed, `,"output_tokens":200,"cost_usd":0.001`, 0.001, "", 1},
		"a conversation nobody knows":   {strings.Replace(began, "c-1", "c-2", 1), `,"output_tokens":200`, -1, "", 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s shelf
			s.put(t, c.stands+"}")
			got := priced(t, &s, amended(t, c.more))
			wantCost(t, &got[0], c.dollars, c.source)
			if s.asked != c.lookUps {
				t.Errorf("%d look-ups, want %d", s.asked, c.lookUps)
			}
		})
	}
}

// What the same call says before counts, whether the store has the rest or not.
func TestCostsOfAmendmentsInOneCall(t *testing.T) {
	t.Parallel()
	var s shelf
	s.put(t, strings.Replace(began, "c-1", "c-2", 1)+`,"input_tokens":1000}`)
	other := func(more string) daybook.Record {
		r := amended(t, more)
		r.Set("conversation_id", daybook.TextValue("c-2"))
		return r
	}
	got := priced(
		t, &s,
		talked(t, sonnet),
		amended(t, `,"input_tokens":1000`), other(`,"output_tokens":100`),
		amended(t, `,"output_tokens":200`), other(`,"output_tokens":200`),
		amended(t, `,"output_tokens":300,"cost_usd":0.5`), amended(t, `,"output_tokens":400`),
	)
	for i, dollars := range []float64{-1, 0.003, 0.0045, 0.006, 0.006, 0.5, -1} {
		source := "genai-prices"
		if i == 0 || i > 4 {
			source = ""
		}
		wantCost(t, &got[i], dollars, source)
	}
	if s.asked != 1 {
		t.Errorf("%d look-ups, want one for all", s.asked)
	}
}

// A call that is repeated adds nothing twice and takes nothing away: what stands
// counts, whatever the call says of earlier.
func TestCostsOfACallThatIsRepeated(t *testing.T) {
	t.Parallel()
	var s shelf
	s.put(t, began+`,"input_tokens":1000,"output_tokens":200,"cost_usd":0.006,"price_source":"genai-prices 0.1.7: x"}`)
	got := priced(t, &s, talked(t, sonnet), amended(t, `,"input_tokens":500`), amended(t, `,"reasoning_tokens":100`), amended(t, `,"output_tokens":400`))
	wantCost(t, &got[1], -1, "")
	wantCost(t, &got[3], 0.009, "genai-prices")
}

// A store that does not answer costs the record nothing but its cost.
func TestCostsWithoutTheStore(t *testing.T) {
	t.Parallel()
	got := priced(t, &shelf{err: errors.New("the disk is gone")}, amended(t, `,"output_tokens":200`))
	wantCost(t, &got[0], -1, "")
	if list := warnings(t, &got[0]); !slices.Equal(list, []string{"price: the conversation could not be looked up, so the cost is not computed"}) {
		t.Errorf("warnings: %q", list)
	}
}

// Who meets a record that was priced before comes to what holds now.
func TestCostsComeAgain(t *testing.T) {
	t.Parallel()
	once := priced(t, &shelf{}, talked(t, sonnet+`,"input_tokens":1000`))
	wantCost(t, &once[0], 0.003, "genai-prices")
	own, err := price.ReadOwn("own.toml", strings.NewReader("[[price]]\nmodel = 'claude-sonnet-4-5'\ninput = 1\noutput = 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	intake.NewPricer(intake.Pricing{Table: price.Builtin().With(own)}).Price(t.Context(), &once[0])
	wantCost(t, &once[0], 0.001, "own prices own.toml: claude-sonnet-4-5")
	if i, _ := once[0].Kind.Column("cost_usd"); !once[0].Filled(i) {
		t.Error("the cost counts as given")
	}
}

// MCP calls say nothing of the model.
func TestCostsOfMCPCallsAreNotComputed(t *testing.T) {
	t.Parallel()
	got := priced(t, &shelf{}, decode(t, `{"kind":"mcp_usage_logs","agent_position":"CFO","server_name":"files","tool_name":"read","tokens_used":1000}`))
	wantCost(t, &got[0], -1, "")
}

func BenchmarkPrice(b *testing.B) {
	p := intake.NewPricer(intake.Pricing{})
	records := priced(b, &shelf{}, talked(b, sonnet+`,"input_tokens":10000,"output_tokens":500,"cache_read_tokens":8000,"total_tokens":10500`))
	b.ReportAllocs()
	for b.Loop() {
		p.Price(b.Context(), &records[0])
	}
}
