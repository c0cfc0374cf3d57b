package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/daybook-audit/daybook"
)

// Checkpoint gives the newest signed checkpoint, as it was signed.
func (r *Remote) Checkpoint(ctx context.Context) ([]byte, error) {
	return r.call(ctx, request{method: http.MethodGet, path: "/v1/checkpoint"})
}

// Inclusion proves that an entry is under the newest checkpoint.
func (r *Remote) Inclusion(ctx context.Context, logID string) (*daybook.InclusionProof, error) {
	var proof daybook.InclusionProof
	if err := r.ask(ctx, "/v1/proof/inclusion", url.Values{"log_id": {logID}}, &proof); err != nil {
		return nil, err
	}
	return &proof, nil
}

// Consistency proves that the ledger of size from is a prefix of that of size to.
func (r *Remote) Consistency(ctx context.Context, from, to int64) (*daybook.ConsistencyProof, error) {
	values := url.Values{"from": {strconv.FormatInt(from, 10)}, "to": {strconv.FormatInt(to, 10)}}
	var proof daybook.ConsistencyProof
	if err := r.ask(ctx, "/v1/proof/consistency", values, &proof); err != nil {
		return nil, err
	}
	return &proof, nil
}
