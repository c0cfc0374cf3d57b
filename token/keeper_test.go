package token_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/token"
	raw "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// clock is a time that tests turn.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// shelf counts how often the store is asked for a token.
type shelf struct {
	*sqlite.Store
	asked atomic.Int64
	fail  atomic.Pointer[error]
	look  func() // called when a token was read
}

func (s *shelf) TokenByID(ctx context.Context, id string) (*daybook.Token, error) {
	s.asked.Add(1)
	if err := s.fail.Load(); err != nil {
		return nil, *err
	}
	t, err := s.Store.TokenByID(ctx, id)
	if s.look != nil {
		s.look()
	}
	return t, err
}

// house is a ledger with its tokens.
type house struct {
	*token.Keeper
	path     string
	shelf    *shelf
	recorder daybook.Recorder
	clock    *clock
	said     *bytes.Buffer
	signer   *merkle.Signer
	options  token.Options
}

func newSigner(t testing.TB) *merkle.Signer {
	t.Helper()
	private, _, err := merkle.GenerateKey(daybook.OriginPrefix + "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01")
	must(t, err)
	signer, err := merkle.NewSigner(private)
	must(t, err)
	return signer
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{
		path: filepath.Join(t.TempDir(), "ledger.db"), said: &bytes.Buffer{}, signer: newSigner(t),
		clock: &clock{at: time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)},
	}
	store, err := sqlite.Open(t.Context(), h.path, sqlite.Options{})
	must(t, err)
	h.shelf = &shelf{Store: store}
	book, err := ledger.Open(t.Context(), store, ledger.Options{Logger: slog.New(slog.DiscardHandler)})
	must(t, err)
	h.recorder = intake.New(book, intake.Limits{})
	t.Cleanup(func() {
		if err := errors.Join(h.Close(context.Background()), book.Close(context.Background()), store.Close()); err != nil {
			t.Error(err)
		}
	})
	key, err := token.KeyOf(h.signer)
	must(t, err)
	h.options = token.Options{
		Key: key, Recorder: h.recorder, Now: h.clock.now, Window: time.Hour,
		Logger: slog.New(slog.NewTextHandler(h.said, nil)),
	}
	h.open(t)
	return h
}

// open begins anew, as a process that starts.
func (h *house) open(t testing.TB) {
	t.Helper()
	var err error
	h.Keeper, err = token.Open(t.Context(), h.shelf, h.options)
	must(t, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, code daybook.Code, parts ...string) {
	t.Helper()
	if daybook.CodeOf(err) != code {
		t.Fatalf("got %v of code %q, want code %q", err, daybook.CodeOf(err), code)
	}
	var e *daybook.Error
	errors.As(err, &e)
	for _, part := range parts {
		if whole := err.Error() + " | " + e.Path + " | " + e.Hint; !strings.Contains(whole, part) {
			t.Errorf("%q does not say %q", whole, part)
		}
	}
}

func (h *house) make(t testing.TB, r daybook.TokenRequest) *daybook.NewToken {
	t.Helper()
	made, err := h.Create(t.Context(), daybook.Local, r)
	must(t, err)
	return made
}

func (h *house) try(t testing.TB, text string) (daybook.Principal, error) {
	return h.Authenticate(t.Context(), text, "192.0.2.7")
}

// events gives the ledger's events of a type, the first first.
func (h *house) events(t testing.TB, eventType string) []daybook.LedgerEvent {
	t.Helper()
	entries, err := h.shelf.Select(t.Context(), daybook.Query{
		Kind: daybook.MustKind("ledger_event"), Oldest: true, Filters: []daybook.Filter{daybook.Is("event_type", eventType)},
	})
	must(t, err)
	var events []daybook.LedgerEvent
	for _, e := range entries {
		event, err := daybook.As[daybook.LedgerEvent](e)
		must(t, err)
		if e.Principal() != "daybook" {
			t.Errorf("the event is by %s", e.Principal())
		}
		events = append(events, event)
	}
	return events
}

// sql changes the database as somebody does who can write it and no more.
func (h *house) sql(t testing.TB, statements ...string) {
	t.Helper()
	c, err := raw.OpenConn(h.path, raw.OpenReadWrite)
	must(t, err)
	defer c.Close()
	for _, s := range statements {
		must(t, sqlitex.ExecuteTransient(c, s, nil))
	}
}

func TestLifeOfAToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if h.Required() {
		t.Error("without any token, one is required")
	}
	by := daybook.Local
	by.Address, by.UserAgent = "192.0.2.1", "curl/8"
	made, err := h.Create(t.Context(), by, daybook.TokenRequest{Name: "ci", Role: "writer", Business: "acme", Agent: "CFO", Expires: "30d"})
	must(t, err)
	if made.State != daybook.TokenActive || made.ExpiresAt != "2026-03-02T09:00:00.000000Z" || made.CreatedAt != "2026-01-31T09:00:00.000000Z" {
		t.Errorf("made %+v", made.TokenInfo)
	}
	if !h.Required() {
		t.Error("with a token, none is required")
	}
	p, err := h.try(t, made.Text)
	must(t, err)
	if want := (daybook.Principal{Name: "ci", Role: daybook.RoleWriter, Business: "acme", Agent: "CFO"}); p != want {
		t.Errorf("it is %+v, want %+v", p, want)
	}

	h.clock.pass(time.Hour)
	revoked, err := h.Revoke(t.Context(), by, "ci")
	must(t, err)
	if revoked.State != daybook.TokenRevoked || revoked.RevokedAt != "2026-01-31T10:00:00.000000Z" {
		t.Errorf("revoked %+v", revoked)
	}
	_, err = h.try(t, made.Text)
	wantCode(t, err, daybook.CodeUnauthorized, "ci was revoked")
	again, err := h.Revoke(t.Context(), by, made.ID)
	must(t, err)
	if *again != *revoked {
		t.Errorf("revoked again it is %+v, then %+v", *revoked, *again)
	}

	want := daybook.LedgerEvent{
		BusinessID: "acme", EventType: "token_created", Actor: "local", Target: "ci", IPAddress: "192.0.2.1", UserAgent: "curl/8",
		OccurredAt: time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC),
		Details:    json.RawMessage(`{"agent": "CFO", "business": "acme", "expires_at": "2026-03-02T09:00:00.000000Z", "role": "writer", "token_id": "` + made.ID + `"}`),
	}
	same(t, want, h.events(t, "token_created")...)
	want.EventType, want.OccurredAt = "token_revoked", want.OccurredAt.Add(time.Hour)
	want.Details = json.RawMessage(`{"role": "writer", "token_id": "` + made.ID + `"}`)
	same(t, want, h.events(t, "token_revoked")...)
	if strings.Contains(h.said.String(), made.Text[22:]) {
		t.Errorf("the log has the secret: %s", h.said)
	}
}

