package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/daybook-audit/daybook"
	lru "github.com/hashicorp/golang-lru/v2"
)

// DefaultTTL is how long a verified token is good without asking the store:
// the time within which it is refused after it was revoked by other ways than
// this Keeper.
const DefaultTTL = 10 * time.Second

// The bounds of what is remembered.
const (
	mostCached    = 10_000 // verified tokens
	mostAddresses = 10_000 // addresses that failed to log in
)

// Store is what a Keeper asks of a store.
type Store interface {
	daybook.Tokens
	// Select is that of [daybook.Store].
	Select(ctx context.Context, q daybook.Query) ([]*daybook.Entry, error)
}

// Options set a Keeper up. Key and Recorder are needed.
type Options struct {
	Key      Key              // authenticates the rows
	Recorder daybook.Recorder // takes what is entered into the ledger
	Now      func() time.Time // the clock; nil for time.Now
	Logger   *slog.Logger     // nil for slog's default
	TTL      time.Duration    // how long a verified token is good; 0 for DefaultTTL
	Window   time.Duration    // how long failed logins are gathered, and uses of tokens; 0 for a minute
}

// Keeper keeps the tokens of one ledger. It is safe for concurrent use, and is
// closed before its Recorder.
type Keeper struct {
	store Store
	o     Options

	required atomic.Bool // a token was made, ever

	mu         sync.Mutex // over putting into verified
	generation int64      // of what the store says: one more for each change by this Keeper
	verified   *lru.Cache[string, *pass]
	made       map[string][32]byte // the hashes of the secrets of all tokens, as far as this Keeper knows

	uses   uses
	logins logins

	quit   chan struct{}
	done   chan struct{}
	ending sync.Once
}

// Open begins to keep the tokens of a store.
func Open(ctx context.Context, store Store, o Options) (*Keeper, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.TTL == 0 {
		o.TTL = DefaultTTL
	}
	if o.Window == 0 {
		o.Window = time.Minute
	}
	k := &Keeper{store: store, o: o, made: map[string][32]byte{}, quit: make(chan struct{}), done: make(chan struct{})}
	var err error
	if k.verified, err = lru.New[string, *pass](mostCached); err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	if k.logins.limits, err = newLimits(); err != nil {
		return nil, err
	}
	if err := k.learn(ctx); err != nil {
		return nil, err
	}
	go k.run()
	return k, nil
}

// learn finds out which tokens there are, and whether there is or was one.
func (k *Keeper) learn(ctx context.Context) error {
	all, err := k.store.ListTokens(ctx)
	if err != nil {
		return fmt.Errorf("token: %w", err)
	}
	known := 0
	k.mu.Lock()
	for i := range all {
		if t := &all[i]; k.o.Key.holds(t) {
			known++
			if t.RevokedAt.IsZero() {
				k.made[t.ID] = t.Hash
			}
		}
	}
	k.mu.Unlock()
	if k.Required() {
		return nil
	}
	required := known > 0
	if !required {
		if required, err = k.everMade(ctx); err != nil {
			return err
		}
	}
	if required {
		k.required.Store(true)
	}
	return nil
}

// everMade says whether there was a token, by the ledger, which cannot forget it.
func (k *Keeper) everMade(ctx context.Context) (bool, error) {
	events, err := k.store.Select(ctx, daybook.Query{Kind: eventKind, Limit: 1, Filters: []daybook.Filter{
		daybook.Is("event_type", created), daybook.Is("principal", daybook.Itself.Name),
	}})
	if err != nil {
		return false, fmt.Errorf("token: %w", err)
	}
	return len(events) > 0, nil
}

// Required says that a token was made for this ledger, now or ever: who comes
// without one is nobody.
func (k *Keeper) Required() bool { return k.required.Load() }

// run writes what was gathered, window by window, until the Keeper is closed.
// Where other servers share the store it learns what they have made.
func (k *Keeper) run() {
	defer close(k.done)
	ticker := time.NewTicker(k.o.Window)
	defer ticker.Stop()
	var others <-chan time.Time
	if _, isShared := k.store.(daybook.Leaser); isShared {
		learning := time.NewTicker(k.o.TTL)
		defer learning.Stop()
		others = learning.C
	}
	for {
		select {
		case <-k.quit:
			return
		case <-others:
			ctx, cancel := context.WithTimeout(context.Background(), k.o.TTL)
			if err := k.learn(ctx); err != nil {
				k.o.Logger.Warn("token: the tokens that other servers have made could not be read", "error", err)
			}
			cancel()
		case <-ticker.C:
			ctx, cancel := context.WithTimeout(context.Background(), k.o.Window)
			if err := k.flush(ctx); err != nil {
				k.o.Logger.Warn("token: failed logins and uses of tokens wait to be written", "error", err)
			}
			cancel()
		}
	}
}

// flush writes the failed logins to the ledger and the uses to the store. What
// could not be written stays for the next time.
func (k *Keeper) flush(ctx context.Context) error {
	return errors.Join(k.enterLogins(ctx), k.noteUses(ctx))
}

// Close writes what was gathered. Closing twice is fine.
func (k *Keeper) Close(ctx context.Context) error {
	k.ending.Do(func() { close(k.quit) })
	<-k.done
	return k.flush(ctx)
}

// List gives all tokens, the first made first.
func (k *Keeper) List(ctx context.Context, by daybook.Principal) ([]daybook.TokenInfo, error) {
	if err := mayKeep(by); err != nil {
		return nil, err
	}
	all, err := k.store.ListTokens(ctx)
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	revoked, err := k.revokedIn(ctx, all)
	if err != nil {
		return nil, err
	}
	infos := make([]daybook.TokenInfo, len(all))
	for i := range all {
		infos[i] = k.info(&all[i], revoked[all[i].ID])
	}
	return infos, nil
}

// Active counts the tokens that are good now.
func (k *Keeper) Active(ctx context.Context) (int, error) {
	infos, err := k.List(ctx, daybook.Itself)
	n := 0
	for i := range infos {
		if infos[i].State == daybook.TokenActive {
			n++
		}
	}
	return n, err
}

// info tells of a token; revoked says that the ledger has its revocation.
func (k *Keeper) info(t *daybook.Token, revoked bool) daybook.TokenInfo {
	info := daybook.TokenInfo{
		ID: t.ID, Name: t.Name, Role: t.Role, Business: t.Business, Agent: t.Agent, State: daybook.TokenActive,
		CreatedAt: text(t.CreatedAt), ExpiresAt: text(t.ExpiresAt), RevokedAt: text(t.RevokedAt), LastUsedAt: text(t.LastUsedAt),
	}
	switch {
	case !k.o.Key.holds(t):
		info.State = daybook.TokenForged
	case revoked || !t.RevokedAt.IsZero():
		info.State = daybook.TokenRevoked
	case expired(t, k.o.Now()):
		info.State = daybook.TokenExpired
	}
	return info
}

func expired(t *daybook.Token, now time.Time) bool {
	return !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt)
}

// mayKeep refuses all but those who may make and revoke tokens.
func mayKeep(by daybook.Principal) error {
	if by.Role == daybook.RoleAdmin && by.Business == "" {
		return nil
	}
	return &daybook.Error{
		Code: daybook.CodeForbidden, Message: "tokens are kept by an admin of all businesses",
		Hint: "use a token of role admin that is bound to no business, or daybook token on the store itself",
	}
}
