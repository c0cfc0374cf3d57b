package token

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/google/uuid"
)

var eventKind = daybook.MustKind("ledger_event")

// The events of tokens, as ledger_event knows them.
const (
	created = "token_created"
	revoked = "token_revoked"
	failed  = "login_failed"
)

// eventSpace is the namespace of the ids of events: itself the UUIDv5 of this
// address in the namespace of URLs. It never changes: that a name is made once
// and a revoked token stays revoked, the ledger tells by these ids.
var eventSpace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/daybook-audit/daybook/token-event"))

// createdID is the id of the event that made a token of a name, in any case of
// letters.
func createdID(name string) string {
	return uuid.NewSHA1(eventSpace, []byte(created+" "+strings.ToLower(name))).String()
}

// revokedID is the id of the event that revoked a token.
func revokedID(id string) string {
	return uuid.NewSHA1(eventSpace, []byte(revoked+" "+id)).String()
}

// enter writes events into the ledger, in Daybook's own name.
func (k *Keeper) enter(ctx context.Context, events ...daybook.LedgerEvent) error {
	records := make([]daybook.Record, len(events))
	for i := range events {
		var err error
		if records[i], err = daybook.RecordOf(events[i]); err != nil {
			return fmt.Errorf("token: %w", err)
		}
	}
	if _, err := k.o.Recorder.Record(ctx, daybook.Itself, records); err != nil {
		return fmt.Errorf("token: %w", err)
	}
	return nil
}

// about begins an event of a token that somebody does something to.
func about(by daybook.Principal, t *daybook.Token, now time.Time) daybook.LedgerEvent {
	business := t.Business
	if business == "" {
		business = daybook.AllBusinesses
	}
	return daybook.LedgerEvent{
		BusinessID: business, OccurredAt: now, Actor: by.Name, Target: t.Name,
		IPAddress: by.Address, UserAgent: by.UserAgent,
	}
}

func createdEvent(by daybook.Principal, t *daybook.Token, now time.Time) daybook.LedgerEvent {
	e := about(by, t, now)
	e.ID, e.EventType = createdID(t.Name), created
	e.Details = details(map[string]any{
		"token_id": t.ID, "role": t.Role, "business": t.Business, "agent": t.Agent, "expires_at": text(t.ExpiresAt),
	})
	return e
}

func revokedEvent(by daybook.Principal, t *daybook.Token, now time.Time) daybook.LedgerEvent {
	e := about(by, t, now)
	e.ID, e.EventType = revokedID(t.ID), revoked
	e.Details = details(map[string]any{"token_id": t.ID, "role": t.Role})
	return e
}

func failedEvent(address string, t *tally) daybook.LedgerEvent {
	of := map[string]any{"count": t.count, "limited": t.limited, "until": text(t.last), "reasons": t.reasons}
	if len(t.names) > 0 {
		of["tokens"] = slices.Sorted(maps.Keys(t.names))
	}
	return daybook.LedgerEvent{
		BusinessID: daybook.AllBusinesses, EventType: failed, OccurredAt: t.first, IPAddress: address, Details: details(of),
	}
}

// details tells particulars as JSON, those that are empty left out.
func details(of map[string]any) json.RawMessage {
	maps.DeleteFunc(of, func(_ string, v any) bool { return v == "" || v == daybook.Role("") || v == int64(0) })
	raw, err := json.Marshal(of)
	if err != nil { // of texts and numbers, never
		return nil
	}
	return raw
}

// revokedIn says which of some tokens the ledger has as revoked, whatever the
// store says of them: a token that was put back to before stays refused.
func (k *Keeper) revokedIn(ctx context.Context, tokens []daybook.Token) (map[string]bool, error) {
	byEvent := map[string]string{}
	ids := make([]string, len(tokens))
	for i := range tokens {
		ids[i] = revokedID(tokens[i].ID)
		byEvent[ids[i]] = tokens[i].ID
	}
	found := map[string]bool{}
	for part := range slices.Chunk(ids, 500) {
		events, err := k.store.Select(ctx, daybook.Query{Kind: eventKind, IDs: part})
		if err != nil {
			return nil, fmt.Errorf("token: %w", err)
		}
		for _, e := range events {
			found[byEvent[e.SubjectID()]] = true
		}
	}
	return found, nil
}
