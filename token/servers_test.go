package token_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/token"
)

// sharedShelf is a store that another server has open as well.
type sharedShelf struct {
	*shelf
	listed *atomic.Int64 // how often all tokens were read
}

func (sharedShelf) Lease(context.Context, string) (daybook.Lease, error) { return nil, nil }

func (s sharedShelf) ListTokens(ctx context.Context) ([]daybook.Token, error) {
	all, err := s.shelf.ListTokens(ctx)
	if err == nil {
		s.listed.Add(1)
	}
	return all, err
}

// What one server makes and revokes, another knows within the time for which a
// verified token is good.
func TestServersLearnOfEachOther(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	o := h.options
	o.TTL = 100 * time.Millisecond
	theirs := sharedShelf{h.shelf, new(atomic.Int64)}
	other, err := token.Open(t.Context(), theirs, o)
	must(t, err)
	t.Cleanup(func() { must(t, other.Close(context.Background())) })
	if other.Required() {
		t.Fatal("tokens are required before one was made")
	}
	made := h.make(t, daybook.TokenRequest{Name: "ci", Role: "writer"})
	eventually(t, "the other server wants tokens", other.Required)

	// It knows them too, so that those who fail from the same address do not keep
	// out who bears one.
	bears := func(address string) error {
		_, err := other.Authenticate(t.Context(), made.Text, address)
		return err
	}
	seen := theirs.listed.Load()
	eventually(t, "it has read them again, and learned what it read", func() bool { return theirs.listed.Load() > seen+1 })
	for range 200 {
		if _, err := other.Authenticate(t.Context(), made.Text+"x", "192.0.2.1"); daybook.CodeOf(err) == daybook.CodeTooMany {
			break
		}
	}
	must(t, bears("192.0.2.1"))

	_, err = h.Revoke(t.Context(), daybook.Local, "ci")
	must(t, err)
	h.clock.pass(o.TTL)
	wantCode(t, bears("192.0.2.2"), daybook.CodeUnauthorized, "was revoked")
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not after a minute: %s", what)
		}
	}
}
