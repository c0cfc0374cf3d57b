package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/verify"
)

// Move is a file and where it is put aside.
type Move struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// originPlan is what FILE.new-origin holds while a new origin is being made:
// all that is needed to go on with it after a crash.
type originPlan struct {
	Change daybook.OriginChange `json:"change"`
	Moves  []Move               `json:"moves"`
	Key    string               `json:"key"` // the new files' own places, links resolved
	Public string               `json:"public"`
	Anchor string               `json:"anchor"`
	Plans  []string             `json:"plans"`             // where this stands: under the old id, and under the new one
	OldKey string               `json:"old_key,omitempty"` // where the old private key is in the end; "" where it is lost
	LogID  string               `json:"log_id"`            // of the event

	Elsewhere string    `json:"elsewhere,omitempty"` // where the ledger went on, if not here
	EventID   string    `json:"event_id"`
	At        time.Time `json:"at"`
}

// OriginPlan is a new origin for a ledger, thought through and not yet made, or
// begun by a process that was ended. It holds the store: close it.
type OriginPlan struct {
	Change daybook.OriginChange
	Moves  []Move // what is put aside, never deleted
	Begun  bool   // a process was ended at it; Run goes on

	// Elsewhere is the store in which the ledger went on, "" where that is this one.
	Elsewhere string

	store Store
	place Place
	plan  originPlan
	o     Options

	leases []daybook.Lease // that keep servers away from a store that several may write
}

// PlanOrigin looks at a ledger and says what a new origin would do to it. It
// writes nothing. Where entries that are here are not whole it is CodeDamaged:
// a new key would vouch for them.
func PlanOrigin(ctx context.Context, store string, o Options) (*OriginPlan, error) {
	place, err := ParseStore(store)
	if err != nil {
		return nil, err
	}
	if !place.Exists() {
		return nil, &daybook.Error{Code: daybook.CodeNotFound, Message: "local: there is no ledger at " + place.String(), Hint: "name one with --store"}
	}
	o.fill()
	s, err := openWhole(ctx, place, o)
	if err != nil {
		return nil, err
	}
	p := &OriginPlan{store: s, place: place, o: o}
	if err := p.alone(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := p.think(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return p, nil
}

// alone wants no server to have the store. A file is held by who opened it; of a
// store that several may write, one of the servers has the charge of its inbox
// for as long as it runs, and who signs is told by a lease as well.
func (p *OriginPlan) alone(ctx context.Context) error {
	leaser, isShared := p.store.(daybook.Leaser)
	if !isShared {
		return nil
	}
	for _, name := range []string{daybook.LeaseInbox, daybook.LeaseSign} {
		lease, err := leaser.Lease(ctx, name)
		if err != nil {
			return err
		}
		if lease == nil {
			return &daybook.Error{
				Code: daybook.CodeUnavailable, Message: "local: a server is using the ledger in " + p.place.String(),
				Hint: "stop every server of it, and run this again; start them with copies of the new key afterwards",
			}
		}
		p.leases = append(p.leases, lease)
	}
	return nil
}

// letGo gives the store to servers again.
func (p *OriginPlan) letGo(ctx context.Context) error {
	var failures []error
	for _, lease := range p.leases {
		failures = append(failures, lease.Release(ctx))
	}
	p.leases = nil
	return errors.Join(failures...)
}

// Close lets the store go.
func (p *OriginPlan) Close() error { return p.store.Close() }

func (p *OriginPlan) think(ctx context.Context) error {
	old, err := filesBy(ctx, p.place, p.store, p.o)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(old.plan)
	switch {
	case err == nil:
		return p.resume(ctx, old, text)
	case !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("local: %w", err)
	}
	if err := old.resolve(); err != nil {
		return err
	}
	if err := p.whole(ctx); err != nil {
		return err
	}
	if err := p.compare(ctx, old); err != nil {
		return err
	}
	if err := p.goesOn(ctx); err != nil {
		return err
	}
	id := uuid.Must(uuid.NewV7()).String()
	p.Change.NewOrigin = daybook.OriginPrefix + id
	fresh, err := p.place.files(id, p.o)
	if err == nil {
		err = fresh.resolve()
	}
	if err != nil {
		return err
	}
	p.arrange(old, fresh)
	return nil
}

// resolve gives the files the names under which whoever stands in another
// folder finds them. What is linked to a disk of its own stays there.
func (f *Files) resolve() error {
	for _, path := range []*string{&f.Key, &f.Public, &f.Anchor, &f.plan} {
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return fmt.Errorf("local: %w", err)
		}
		*path = absolute
		if target, err := filepath.EvalSymlinks(*path); err == nil {
			*path = target
		}
	}
	return nil
}

// arrange says where the files of the new origin stand, and that the old ones are
// put aside: an old copy of the store, put back, must not find a key to sign with.
func (p *OriginPlan) arrange(old, fresh Files) {
	p.plan = originPlan{
		Key: fresh.Key, Public: fresh.Public, Anchor: fresh.Anchor, Plans: slices.Compact([]string{old.plan, fresh.plan}),
		LogID: uuid.Must(uuid.NewV7()).String(), EventID: uuid.Must(uuid.NewV7()).String(), At: time.Now().UTC().Truncate(time.Microsecond),
	}
	p.o.use(fresh)
	if exists(old.Key) {
		p.plan.OldKey = old.Key
	}
	for _, from := range []string{old.Key, old.Public, old.Anchor} {
		if !exists(from) {
			continue
		}
		if p.Elsewhere != "" && !slices.Contains([]string{fresh.Key, fresh.Public, fresh.Anchor}, from) {
			continue // the ledger of the old name may go on with it
		}
		to := p.aside(from)
		p.Moves = append(p.Moves, Move{From: from, To: to})
		if from == old.Key {
			p.plan.OldKey = to
		}
	}
	p.plan.Moves, p.plan.Elsewhere = p.Moves, p.Elsewhere
}

// whole wants the entries that are here to be what they were hashed as.
func (p *OriginPlan) whole(ctx context.Context) error {
	report, err := verify.Run(ctx, p.store, verify.Options{EntriesOnly: true})
	if err != nil {
		return err
	}
	for _, problem := range report.Problems {
		if problem.Kind != verify.AboutCheckpoint { // which is held against the key here
			return &daybook.Error{
				Code: daybook.CodeDamaged, Message: "local: a new key would vouch for entries that are not whole: " + problem.Detail,
				Hint: "run `daybook verify` to see all that is wrong, and put back a copy of the store that is whole",
			}
		}
	}
	return nil
}

// compare finds what is wrong, and what is lost.
func (p *OriginPlan) compare(ctx context.Context, old Files) error {
	public, signer, err := old.keys()
	if err != nil {
		return err
	}
	anchor, err := merkle.ReadAnchor(old.Anchor)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("local: %w", err)
	}
	s, err := ledger.Stand(ctx, p.store, public, anchor)
	if err != nil {
		return err
	}
	origin := daybook.OriginPrefix + s.Head.LedgerID
	c := &p.Change
	c.OldOrigin, c.OldPublicKey = origin, public
	c.Size, c.Root, c.Vouched, c.Wrong = s.Head.Size, s.Head.Root.String(), s.Vouched(), []string{}
	take(c, s.Checkpoint)
	take(c, s.Anchor)
	switch {
	case signer == nil && (s.Head.Checkpoint != nil || public != "" || anchor != nil):
		c.Wrong = append(c.Wrong, "the private key "+old.Key+" is not there")
	case signer != nil && signer.Origin() != origin:
		c.Wrong = append(c.Wrong, fmt.Sprintf("the key is that of %s, the store is %s", signer.Origin(), origin))
		c.OldOrigin, c.StoreOrigin = signer.Origin(), origin
	}
	for _, signed := range []ledger.Signed{s.Checkpoint, s.Anchor} {
		if signed.Err != nil && (signed.Verdict != ledger.Foreign || signed.Origin != c.StoreOrigin) {
			c.Wrong = append(c.Wrong, strings.TrimPrefix(signed.Err.Error(), "ledger: "))
		}
	}
	return nil
}

