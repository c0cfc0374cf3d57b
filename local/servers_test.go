package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// What goes through a temporary table is one flow, whichever server each
// operation of the session is logged at.
func TestServersFollowTemporaryTables(t *testing.T) {
	t.Parallel()
	steps := []string{
		"CREATE TEMP TABLE tmp AS SELECT x, sum(v) AS s FROM bronze.raw GROUP BY x",
		"SELECT count(*) FROM tmp",
		"CREATE TEMP TABLE tmp2 AS SELECT s FROM tmp WHERE x > 3",
		"DROP TABLE tmp",
		"INSERT INTO gold.t (q) SELECT s FROM tmp2",
	}
	const want = "raw>t raw.v>t.q raw.x>t"
	for _, at := range []string{"00000", "01010", "11110", "00001", "10011"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			both := servers(t, local.Options{})
			checkout(t, both[0])
			for i, sql := range steps {
				tell(t, both[at[i]-'0'], sqlOperation(i, sql))
			}
			got := strings.Fields(flows(t, both[0]))
			slices.Sort(got)
			expected := strings.Fields(want)
			slices.Sort(expected)
			if !slices.Equal(slices.Compact(got), expected) {
				t.Errorf("the flows are %v, want %v", got, expected)
			}
		})
	}
}
