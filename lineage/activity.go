package lineage

import (
	"context"

	"github.com/daybook-audit/daybook"
)

// Activity tells what an agent did, the newest first: every entry of a kind
// that names an agent and names this one, and the operations and artifacts of
// its sessions. The lineage it declared is left to walks.
func (r *Reader) Activity(ctx context.Context, p daybook.Principal, q daybook.ActivityQuery) ([]daybook.Event, error) {
	if q.Agent == "" {
		return nil, missing("agent", "CFO or wasde_transformer")
	}
	n, err := r.newest(p, q.Since, q.Limit, q.After)
	if err != nil {
		return nil, err
	}
	for _, kind := range daybook.Kinds() {
		agent := kind.Agent()
		if agent == nil {
			continue
		}
		if err := n.ask(ctx, kind, nil, daybook.Is(agent.Name, q.Agent)); err != nil {
			return nil, err
		}
	}
	who := daybook.Is(sessionKind.Agent().Name, q.Agent)
	err = n.ofSessions(ctx, who, func(sessions []*daybook.Entry) error {
		return n.children(ctx, subjects(sessions), nil, operationKind, artifactKind)
	})
	if err != nil {
		return nil, err
	}
	return n.events(ctx)
}
