package verify_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
	"github.com/daybook-audit/daybook/verify"
)

// waits is an empty ledger with an inbox.
type waits struct {
	*storetest.Model
	w   daybook.Waiting
	err error
}

func (s waits) Waiting(context.Context) (daybook.Waiting, error) { return s.w, s.err }

func TestWhatWaitsIsReported(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		w     daybook.Waiting
		want  string
		notes []string
	}{
		"nothing": {daybook.Waiting{}, `"inbox":{"waiting":0,"since":"","refused":0}`, nil},
		"one":     {daybook.Waiting{Letters: 1, Since: since}, `"inbox":{"waiting":1,"since":"2026-01-31T09:00:00.000000Z","refused":0}`, []string{"in the inbox 1 record waits, since 2026-01-31T09:00:00.000000Z: not in the ledger yet, and not checked"}},
		"more": {daybook.Waiting{Letters: 2, Since: since, Refused: 3}, `"refused":3`, []string{
			"in the inbox 2 records wait, since 2026-01-31T09:00:00.000000Z: not in the ledger yet, and not checked",
			"in the inbox 3 records were refused by the ledger and not settled: see the view inbox_rejects",
		}},
	} {
		report, err := verify.Run(t.Context(), waits{Model: storetest.NewModel(), w: c.w}, verify.Options{})
		if err != nil || !report.Sound() {
			t.Fatalf("%s: %v, %v", name, report, err)
		}
		text, err := json.Marshal(report)
		if err != nil || !strings.Contains(string(text), c.want) {
			t.Errorf("%s: %s, %v; want %s in it", name, text, err, c.want)
		}
		notes := slices.DeleteFunc(slices.Clone(report.Notes), func(n string) bool { return !strings.HasPrefix(n, "in the inbox") })
		if !slices.Equal(notes, c.notes) {
			t.Errorf("%s: the notes are %q, want %q", name, notes, c.notes)
		}
	}
	away := errors.New("away")
	if _, err := verify.Run(t.Context(), waits{Model: storetest.NewModel(), err: away}, verify.Options{}); !errors.Is(err, away) {
		t.Errorf("an inbox that cannot be looked into: %v", err)
	}
	report, err := verify.Run(t.Context(), storetest.NewModel(), verify.Options{})
	if err != nil || report.Inbox != nil {
		t.Errorf("a store without an inbox: %v, %v", report.Inbox, err)
	}
}
