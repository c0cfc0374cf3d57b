package token

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/daybook-audit/daybook"
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// How many logins may fail from one address: so many at once, and then one
// every so often.
const (
	mostFailed = 10
	failedEach = 6 * time.Second
)

// The bounds of what one entry tells of failed logins, and of the entries of
// one window.
const (
	mostNames   = 10
	mostEntries = 1000
)

// logins are those that failed.
type logins struct {
	mu     sync.Mutex
	limits *lru.Cache[string, *rate.Limiter]
	failed map[string]*tally // by address, since the last entry
}

// tally is what failed from one address.
type tally struct {
	first, last time.Time
	count       int64
	limited     int64            // of the count: refused without a look, because there were too many
	reasons     map[string]int64 // of the others
	names       map[string]bool  // the tokens that were tried, as far as they are known
}

func newLimits() (*lru.Cache[string, *rate.Limiter], error) {
	limits, err := lru.New[string, *rate.Limiter](mostAddresses)
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	return limits, nil
}

// network is what counts as one address: an IPv4 address, or the /64 that
// somebody has of IPv6.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return daybook.Clip(address)
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a.String()
	}
	return p.String()
}

// allowed says whether an address may try a token that is not known.
func (l *logins) allowed(address string, now time.Time) bool {
	limit, ok := l.limits.Get(network(address))
	return !ok || limit.TokensAt(now) >= 1
}

// add counts a failed login.
func (l *logins) add(address, name, reason string, now time.Time) {
	at := network(address)
	l.mu.Lock()
	defer l.mu.Unlock()
	limit, ok := l.limits.Get(at)
	if !ok {
		limit = rate.NewLimiter(rate.Every(failedEach), mostFailed)
		l.limits.Add(at, limit)
	}
	limit.AllowN(now, 1)
	if l.failed == nil {
		l.failed = map[string]*tally{}
	}
	if l.failed[at] == nil && len(l.failed) >= mostEntries {
		at = "others"
	}
	t := l.failed[at]
	if t == nil {
		t = &tally{first: now, reasons: map[string]int64{}, names: map[string]bool{}}
		l.failed[at] = t
	}
	t.last = now
	t.count++
	if reason == "" {
		t.limited++
		return
	}
	t.reasons[reason]++
	if name != "" && len(t.names) < mostNames {
		t.names[name] = true
	}
}

// take takes out what has failed since the last time.
func (l *logins) take() map[string]*tally {
	l.mu.Lock()
	defer l.mu.Unlock()
	failed := l.failed
	l.failed = nil
	return failed
}

// putBack keeps for the next time what could not be entered.
func (l *logins) putBack(failed map[string]*tally) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for at, t := range l.failed {
		before := failed[at]
		if before == nil {
			if len(failed) < 2*mostEntries {
				failed[at] = t
			}
			continue
		}
		before.last = t.last
		before.count += t.count
		before.limited += t.limited
		for reason, n := range t.reasons {
			before.reasons[reason] += n
		}
		maps.Copy(before.names, t.names)
	}
	l.failed = failed
}

// refuse counts a failed login and gives its error.
func (k *Keeper) refuse(address, name, reason string, now time.Time, err error) (daybook.Principal, error) {
	if !k.logins.allowed(address, now) {
		return daybook.Principal{}, k.tooMany(address, now)
	}
	k.logins.add(address, name, reason, now)
	return daybook.Principal{}, err
}

func (k *Keeper) tooMany(address string, now time.Time) error {
	k.logins.add(address, "", "", now)
	return &daybook.Error{
		Code: daybook.CodeTooMany, Message: "too many logins from this address have failed",
		Hint: fmt.Sprintf("wait: one more may be tried every %d seconds", failedEach/time.Second),
	}
}

// enterLogins enters what has failed, one entry an address.
func (k *Keeper) enterLogins(ctx context.Context) error {
	failed := k.logins.take()
	if len(failed) == 0 {
		return nil
	}
	events := make([]daybook.LedgerEvent, 0, len(failed))
	for at, t := range failed {
		events = append(events, failedEvent(at, t))
	}
	slices.SortFunc(events, func(a, b daybook.LedgerEvent) int {
		return cmp.Or(a.OccurredAt.Compare(b.OccurredAt), cmp.Compare(a.IPAddress, b.IPAddress))
	})
	if err := k.enter(ctx, events...); err != nil {
		k.logins.putBack(failed)
		return err
	}
	return nil
}
