package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/sqlite"
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
	Change  daybook.OriginChange `json:"change"`
	Moves   []Move               `json:"moves"`
	Key     string               `json:"key"` // the files' own places, links resolved
	Public  string               `json:"public"`
	Anchor  string               `json:"anchor"`
	LogID   string               `json:"log_id"` // of the event
	EventID string               `json:"event_id"`
	At      time.Time            `json:"at"`
}

// OriginPlan is a new origin for a ledger, thought through and not yet made, or
// begun by a process that was ended. It holds the store: close it.
type OriginPlan struct {
	Change daybook.OriginChange
	Moves  []Move // what is put aside, never deleted
	Begun  bool   // a process was ended at it; Run goes on

	store *sqlite.Store
	path  string
	plan  originPlan
	o     Options
}

// PlanOrigin looks at a ledger and says what a new origin would do to it. It
// writes nothing. Where entries that are here are not whole it is CodeDamaged:
// a new key would vouch for them.
func PlanOrigin(ctx context.Context, store string, o Options) (*OriginPlan, error) {
	path, err := ParseStore(store)
	if err != nil {
		return nil, err
	}
	if !exists(path) {
		return nil, &daybook.Error{Code: daybook.CodeNotFound, Message: "local: there is no ledger at " + path, Hint: "name one with --store"}
	}
	o.fill(path)
	s, err := sqlite.Open(ctx, path, sqlite.Options{Logger: o.Logger, Step: o.Step})
	if err != nil {
		return nil, err
	}
	p := &OriginPlan{store: s, path: path, o: o}
	if err := p.think(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return p, nil
}

// Close lets the store go.
func (p *OriginPlan) Close() error { return p.store.Close() }

func (p *OriginPlan) think(ctx context.Context) error {
	text, err := os.ReadFile(planned(p.path))
	switch {
	case err == nil:
		return p.resume(ctx, text)
	case !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("local: %w", err)
	}
	for _, f := range []*string{&p.o.Key, &p.o.Public, &p.o.Anchor} {
		// Whoever goes on with this may stand in another folder.
		absolute, err := filepath.Abs(*f)
		if err != nil {
			return fmt.Errorf("local: %w", err)
		}
		*f = absolute
		// What is linked to a disk of its own stays there.
		if target, err := filepath.EvalSymlinks(*f); err == nil {
			*f = target
		}
	}
	if err := p.whole(ctx); err != nil {
		return err
	}
	if err := p.compare(ctx); err != nil {
		return err
	}
	p.Moves = p.putAside()
	p.plan = originPlan{
		Moves: p.Moves, Key: p.o.Key, Public: p.o.Public, Anchor: p.o.Anchor,
		LogID: uuid.Must(uuid.NewV7()).String(), EventID: uuid.Must(uuid.NewV7()).String(), At: time.Now().UTC().Truncate(time.Microsecond),
	}
	return nil
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
func (p *OriginPlan) compare(ctx context.Context) error {
	public, signer, err := p.keys()
	if err != nil {
		return err
	}
	anchor, err := merkle.ReadAnchor(p.o.Anchor)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("local: %w", err)
	}
	s, err := ledger.Stand(ctx, p.store, public, anchor)
	if err != nil {
		return err
	}
	origin := daybook.OriginPrefix + s.Head.LedgerID
	c := &p.Change
	c.OldOrigin, c.NewOrigin, c.OldPublicKey = origin, daybook.OriginPrefix+uuid.Must(uuid.NewV7()).String(), public
	c.Size, c.Root, c.Vouched, c.Wrong = s.Head.Size, s.Head.Root.String(), s.Vouched(), []string{}
	take(c, s.Checkpoint)
	take(c, s.Anchor)
	switch {
	case signer == nil && (s.Head.Checkpoint != nil || public != "" || anchor != nil):
		c.Wrong = append(c.Wrong, "the private key "+p.o.Key+" is not there")
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
func (p *OriginPlan) keys() (string, *merkle.Signer, error) {
	private, err := merkle.ReadKey(p.o.Key)
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
	public, err := merkle.ReadPublic(p.o.Public)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", nil, err
	}
	return public, nil, nil
}

// putAside names the place of each file that the old origin leaves: its own
// name and the end of the old id, and a number where that is taken.
func (p *OriginPlan) putAside() []Move {
	short := p.Change.OldOrigin[max(0, len(p.Change.OldOrigin)-12):]
	var moves []Move
	for _, from := range []string{p.o.Key, p.o.Public, p.o.Anchor} {
		if !exists(from) {
			continue
		}
		to := from + "." + short
		for n := 2; exists(to); n++ {
			to = fmt.Sprintf("%s.%s-%d", from, short, n)
		}
		moves = append(moves, Move{From: from, To: to})
	}
	return moves
}

// planned names the file that says that a new origin is being made.
func planned(path string) string { return path + ".new-origin" }

// HalfMade says that the ledger at a path is being given a new origin, and that
// whoever began it was ended.
func HalfMade(path string) bool { return exists(planned(path)) }

// refuseHalfMade refuses to open a ledger whose new origin is half made.
func refuseHalfMade(path string) error {
	if !HalfMade(path) {
		return nil
	}
	return &daybook.Error{
		Code: daybook.CodeConflict, Message: "local: " + path + " is being given a new origin, and whoever began it was ended",
		Hint: "run `daybook ledger new-origin` again: it goes on where it was",
	}
}

// resume takes up a plan that was begun, if it is of this store.
func (p *OriginPlan) resume(ctx context.Context, text []byte) error {
	if err := json.Unmarshal(text, &p.plan); err != nil {
		return &daybook.Error{Code: daybook.CodeDamaged, Message: "local: " + planned(p.path) + " cannot be read", Err: err, Hint: "move it away and run this again"}
	}
	p.Begun, p.Change, p.Moves = true, p.plan.Change, p.plan.Moves
	p.o.Key, p.o.Public, p.o.Anchor = p.plan.Key, p.plan.Public, p.plan.Anchor
	for _, m := range p.Moves {
		// Else a new key would be made where nobody looks for it, beside an old
		// one that still stands in its place.
		if !exists(m.From) && !exists(m.To) {
			return &daybook.Error{
				Code: daybook.CodeConflict, Message: fmt.Sprintf("local: %s puts aside %s, which is neither there nor at %s", planned(p.path), m.From, m.To),
				Hint: "give the ledger's files the places again that they had when this was begun, and run it again",
			}
		}
	}
	head, err := p.store.Head(ctx)
	if err != nil {
		return err
	}
	s, err := ledger.Stand(ctx, p.store, "", nil)
	if err != nil {
		return err
	}
	root, err := s.RootAt(p.Change.Size)
	grown := head.Size - p.Change.Size
	if err != nil || root.String() != p.Change.Root || grown > 1 {
		return &daybook.Error{
			Code:    daybook.CodeConflict,
			Message: fmt.Sprintf("local: %s was begun for a store of %d entries, which this one is not", planned(p.path), p.Change.Size),
			Hint:    "put that store back and run this again; or give the files their names back that it lists under moves, and move it away",
		}
	}
	return nil
}
