package intake

import (
	"context"
	"sync"

	"github.com/daybook-audit/daybook"
)

// bronze knows which sessions are ingests. Only they should write to bronze,
// since everything else can be made again from what stands there.
type bronze struct {
	entries Entries

	mu     sync.Mutex
	ingest map[pastKey]bool // of sessions that were asked for
}

// mostIngests is how many sessions are remembered; then it begins anew.
const mostIngests = 10_000

func newBronze(entries Entries) *bronze {
	return &bronze{entries: entries, ingest: map[pastKey]bool{}}
}

// watch puts a warning on the operations of a call that write to bronze
// outside an ingest. It comes last, since what an operation writes may be
// derived from its SQL.
func (g *Guard) watch(ctx context.Context, records []daybook.Record) {
	if g == nil || g.o.Mode == GuardOff {
		return
	}
	for i := range records {
		r := &records[i]
		if r.Kind != operation.kind || r.Amend || layerOf(r.Values[operation.outputTable].Text()) != "BRONZE" {
			continue
		}
		if ingest, known := g.bronze.isIngest(ctx, records[:i], pastKeyOf(r)); known && !ingest {
			warn(r, "guard: writes "+clip(r.Values[operation.outputTable].Text())+" outside an ingest; bronze should hold what the source gave, and nothing else")
			g.metrics.found.WithLabelValues("bronze", string(GuardWarn)).Inc()
		}
	}
}

// isIngest says whether a session is an ingest: it belongs to an ingest run, or
// its agent is a collector. known is false for a session that cannot be found.
func (b *bronze) isIngest(ctx context.Context, before []daybook.Record, key pastKey) (ingest, known bool) {
	for i := range before {
		if r := &before[i]; opensSession(r) && pastKeyOfSession(r) == key {
			return ingests(r.Values), true
		}
	}
	b.mu.Lock()
	ingest, known = b.ingest[key]
	b.mu.Unlock()
	if known || b.entries == nil {
		return ingest, known
	}
	found, err := b.entries.Select(ctx, daybook.Query{Kind: sessionKind, Business: key.business, Filters: []daybook.Filter{daybook.Is("id", key.session)}, Limit: 1})
	if err != nil || len(found) == 0 {
		return false, false // it is nobody's fault, and costs a warning only
	}
	ingest = ingests(found[0].Values)
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.ingest) >= mostIngests {
		clear(b.ingest)
	}
	b.ingest[key] = ingest
	return ingest, true
}

var ingestRunPlace, agentTypePlace = place(sessionKind, "ingest_run_id"), place(sessionKind, "agent_type")

func ingests(session []daybook.Value) bool {
	return session[ingestRunPlace].IsSet() || session[agentTypePlace].Text() == "COLLECTOR"
}

func pastKeyOfSession(r *daybook.Record) pastKey { return pastKey{r.Business(), r.SubjectID()} }
