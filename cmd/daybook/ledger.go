package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/merkle"
)

type ledgerCmd struct {
	Status    statusCmd    `cmd:"" help:"Say where the ledger stands, and whether it can go on."`
	NewOrigin newOriginCmd `cmd:"" help:"Go on after a loss: under a new name and key, and saying so."`
}

type statusCmd struct {
	As string `name:"format" help:"text or json." enum:"text,json,table" default:"text"`
}

func (statusCmd) Help() string {
	return `Holds the store's tree against what was signed: the checkpoint in the store and the
anchor. It writes nothing, looks at no bodies (daybook verify does), takes no time, and
runs beside a server. Exit 0: the ledger can go on. Exit 1: not, and why.

Examples:
  daybook ledger status
  daybook ledger status --store /var/lib/daybook/ledger.db --format json
  daybook ledger status --store postgres://auditor@db.example.com/warehouse`
}

// status is where a ledger stands, as it is shown.
type status struct {
	Origin     string       `json:"origin"`
	Size       int64        `json:"size"`
	Root       string       `json:"root"`
	LoggedAt   string       `json:"logged_at,omitempty"`
	Checkpoint signedStatus `json:"checkpoint"`
	Anchor     signedStatus `json:"anchor"`
	Key        string       `json:"key"` // which key signatures were held against; "" for none
	Unsigned   int64        `json:"unsigned"`
	Transfer   string       `json:"transfer,omitempty"` // copy or moved, where the ledger does not go on here
	GoesOn     string       `json:"goes_on,omitempty"`  // where it does then
	Wrong      []string     `json:"wrong"`
	Hint       string       `json:"hint,omitempty"`
}

type signedStatus struct {
	Verdict ledger.Verdict `json:"verdict"`
	Origin  string         `json:"origin,omitempty"`
	Size    int64          `json:"size"`
}

func (c *statusCmd) Run(ctx context.Context, g *Globals) error {
	if g.Server != "" && g.Store == "" {
		return usagef("status looks at a store: name it with --store, and leave --server and DAYBOOK_URL out")
	}
	place, err := local.ParseStore(g.store())
	if err != nil {
		return err
	}
	s, err := statusOf(ctx, g, place)
	if err != nil {
		return err
	}
	if c.As == "json" {
		err = indented(g.out, s)
	} else {
		err = s.print(g.out, place.String())
	}
	if err == nil && len(s.Wrong) > 0 {
		err = errBad
	}
	return err
}

func statusOf(ctx context.Context, g *Globals, place local.Place) (*status, error) {
	store, files, err := local.Read(ctx, place, g.options())
	if err != nil {
		return nil, err
	}
	defer store.Close()
	public, err := readPublic(files.Public)
	if err != nil && (g.Public != "" || !errors.Is(err, os.ErrNotExist)) {
		return nil, err
	}
	// Before the store's head, which may be growing beside us.
	anchor, err := merkle.ReadAnchor(files.Anchor)
	if err != nil && (g.Anchor != "" || !errors.Is(err, os.ErrNotExist)) {
		return nil, err
	}
	standing, err := ledger.Stand(ctx, store, public, anchor)
	if err != nil {
		return nil, err
	}
	s := &status{
		Origin: daybook.OriginPrefix + standing.Head.LedgerID, Size: standing.Head.Size, LoggedAt: standing.Head.LoggedAt,
		Root: base64.StdEncoding.EncodeToString(standing.Head.Root[:]), Unsigned: standing.Head.Size - standing.Vouched(), Wrong: []string{},
	}
	s.Key, _, _ = strings.Cut(public, "+")
	s.judge(standing, files)
	s.Hint = g.completed(s.Hint)
	return s, s.elsewhere(ctx, store)
}

// elsewhere says where the ledger goes on, if not here.
func (s *status) elsewhere(ctx context.Context, store local.Store) error {
	movable, ok := store.(daybook.Movable)
	if !ok {
		return nil
	}
	t, err := movable.Transfer(ctx)
	if err == nil && t.State != daybook.TransferHere {
		s.Transfer, s.GoesOn = string(t.State), t.Peer
	}
	return err
}

// judge says what keeps the ledger from going on.
func (s *status) judge(standing *ledger.Standing, files local.Files) {
	say := func(signed ledger.Signed) signedStatus {
		var e *daybook.Error
		if errors.As(signed.Err, &e) {
			s.Wrong, s.Hint = append(s.Wrong, strings.TrimPrefix(e.Message, "ledger: ")), e.Hint
		}
		return signedStatus{signed.Verdict, signed.Origin, signed.Size}
	}
	if s.Key != "" && s.Key != s.Origin {
		s.Wrong = append(s.Wrong, "the key is that of "+s.Key)
	}
	s.Checkpoint, s.Anchor = say(standing.Checkpoint), say(standing.Anchor)
	if files.HalfMade() {
		s.Wrong, s.Hint = append(s.Wrong, "a new origin was begun and is half made"), "run `daybook ledger new-origin` again: it goes on where it was"
	}
}

