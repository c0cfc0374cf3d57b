package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/postgres"
)

// servers opens a ledger in a database for two, as two servers have it.
func servers(t *testing.T, o local.Options) []*local.Local {
	t.Helper()
	address := pgtest.New(t)
	must[*postgres.Migration](t)(postgres.Migrate(t.Context(), address, postgres.MigrateOptions{}))
	var both []*local.Local
	var key string
	for range 2 {
		at := filepath.Join(t.TempDir(), "ledger")
		own := o
		own.Key, own.Public, own.Anchor = at+".key", at+".pub", at+".anchor"
		if key != "" {
			check(t, os.WriteFile(own.Key, must[[]byte](t)(os.ReadFile(key)), 0o600))
		}
		key = own.Key
		both = append(both, open(t, address, own))
	}
	return both
}

// Of two servers that add tokens to one conversation at the same moment, the
// later computes its cost from what the earlier left.
func TestServersPriceOneConversation(t *testing.T) {
	t.Parallel()
	both := servers(t, local.Options{Intake: local.Intake{Prices: pricesAt(t, "2")}})
	const talks = 20
	for i := range talks {
		recorded(t, both[0], fmt.Sprintf(`{"kind":"conversations","conversation_id":"c-%d","agent_position":"CFO","model_name":"m"}`, i))
		var writers sync.WaitGroup
		for n, tokens := range []string{"input_tokens", "output_tokens"} {
			records := said(t, fmt.Sprintf(`{"kind":"conversations","conversation_id":"c-%d","amend":true,%q:1000000}`, i, tokens))
			writers.Go(func() {
				if _, err := both[n].Recorder.Record(t.Context(), daybook.Local, records); err != nil {
					t.Error(err)
				}
			})
		}
		writers.Wait()
	}
	for i := range talks {
		e := must[*daybook.Entry](t)(both[1].Reader.Get(t.Context(), daybook.Local, daybook.MustKind("conversations"), fmt.Sprintf("c-%d", i)))
		if got := e.Get("cost_usd").Float(); got != 4 {
			t.Errorf("c-%d costs %v, want 4", i, got)
		}
	}
}
