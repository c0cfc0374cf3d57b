package postgres

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
)

// noon is when things happen in tests.
var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func aToken(id, name string) daybook.Token {
	return daybook.Token{
		ID: id, Name: name, Role: daybook.RoleWriter, Business: "acme", Agent: "CFO",
		Hash: [32]byte{1, 2, 3}, MAC: [32]byte{4, 5, 6}, CreatedAt: noon, ExpiresAt: noon.AddDate(0, 0, 30),
	}
}

func TestTokensComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	ctx := t.Context()
	first, second := aToken("aaaa", "ci"), aToken("bbbb", "nightly")
	second.Business, second.Agent, second.ExpiresAt = "", "", time.Time{}
	second.CreatedAt = noon.Add(time.Microsecond)
	must(t, s.AddToken(ctx, second))
	must(t, s.AddToken(ctx, first))
	for _, taken := range []daybook.Token{aToken("cccc", "CI"), aToken("aaaa", "other")} {
		if err := s.AddToken(ctx, taken); daybook.CodeOf(err) != daybook.CodeConflict {
			t.Errorf("%s %s was added beside ci: %v", taken.ID, taken.Name, err)
		}
	}
	must(t, s.UseTokens(ctx, nil))
	must(t, s.UseTokens(ctx, map[string]time.Time{"aaaa": noon.Add(time.Hour), "none": noon, "\x00": noon}))
	must(t, s.UseTokens(ctx, map[string]time.Time{"aaaa": noon}))
	first.LastUsedAt = noon.Add(time.Hour)

	other := openStore(t, address, Options{})
	all, err := other.ListTokens(ctx)
	must(t, err)
	if want := []daybook.Token{first, second}; !reflect.DeepEqual(all, want) {
		t.Errorf("got  %+v\nwant %+v", all, want)
	}
	one, err := other.TokenByID(ctx, "bbbb")
	must(t, err)
	if !reflect.DeepEqual(*one, second) {
		t.Errorf("got %+v, want %+v", *one, second)
	}
	for _, id := range []string{"cccc", "", "a\x00", "\xff"} {
		if _, err := s.TokenByID(ctx, id); daybook.CodeOf(err) != daybook.CodeNotFound {
			t.Errorf("a token that is not there: %v", err)
		}
	}
}

func TestChangeTokens(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	ctx := t.Context()
	must(t, s.AddToken(ctx, aToken("aaaa", "ci")))
	must(t, s.AddToken(ctx, aToken("bbbb", "nightly")))
	stop := errors.New("stop")
	if err := s.ChangeTokens(ctx, func([]daybook.Token) ([]daybook.Token, error) { return nil, stop }); !errors.Is(err, stop) {
		t.Errorf("an error of change came back as %v", err)
	}
	revoked := aToken("bbbb", "nightly")
	revoked.RevokedAt, revoked.MAC = noon.Add(time.Hour), [32]byte{9}
	must(t, s.ChangeTokens(ctx, func(all []daybook.Token) ([]daybook.Token, error) {
		if len(all) != 2 {
			t.Errorf("change has %d tokens", len(all))
		}
		return []daybook.Token{revoked, aToken("none", "none")}, nil
	}))
	all, err := s.ListTokens(ctx)
	must(t, err)
	if want := []daybook.Token{aToken("aaaa", "ci"), revoked}; !reflect.DeepEqual(all, want) {
		t.Errorf("got  %+v\nwant %+v", all, want)
	}
}

// Several servers note the use of the same tokens, and change them, at a time.
func TestTokensOfSeveralServers(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	one, two := openStore(t, address, Options{}), openStore(t, address, Options{})
	last := map[string]time.Time{}
	for i := range 20 {
		id := fmt.Sprint("token", i)
		must(t, one.AddToken(t.Context(), aToken(id, id)))
		last[id] = noon
	}
	var group sync.WaitGroup
	for i, s := range []*Store{one, two, one, two} {
		group.Go(func() {
			for n := range 10 {
				at := noon.Add(time.Duration(4*n+i) * time.Second)
				used := map[string]time.Time{}
				for id := range last {
					used[id] = at
				}
				if err := s.UseTokens(t.Context(), used); err != nil {
					t.Error(err)
				}
				err := s.ChangeTokens(t.Context(), func(all []daybook.Token) ([]daybook.Token, error) {
					for i := range all {
						all[i].MAC[0]++
					}
					return all, nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	all, err := one.ListTokens(t.Context())
	must(t, err)
	for _, token := range all {
		if want := noon.Add(39 * time.Second); !token.LastUsedAt.Equal(want) || token.MAC[0] != 4+40 {
			t.Errorf("%s was used at %v and changed %d times", token.ID, token.LastUsedAt, token.MAC[0]-4)
		}
	}
}

func TestStateOfAStoreThatIsNotWritten(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	writing := openStore(t, address, Options{})
	must(t, writing.AddToken(t.Context(), aToken("aaaa", "ci")))
	s := openStore(t, address, Options{ReadOnly: true})
	if all, err := s.ListTokens(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("read-only: %v, %v", all, err)
	}
	for name, err := range map[string]error{
		"tokens":   s.UseTokens(t.Context(), map[string]time.Time{"aaaa": noon}),
		"columns":  s.KeepColumns(t.Context(), "default", map[string][]string{"t": {"c"}}),
		"patterns": s.ForgetPatterns(t.Context()),
	} {
		if daybook.CodeOf(err) != daybook.CodeForbidden {
			t.Errorf("%s of a store that is only read: %v", name, err)
		}
	}
	must(t, writing.Close())
	if err := writing.AddToken(t.Context(), aToken("bbbb", "nightly")); daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("a closed store: %v", err)
	}
}
