package price_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/daybook-audit/daybook/price"
)

// models are such as have all there is: tiers, days, hours, cached and reasoning
// tokens, requests, and nothing at all.
var models = []price.Name{
	{Provider: "anthropic", Model: "claude-opus-4-6"},
	{Provider: "openai", Model: "o3"},
	{Provider: "google", Model: "gemini-2.5-pro"},
	{Provider: "deepseek", Model: "deepseek-v4-pro"},
	{Provider: "perplexity", Model: "sonar-deep-research"},
	{Provider: "perplexity", Model: "sonar"},
	{Provider: "openrouter", Model: "qwen/qwen3-coder:free"},
	{Provider: "groq", Model: "llama-3.3-70b-versatile"},
}

func counts() *rapid.Generator[int64] {
	return rapid.OneOf(rapid.Int64Range(0, 400_000), rapid.Just(int64(200_000)), rapid.Just(int64(200_001)), rapid.Just(int64(1e12)))
}

// A cost is never negative and never infinite, and more tokens of any sort do
// not make a call cheaper.
func TestCostsGrow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(models).Draw(t, "model")
		when := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "at"), 0)
		p, ok := price.Builtin().At(name, when)
		if !ok {
			t.Fatalf("%+v has no price", name)
		}
		few := price.Usage{Input: counts().Draw(t, "input"), Output: counts().Draw(t, "output"), CacheRead: counts().Draw(t, "read"), CacheWrite: counts().Draw(t, "write"), Reasoning: counts().Draw(t, "reasoning")}
		usd := p.Cost(few)
		if !(usd >= 0) || math.IsInf(usd, 0) {
			t.Fatalf("%+v of %+v cost %v", few, name, usd)
		}
		many := few
		more := rapid.Int64Range(0, 1000).Draw(t, "more")
		grow := rapid.SampledFrom([]func(){
			func() { many.Input += more },
			func() { many.Output += more },
			func() { many.Input, many.CacheRead = many.Input+more, many.CacheRead+more },
			func() { many.Input, many.CacheWrite = many.Input+more, many.CacheWrite+more },
			func() { many.Output, many.Reasoning = many.Output+more, many.Reasoning+more },
		}).Draw(t, "grow")
		if grow(); p.Cost(many) < usd*(1-1e-12) {
			t.Fatalf("%+v of %+v cost %v, and %+v cost %v", few, name, usd, many, p.Cost(many))
		}
	})
}

// Counts that an agent made up do not make a cost that is none.
func TestCostsOfTheGreatest(t *testing.T) {
	t.Parallel()
	for _, name := range models {
		p, ok := price.Builtin().At(name, time.Unix(1_750_000_000, 0))
		usage := price.Usage{Input: math.MaxInt64, Output: math.MaxInt64, CacheRead: math.MaxInt64, CacheWrite: math.MaxInt64, Reasoning: math.MaxInt64}
		if usd := p.Cost(usage); !ok || !(usd >= 0) || math.IsInf(usd, 0) {
			t.Errorf("%+v: %v", name, usd)
		}
		if usage.Cached() != math.MaxInt64 {
			t.Errorf("%d tokens are cached", usage.Cached())
		}
	}
}
