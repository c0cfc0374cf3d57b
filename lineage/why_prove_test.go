package lineage

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// A fakeTree signs the tree over a book's entries: first over as many as it
// says, and over all of them once a proof is asked for, unless it is stuck.
type fakeTree struct {
	book   *book
	signer *merkle.Signer
	size   int64
	stuck  bool
	swap   int64 // this leaf is another's; 0 for none
	err    error
	tiles  int // read so far
}

func (b *book) tree(size int64) *fakeTree {
	b.t.Helper()
	private, _, err := merkle.GenerateKey("daybook/test")
	if err != nil {
		b.t.Fatal(err)
	}
	signer, err := merkle.NewSigner(private)
	if err != nil {
		b.t.Fatal(err)
	}
	return &fakeTree{book: b, signer: signer, size: size}
}

func (f *fakeTree) leaves(size int64) (*merkle.Tree, error) {
	rows, err := f.book.store.Spine(context.Background(), 0, size)
	if err != nil {
		return nil, err
	}
	tree := merkle.New()
	for i := range rows {
		if f.swap > 0 && int64(i) == f.swap {
			rows[i].LogHash[0] ^= 1
		}
		tree.Append(merkle.LeafHash(rows[i].AppendLeaf(nil)))
	}
	return tree, nil
}

func (f *fakeTree) Checkpoint(context.Context) ([]byte, error) {
	if f.err != nil {
		return nil, f.err
	}
	tree, err := f.leaves(f.size)
	if err != nil {
		return nil, err
	}
	return f.signer.Sign(merkle.Checkpoint{Origin: f.signer.Origin(), Size: tree.Size(), Root: tree.Root()})
}

func (f *fakeTree) Inclusion(context.Context, string) (*daybook.InclusionProof, error) {
	if f.stuck {
		return nil, errors.New("the disk is full")
	}
	f.size = f.book.seq
	return &daybook.InclusionProof{}, nil
}

func (f *fakeTree) Consistency(context.Context, int64, int64) (*daybook.ConsistencyProof, error) {
	return nil, errors.New("nobody asks for it")
}

func (f *fakeTree) Tile(_ context.Context, level int, index int64, width int) ([]byte, error) {
	f.tiles++
	tree, err := f.leaves(f.size)
	if err != nil {
		return nil, err
	}
	return tree.Reader(func(int, int64) ([]byte, error) { return nil, errors.New("no tile of a small tree is full") }).Tile(level, index, width)
}

func (f *fakeTree) Entries(context.Context, int64, int) ([]byte, error) {
	return nil, errors.New("nobody asks for them")
}

// An editedStore shows entries as somebody has changed them.
type editedStore struct {
	daybook.Store
	edit func(*daybook.Entry)
}

func (s editedStore) Select(ctx context.Context, q daybook.Query) ([]*daybook.Entry, error) {
	entries, err := s.Store.Select(ctx, q)
	for _, e := range entries {
		s.edit(e)
	}
	return entries, err
}

// provenBook has one table, which a session made from another.
func provenBook(t *testing.T) *book {
	b := newBook(t)
	r := b.run(daybook.TransformationSession{AgentID: "job", ConversationID: "c1"})
	r.edge("bronze.cell", "gold.sheet", true)
	r.operation("gold.sheet", "INSERT", 1, 1)
	r.end("COMPLETED")
	b.add(daybook.DecisionLog{ConversationID: "c1", AgentPosition: "a"})
	return b
}

