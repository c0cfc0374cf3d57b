package token_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/token"
)

// other gives a token's text with another secret, whole as it is.
func other(t testing.TB, h *house, id string) string {
	t.Helper()
	made := h.make(t, daybook.TokenRequest{Name: "other-than-" + id, Role: "reader"})
	text, err := token.WithSecretOf(id, made.Text)
	must(t, err)
	return text
}

func TestAHotTokenAsksNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	made := h.make(t, daybook.TokenRequest{Name: "ci", Role: "writer"})
	for range 100 {
		_, err := h.try(t, made.Text)
		must(t, err)
	}
	if n := h.shelf.asked.Load(); n != 1 {
		t.Errorf("the store was asked %d times", n)
	}
	wrong := other(t, h, made.ID)
	_, err := h.try(t, wrong)
	wantCode(t, err, daybook.CodeUnauthorized, "not known here")
	if n := h.shelf.asked.Load(); n != 1 {
		t.Errorf("for a wrong secret the store was asked %d times", n)
	}
	h.clock.pass(token.DefaultTTL)
	_, err = h.try(t, made.Text)
	must(t, err)
	if n := h.shelf.asked.Load(); n != 2 {
		t.Errorf("after its time the store was asked %d times", n)
	}
	// What another process does holds within that time.
	h.sql(t, "UPDATE token SET role = 'admin'")
	_, err = h.try(t, made.Text)
	must(t, err)
	h.clock.pass(token.DefaultTTL)
	_, err = h.try(t, made.Text)
	wantCode(t, err, daybook.CodeUnauthorized)
}

// A token that is revoked while it is being verified is not remembered.
func TestRevokedWhileVerified(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	made := h.make(t, daybook.TokenRequest{Name: "ci", Role: "writer"})
	once := true
	h.shelf.look = func() {
		if once {
			once = false
			_, err := h.Revoke(t.Context(), daybook.Local, "ci")
			must(t, err)
		}
	}
	_, _ = h.try(t, made.Text) // it came before
	_, err := h.try(t, made.Text)
	wantCode(t, err, daybook.CodeUnauthorized, "revoked")
}

func TestAStoreThatIsAwayIsNoRefusal(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	made := h.make(t, daybook.TokenRequest{Name: "ci", Role: "writer"})
	var away error = &daybook.Error{Code: daybook.CodeUnavailable, Message: "away"}
	h.shelf.fail.Store(&away)
	_, err := h.try(t, made.Text)
	wantCode(t, err, daybook.CodeUnavailable)
	h.shelf.fail.Store(nil)
	_, err = h.try(t, made.Text)
	must(t, err)
	must(t, h.Close(t.Context()))
	if events := h.events(t, "login_failed"); len(events) != 0 {
		t.Errorf("it counts as a failed login: %+v", events)
	}
}

func TestFailedLogins(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	good := h.make(t, daybook.TokenRequest{Name: "ci", Role: "writer"})
	fresh := h.make(t, daybook.TokenRequest{Name: "fresh", Role: "writer"})
	wrong, guessed := other(t, h, good.ID), other(t, h, fresh.ID)
	_, err := h.try(t, good.Text)
	must(t, err)
	asked := h.shelf.asked.Load()
	for i, text := range []string{"", "nonsense", wrong, wrong, "x", "x", "x", "x", "x", "x"} {
		_, err := h.try(t, text)
		if daybook.CodeOf(err) != daybook.CodeUnauthorized {
			t.Errorf("%d: %v", i, err)
		}
		if text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("the error repeats %q", text)
		}
		h.clock.pass(time.Millisecond)
	}
	for _, text := range []string{"x", wrong, guessed} {
		_, err = h.try(t, text)
		wantCode(t, err, daybook.CodeTooMany, "wait")
	}
	if h.shelf.asked.Load() != asked {
		t.Error("the store was asked for somebody who had failed too often")
	}
	// Who was known before is not kept out by others at his address, also when
	// the store is asked again.
	h.clock.pass(token.DefaultTTL)
	_, err = h.try(t, "x")
	wantCode(t, err, daybook.CodeUnauthorized)
	_, err = h.try(t, good.Text)
	must(t, err)
	// Other addresses are not concerned, and time heals.
	_, err = h.Authenticate(t.Context(), fresh.Text, "192.0.2.8")
	must(t, err)
	must(t, h.Close(t.Context()))

	events := h.events(t, "login_failed")
	if len(events) != 1 {
		t.Fatalf("%d events: %+v", len(events), events)
	}
	e := events[0]
	const want = `{"count": 14, "limited": 3, "reasons": {"malformed": 9, "wrong_secret": 2}, "tokens": ["ci"], "until": "2026-01-31T09:00:10.010000Z"}`
	if string(e.Details) != want || e.IPAddress != "192.0.2.7" || e.BusinessID != daybook.AllBusinesses || !e.OccurredAt.Equal(h.clockStart()) {
		t.Errorf("the event is %+v with %s\nwant %s", e, e.Details, want)
	}
}

