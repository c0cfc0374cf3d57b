package ledger

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/google/uuid"
)

// sequencer turns the requests of one batch into entries. It sees the store as
// it was before the batch, and over it the entries of the batch itself. Where
// it works ahead, those of the batch that is being committed lie between: the
// store may or may not show them yet.
type sequencer struct {
	ctx      context.Context
	view     daybook.View
	base     *sequencer // of the batch before, where this one is sequenced ahead
	start    daybook.Head
	now      time.Time
	loggedAt string
	tree     *merkle.Tree // once hashing is finished

	entries  []*daybook.Entry
	overlay  overlay
	stored   map[string]*daybook.Spine  // by log_id: what the store has of those asked for
	before   map[int64]*daybook.Entry   // by seq: the entries of these that have a body
	known    map[subject]*daybook.Entry // what the store has of the subjects asked for; nil for none
	sessions map[string]*session
	derived  map[string]*edgeSet // by session: the derived edges that this batch added, and those of the store where it looked
	cache    *sessionCache

	remembered     *remembered                     // patterns that were written before
	patterns       map[daybook.PatternKey]*pattern // that begin in this batch
	repeated       map[daybook.PatternKey]*pattern // that are repeated in it
	forgets        bool                            // a body goes that patterns may rest on: all begin anew
	sampled, saved int                             // operations stored as repeats, and the bytes they left out

	undo    []func()
	answers map[*request][]answer
	refused map[*request]error
	retain  map[*daybook.Kind]string

	batch  *daybook.Batch // what to append; nil for nothing
	hashed chan struct{}  // closed when the batch is hashed
}

// answer is what a record comes to: an entry, new or found.
type answer struct {
	entry     *daybook.Entry
	spine     *daybook.Spine // of a duplicate whose body is gone
	duplicate bool
	derived   int // how many entries follow from it
}

func newSequencer(l *Ledger, view daybook.View, base *sequencer) *sequencer {
	s := &sequencer{
		ctx: context.Background(), view: view, base: base, now: l.o.Now().UTC(), tree: l.tree,
		remembered: l.remembered, patterns: map[daybook.PatternKey]*pattern{}, repeated: map[daybook.PatternKey]*pattern{},
		overlay: newOverlay(), sessions: map[string]*session{}, derived: map[string]*edgeSet{}, cache: &l.sessions,
		answers: map[*request][]answer{}, refused: map[*request]error{}, stored: map[string]*daybook.Spine{}, before: map[int64]*daybook.Entry{},
		retain: map[*daybook.Kind]string{}, known: map[subject]*daybook.Entry{}, hashed: make(chan struct{}),
	}
	if base == nil {
		s.start = view.Head()
	} else {
		s.start = base.after()
	}
	s.loggedAt = canon.FormatTime(s.now)
	// A clock that goes back does not take the ledger with it.
	if last := s.start.LoggedAt; last > s.loggedAt {
		s.loggedAt = last
		if t, err := canon.ParseTime(last); err == nil {
			s.now = t
		}
	}
	return s
}

// after is where the ledger stands after the batch, but for the root.
func (s *sequencer) after() daybook.Head {
	head := s.start
	if len(s.entries) > 0 {
		head.Size, head.LoggedAt = head.Size+int64(len(s.entries)), s.loggedAt
	}
	return head
}

// rest is what the next batch needs of one that is in the store.
func (s *sequencer) rest() *sequencer {
	return &sequencer{start: s.after(), tree: s.tree, hashed: s.hashed}
}

// sequence sequences the requests of a batch, and begins to hash what comes of
// them: that goes on while the store puts the bodies.
func (s *sequencer) sequence(batch []*request) error {
	err := s.prefetch(batch)
	if err == nil {
		for _, r := range batch {
			s.request(r)
		}
		err = s.makeBatch()
	}
	if err != nil {
		close(s.hashed) // nobody hashes anything
		return err
	}
	if len(s.entries) < few {
		s.hash()
	} else {
		go s.hash()
	}
	return nil
}

// few entries are hashed sooner than another goroutine wakes up.
const few = 32

// errMoved says that the store stands elsewhere than a batch begins.
var errMoved = errors.New("ledger: the store has moved")