func whyUnder(t *testing.T, store daybook.Store, tree Tree) *daybook.Why {
	t.Helper()
	w, err := NewReader(store, nil).Against(tree).Why(t.Context(), anyone, daybook.WhyQuery{Node: "gold.sheet"})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func standings(t *testing.T, w *daybook.Why) map[daybook.Standing]int {
	t.Helper()
	all := map[daybook.Standing]int{}
	for v := range w.All() {
		all[v.Standing]++
		if (v.Fault == "") != (v.Standing == daybook.StandingVerified) {
			t.Errorf("an entry that is %s says %q", v.Standing, v.Fault)
		}
	}
	return all
}

func TestWhyProvesItsEntries(t *testing.T) {
	t.Parallel()
	b := provenBook(t)
	tree := b.tree(b.seq)
	w := whyUnder(t, b.store, tree)
	if n := standings(t, w); n[daybook.StandingVerified] != 4 || len(n) != 1 || w.Totals.Verified != 4 {
		t.Errorf("standings %v, totals %+v", n, w.Totals)
	}
	if c := w.Checkpoint; c.Origin != "daybook/test" || c.Size != b.seq || len(c.Root) != 64 {
		t.Errorf("checkpoint %+v", c)
	}
	if tree.tiles != 1 {
		t.Errorf("the one tile there is was read %d times", tree.tiles)
	}
}

func TestWhyHasWhatIsNewSigned(t *testing.T) {
	t.Parallel()
	b := provenBook(t)
	if w := whyUnder(t, b.store, b.tree(2)); w.Totals.Verified != 4 || w.Checkpoint.Size != b.seq {
		t.Errorf("%d of 4 verified under a checkpoint of %d", w.Totals.Verified, w.Checkpoint.Size)
	}
	stuck := b.tree(2)
	stuck.stuck = true
	if n := standings(t, whyUnder(t, b.store, stuck)); n[daybook.StandingVerified] != 1 || n[daybook.StandingUnsigned] != 3 {
		t.Errorf("with a ledger that cannot sign: %v", n)
	}
}

func TestWhySeesWhatWasChanged(t *testing.T) {
	t.Parallel()
	b := provenBook(t)
	swapped := b.tree(b.seq)
	swapped.swap = 2 // the operation
	w := whyUnder(t, b.store, swapped)
	if n := standings(t, w); n[daybook.StandingVerified] != 3 || n[daybook.StandingDamaged] != 1 || w.Hops[0].Operations[0].Standing != daybook.StandingDamaged {
		t.Errorf("with another leaf in the tree: %v", n)
	}
	edited := editedStore{b.store, func(e *daybook.Entry) {
		if at, ok := e.Kind.Column("transformation_logic"); ok {
			e.Values[at] = daybook.TextValue("DELETE")
		}
	}}
	w = whyUnder(t, edited, b.tree(b.seq))
	if v := w.Hops[0].Operations[0]; v.Standing != daybook.StandingDamaged || !strings.Contains(v.Fault, "does not give its log_hash") {
		t.Errorf("with another body: %s, %s", v.Standing, v.Fault)
	}
	lost := b.tree(b.seq)
	lost.err = errors.New("no key")
	w = whyUnder(t, edited, lost)
	wantGap(t, w, "the entries were not held against a checkpoint: no key")
	if n := standings(t, w); n[daybook.StandingUnproven] != 3 || n[daybook.StandingDamaged] != 1 || w.Checkpoint.Size != 0 {
		t.Errorf("without a checkpoint: %v", n)
	}
}

// A brokenStore has a row of a kind that is no entry any more.
type brokenStore struct {
	daybook.Store
	kind *daybook.Kind
}

func (s brokenStore) Select(ctx context.Context, q daybook.Query) ([]*daybook.Entry, error) {
	if q.Kind == s.kind {
		return nil, &daybook.Error{Code: daybook.CodeDamaged, Message: "entry 4 holds no JSON"}
	}
	return s.Store.Select(ctx, q)
}

func TestWhyGoesOnWithoutWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	b := provenBook(t)
	w := whyUnder(t, brokenStore{b.store, decisionKind}, b.tree(b.seq))
	wantGap(t, w, "some decision_logs could not be read, and are left out: entry 4 holds no JSON")
	if w.Totals.Unreadable != 1 || w.Totals.Verified != 3 {
		t.Errorf("totals %+v", w.Totals)
	}
}
