package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/token"
)

// Run gives the ledger its new origin and closes the store. A crash behind any
// step leaves a ledger that nobody opens until Run has been called again, which
// goes on: each step finds whether it was done.
//
//	plan      FILE.new-origin says what is being done. Crash before: nothing was.
//	aside     a file of the old origin has another name. Crash: it is found there.
//	newkey    the new key is there. Crash: it is read, not made again.
//	revived   a store that the ledger had left has the new id, and takes entries.
//	          Never under the old one, under which it may go on elsewhere.
//	event     the entry that tells of it is written, under a log_id of the plan.
//	          Crash: writing it again adds nothing. It comes before the new id,
//	          so that there is never a ledger of that id which does not say
//	          where it comes from (but for one that was revived).
//	origin    the store has the new id and no checkpoint. Crash: it is seen by its id.
//	tokens    the tokens are good under the new key. Crash: they are found so.
//	          Then the ledger is opened as always: commit, sign, anchor, publish, public.
//	done      FILE.new-origin is gone.
func (p *OriginPlan) Run(ctx context.Context, reason string) (receipt daybook.Receipt, err error) {
	defer func() { err = errors.Join(err, p.store.Close()) }()
	if err := p.mayRevive(ctx); err != nil {
		return receipt, err
	}
	if err := p.begin(reason); err != nil {
		return receipt, err
	}
	for _, m := range p.Moves {
		if exists(m.From) && !exists(m.To) {
			if err := move(m.From, m.To); err != nil {
				return receipt, fmt.Errorf("local: %w", err)
			}
		}
		p.o.Step("aside")
	}
	signer, err := p.newKey()
	if err != nil {
		return receipt, err
	}
	p.o.Step("newkey")
	if err := p.revive(ctx); err != nil {
		return receipt, err
	}
	if receipt, err = p.enter(ctx); err != nil {
		return receipt, err
	}
	p.o.Step("event")
	if err := p.rename(ctx); err != nil {
		return receipt, err
	}
	p.o.Step("origin")
	if err := p.rekey(ctx, signer); err != nil {
		return receipt, err
	}
	p.o.Step("tokens")
	return receipt, p.finish(ctx)
}

func (p *OriginPlan) begin(reason string) error {
	if !p.Begun {
		p.Change.Reason = reason
		p.plan.Change = p.Change
	}
	text, err := json.MarshalIndent(p.plan, "", "  ")
	if err != nil {
		return fmt.Errorf("local: %w", err)
	}
	for _, path := range p.plan.Plans { // crash between two: the first is the one that is looked for
		if err := replaceFile(path, append(text, '\n')); err != nil {
			return fmt.Errorf("local: %w", err)
		}
	}
	p.o.Step("plan")
	return nil
}

// newKey makes the key of the new origin, or reads it where it was made.
func (p *OriginPlan) newKey() (*merkle.Signer, error) {
	private, err := merkle.ReadKey(p.o.Key)
	if errors.Is(err, os.ErrNotExist) {
		if private, _, err = merkle.GenerateKey(p.Change.NewOrigin); err == nil {
			err = merkle.WriteKey(p.o.Key, private)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("local: %w", err)
	}
	signer, err := merkle.NewSigner(private)
	if err == nil && signer.Origin() != p.Change.NewOrigin {
		err = fmt.Errorf("%s is the key of %s, not of %s", p.o.Key, signer.Origin(), p.Change.NewOrigin)
	}
	if err != nil {
		return nil, fmt.Errorf("local: %w", err)
	}
	return signer, nil
}

// enter writes the event, over a ledger that signs nothing: the first
// checkpoint of the new origin shall cover it.
func (p *OriginPlan) enter(ctx context.Context) (daybook.Receipt, error) {
	details, err := json.Marshal(p.Change)
	if err != nil {
		return daybook.Receipt{}, fmt.Errorf("local: %w", err)
	}
	record, err := daybook.RecordOf(daybook.LedgerEvent{
		ID: p.plan.EventID, BusinessID: daybook.AllBusinesses, EventType: daybook.EventNewOrigin,
		OccurredAt: p.plan.At, Actor: daybook.Itself.Name, Target: p.Change.NewOrigin, Details: details,
	})
	if err != nil {
		return daybook.Receipt{}, fmt.Errorf("local: %w", err)
	}
	record.Set("log_id", daybook.TextValue(p.plan.LogID))
	l, err := ledger.Open(ctx, p.store, ledger.Options{Logger: p.o.Logger, Step: p.o.Step})
	if err != nil {
		return daybook.Receipt{}, err
	}
	receipts, err := intake.New(l, p.o.Limits).Record(ctx, daybook.Itself, []daybook.Record{record})
	if err := errors.Join(err, l.Close(ctx)); err != nil {
		return daybook.Receipt{}, err
	}
	return receipts[0], nil
}

func (p *OriginPlan) rename(ctx context.Context) error {
	id := strings.TrimPrefix(p.Change.NewOrigin, daybook.OriginPrefix)
	head, err := p.store.Head(ctx)
	if err != nil || head.LedgerID == id {
		return err
	}
	return p.store.NewOrigin(ctx, id)
}

// rekey makes the tokens good under the new key. Without the old one nobody
// can tell which of them are, and all stay refused.
func (p *OriginPlan) rekey(ctx context.Context, signer *merkle.Signer) error {
	if p.plan.OldKey == "" {
		return nil
	}
	private, err := merkle.ReadKey(p.plan.OldKey)
	if err != nil {
		return err
	}
	old, err := merkle.NewSigner(private)
	if err != nil {
		return fmt.Errorf("local: %w", err)
	}
	from, err := token.KeyOf(old)
	if err != nil {
		return err
	}
	to, err := token.KeyOf(signer)
	if err != nil {
		return err
	}
	kept, refused, err := token.Rekey(ctx, p.store, from, to)
	if err == nil && kept+refused > 0 {
		p.o.Logger.Warn("tokens stand as this copy of the store has them; look through them with daybook token list", "good", kept, "refused", refused)
	}
	return err
}

// finish opens the ledger as anybody does, which signs its first checkpoint.
func (p *OriginPlan) finish(ctx context.Context) error {
	if err := p.letGo(ctx); err != nil {
		return err
	}
	l, err := over(ctx, p.store, p.o)
	if err != nil {
		return err
	}
	if err := l.Close(ctx); err != nil {
		return err
	}
	for _, path := range p.plan.Plans {
		if err := remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("local: %w", err)
		}
	}
	p.o.Step("done")
	return nil
}