func same(t *testing.T, want daybook.LedgerEvent, got ...daybook.LedgerEvent) {
	t.Helper()
	if len(got) != 1 {
		t.Fatalf("%d events, want 1: %+v", len(got), got)
	}
	want.ID = got[0].ID
	a, _ := json.Marshal(got[0])
	b, _ := json.Marshal(want)
	if !bytes.Equal(a, b) {
		t.Errorf("got  %s\nwant %s", a, b)
	}
}

func TestWhatCannotBeMade(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.make(t, daybook.TokenRequest{Name: "ci", Role: "writer"})
	for name, c := range map[string]struct {
		r    daybook.TokenRequest
		code daybook.Code
		says string
	}{
		"no name":           {daybook.TokenRequest{Role: "writer"}, daybook.CodeInvalid, "/name"},
		"blank":             {daybook.TokenRequest{Name: "a b", Role: "writer"}, daybook.CodeInvalid, "/name"},
		"newline":           {daybook.TokenRequest{Name: "a\n", Role: "writer"}, daybook.CodeInvalid, "/name"},
		"long":              {daybook.TokenRequest{Name: strings.Repeat("a", 129), Role: "writer"}, daybook.CodeInvalid, "/name"},
		"local":             {daybook.TokenRequest{Name: "Local", Role: "writer"}, daybook.CodeInvalid, "Daybook's own"},
		"daybook":           {daybook.TokenRequest{Name: "daybook", Role: "admin"}, daybook.CodeInvalid, "Daybook's own"},
		"taken":             {daybook.TokenRequest{Name: "ci", Role: "reader"}, daybook.CodeConflict, "choose another name"},
		"taken otherwise":   {daybook.TokenRequest{Name: "CI", Role: "reader"}, daybook.CodeConflict, "choose another name"},
		"no role":           {daybook.TokenRequest{Name: "x"}, daybook.CodeInvalid, "writer, reader, reviewer, auditor, admin"},
		"another role":      {daybook.TokenRequest{Name: "x", Role: "root"}, daybook.CodeInvalid, "/role"},
		"all businesses":    {daybook.TokenRequest{Name: "x", Role: "reader", Business: "*"}, daybook.CodeInvalid, "/business"},
		"blanks around":     {daybook.TokenRequest{Name: "x", Role: "reader", Business: " a"}, daybook.CodeInvalid, "/business"},
		"agent of a reader": {daybook.TokenRequest{Name: "x", Role: "reader", Agent: "CFO"}, daybook.CodeInvalid, "/agent"},
		"NUL":               {daybook.TokenRequest{Name: "x", Role: "writer", Agent: "C\x00"}, daybook.CodeInvalid, "/agent"},
		"no time":           {daybook.TokenRequest{Name: "x", Role: "reader", Expires: "soon"}, daybook.CodeInvalid, "/expires"},
		"past":              {daybook.TokenRequest{Name: "x", Role: "reader", Expires: "2026-01-31"}, daybook.CodeInvalid, "not in the future"},
		"at once":           {daybook.TokenRequest{Name: "x", Role: "reader", Expires: "0d"}, daybook.CodeInvalid, "not in the future"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.Create(t.Context(), daybook.Local, c.r)
			wantCode(t, err, c.code, c.says)
		})
	}
	_, err := h.Revoke(t.Context(), daybook.Local, "nobody")
	wantCode(t, err, daybook.CodeNotFound, "daybook token list")
	// The name of a revoked token stays its own.
	_, err = h.Revoke(t.Context(), daybook.Local, "ci")
	must(t, err)
	_, err = h.Create(t.Context(), daybook.Local, daybook.TokenRequest{Name: "ci", Role: "writer"})
	wantCode(t, err, daybook.CodeConflict)
	// Also where the store has forgotten it.
	h.sql(t, "DELETE FROM token")
	_, err = h.Create(t.Context(), daybook.Local, daybook.TokenRequest{Name: "ci", Role: "writer"})
	wantCode(t, err, daybook.CodeConflict)
}