func (s *status) print(w io.Writer, path string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is %s\n", path, s.Origin)
	fmt.Fprintf(&b, "  %s, %s\n", entries(s.Size), orNone(s.LoggedAt, "the last logged at "+s.LoggedAt, "none logged yet"))
	s.Checkpoint.print(&b, "checkpoint", s.Key)
	s.Anchor.print(&b, "anchor", s.Key)
	if s.Unsigned > 0 && len(s.Wrong) == 0 {
		fmt.Fprintf(&b, "  %s not signed yet; a running server signs within a second, and the next opening does\n", entries(s.Unsigned))
	}
	for _, wrong := range s.Wrong {
		fmt.Fprintf(&b, "  WRONG: %s\n", wrong)
	}
	if s.Hint != "" {
		fmt.Fprintf(&b, "  %s\n", s.Hint)
	}
	switch {
	case len(s.Wrong) > 0:
	case s.Transfer == "":
		b.WriteString("  consistent: it can go on\n")
	default:
		fmt.Fprintf(&b, "  consistent, and %s: the ledger goes on in %s\n", orNone(strings.TrimPrefix(s.Transfer, string(daybook.TransferCopy)), s.Transfer, "a copy"), s.GoesOn)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (s signedStatus) print(b *strings.Builder, name, key string) {
	if s.Verdict == ledger.Absent {
		fmt.Fprintf(b, "  %s: none\n", name)
		return
	}
	fmt.Fprintf(b, "  %s: over %s, %s%s\n", name, entries(s.Size), s.Verdict, orNone(key, "", "; its signature was not checked, for there is no public key"))
}

func orNone(s, some, none string) string {
	if s == "" {
		return none
	}
	return some
}

func entries(n int64) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

type newOriginCmd struct {
	Reason string `help:"Why, for whoever reads the ledger later." placeholder:"TEXT"`
	Yes    bool   `help:"Do it. Without this, say what would be done."`
	Force  bool   `help:"Do it though nothing is wrong, to leave a key behind that others may have."`
}

func (newOriginCmd) Help() string {
	return `For a ledger that cannot go on: its store was put back from an older copy, so what the
anchor was signed over is not all there; or its private key is lost; or it was moved, or
copied, from here or to here, and the store in which it went on is lost. First look for a newer copy:
with that, nothing is lost. If there is none, this goes on with what is here, and hides nothing:
the ledger gets a new id and a new key, the old key signs no more, and the first entry under
the new origin names the old one, its last checkpoint, what was lost, and the reason. Old key,
public key and anchor are put aside, never deleted. No server may have the store meanwhile; those of
a ledger in PostgreSQL must all be stopped, and get copies of the new key in the place of the old.

Examples:
  daybook ledger new-origin
  daybook ledger new-origin --reason "disk failed, restored from Monday's copy" --yes`
}

func (c *newOriginCmd) Run(ctx context.Context, g *Globals) error {
	if g.Server != "" {
		return usagef("new-origin works on a store that no server holds: leave --server and DAYBOOK_URL out")
	}
	plan, err := local.PlanOrigin(ctx, g.store(), g.options())
	if err != nil {
		return err
	}
	defer plan.Close()
	if len(plan.Change.Wrong) == 0 && !c.Force && !plan.Begun {
		return &daybook.Error{
			Code: daybook.CodeConflict, Message: "nothing is wrong with " + plan.Change.OldOrigin + ": it can go on as it is",
			Hint: "--force gives it a new origin all the same, to leave a key behind that others may have",
		}
	}
	if err := explain(g.out, plan); err != nil {
		return err
	}
	if !c.Yes {
		return &daybook.Error{Code: daybook.CodeConflict, Message: "nothing was done", Hint: "run it again with --yes to do this"}
	}
	receipt, err := plan.Run(ctx, c.Reason)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.out, "done: the ledger is %s now, and entry %d says so (%s)\n", plan.Change.NewOrigin, receipt.Seq, receipt.LogID)
	return err
}

// explain says what a new origin means, before anything is done.
func explain(w io.Writer, plan *local.OriginPlan) error {
	var b strings.Builder
	c := &plan.Change
	if plan.Begun {
		b.WriteString("A new origin was begun, and whoever did was ended. This goes on where it was.\n")
	}
	for _, wrong := range c.Wrong {
		fmt.Fprintf(&b, "wrong: %s\n", wrong)
	}
	fmt.Fprintf(&b, "  old origin   %s\n", c.OldOrigin)
	if c.StoreOrigin != "" {
		fmt.Fprintf(&b, "  the store    %s, a copy from before an earlier change\n", c.StoreOrigin)
	}
	if c.OldCheckpoint == "" {
		b.WriteString("  last signed  nothing that its key bears out\n")
	} else {
		fmt.Fprintf(&b, "  last signed  %s%s\n", entries(c.OldSize), orNone(c.OldPublicKey, "", ", which no public key is there to check"))
	}
	fmt.Fprintf(&b, "  here         %s, each of them whole; the old key vouches for the first %d\n", entries(c.Size), c.Vouched)
	if c.Lost > 0 {
		fmt.Fprintf(&b, "  lost         %s for good, and what was acknowledged after they were signed\n", entries(c.Lost))
	}
	fmt.Fprintf(&b, "  new origin   a new id, with a key of its own; entry %d will say all of this\n", c.Size)
	for _, m := range plan.Moves {
		fmt.Fprintf(&b, "  put aside    %s -> %s\n", m.From, filepath.Base(m.To))
	}
	b.WriteString("Whoever trusts the old public key must be given the new one, and told why.\n")
	if plan.Elsewhere != "" {
		fmt.Fprintf(&b, "If the ledger in %s is still there, stop here: it goes on there, and daybook copy --move brings it back with nothing lost.\n", plan.Elsewhere)
	}
	if c.Lost > 0 {
		b.WriteString("If there is a newer copy of the store, stop here and put that back: then nothing is lost.\n")
	}
	b.WriteString("Tokens stay good as this copy has them: one that was revoked since the copy is good again.\n")
	_, err := io.WriteString(w, b.String())
	return err
}