// take takes in a signed checkpoint: the largest says how far the ledger was.
func take(c *daybook.OriginChange, s ledger.Signed) {
	switch {
	case s.Verdict == ledger.Absent, s.Verdict == ledger.Foreign, c.OldCheckpoint != "" && s.Size <= c.OldSize:
		return
	}
	c.OldCheckpoint, c.OldSize = string(s.Note), s.Size
	c.Lost = max(0, s.Size-c.Size)
	if s.Verdict == ledger.Forked {
		c.Lost = s.Size - c.Vouched // what is here instead was not signed
	}
}

// keys gives the ledger's public key, "" where there is none, and its signer,
// nil where the private key is not there.
func (f Files) keys() (string, *merkle.Signer, error) {
	private, err := merkle.ReadKey(f.Key)
	if err == nil {
		signer, err := merkle.NewSigner(private)
		if err != nil {
			return "", nil, fmt.Errorf("local: %w", err)
		}
		return signer.Public(), signer, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", nil, err
	}
	public, err := merkle.ReadPublic(f.Public)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", nil, err
	}
	return public, nil, nil
}

// aside names the place of a file that the old origin leaves: its own name and
// the end of the old id, and a number where that is taken.
func (p *OriginPlan) aside(from string) string {
	short := p.Change.OldOrigin[max(0, len(p.Change.OldOrigin)-12):]
	to := from + "." + short
	for n := 2; exists(to); n++ {
		to = fmt.Sprintf("%s.%s-%d", from, short, n)
	}
	return to
}