func (h *house) clockStart() time.Time { return time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC) }

// TestGoodTokensAreNotKeptOut: whoever fails without end from an address that
// others have too, such as a proxy's, keeps none of them out, whether or not
// they were here before him, and also where the server has just begun.
func TestGoodTokensAreNotKeptOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	before := h.make(t, daybook.TokenRequest{Name: "before", Role: "writer"})
	ended := h.make(t, daybook.TokenRequest{Name: "ended", Role: "writer"})
	h = h.reopened(t, h.options.Key)
	after := h.make(t, daybook.TokenRequest{Name: "after", Role: "writer"})
	for range 11 {
		_, _ = h.try(t, "x")
	}
	for _, text := range []string{before.Text, after.Text} {
		_, err := h.try(t, text)
		must(t, err)
	}
	_, err := h.Revoke(t.Context(), daybook.Local, "ended")
	must(t, err)
	_, err = h.try(t, ended.Text)
	wantCode(t, err, daybook.CodeTooMany)
	asked := h.shelf.asked.Load()
	_, err = h.try(t, ended.Text)
	wantCode(t, err, daybook.CodeTooMany)
	if h.shelf.asked.Load() != asked {
		t.Error("the store was asked again for a token that was revoked")
	}
}

func TestFailuresAreBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 1500 {
		_, err := h.Authenticate(t.Context(), "x", fmt.Sprintf("10.0.%d.%d", i/250, i%250))
		wantCode(t, err, daybook.CodeUnauthorized)
	}
	// The addresses that one has of IPv6 count as one.
	for i := range 20 {
		_, err := h.Authenticate(t.Context(), "x", fmt.Sprintf("2001:db8::%x", i))
		if want := map[bool]daybook.Code{true: daybook.CodeUnauthorized, false: daybook.CodeTooMany}[i < 10]; daybook.CodeOf(err) != want {
			t.Errorf("%d: %v, want %s", i, err, want)
		}
	}
	must(t, h.Close(t.Context()))
	events := h.events(t, "login_failed")
	if len(events) != 1001 {
		t.Fatalf("%d events", len(events))
	}
	var others int
	for _, e := range events {
		if e.IPAddress == "others" {
			others++
			if !strings.HasPrefix(string(e.Details), `{"count": 520, `) {
				t.Errorf("the others have %s", e.Details)
			}
		}
	}
	if others != 1 {
		t.Errorf("%d events of others", others)
	}
}

// What cannot be entered now is entered later.
func TestFailuresWaitForTheLedger(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	full := errors.New("full")
	entered := 0
	h.options.Recorder = recorderFunc(func(records int) error {
		if full == nil {
			entered += records
		}
		return full
	})
	h.open(t)
	_, _ = h.try(t, "x")
	if err := h.Close(t.Context()); !errors.Is(err, full) {
		t.Errorf("closing gives %v", err)
	}
	_, _ = h.try(t, "x")
	full = nil
	must(t, h.Close(t.Context()))
	if entered != 1 {
		t.Errorf("%d records were entered", entered)
	}
}

func TestLastUse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	used, idle := h.make(t, daybook.TokenRequest{Name: "ci", Role: "writer"}), h.make(t, daybook.TokenRequest{Name: "idle", Role: "writer"})
	h.clock.pass(time.Minute)
	_, err := h.try(t, used.Text)
	must(t, err)
	h.clock.pass(time.Second)
	_, err = h.try(t, used.Text)
	must(t, err)
	infos, err := h.List(t.Context(), daybook.Local)
	must(t, err)
	if infos[0].LastUsedAt != "" {
		t.Errorf("it is written in the request's way: %s", infos[0].LastUsedAt)
	}
	must(t, h.Close(t.Context()))
	infos, err = h.List(t.Context(), daybook.Local)
	must(t, err)
	for _, info := range infos {
		if want := map[string]string{used.ID: "2026-01-31T09:01:01.000000Z", idle.ID: ""}[info.ID]; info.LastUsedAt != want {
			t.Errorf("%s was last used %q, want %q", info.Name, info.LastUsedAt, want)
		}
	}
}