// request sequences all records of a request, or none.
func (s *sequencer) request(r *request) {
	mark := len(s.entries)
	s.undo = s.undo[:0]
	answers := make([]answer, len(r.records))
	for i := range r.records {
		a, err := s.record(r.principal, &r.records[i])
		if err != nil {
			for j := len(s.undo) - 1; j >= 0; j-- {
				s.undo[j]()
			}
			s.entries = s.entries[:mark]
			s.refused[r] = daybook.Under("/"+strconv.Itoa(i), err)
			return
		}
		answers[i] = a
	}
	s.answers[r] = answers
}

func (s *sequencer) record(p daybook.Principal, r *daybook.Record) (answer, error) {
	takeEffectLater(r)
	if a, found, err := s.duplicate(p, r); found || err != nil {
		return a, err
	}
	if r.Refused != nil {
		return answer{}, r.Refused
	}
	if r.Amend {
		return s.amend(p, r)
	}
	o, err := s.occurrence(r)
	if err != nil {
		return answer{}, err
	}
	a, err := s.create(p, r, o.repeats)
	if err != nil || a.duplicate {
		return a, err
	}
	if len(r.Derived) > 0 && !o.says() {
		if a.derived, err = s.derive(p, r.Derived); err != nil {
			return a, err
		}
	}
	s.occurred(&o, r, a.entry, a.derived)
	return a, nil
}

// create makes the first entry of a subject, of an operation that repeats
// another a short one.
func (s *sequencer) create(p daybook.Principal, r *daybook.Record, repeats *pattern) (answer, error) {
	k := r.Kind
	if subject := k.Subject(); !subject.Serial && !r.Filled(standings[k.Number].subject) {
		if err := s.mustBeNew(p, k, r.SubjectID()); err != nil {
			return answer{}, err
		}
	}
	if err := s.references(p, r, r.Business()); err != nil {
		return answer{}, err
	}
	if equal, err := s.alreadyCurrent(p, r); equal != nil || err != nil {
		return answer{entry: equal, duplicate: true}, err
	}
	values := make([]daybook.Value, len(r.Values))
	copy(values, r.Values)
	e := &daybook.Entry{Kind: k, Seq: s.next(), Values: values}
	if repeats != nil {
		daybook.LeaveOut(e.Values, repeats.first)
	}
	if k.Subject().Serial {
		e.Values[standings[k.Number].subject] = daybook.IntValue(e.Seq)
	}
	if err := s.begin(p, e); err != nil {
		return answer{}, err
	}
	complete(e)
	s.add(e, p, r.LogID(), 1)
	return answer{entry: e}, nil
}

func (s *sequencer) mustBeNew(p daybook.Principal, k *daybook.Kind, id string) error {
	there, err := s.current(k, id)
	if err != nil || there == nil {
		return err
	}
	if foreign(p, there) {
		return usedElsewhere("/" + k.Subject().Name)
	}
	return &daybook.Error{
		Code: daybook.CodeConflict, Path: "/" + k.Subject().Name,
		Message: fmt.Sprintf("%s %s exists already, as entry %d", k.Name, strconv.Quote(daybook.Clip(id)), there.Seq),
		Hint:    "amend it to fill in its lifecycle fields; send the same log_id to repeat a write",
	}
}