func TestOnlyAnAdminOfAllKeepsTokens(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, role := range daybook.Roles() {
		for _, business := range []string{"", "acme"} {
			by := daybook.Principal{Name: "x", Role: role, Business: business}
			may := role == daybook.RoleAdmin && business == ""
			_, createErr := h.Create(t.Context(), by, daybook.TokenRequest{Name: "made-by-" + string(role) + business, Role: "reader"})
			_, listErr := h.List(t.Context(), by)
			_, revokeErr := h.Revoke(t.Context(), by, "made-by-"+string(role)+business)
			for what, err := range map[string]error{"create": createErr, "list": listErr, "revoke": revokeErr} {
				if may != (err == nil) || !may && daybook.CodeOf(err) != daybook.CodeForbidden {
					t.Errorf("%s of %q may %s: %v", role, business, what, err)
				}
			}
		}
	}
}

// Who can write the database and has not the key gets nowhere.
func TestRowsThatSomebodyChanged(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"another role":                       "UPDATE token SET role = 'admin' WHERE name = 'ci'",
		"another business":                   "UPDATE token SET business = 'other' WHERE name = 'ci'",
		"no business":                        "UPDATE token SET business = '' WHERE name = 'ci'",
		"no agent":                           "UPDATE token SET agent = '' WHERE name = 'ci'",
		"another name":                       "UPDATE token SET name = 'boss' WHERE name = 'ci'",
		"another case":                       "UPDATE token SET name = 'CI' WHERE name = 'ci'",
		"no expiry":                          "UPDATE token SET expires_at = NULL WHERE name = 'ci'",
		"a later expiry":                     "UPDATE token SET expires_at = expires_at + 1 WHERE name = 'ci'",
		"another beginning":                  "UPDATE token SET created_at = created_at - 1 WHERE name = 'ci'",
		"another MAC":                        "UPDATE token SET mac = zeroblob(32) WHERE name = 'ci'",
		"no MAC":                             "UPDATE token SET mac = x'' WHERE name = 'ci'",
		"another's MAC":                      "UPDATE token SET mac = (SELECT mac FROM token WHERE name = 'root') WHERE name = 'ci'",
		"another's hash":                     "UPDATE token SET hash = (SELECT hash FROM token WHERE name = 'root') WHERE name = 'ci'",
		"agent moved to":                     "UPDATE token SET business = 'acmeC', agent = 'FO' WHERE name = 'ci'",
		"a revocation that is not the key's": "UPDATE token SET revoked_at = 1 WHERE name = 'ci'",
		"the row of an admin with this hash": "UPDATE token SET (role, business, agent, expires_at, mac) = (SELECT role, business, agent, expires_at, mac FROM token WHERE name = 'root') WHERE name = 'ci'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.make(t, daybook.TokenRequest{Name: "root", Role: "admin"})
			made := h.make(t, daybook.TokenRequest{Name: "ci", Role: "writer", Business: "acme", Agent: "CFO", Expires: "30d"})
			h.sql(t, change)
			if p, err := h.try(t, made.Text); daybook.CodeOf(err) != daybook.CodeUnauthorized {
				t.Errorf("it is let in as %+v, %v", p, err)
			}
			infos, err := h.List(t.Context(), daybook.Local)
			must(t, err)
			if i := slices.IndexFunc(infos, func(i daybook.TokenInfo) bool { return i.ID == made.ID }); infos[i].State != daybook.TokenForged {
				t.Errorf("it is listed as %s", infos[i].State)
			}
			_, err = h.Revoke(t.Context(), daybook.Local, made.ID)
			wantCode(t, err, daybook.CodeDamaged, "without the ledger's key")
			if !strings.Contains(h.said.String(), "not written with the ledger's key") {
				t.Errorf("the log says %s", h.said)
			}
		})
	}
}

