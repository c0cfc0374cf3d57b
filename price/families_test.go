package price_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook/price"
)

func at(t testing.TB, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// The dollars are worked out by hand, from what the providers' pages say.
func TestCosts(t *testing.T) {
	t.Parallel()
	const someday = "2026-01-31T09:00:00Z"
	cases := map[string]struct {
		name    price.Name
		at      string
		usage   price.Usage
		dollars float64
		source  string
	}{
		"openai, cached": {
			price.Name{Provider: "openai", Model: "gpt-4o"},
			someday,
			price.Usage{Input: 10_000, CacheRead: 6000, Output: 1000},
			4000*2.5e-6 + 6000*1.25e-6 + 1000*10e-6, "openai/gpt-4o as of " + price.Builtin().Published,
		},
		"openai, before a change": {
			price.Name{Provider: "openai", Model: "o3"}, "2025-06-09T23:59:59Z", price.Usage{Input: 1000, Output: 1000}, 1000*10e-6 + 1000*40e-6, "openai/o3 before 2025-06-10",
		},
		"openai, after it": {
			price.Name{Provider: "openai", Model: "o3"}, "2025-06-10T00:00:00Z", price.Usage{Input: 1000, Output: 1000}, 1000*2e-6 + 1000*8e-6, "openai/o3 from 2025-06-10",
		},
		"anthropic, written and read": {
			price.Name{Provider: "anthropic", Model: "claude-opus-4-5-20251101"},
			someday,
			price.Usage{Input: 50_000, CacheRead: 30_000, CacheWrite: 15_000, Output: 2000},
			5000*5e-6 + 30_000*0.5e-6 + 15_000*6.25e-6 + 2000*25e-6, "anthropic/claude-opus-4-5",
		},
		"anthropic, at the bound of a tier": {
			price.Name{Provider: "anthropic", Model: "claude-opus-4-6"},
			"2026-03-12T12:00:00Z",
			price.Usage{Input: 200_000, Output: 1000},
			200_000*5e-6 + 1000*25e-6, "anthropic/claude-opus-4-6 before 2026-03-13",
		},
		"anthropic, above it": {
			price.Name{Provider: "anthropic", Model: "claude-opus-4-6"},
			"2026-03-12T12:00:00Z",
			price.Usage{Input: 200_001, CacheRead: 100_001, Output: 1000},
			100_000*10e-6 + 100_001*1e-6 + 1000*37.5e-6, "anthropic/claude-opus-4-6 before 2026-03-13",
		},
		"anthropic, once there were no tiers": {
			price.Name{Provider: "anthropic", Model: "claude-opus-4-6"},
			"2026-03-13T00:00:00Z",
			price.Usage{Input: 200_001, CacheRead: 100_001, Output: 1000},
			100_000*5e-6 + 100_001*0.5e-6 + 1000*25e-6, "anthropic/claude-opus-4-6 from 2026-03-13",
		},
		"google, a long input": {
			price.Name{Provider: "google", Model: "gemini-2.5-pro"},
			someday,
			price.Usage{Input: 300_000, CacheRead: 50_000, Output: 100},
			250_000*2.5e-6 + 50_000*0.25e-6 + 100*15e-6, "google/gemini-2.5-pro",
		},
		"deepseek by day": {
			price.Name{Provider: "deepseek", Model: "deepseek-chat"},
			"2025-03-01T16:29:59Z",
			price.Usage{Input: 1000, CacheRead: 400, Output: 100},
			600*0.27e-6 + 400*0.07e-6 + 100*1.1e-6, "deepseek/deepseek-chat from 00:30 to 16:30 UTC",
		},
		"deepseek by night": {
			price.Name{Provider: "deepseek", Model: "deepseek-chat"},
			"2025-03-01T16:30:00Z",
			price.Usage{Input: 1000, CacheRead: 400, Output: 100},
			600*0.135e-6 + 400*0.035e-6 + 100*0.55e-6, "deepseek/deepseek-chat as of",
		},
		"deepseek elsewhere on Earth": {
			price.Name{Provider: "deepseek", Model: "deepseek-chat"}, "2025-03-02T01:29:59+09:00", price.Usage{Output: 100}, 100 * 1.1e-6, "from 00:30 to 16:30 UTC",
		},
		"mistral from a day on": {
			price.Name{Provider: "mistral_ai", Model: "mistral-medium-latest"}, "2026-06-16T00:00:00Z", price.Usage{Input: 1000, Output: 100}, 1000*1.5e-6 + 100*7.5e-6, "mistral/mistral-medium-latest from 2026-06-16",
		},
		"perplexity, and the request": {
			price.Name{Provider: "perplexity", Model: "sonar"}, someday, price.Usage{Input: 1000, Output: 100}, 1000*1e-6 + 100*1e-6 + 0.012, "perplexity/sonar",
		},
		"reasoning with a price of its own": {
			price.Name{Provider: "perplexity", Model: "sonar-deep-research"}, someday, price.Usage{Input: 1000, Output: 1000, Reasoning: 900}, 1000*2e-6 + 100*8e-6 + 900*3e-6, "perplexity/sonar-deep-research",
		},
		"openrouter's own name": {
			price.Name{Provider: "openrouter", Model: "anthropic/claude-3.5-sonnet:beta"}, someday, price.Usage{Input: 1000, CacheRead: 900, Output: 100}, 1000*3e-6 + 100*15e-6, "openrouter/anthropic/claude-3.5-sonnet",
		},
		"bedrock": {
			price.Name{Provider: "aws.bedrock", Model: "us.anthropic.claude-3-5-sonnet-20241022-v2:0"}, someday, price.Usage{Input: 1000, CacheWrite: 500}, 500*3e-6 + 500*3.75e-6, "aws/regional.anthropic.claude-3-5-sonnet-20241022-v2:0",
		},
		"groq": {
			price.Name{Provider: "groq", Model: "llama-3.3-70b-versatile"}, someday, price.Usage{Input: 1000, Output: 1000}, 1000*0.59e-6 + 1000*0.79e-6, "groq/llama-3.3-70b-versatile",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, ok := price.Builtin().At(c.name, at(t, c.at))
			if !ok || !strings.HasPrefix(p.Source, "genai-prices "+price.Builtin().Version+": ") || !strings.Contains(p.Source, c.source) || !price.IsSource(p.Source) {
				t.Errorf("the source is %q, want %q", p.Source, c.source)
			}
			if got := p.Cost(c.usage); math.Abs(got-c.dollars) > 1e-12 {
				t.Errorf("it costs %v, want %v", got, c.dollars)
			}
		})
	}
}

