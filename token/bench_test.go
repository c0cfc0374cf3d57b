package token_test

import (
	"context"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/token"
)

// recorderFunc is a ledger that is told how many records come, and takes them or fails.
type recorderFunc func(records int) error

func (f recorderFunc) Record(_ context.Context, _ daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	if err := f(len(records)); err != nil {
		return nil, err
	}
	return make([]daybook.Receipt, len(records)), nil
}

// BenchmarkAuthenticate is what a request costs for its token: hot is one that
// was just verified, cold asks the store, malformed is no token at all.
func BenchmarkAuthenticate(b *testing.B) {
	h := newHouse(b)
	h.options.Now = time.Now
	made := h.make(b, daybook.TokenRequest{Name: "ci", Role: "writer", Business: "acme"})
	b.Run("hot", func(b *testing.B) {
		h.open(b)
		for b.Loop() {
			if _, err := h.try(b, made.Text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("hot/parallel", func(b *testing.B) {
		h.open(b)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := h.try(b, made.Text); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
	b.Run("cold", func(b *testing.B) {
		h.options.TTL = time.Nanosecond
		h.open(b)
		for b.Loop() {
			if _, err := h.try(b, made.Text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("malformed", func(b *testing.B) {
		h.options.TTL = token.DefaultTTL
		h.options.Recorder = recorderFunc(func(int) error { return nil })
		h.open(b)
		for b.Loop() {
			if _, err := h.try(b, "dbk_no"); err == nil {
				b.Fatal("it is taken")
			}
		}
	})
}
