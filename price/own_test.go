package price_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook/price"
)

func own(t testing.TB, name, text string) *price.Table {
	t.Helper()
	o, err := price.ReadOwn(name, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return price.Builtin().With(o)
}

const ownFile = `
[[price]]
provider = "Anthropic"
model = "claude-sonnet-4-5"
from = 2026-01-01
input = 2
output = 10
cache_read = 0.2
source = "contract 4711"

[[price]]
provider = "anthropic"
model = "claude-sonnet-4-5"
from = "2026-06-01"
input = 1
output = 5

[[price]]
model = "in-house-*"
input = 0.5
output = 0.5

[[price]]
model = "in-house-large*"
input = 4
output = 8
reasoning = 2
request = 0.001
tier = [{above = 1000, input = 3}]

[[price]]
model = "in-house-large-2"
input = 5
output = 5

[[price]]
model = "in-house-large-2"
between = ["22:00Z", "06:00Z"]
input = 1
output = 1
`

func TestOwnPricesGoFirst(t *testing.T) {
	t.Parallel()
	table := own(t, "/etc/daybook/prices.toml", ownFile)
	usage := price.Usage{Input: 1_000_000, CacheRead: 500_000, Output: 1_000_000, Reasoning: 500_000}
	for _, c := range []struct {
		name    price.Name
		at      string
		dollars float64
		source  string
	}{
		{price.Name{Provider: "anthropic", Model: "claude-sonnet-4-5"}, "2025-12-31T23:59:59Z", 500_000*6e-6 + 500_000*0.6e-6 + 22.5, "genai-prices " + table.Version + ": anthropic/claude-sonnet-4-5 as of " + table.Published},
		{price.Name{Provider: "anthropic", Model: "claude-sonnet-4-5"}, "2026-01-01T00:00:00Z", 1 + 0.1 + 10, "own prices prices.toml: anthropic/claude-sonnet-4-5 from 2026-01-01 (contract 4711)"},
		{price.Name{Model: "anthropic/claude-sonnet-4.5"}, "2026-02-01T00:00:00Z", 11.1, "own prices prices.toml: anthropic/claude-sonnet-4-5 from 2026-01-01 (contract 4711)"},
		{price.Name{Provider: "anthropic", Model: "claude-sonnet-4-5-20250929"}, "2026-07-01T00:00:00Z", 6, "own prices prices.toml: anthropic/claude-sonnet-4-5 from 2026-06-01"},
		{price.Name{Provider: "openrouter", Model: "anthropic/claude-sonnet-4.5"}, "2026-07-01T00:00:00Z", -1, "genai-prices " + table.Version + ": openrouter/anthropic/claude-sonnet-4.5"},
		{price.Name{Provider: "acme", Model: "in-house-small"}, "2026-07-01T00:00:00Z", 1, "own prices prices.toml: in-house-*"},
		{price.Name{Model: "In-House-Large-1"}, "2026-07-01T00:00:00Z", 3 + 4 + 1 + 0.001, "own prices prices.toml: in-house-large*"},
		{price.Name{Model: "in-house-large-2"}, "2026-07-01T12:00:00Z", 10, "own prices prices.toml: in-house-large-2"},
		{price.Name{Model: "in-house-large-2"}, "2026-07-01T22:00:00Z", 2, "own prices prices.toml: in-house-large-2 from 22:00 to 06:00 UTC"},
		{price.Name{Model: "in-house-large-2"}, "2026-07-02T05:59:59Z", 2, "own prices prices.toml: in-house-large-2 from 22:00 to 06:00 UTC"},
		{price.Name{Model: "in-house-large-2"}, "2026-07-02T06:00:00Z", 10, "own prices prices.toml: in-house-large-2"},
	} {
		p, ok := table.At(c.name, at(t, c.at))
		if !ok || !strings.HasPrefix(p.Source, c.source) || !price.IsSource(p.Source) {
			t.Errorf("%+v at %s: the source is %q, want %q", c.name, c.at, p.Source, c.source)
		}
		if got := p.Cost(usage); c.dollars >= 0 && (got < c.dollars-1e-9 || got > c.dollars+1e-9) {
			t.Errorf("%+v at %s costs %v, want %v", c.name, c.at, got, c.dollars)
		}
	}
	if name := table.Name(); name != "genai-prices "+table.Version+" of "+table.Published+" and own prices prices.toml" {
		t.Errorf("the table is called %q", name)
	}
}

// Spaces around a name are no part of it.
func TestOwnPricesOfNamesInSpaces(t *testing.T) {
	t.Parallel()
	table := own(t, "p.toml", "[[price]]\nprovider = ' Acme '\nmodel = ' in House '\ninput = 1\noutput = 1\n")
	if p, ok := table.At(price.Name{Provider: "acme", Model: "In house"}, at(t, "2026-01-01T00:00:00Z")); !ok || p.Source != "own prices p.toml: acme/in house" {
		t.Errorf("found %t, by %q", ok, p.Source)
	}
}

// The file that the guide shows is one.
func TestOwnPricesOfTheGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/guides/cost.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(guide), "```toml\n")
	text, _, _ = strings.Cut(text, "```")
	p, ok := own(t, "prices.toml", text).At(price.Name{Model: "in-house-7"}, at(t, "2026-01-31T23:00:00Z"))
	if got := p.Cost(price.Usage{Input: 300_000, Output: 1000, Reasoning: 500}); !ok || got != 0.3+0.0005+0.0001+0.001 {
		t.Errorf("it costs %v by %q", got, p.Source)
	}
}

