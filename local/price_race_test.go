package local_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
)

// Of two writers who add tokens to one conversation at the same moment, the
// later computes its cost from what the earlier left.
func TestCostsOfAmendmentsAtTheSameMoment(t *testing.T) {
	t.Parallel()
	l := open(t, temp(t), local.Options{Intake: local.Intake{Prices: pricesAt(t, "2")}})
	const talks = 30
	for i := range talks {
		recorded(t, l, fmt.Sprintf(`{"kind":"conversations","conversation_id":"c-%d","agent_position":"CFO","model_name":"m"}`, i))
		var writers sync.WaitGroup
		for _, tokens := range []string{"input_tokens", "output_tokens"} {
			records := said(t, fmt.Sprintf(`{"kind":"conversations","conversation_id":"c-%d","amend":true,%q:1000000}`, i, tokens))
			writers.Go(func() {
				if _, err := l.Recorder.Record(t.Context(), daybook.Local, records); err != nil {
					t.Error(err)
				}
			})
		}
		writers.Wait()
	}
	for i := range talks {
		e := must[*daybook.Entry](t)(l.Reader.Get(t.Context(), daybook.Local, daybook.MustKind("conversations"), fmt.Sprintf("c-%d", i)))
		if got := e.Get("cost_usd").Float(); got != 4 {
			t.Errorf("c-%d costs %v, want 4", i, got)
		}
	}
}
