package token_test

import (
	"context"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/token"
)

// sharedShelf is a store that another server has open as well.
type sharedShelf struct{ *shelf }

func (sharedShelf) Lease(context.Context, string) (daybook.Lease, error) { return nil, nil }

// What one server makes and revokes, another knows within the time for which a
// verified token is good.
func TestServersLearnOfEachOther(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	o := h.options
	o.TTL, o.Now = 20*time.Millisecond, time.Now
	other, err := token.Open(t.Context(), sharedShelf{h.shelf}, o)
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
	time.Sleep(2 * o.TTL) // it has learned of it, if it does
	for range 200 {
		if _, err := other.Authenticate(t.Context(), made.Text+"x", "192.0.2.1"); daybook.CodeOf(err) == daybook.CodeTooMany {
			break
		}
	}
	must(t, bears("192.0.2.1"))

	_, err = h.Revoke(t.Context(), daybook.Local, "ci")
	must(t, err)
	begun := time.Now()
	eventually(t, "the other server refuses it", func() bool { return daybook.CodeOf(bears("192.0.2.2")) == daybook.CodeUnauthorized })
	if took := time.Since(begun); took > time.Second {
		t.Errorf("a token that was revoked was good for %v", took)
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not after 5 s: %s", what)
		}
	}
}