func TestOwnPricesInJSON(t *testing.T) {
	t.Parallel()
	table := own(t, "p.JSON", `{"price": [{"model": "m", "from": "2026-01-01", "input": 1, "output": 2, "tier": [{"above": 10, "output": 3}], "between": ["00:00Z", "23:59:59Z"]}]}`)
	p, ok := table.At(price.Name{Model: "m"}, at(t, "2026-01-01T00:00:00Z"))
	if got := p.Cost(price.Usage{Input: 11, Output: 1}); !ok || got != 14e-6 || p.Source != "own prices p.JSON: m from 2026-01-01, from 00:00 to 23:59 UTC" {
		t.Errorf("it costs %v by %q", got, p.Source)
	}
}

func TestBadOwnPrices(t *testing.T) {
	t.Parallel()
	toml := func(lines string) string { return "[[price]]\nmodel = 'm'\ninput = 1\noutput = 1\n" + lines }
	for _, c := range []struct{ name, text, want string }{
		{"p.yaml", "", "neither in .toml nor in .json"},
		{"p.toml", "", "it has no prices"},
		{"p.json", "{}", "it has no prices"},
		{"p.json", `{"price": []} x`, "stands behind the object"},
		{"p.json", `{"price": [{"model": "m", "inptu": 1}]}`, "inptu"},
		{"p.json", `{"price": [{"model": "m", "input": "1"}]}`, "input"},
		{"p.toml", "[[price]\n", "line 2"},
		{"p.toml", "[[prices]]\nmodel = 'm'\n", `"prices" is not known`},
		{"p.toml", toml("cache = 1\n"), `"price.cache" is not known`},
		{"p.toml", toml("tier = [{above = 1, cached = 1}]\n"), "is not known"},
		{"p.toml", "[[price]]\ninput = 1\noutput = 1\n", "price 1 (): model is missing"},
		{"p.toml", "[[price]]\nmodel = ' '\ninput = 1\noutput = 1\n", "model is missing"},
		{"p.toml", "[price]\nmodel = 'm'\ninput = 1\noutput = 1\n", "begin each with [[price]]"},
		{"p.toml", toml("") + "[[price]]\nmodel = 'm'\ninput = 1\n", "price 2 (m): input and output are needed"},
		{"p.toml", toml("") + toml(""), "price 2 (m): another price of this model holds from the same time"},
		{"p.toml", "[[price]]\nprovider = 'x'\nmodel = 'a*b'\ninput = 1\noutput = 1\n", "price 1 (x/a*b): model may have a * at its end alone"},
		{"p.toml", "[[price]]\nmodel = 'm'\ninput = -1\noutput = 1\n", "input is -1, which is no price"},
		{"p.toml", "[[price]]\nmodel = 'm'\ninput = nan\noutput = 1\n", "input is NaN"},
		{"p.toml", "[[price]]\nmodel = 'm'\ninput = inf\noutput = 1\n", "input is +Inf"},
		{"p.toml", toml("reasoning = 1e10\n"), "reasoning is 1e+10"},
		{"p.toml", toml("request = -1\n"), "request is -1"},
		{"p.toml", toml("from = 'soon'\n"), `from is "soon"`},
		{"p.toml", toml("from = 7\n"), "from is not a day"},
		{"p.toml", toml("from = '2026-02-30'\n"), `from is "2026-02-30"`},
		{"p.toml", toml("between = ['00:00Z']\n"), "between wants two times"},
		{"p.toml", toml("between = ['00:00', '01:00']\n"), `"00:00" is not a time of day in UTC`},
		{"p.toml", toml("between = ['24:00Z', '01:00Z']\n"), `"24:00Z" is not a time of day in UTC`},
		{"p.toml", toml("between = ['01:00Z', '01:00Z']\n"), "twice the same time"},
		{"p.toml", toml("tier = [{input = 1}]\n"), "each tier wants an above"},
		{"p.toml", toml("tier = [{above = 5, input = 1}, {above = 5, input = 2}]\n"), "each tier wants an above"},
		{"p.toml", toml("tier = [{above = 5, cache_read = 1}]\n"), "tier has a price of cache_read, and there is none without it"},
		{"p.toml", toml("tier = [{above = 5, input = -1}]\n"), "input is -1"},
		{"p.toml", toml("source = \"a\\nb\"\n"), "source is to be one line"},
		{"p.toml", strings.Repeat("#", 5<<20), "it has more than 4 MiB"},
	} {
		_, err := price.ReadOwn(c.name, strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %s\ngot %v, want %s", c.name, c.text[:min(len(c.text), 200)], err, c.want)
		}
	}
}