// Names as clients and aggregators write them, and the model that they mean; ""
// where that is nobody's to say.
func TestNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ provider, model, version, want string }{
		{"", "claude-sonnet-4-5", "", "anthropic/claude-sonnet-4-5"},
		{"", "anthropic/claude-sonnet-4.5", "", "anthropic/claude-sonnet-4-5"},
		{"", "openai:gpt-5", "", "openai/gpt-5"},
		{"", "openrouter/anthropic/claude-3.5-sonnet", "", "openrouter/anthropic/claude-3.5-sonnet"},
		{"litellm", "openrouter/anthropic/claude-3.5-sonnet", "", "openrouter/anthropic/claude-3.5-sonnet"},
		{"litellm", "claude-3-haiku-20240307", "", "anthropic/claude-3-haiku"},
		{"OpenAI ", " GPT-4o", "", "openai/gpt-4o"},
		{"openai", "openai/gpt-4o", "", "openai/gpt-4o"},
		{"Anthropic", "Claude Sonnet 4.5", "", "anthropic/claude-sonnet-4-5"},
		{"", "Claude 3.5  Sonnet", "", "anthropic/claude-3-5-sonnet"},
		{"google", "Gemini 2.5 Pro", "", "google/gemini-2.5-pro"},
		{"openai", "gpt-4o-20241120", "", "openai/gpt-4o"},
		{"openai", "gpt-4o", "2024-05-13", "openai/gpt-4o-2024-05-13"},
		{"openai", "gpt-4o", "gpt-4o-2024-05-13", "openai/gpt-4o-2024-05-13"},
		{"openai", "gpt-4o", "fp_b376dfbbd5", "openai/gpt-4o"},
		{"openai", "", "gpt-4o-2024-11-20", "openai/gpt-4o"},
		{"bedrock", "us.anthropic.claude-sonnet-4-20250514-v1:0", "", "aws/regional.anthropic.claude-sonnet-4-20250514-v1:0"},
		{"", "anthropic.claude-3-5-sonnet-20241022-v2:0", "", "aws/regional.anthropic.claude-3-5-sonnet-20241022-v2:0"},
		{"", "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-5-sonnet-20241022-v2:0", "", "aws/regional.anthropic.claude-3-5-sonnet-20241022-v2:0"},
		{"vertex_ai", "claude-sonnet-4@20250514", "", "google/claude-4-sonnet"},
		{"gcp.vertex_ai", "publishers/google/models/gemini-2.5-pro", "", "google/gemini-2.5-pro"},
		{"google", "models/gemini-2.5-pro", "", "google/gemini-2.5-pro"},
		{"azure", "gpt-4o", "", "openai/gpt-4o"},
		{"azure.ai.inference", "gpt-4o", "", "openai/gpt-4o"},
		{"x_ai", "grok-4", "", "x-ai/grok-4-0709"},
		{"together_ai", "meta-llama/Llama-3.3-70B-Instruct-Turbo", "", "together/meta-llama/Llama-3.3-70B-Instruct-Turbo"},
		{"fireworks_ai", "accounts/fireworks/models/deepseek-v4-pro", "", "fireworks/deepseek-v4-pro"},
		{"", "llama-3.3-70b-versatile", "", "groq/llama-3.3-70b-versatile"},

		{"acme", "gpt-4o", "", ""},                                  // a provider that nobody knows
		{"openrouter", "anthropic/claude-3.5-sonnet:nitro", "", ""}, // a variant that the data does not have
		{"anthropic", "gpt-4o", "", ""},                             // another's model
		{"", "meta-llama/llama-3.3-70b-instruct", "", ""},           // several sell it
		{"", "llama3:8b", "", ""},                                   // runs at home
		{"", "", "", ""},
		{"openai", "", "", ""},
		{"openai", strings.Repeat("gpt-4o", 200), "", ""},
		{"openai", "gpt-4o\x00", "", ""},
	} {
		p, ok := price.Builtin().At(price.Name{Provider: c.provider, Model: c.model, Version: c.version}, at(t, "2026-01-31T09:00:00Z"))
		got := ""
		if ok {
			got = p.Provider + "/" + p.Model
		}
		if got != c.want {
			t.Errorf("%q %q %q is %q, want %q", c.provider, c.model, c.version, got, c.want)
		}
	}
}

func TestBuiltin(t *testing.T) {
	t.Parallel()
	table := price.Builtin()
	if table.License != "MIT" || table.Package != "@pydantic/genai-prices" || table.Published < "2026-09-23" || len(table.NotCovered()) < 10 {
		t.Errorf("the table is of %s %s, published %s, licence %s, without %v", table.Package, table.Version, table.Published, table.License, table.NotCovered())
	}
	whisper, ok := table.At(price.Name{Provider: "openai", Model: "whisper-1"}, time.Now())
	if !ok || whisper.Sold() {
		t.Error("speech is sold by tokens")
	}
	if free, ok := table.At(price.Name{Provider: "openrouter", Model: "qwen/qwen3-coder:free"}, time.Now()); !ok || !free.Sold() || free.Cost(price.Usage{Input: 1000}) != 0 {
		t.Error("what is free has a price")
	}
}
