package verify_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/storetest"
	"github.com/daybook-audit/daybook/verify"
)

// book is a ledger laid open: everything that an intruder could change, and
// what an auditor holds it against.
type book struct {
	rows   []daybook.Row
	tiles  map[tileAt][]byte
	head   daybook.Head
	anchor []byte
	public string
	now    time.Time
}

type tileAt struct {
	level int
	index int64
}

func (b *book) Head(context.Context) (daybook.Head, error) { return b.head, nil }

func (b *book) Scan(_ context.Context, from int64, fn func(daybook.Row) error) error {
	for _, r := range b.rows {
		if seqOf(r) < from {
			continue
		}
		if r.Entry != nil {
			r.Entry = cloneEntry(r.Entry)
		}
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) FullTile(_ context.Context, level int, index int64) ([]byte, error) {
	if hashes, ok := b.tiles[tileAt{level, index}]; ok {
		return hashes, nil
	}
	return nil, &daybook.Error{Code: daybook.CodeNotFound, Message: "no such tile"}
}

func seqOf(r daybook.Row) int64 {
	if r.Spine != nil {
		return r.Spine.Seq
	}
	return r.Entry.Seq
}

func cloneEntry(e *daybook.Entry) *daybook.Entry {
	c := *e
	c.Values = slices.Clone(e.Values)
	return &c
}

// clone copies all that a test changes.
func (b *book) clone() *book {
	c := *b
	c.rows = slices.Clone(b.rows)
	for i := range c.rows {
		r := &c.rows[i]
		if r.Spine != nil {
			r.Spine = new(*r.Spine)
		}
		if r.Entry != nil {
			r.Entry = cloneEntry(r.Entry)
		}
	}
	c.tiles = maps.Clone(b.tiles)
	for at, hashes := range c.tiles {
		c.tiles[at] = slices.Clone(hashes)
	}
	c.head.Checkpoint = slices.Clone(b.head.Checkpoint)
	c.anchor = slices.Clone(b.anchor)
	return &c
}

func (b *book) verify(t testing.TB) *verify.Report {
	t.Helper()
	r, err := verify.Run(t.Context(), b, verify.Options{Public: b.public, Anchor: b.anchor, Now: func() time.Time { return b.now }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// keeper writes a sound ledger and signs it.
type keeper struct {
	t      testing.TB
	store  daybook.Store
	writer *storetest.Writer
	signer *merkle.Signer
	at     time.Time
}

func newKeeper(t testing.TB) *keeper { return newKeeperOf(t, storetest.NewModel()) }

// newKeeperOf begins a ledger in an empty store.
func newKeeperOf(t testing.TB, store daybook.Store) *keeper {
	k := &keeper{t: t, store: store, writer: storetest.NewWriter(store), at: time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)}
	k.writer.Now = func() time.Time { return k.at }
	head, err := store.Head(t.Context())
	k.must(err)
	private, _, err := merkle.GenerateKey(daybook.OriginPrefix + head.LedgerID)
	k.must(err)
	k.signer, err = merkle.NewSigner(private)
	k.must(err)
	return k
}

func (k *keeper) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *keeper) write(records ...daybook.Record) []*daybook.Entry {
	k.t.Helper()
	entries, err := k.writer.Write(context.Background(), records...)
	k.must(err)
	return entries
}

// sign signs the head, and gives the note.
func (k *keeper) sign() []byte {
	k.t.Helper()
	tree := k.writer.Tree()
	signed, err := k.signer.Sign(merkle.Checkpoint{Origin: k.signer.Origin(), Size: tree.Size(), Root: tree.Root()})
	k.must(err)
	k.must(k.store.SaveCheckpoint(context.Background(), signed))
	return signed
}

// book lays the ledger open, with its newest checkpoint as the anchor.
func (k *keeper) book() *book {
	k.t.Helper()
	ctx := context.Background()
	head, err := k.store.Head(ctx)
	k.must(err)
	b := &book{head: head, tiles: map[tileAt][]byte{}, anchor: slices.Clone(head.Checkpoint), public: k.signer.Public(), now: k.at.Add(time.Hour)}
	k.must(k.store.Scan(ctx, 0, func(r daybook.Row) error {
		b.rows = append(b.rows, r)
		return nil
	}))
	for level := range 4 {
		for index := range head.Size >> (8 * (level + 1)) {
			hashes, err := k.store.FullTile(ctx, level, index)
			k.must(err)
			b.tiles[tileAt{level, index}] = hashes
		}
	}
	return b
}

// fullRecord has a value in every column that a client may give.
func fullRecord(k *daybook.Kind, seed int) daybook.Record {
	r := daybook.NewRecord(k)
	for i := range k.Columns {
		if c := &k.Columns[i]; !c.Envelope && (!c.Serial || !c.Subject) {
			r.Values[i] = storetest.Values(c).Example(seed*100 + i)
		}
	}
	return harmless(r)
}

// harmless keeps a record of chance from accounting for anything.
func harmless(r daybook.Record) daybook.Record {
	switch r.Kind.Name {
	case "retention_run":
		r.Set("status", daybook.TextValue("FAILED"))
	case "erasure":
		r.Set("log_ids", daybook.TextsValue([]string{"none of these"}))
	}
	return r
}

const (
	olderAt  = 500 // when a copy of the sample was put aside
	signedAt = 600 // what the checkpoint and the anchor of the sample are over
	inAll    = 630
)

// sample is a sound ledger of all kinds: two full tiles and a partial one,
// signed over all but its newest entries. It begins with an entry of each kind
// that has every column set.
func sample(t testing.TB) *book {
	t.Helper()
	makeSample(t)
	return theSample.book.clone()
}

// olderSample is the sample as it was before, sound in itself.
func olderSample(t testing.TB) *book {
	t.Helper()
	makeSample(t)
	return theSample.older.clone()
}

var theSample struct {
	once        sync.Once
	book, older *book
}

func makeSample(t testing.TB) {
	theSample.once.Do(func() { theSample.book, theSample.older = newSample(t) })
}

func newSample(t testing.TB) (b, older *book) {
	k := newKeeper(t)
	k.writeSample(func() { older = k.book() })
	return k.book(), older
}

// writeSample writes the sample, and calls aside when it has olderAt entries.
func (k *keeper) writeSample(aside func()) {
	kinds := daybook.Kinds()
	for _, kind := range kinds {
		k.write(fullRecord(kind, kind.Number))
	}
	for i := len(kinds); i < inAll; i++ {
		k.at = k.at.Add(time.Second)
		k.write(harmless(storetest.Records(kinds[i%len(kinds)]).Example(i)))
		if i == olderAt-1 || i == signedAt-1 {
			k.sign()
		}
		if i == olderAt-1 {
			aside()
		}
	}
}

// rewrite makes a row over again from its body, as a careful forger does.
func (b *book) rewrite(seq int64) {
	r := &b.rows[seq]
	r.Entry.LogHash = canon.Hash(r.Entry.AppendCanonical(nil))
	*r.Spine = daybook.SpineOf(r.Entry)
}

// replant makes tiles and head over again from the spine, as a forger does who
// lacks nothing but the key.
func (b *book) replant() {
	tree := merkle.New()
	for _, r := range b.rows {
		if r.Spine != nil && r.Spine.Kind != nil {
			tree.Append(merkle.LeafHash(r.Spine.AppendLeaf(nil)))
		}
	}
	b.tiles = map[tileAt][]byte{}
	for _, tile := range tree.TakeFull() {
		b.tiles[tileAt{tile.Level, tile.Index}] = slices.Clone(tile.Hashes)
	}
	b.head.Size, b.head.Root = tree.Size(), tree.Root()
}

func (b *book) set(seq int64, column string, v daybook.Value) {
	e := b.rows[seq].Entry
	i, ok := e.Kind.Column(column)
	if !ok {
		panic("no column " + column)
	}
	e.Values[i] = v
}