// references checks the foreign keys that a record gives: what they name must
// exist, in the same business, and what belongs to a session to one of the
// agent that the principal is bound to.
func (s *sequencer) references(p daybook.Principal, r *daybook.Record, business string) error {
	for _, ref := range refs[r.Kind] {
		if !r.Values[ref.column].IsSet() {
			continue
		}
		c, id := &r.Kind.Columns[ref.column], r.Values[ref.column].Text()
		there, err := s.current(ref.kind, id)
		if err != nil {
			return err
		}
		if there == nil || foreign(p, there) {
			return &daybook.Error{
				Code: daybook.CodeInvalid, Path: "/" + c.Name, Message: "no " + c.Ref + " has id " + id,
				Hint: "write the " + c.Ref + " first",
			}
		}
		if business != there.Business() {
			return &daybook.Error{Code: daybook.CodeForbidden, Path: "/" + c.Name, Message: "is of another business", Hint: "write with the business_id of what it belongs to"}
		}
		if c.Name == "session_id" {
			if err := mustBeOwn(p, there, "/session_id"); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin applies what holds for the first entry of certain kinds.
func (s *sequencer) begin(p daybook.Principal, e *daybook.Entry) error {
	switch e.Kind {
	case kindSession:
		if e.Text("status") != "ACTIVE" {
			setAbsent(e, "completed_at", s.loggedAt)
		}
	case kindOperation, kindArtifact, kindEdge:
		return s.within(p, e)
	case kindErasure:
		was := s.forgets
		s.forgets = true
		s.undo = append(s.undo, func() { s.forgets = was })
	}
	return nil
}

func (s *sequencer) next() int64 { return s.start.Size + int64(len(s.entries)) }

// add seals an entry and puts it at the end of the batch.
func (s *sequencer) add(e *daybook.Entry, p daybook.Principal, logID string, revision int64) {
	e.Seal(daybook.Envelope{
		LogID: logID, LoggedAt: s.loggedAt, Principal: p.Name, Revision: revision,
		RetainUntil: s.retainUntil(e.Kind), Salt: emptySalt,
	})
	s.entries = append(s.entries, e)
	s.undo = append(s.undo, s.overlay.put(e))
}

// retainUntil is the same for all entries of a kind in a batch.
func (s *sequencer) retainUntil(k *daybook.Kind) string {
	until, ok := s.retain[k]
	if !ok {
		until = k.Retention.Until(s.now)
		s.retain[k] = until
	}
	return until
}

// addAmended adds the next revision of a subject by the ledger's own doing.
func (s *sequencer) addAmended(p daybook.Principal, before *daybook.Entry, fill func(e *daybook.Entry)) error {
	id, err := newLogID()
	if err != nil {
		return err
	}
	e := revise(before, s.next())
	fill(e)
	complete(e)
	s.add(e, p, id, before.Revision()+1)
	return nil
}

// newLogID names an entry that nobody sent.
func newLogID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("ledger: %w", err)
	}
	return id.String(), nil
}

func revise(before *daybook.Entry, seq int64) *daybook.Entry {
	values := make([]daybook.Value, len(before.Values))
	copy(values, before.Values)
	return &daybook.Entry{Kind: before.Kind, Seq: seq, Values: values}
}

// emptySalt holds the place of the salt until the batch is hashed.
const emptySalt = "00000000000000000000000000000000"

// makeBatch makes what to append, if there is anything.
func (s *sequencer) makeBatch() error {
	if len(s.entries) == 0 {
		return nil
	}
	salts := make([]byte, 16*len(s.entries))
	if _, err := rand.Read(salts); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	digits := hex.EncodeToString(salts)
	for i, e := range s.entries {
		e.Values[standings[e.Kind.Number].salt] = daybook.TextValue(digits[32*i : 32*i+32])
	}
	s.batch = &daybook.Batch{Entries: s.entries, Head: s.start, Finish: s.finish}
	return nil
}

// hash hashes the entries, grows the tree and tells the batch what it comes to.
// The tree of the batch before may still grow itself.
func (s *sequencer) hash() {
	defer close(s.hashed)
	if s.base != nil {
		s.base.finish()
		s.tree = s.base.tree
	}
	if s.batch == nil {
		return
	}
	s.tree = s.tree.Clone()
	var canonical, leaf []byte
	for _, e := range s.entries {
		canonical = e.AppendCanonical(canonical[:0])
		e.LogHash = canon.Hash(canonical)
		spine := daybook.SpineOf(e)
		leaf = spine.AppendLeaf(leaf[:0])
		s.tree.Append(merkle.LeafHash(leaf))
	}
	s.batch.Tiles = s.tree.TakeFull()
	s.batch.Head.Size, s.batch.Head.Root, s.batch.Head.LoggedAt = s.tree.Size(), s.tree.Root(), s.loggedAt
}

// finish waits until the batch is hashed.
func (s *sequencer) finish() { <-s.hashed }

func (s *sequencer) receipts(r *request) []daybook.Receipt {
	out := make([]daybook.Receipt, len(r.records))
	for i, a := range s.answers[r] {
		if a.entry != nil {
			out[i] = receiptOf(a.entry, a.duplicate)
			continue
		}
		out[i] = daybook.Receipt{
			Kind: a.spine.Kind.Name, LogID: a.spine.LogID, Seq: a.spine.Seq,
			LogHash: hex.EncodeToString(a.spine.LogHash[:]), LoggedAt: a.spine.LoggedAt, Duplicate: true,
		}
	}
	return out
}