// Whatever stands in a file, it is refused or gives prices that can be used.
func FuzzReadOwn(f *testing.F) {
	f.Add("p.toml", ownFile, "in-house-large-2")
	f.Add("p.json", `{"price": [{"model": "m*", "provider": "x", "from": "2026-01-01", "between": ["00:00Z", "01:00Z"], "input": 1, "output": 2, "tier": [{"above": 10, "output": 3}]}]}`, "m")
	f.Add("p.toml", "[[price]]\nmodel = '*'\ninput = 1e9\noutput = 0\ncache_read = 0.1\n", "")
	f.Fuzz(func(t *testing.T, name, text, model string) {
		o, err := price.ReadOwn(name, strings.NewReader(text))
		if err != nil {
			return
		}
		if o.Len() == 0 {
			t.Fatal("a file without prices was taken")
		}
		table := price.Builtin().With(o)
		for _, when := range []time.Time{{}, at(t, "2026-01-31T00:30:00Z")} {
			p, ok := table.At(price.Name{Provider: "x", Model: model}, when)
			if !ok {
				continue
			}
			if usd := p.Cost(price.Usage{Input: 1000, CacheRead: 400, Output: 50, Reasoning: 70}); !(usd >= 0) || p.Source == "" || !price.IsSource(p.Source) {
				t.Errorf("it costs %v by %q", usd, p.Source)
			}
		}
	})
}

// Whatever a name holds, it means a model or none, the same each time.
func FuzzNames(f *testing.F) {
	for _, name := range [][3]string{
		{"anthropic", "claude-sonnet-4-5", ""},
		{"", "openrouter/anthropic/claude-3.5-sonnet:beta", "x-20250929"},
		{"litellm", "arn:aws:bedrock:us::foundation-model/anthropic.claude-v2", ""},
		{"", "us.meta.llama", "publishers/x/models/"},
		{"x_ai", "models/", "-2025-"},
	} {
		f.Add(name[0], name[1], name[2])
	}
	when := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, provider, model, version string) {
		n := price.Name{Provider: provider, Model: model, Version: version}
		once, found := price.Builtin().At(n, when)
		again, foundAgain := price.Builtin().With(nil).At(n, when)
		if found != foundAgain || once.Source != again.Source {
			t.Errorf("%+v is %q, then %q", n, once.Source, again.Source)
		}
		if found && !(once.Cost(price.Usage{Input: 1, Output: 1}) >= 0) {
			t.Errorf("%+v costs less than nothing", n)
		}
	})
}
