package price_test

import (
	"testing"
	"time"

	"github.com/daybook-audit/daybook/price"
)

func BenchmarkPrice(b *testing.B) {
	t := price.Builtin()
	name := price.Name{Provider: "openrouter", Model: "anthropic/claude-3.5-sonnet"}
	at := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)
	for b.Loop() {
		p, ok := t.At(name, at)
		if !ok || p.Cost(price.Usage{Input: 10_000, Output: 500, CacheRead: 8000}) <= 0 {
			b.Fatal("it has no price")
		}
	}
}

// A name that was not asked for before.
func BenchmarkFind(b *testing.B) {
	own, at := price.Builtin(), time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)
	for b.Loop() {
		if _, ok := own.With(nil).At(price.Name{Model: "llama3.3-swallow-70b-instruct-v0.9"}, at); ok {
			b.Fatal("it has a price")
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for b.Loop() {
		if _, err := price.Read(price.Embedded()); err != nil {
			b.Fatal(err)
		}
	}
}
