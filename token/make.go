package token

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// Create makes a token and gives its text, which is nowhere else and cannot be
// had again. That it was made, by whom and for what, stands in the ledger
// before it is good for anything. A name is given once, for ever: where the
// store fails between the two, it is spent.
func (k *Keeper) Create(ctx context.Context, by daybook.Principal, r daybook.TokenRequest) (*daybook.NewToken, error) {
	if err := mayKeep(by); err != nil {
		return nil, err
	}
	now := k.o.Now().UTC().Truncate(time.Microsecond)
	t, err := asked(r, now)
	if err != nil {
		return nil, err
	}
	id, s := random()
	t.ID, t.Hash, t.CreatedAt = id, s.hash(), now
	t = k.o.Key.seal(t)
	if err := k.enter(ctx, createdEvent(by, &t, now)); err != nil {
		if daybook.CodeOf(err) == daybook.CodeConflict {
			return nil, taken(r.Name)
		}
		return nil, err
	}
	k.required.Store(true)
	switch err := k.store.AddToken(ctx, t); {
	case daybook.CodeOf(err) == daybook.CodeConflict:
		return nil, taken(r.Name)
	case err != nil:
		return nil, fmt.Errorf("token: %w", err)
	}
	k.mu.Lock()
	k.made[id] = t.Hash
	k.mu.Unlock()
	return &daybook.NewToken{Text: format(id, s), TokenInfo: k.info(&t, false)}, nil
}

func taken(name string) error {
	return &daybook.Error{
		Code: daybook.CodeConflict, Path: "/name", Message: "there is a token named " + name + " already, or there was",
		Hint: "choose another name: that of a revoked token is not used again, so that its entries stay its own",
	}
}

// nameForm is what the name of a principal may be: it stands on entries, in
// logs and in commands.
var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@:+-]{0,127}$`)

// asked checks what is asked for.
func asked(r daybook.TokenRequest, now time.Time) (daybook.Token, error) {
	t := daybook.Token{Name: r.Name, Role: r.Role, Business: r.Business, Agent: r.Agent}
	for _, reserved := range []string{daybook.Local.Name, daybook.Itself.Name} {
		if strings.EqualFold(r.Name, reserved) {
			return t, wrong("/name", reserved+" is Daybook's own name for a principal", "choose another")
		}
	}
	if !nameForm.MatchString(r.Name) {
		return t, wrong("/name", "is not a name", "give 1 to 128 letters, digits and . _ @ : + -, beginning with a letter or digit")
	}
	if !slices.Contains(daybook.Roles(), r.Role) {
		return t, wrong("/role", strconv.Quote(daybook.Clip(string(r.Role)))+" is not a role", "the roles are "+roleNames())
	}
	if r.Business == daybook.AllBusinesses {
		return t, wrong("/business", "no token can be bound to "+daybook.AllBusinesses, "leave business out for all of them")
	}
	if r.Agent != "" && r.Role != daybook.RoleWriter {
		return t, wrong("/agent", "only a writer writes as an agent", "leave agent out, or make a token of role writer")
	}
	for path, name := range map[string]string{"/business": r.Business, "/agent": r.Agent} {
		if canon.CheckString(name) != nil || name != strings.TrimSpace(name) || utf8.RuneCountInString(name) > daybook.MaxName {
			return t, wrong(path, "is not a name", "give up to "+strconv.Itoa(daybook.MaxName)+" characters without blanks around them")
		}
	}
	var err error
	t.ExpiresAt, err = expiry(r.Expires, now)
	return t, err
}

func roleNames() string {
	var names []string
	for _, role := range daybook.Roles() {
		names = append(names, string(role))
	}
	return strings.Join(names, ", ")
}

func wrong(path, message, hint string) error {
	return &daybook.Error{Code: daybook.CodeInvalid, Path: path, Message: message, Hint: hint}
}

// expiry reads when a token ends: a time, a date (its midnight in UTC), or in
// how long: 30m, 12h, 30d, 8w. "" is never.
func expiry(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	at, ok := in(s, now)
	if !ok {
		if date, err := canon.NormalizeDate(s); err == nil {
			s = date + "T00:00:00Z"
		}
		text, err := canon.NormalizeTime(s)
		if err != nil {
			return at, wrong("/expires", strconv.Quote(daybook.Clip(s))+" is not a time",
				"write a time such as 2026-12-31T09:00:00Z, a date such as 2026-12-31, or in how long: 12h, 30d, 8w")
		}
		if at, err = canon.ParseTime(text); err != nil {
			return at, fmt.Errorf("token: %w", err)
		}
	}
	if !at.After(now) {
		return at, wrong("/expires", "is not in the future", "leave expires out for a token that ends only when it is revoked")
	}
	return at.UTC(), nil
}

// in reads digits and a unit.
func in(s string, now time.Time) (time.Time, bool) {
	const digits = 4 // so that the year stays one of four digits
	if len(s) < 2 || len(s) > digits+1 {
		return time.Time{}, false
	}
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 16)
	if err != nil {
		return time.Time{}, false
	}
	switch s[len(s)-1] {
	case 'm':
		return now.Add(time.Duration(n) * time.Minute), true
	case 'h':
		return now.Add(time.Duration(n) * time.Hour), true
	case 'd':
		return now.AddDate(0, 0, int(n)), true
	case 'w':
		return now.AddDate(0, 0, 7*int(n)), true
	}
	return time.Time{}, false
}

// text tells a time in canonical form, "" for none.
func text(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return canon.FormatTime(t)
}
