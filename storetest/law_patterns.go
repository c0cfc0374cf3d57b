package storetest

import (
	"context"
	"maps"
	"testing"

	"github.com/daybook-audit/daybook"
	"pgregory.net/rapid"
)

// lawPatterns holds what a store remembers of patterns, if it does, against a
// plain map, also over closing and opening again.
func lawPatterns(t *testing.T, at Opener) {
	s, err := at()
	must(t, err)
	defer func() { must(t, s.Close()) }()
	if _, ok := s.(daybook.KnownPatterns); !ok {
		t.Skip("the store remembers no patterns")
	}
	ctx := context.Background()
	want := map[daybook.PatternKey]int64{}
	const most = 20
	check(t, func(t *rapid.T) {
		known := s.(daybook.KnownPatterns)
		switch rapid.IntRange(0, 9).Draw(t, "what") {
		case 0:
			must(t, known.ForgetPatterns(ctx))
			clear(want)
		case 1:
			must(t, s.Close())
			s, err = at()
			must(t, err)
		default:
			first := rapid.MapOfNValues(rapid.Int64Range(0, 60), 0, 8, func(n int64) int64 { return n }).Draw(t, "first")
			kept := map[daybook.PatternKey]int64{}
			for _, seq := range first { // a key of several places, and a place of one key
				kept[keyOf(seq/2)] = seq
			}
			must(t, known.KeepPatterns(ctx, kept, most))
			for key, seq := range kept {
				maps.DeleteFunc(want, func(_ daybook.PatternKey, other int64) bool { return other == seq })
				want[key] = seq
			}
			for len(want) > most {
				oldest := int64(1 << 62)
				for _, seq := range want {
					oldest = min(oldest, seq)
				}
				maps.DeleteFunc(want, func(_ daybook.PatternKey, seq int64) bool { return seq == oldest })
			}
		}
		got, err := s.(daybook.KnownPatterns).Patterns(ctx)
		must(t, err)
		if !maps.Equal(got, want) {
			t.Fatalf("the store knows %v, want %v", got, want)
		}
	})
}

func keyOf(n int64) (key daybook.PatternKey) {
	key[0], key[15] = byte(n), byte(n+1)
	return key
}