func TestRowsPutBackToBefore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	made := h.make(t, daybook.TokenRequest{Name: "ci", Role: "writer"})
	h.sql(t, "CREATE TABLE kept AS SELECT * FROM token")
	_, err := h.Revoke(t.Context(), daybook.Local, "ci")
	must(t, err)
	h.sql(t, "DELETE FROM token", "INSERT INTO token SELECT * FROM kept")
	_, err = h.try(t, made.Text)
	wantCode(t, err, daybook.CodeUnauthorized, "ci was revoked")
	infos, err := h.List(t.Context(), daybook.Local)
	must(t, err)
	if infos[0].State != daybook.TokenRevoked {
		t.Errorf("it is listed as %s", infos[0].State)
	}
	if n, err := h.Active(t.Context()); n != 0 || err != nil {
		t.Errorf("%d are active, %v", n, err)
	}
	// An empty table does not make the server an open one.
	h.sql(t, "DELETE FROM token")
	must(t, h.Close(t.Context()))
	h.open(t)
	if !h.Required() {
		t.Error("with the table emptied, no token is required")
	}
}

func TestAnotherKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	made := h.make(t, daybook.TokenRequest{Name: "ci", Role: "writer"})
	revoked := h.make(t, daybook.TokenRequest{Name: "old", Role: "writer"})
	_, err := h.Revoke(t.Context(), daybook.Local, "old")
	must(t, err)
	forged := h.make(t, daybook.TokenRequest{Name: "forged", Role: "writer"})
	h.sql(t, "UPDATE token SET role = 'admin' WHERE name = 'forged'")
	before := h.options.Key
	after, err := token.KeyOf(newSigner(t))
	must(t, err)
	for range 2 { // doing it again changes nothing
		kept, refused, err := token.Rekey(t.Context(), h.shelf, before, after)
		must(t, err)
		if kept != 2 || refused != 1 {
			t.Errorf("%d kept, %d refused", kept, refused)
		}
	}
	must(t, h.Close(t.Context()))
	_, err = h.reopened(t, before).try(t, made.Text)
	wantCode(t, err, daybook.CodeUnauthorized)
	h.reopened(t, after)
	_, err = h.try(t, made.Text)
	must(t, err)
	for _, text := range []string{revoked.Text, forged.Text} {
		_, err = h.try(t, text)
		wantCode(t, err, daybook.CodeUnauthorized)
	}
}

func (h *house) reopened(t *testing.T, key token.Key) *house {
	t.Helper()
	must(t, h.Close(t.Context()))
	h.options.Key = key
	h.open(t)
	return h
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for expires, want := range map[string]string{
		"30m": "2026-01-31T09:30:00.000000Z", "12h": "2026-01-31T21:00:00.000000Z", "2w": "2026-02-14T09:00:00.000000Z",
		"2026-03-01": "2026-03-01T00:00:00.000000Z", "2026-03-01T12:00:00+02:00": "2026-03-01T10:00:00.000000Z", "": "",
	} {
		made := h.make(t, daybook.TokenRequest{Name: "until-" + strings.Map(func(r rune) rune {
			if strings.ContainsRune("-:+", r) || r >= '0' && r <= '9' {
				return r
			}
			return 'x'
		}, expires), Role: "reader", Expires: expires})
		if made.ExpiresAt != want {
			t.Errorf("%q is until %s, want %s", expires, made.ExpiresAt, want)
		}
	}
	made := h.make(t, daybook.TokenRequest{Name: "short", Role: "reader", Expires: "1m"})
	h.clock.pass(time.Minute - time.Microsecond)
	_, err := h.try(t, made.Text)
	must(t, err)
	asked := h.shelf.asked.Load()
	h.clock.pass(time.Microsecond) // within the time for which it is remembered
	_, err = h.try(t, made.Text)
	wantCode(t, err, daybook.CodeUnauthorized, "short expired at 2026-01-31T09:01:00")
	if h.shelf.asked.Load() == asked {
		t.Error("it was refused from memory")
	}
}
