package verify_test

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/verify"
)

func TestSound(t *testing.T) {
	t.Parallel()
	b := sample(t)
	r := b.verify(t)
	want := verify.Counts{OK: inAll}
	if !r.Sound() || r.Counts != want || r.Size != inAll || r.Root == "" || r.Origin != daybook.OriginPrefix+b.head.LedgerID {
		t.Fatalf("%+v", r)
	}
	if r.Checkpoint != (verify.Note{Present: true, Size: signedAt, Signed: true}) || r.Anchor != r.Checkpoint {
		t.Errorf("checkpoint %+v, anchor %+v", r.Checkpoint, r.Anchor)
	}
	if want := []string{"30 entries are newer than the last checkpoint"}; !slices.Equal(r.Notes, want) {
		t.Errorf("notes %q", r.Notes)
	}
}

func TestEmpty(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	if r := k.book().verify(t); !r.Sound() || r.Size != 0 || r.Root != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Errorf("%+v", r)
	}
	k.sign()
	if r := k.book().verify(t); !r.Sound() {
		t.Errorf("signed: %+v", r)
	}
	b := k.book()
	b.head.LoggedAt = "2026-01-31T09:00:00.000000Z"
	if b.verify(t).Sound() {
		t.Error("the clock of an empty ledger was set, and nobody saw")
	}
}

// TestEveryColumn changes each column of each kind, and takes it away.
func TestEveryColumn(t *testing.T) {
	t.Parallel()
	for _, k := range daybook.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			for i := range k.Columns {
				c := &k.Columns[i]
				seq := int64(k.Number - 1)
				for _, v := range []daybook.Value{other(c, sample(t).rows[seq].Entry.Values[i]), {}} {
					b := sample(t)
					if b.rows[seq].Entry.Values[i] == v {
						continue // no warnings to take away
					}
					b.rows[seq].Entry.Values[i] = v
					wantProblems(t, c.Name, b.verify(t), problem{k.Name, verify.Modified, seq})
				}
			}
		})
	}
}

// other gives another value of the column.
func other(c *daybook.Column, v daybook.Value) daybook.Value {
	switch c.Type {
	case daybook.TypeInt:
		return daybook.IntValue(v.Int() ^ 1)
	case daybook.TypeFloat:
		return daybook.FloatValue(math.Nextafter(v.Float(), 0.5))
	case daybook.TypeBool:
		return daybook.BoolValue(!v.Bool())
	case daybook.TypeTexts:
		return daybook.TextValue(`["another"]`)
	case daybook.TypeJSON:
		return daybook.TextValue(`{"another": 1}`)
	case daybook.TypeOptions:
		return daybook.TextValue(`[{"option": "another"}]`)
	}
	text := v.Text()
	if text == "" {
		return daybook.TextValue("x")
	}
	last := byte('1')
	if text[len(text)-1] == last {
		last = '2'
	}
	return daybook.TextValue(strings.ToValidUTF8(text[:len(text)-1], "") + string(last))
}

// problem is what a test wants to be told: about what, and which entry, -1 for
// none.
type problem struct {
	kind  string
	class verify.Class
	seq   int64
}

func problemsOf(r *verify.Report) []problem {
	var found []problem
	for _, p := range r.Problems {
		seq := int64(-1)
		if p.Seq != nil {
			seq = *p.Seq
		}
		found = append(found, problem{p.Kind, p.Class, seq})
	}
	return found
}

func wantProblems(t *testing.T, what string, r *verify.Report, want ...problem) {
	t.Helper()
	if found := problemsOf(r); !slices.Equal(found, want) || r.Sound() != (len(want) == 0) || r.ProblemCount != int64(len(want)) {
		t.Errorf("%s: sound %v, problems\n%s\nwant\n%v", what, r.Sound(), describe(r), want)
	}
}

func describe(r *verify.Report) string {
	var b strings.Builder
	_ = r.WriteText(&b) // a Builder takes everything
	return b.String()
}

var (
	modified = verify.Modified
	missing  = verify.Missing
	unlogged = verify.Unlogged
)

// kindAt is the kind of the sample's entry at seq.
func kindAt(seq int64) string { return daybook.Kinds()[seq%int64(len(daybook.Kinds()))].Name }

func tail(from, to int64, more ...problem) []problem {
	for seq := from; seq < to; seq++ {
		more = append(more, problem{"", missing, seq})
	}
	return more
}

func TestTampering(t *testing.T) {
	t.Parallel()
	const at = 300 // in a full tile, signed
	entry := problem{kindAt(at), modified, at}
	cases := map[string]struct {
		tamper func(*book)
		want   []problem
	}{
		"a body deleted": {
			func(b *book) { b.rows[at].Entry = nil },
			[]problem{{kindAt(at), missing, at}},
		},
		"a row deleted, body and spine": {
			func(b *book) { b.rows = slices.Delete(b.rows, at, at+1) },
			[]problem{{"", missing, at}},
		},
		"a row deleted where no tile is full": {
			func(b *book) { b.rows = slices.Delete(b.rows, 550, 551) },
			[]problem{{"", missing, 550}},
		},
		"a spine row deleted, the body left": {
			func(b *book) { b.rows[at].Spine = nil },
			[]problem{{kindAt(at), unlogged, at}},
		},
		"the same where no tile is full": {
			func(b *book) { b.rows[550].Spine = nil },
			[]problem{{kindAt(550), unlogged, 550}},
		},
		"the same at the end": {
			func(b *book) { b.rows[inAll-1].Spine = nil },
			[]problem{{"head", missing, -1}, {kindAt(inAll - 1), unlogged, inAll - 1}},
		},
		"two bodies swapped": {
			func(b *book) {
				x, y := &b.rows[at], &b.rows[at+19]
				x.Entry, y.Entry = y.Entry, x.Entry
				x.Entry.Seq, y.Entry.Seq = x.Spine.Seq, y.Spine.Seq
			},
			[]problem{entry, {kindAt(at), modified, at + 19}},
		},
		"two spine rows swapped": {
			func(b *book) {
				x, y := b.rows[at].Spine, b.rows[at+19].Spine
				*x, *y = *y, *x
				x.Seq, y.Seq = y.Seq, x.Seq
			},
			[]problem{entry, {kindAt(at), modified, at + 19}},
		},
		"two whole rows swapped": {
			func(b *book) {
				x, y := &b.rows[at], &b.rows[at+19]
				*x, *y = *y, *x
				x.Spine.Seq, x.Entry.Seq, y.Spine.Seq, y.Entry.Seq = at, at, at+19, at+19
			},
			[]problem{entry, {kindAt(at), modified, at + 19}},
		},
		"a body inserted": {
			func(b *book) {
				e := cloneEntry(b.rows[at+1].Entry)
				e.Seq = at
				b.rows = slices.Insert(b.rows, at+1, daybook.Row{Entry: e})
			},
			[]problem{{kindAt(at + 1), unlogged, at}},
		},
		"a body inserted behind the end": {
			func(b *book) {
				e := cloneEntry(b.rows[at].Entry)
				e.Seq = 1 << 40
				b.rows = append(b.rows, daybook.Row{Entry: e})
			},
			[]problem{{kindAt(at), unlogged, 1 << 40}},
		},
		"a body inserted before the beginning": {
			func(b *book) {
				e := cloneEntry(b.rows[at].Entry)
				e.Seq = -1
				b.rows = slices.Insert(b.rows, 0, daybook.Row{Entry: e})
			},
			[]problem{{kindAt(at), unlogged, -1}},
		},
		"a spine row far behind the end": {
			func(b *book) {
				s := *b.rows[at].Spine
				s.Seq = 1 << 50
				b.rows = append(b.rows, daybook.Row{Spine: &s})
			},
			[]problem{{kindAt(at), modified, 1 << 50}},
		},
		"a spine row given twice": {
			func(b *book) {
				b.rows = slices.Insert(b.rows, at+1, daybook.Row{Spine: new(*b.rows[at].Spine)})
			},
			[]problem{entry},
		},
		"an entry appended to spine and bodies alone": {
			func(b *book) {
				e := cloneEntry(b.rows[at].Entry)
				e.Seq = inAll
				s := daybook.SpineOf(e)
				s.LoggedAt = b.rows[inAll-1].Spine.LoggedAt
				b.rows = append(b.rows, daybook.Row{Spine: &s})
			},
			[]problem{{"head", modified, -1}, {kindAt(at), missing, inAll}},
		},
		"a spine row of no kind": {
			func(b *book) { b.rows[at].Spine.Kind = nil },
			[]problem{{"", modified, at}},
		},
		"a spine row of another kind": {
			func(b *book) { b.rows[at].Spine.Kind = b.rows[at+1].Spine.Kind },
			[]problem{{kindAt(at + 1), modified, at}},
		},
		"a row that cannot be read": {
			func(b *book) { b.rows[at].Fault = "not JSON" },
			[]problem{entry},
		},
		"a body of too few columns": {
			func(b *book) { b.rows[at].Entry.Values = b.rows[at].Entry.Values[1:] },
			[]problem{entry},
		},
		"a log_hash of the body alone": {
			func(b *book) { b.rows[at].Entry.LogHash[0]++ },
			[]problem{entry},
		},
		"a spine log_hash": {
			func(b *book) { b.rows[at].Spine.LogHash[0]++ },
			[]problem{entry},
		},
		"a spine log_id": {
			func(b *book) { b.rows[at].Spine.LogID = b.rows[at+1].Spine.LogID },
			[]problem{entry},
		},
		"a spine logged_at set back": {
			func(b *book) { b.rows[at].Spine.LoggedAt = b.rows[at-1].Spine.LoggedAt },
			[]problem{entry},
		},
		"a spine logged_at set far ahead": {
			func(b *book) { b.rows[at].Spine.LoggedAt = daybook.Forever },
			[]problem{entry},
		},
		"a retain_until moved forward, the body gone": {
			func(b *book) {
				b.rows[at].Spine.RetainUntil = "2026-01-31T09:00:00.000000Z"
				b.rows[at].Entry = nil
			},
			[]problem{entry},
		},
		"forged with log_hash, tiles left": {
			func(b *book) { b.set(at, "business_id", daybook.TextValue("forged")); b.rewrite(at) },
			[]problem{entry},
		},
		"forged with log_hash and head, tiles left": {
			func(b *book) {
				tiles := b.tiles
				b.set(at, "business_id", daybook.TextValue("forged"))
				b.rewrite(at)
				b.replant()
				b.tiles = tiles
			},
			[]problem{entry},
		},
		"forged with everything but the key": {
			func(b *book) { b.set(at, "business_id", daybook.TextValue("forged")); b.rewrite(at); b.replant() },
			[]problem{{"checkpoint", modified, -1}, {"anchor", modified, -1}},
		},
		"forged where no tile is full": {
			func(b *book) { b.set(550, "business_id", daybook.TextValue("forged")); b.rewrite(550) },
			[]problem{{"head", modified, -1}, {"checkpoint", modified, -1}, {"anchor", modified, -1}},
		},
		"forged behind the checkpoint": {
			func(b *book) { b.set(610, "business_id", daybook.TextValue("forged")); b.rewrite(610) },
			[]problem{{"head", modified, -1}},
		},
		"a tile of level 0": {
			func(b *book) { b.tiles[tileAt{0, 1}][5]++ },
			[]problem{{"tile", modified, -1}},
		},
		"a tile cut short": {
			func(b *book) { b.tiles[tileAt{0, 1}] = b.tiles[tileAt{0, 1}][:8000] },
			[]problem{{"tile", missing, -1}},
		},
		"a tile deleted": {
			func(b *book) { delete(b.tiles, tileAt{0, 1}) },
			[]problem{{"tile", missing, -1}},
		},
		"a tile of a longer ledger": {
			func(b *book) { b.tiles[tileAt{0, 2}] = b.tiles[tileAt{0, 1}] },
			[]problem{{"tile", modified, -1}},
		},
		"the head's size raised": {
			func(b *book) { b.head.Size += 2 },
			tail(inAll, inAll+2, problem{"head", missing, -1}),
		},
		"the head's size lowered": {
			func(b *book) { b.head.Size-- },
			[]problem{{"head", modified, -1}, {"head", modified, -1}, {"head", modified, -1}},
		},
		"the head's size below zero": {
			func(b *book) { b.head.Size = -1 },
			[]problem{{"head", modified, -1}},
		},
		"the head's root": {
			func(b *book) { b.head.Root[0]++ },
			[]problem{{"head", modified, -1}},
		},
		"the head's clock": {
			func(b *book) { b.head.LoggedAt = daybook.Forever },
			[]problem{{"head", modified, -1}},
		},
		"the ledger's name": {
			func(b *book) { b.head.LedgerID = "another" },
			[]problem{{"checkpoint", modified, -1}, {"anchor", modified, -1}},
		},
		"the checkpoint's size": {
			func(b *book) {
				b.head.Checkpoint = bytes.Replace(b.head.Checkpoint, []byte("\n600\n"), []byte("\n601\n"), 1)
			},
			[]problem{{"checkpoint", modified, -1}},
		},
		"the checkpoint's signature": {
			func(b *book) { b.head.Checkpoint[len(b.head.Checkpoint)-10] ^= 1 },
			[]problem{{"checkpoint", modified, -1}},
		},
		"the checkpoint cut": {
			func(b *book) { b.head.Checkpoint = b.head.Checkpoint[:20] },
			[]problem{{"checkpoint", modified, -1}},
		},
		"the checkpoint taken away": {
			func(b *book) { b.head.Checkpoint = nil },
			[]problem{{"checkpoint", missing, -1}},
		},
		"the checkpoint taken away, no anchor": {
			func(b *book) { b.head.Checkpoint, b.anchor = nil, nil },
			[]problem{{"checkpoint", missing, -1}},
		},
		"the anchor's signature": {
			func(b *book) { b.anchor[len(b.anchor)-10] ^= 1 },
			[]problem{{"anchor", modified, -1}},
		},
		"another key": {
			func(b *book) { b.public = newKeeper(t).signer.Public() },
			[]problem{{"checkpoint", modified, -1}, {"anchor", modified, -1}},
		},
		"an older checkpoint put back": {
			func(b *book) { b.head.Checkpoint = olderSample(t).head.Checkpoint },
			[]problem{{"checkpoint", modified, -1}},
		},
		"the tail cut, head left": {
			func(b *book) { b.rows = b.rows[:610] },
			tail(610, inAll, problem{"head", missing, -1}),
		},
		"the tail cut below the checkpoint, head and tiles made over": {
			func(b *book) {
				b.rows = b.rows[:590]
				b.replant()
				b.head.LoggedAt = b.rows[589].Spine.LoggedAt
			},
			tail(590, signedAt, problem{"checkpoint", missing, -1}, problem{"anchor", missing, -1}),
		},
		"an older copy put back": {
			func(b *book) {
				anchor := b.anchor
				*b = *olderSample(t)
				b.anchor = anchor
			},
			tail(olderAt, signedAt, problem{"anchor", missing, -1}),
		},
		"a clock that goes back, rightly hashed": {
			func(b *book) {
				b.set(610, "logged_at", daybook.TextValue("2025-01-01T00:00:00.000000Z"))
				b.rewrite(610)
				b.replant()
			},
			[]problem{{kindAt(610), modified, 610}},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := sample(t)
			c.tamper(b)
			wantProblems(t, name, b.verify(t), c.want...)
		})
	}
}

// TestNotSeen holds what verify cannot see, so that the guide tells the truth.
func TestNotSeen(t *testing.T) {
	t.Parallel()
	b := sample(t)
	b.rows = b.rows[:610]
	b.replant()
	b.head.LoggedAt = b.rows[609].Spine.LoggedAt
	if r := b.verify(t); !r.Sound() || !slices.Contains(r.Notes, "10 entries are newer than the last checkpoint") {
		t.Errorf("entries cut that nothing was signed over: %s", describe(r))
	}
	b = sample(t)
	b.set(610, "business_id", daybook.TextValue("forged"))
	b.rewrite(610)
	b.replant()
	if r := b.verify(t); !r.Sound() {
		t.Errorf("an entry made over that nothing was signed over: %s", describe(r))
	}
}

// TestSameBytes changes rows in ways that leave their canonical bytes as they
// are.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	r := fullRecord(daybook.MustKind("transformation_operation"), 1)
	r.Set("operation_type", daybook.TextValue("\ufffd"))
	e := k.write(r)[0]
	k.sign()
	sound := k.book()
	if !sound.verify(t).Sound() {
		t.Fatal("not sound to begin with")
	}
	t.Run("a stray byte for U+FFFD", func(t *testing.T) {
		t.Parallel()
		b := sound.clone()
		b.set(0, "operation_type", daybook.TextValue("\xff"))
		wantSameBytes(t, e, b)
	})
	t.Run("columns inside a JSON column", func(t *testing.T) {
		t.Parallel()
		b := sound.clone()
		for i := range e.Kind.Columns {
			c, next := &e.Kind.Columns[i], i+1
			if c.Type != daybook.TypeJSON || next == len(e.Values) || !e.Values[next].IsSet() {
				continue
			}
			swallowed := daybook.AppendValue(nil, e.Kind.Columns[next].Type, e.Values[next])
			b.set(0, c.Name, daybook.TextValue(fmt.Sprintf("%s, %q: %s", e.Values[i].Text(), e.Kind.Columns[next].Name, swallowed)))
			b.set(0, e.Kind.Columns[next].Name, daybook.Value{})
			wantSameBytes(t, e, b)
			return
		}
		t.Fatal("the kind has no JSON column before another")
	})
}

func wantSameBytes(t *testing.T, e *daybook.Entry, b *book) {
	t.Helper()
	if !bytes.Equal(e.AppendCanonical(nil), b.rows[0].Entry.AppendCanonical(nil)) {
		t.Fatal("the tampering shows in the canonical bytes, so it tests nothing")
	}
	wantProblems(t, "same bytes", b.verify(t), problem{e.Kind.Name, modified, 0})
}

// TestUpperTiles wants a ledger with a full tile above level 0.
func TestUpperTiles(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("65,600 entries")
	}
	k := newKeeper(t)
	kind := daybook.MustKind("ledger_event")
	for n := 0; n < 1<<16; n += 4100 {
		records := make([]daybook.Record, 4100)
		for i := range records {
			records[i] = daybook.NewRecord(kind)
			records[i].Set("id", daybook.TextValue(fmt.Sprintf("00000000-0000-7000-8000-%012d", n+i)))
		}
		k.write(records...)
	}
	k.sign()
	sound := k.book()
	at := tileAt{1, 0}
	if len(sound.tiles[at]) != merkle.TileWidth*32 {
		t.Fatal("there is no upper tile")
	}
	wantProblems(t, "untouched", sound.verify(t))
	cases := map[string]struct {
		tamper func(*book)
		want   []problem
	}{
		"changed": {func(b *book) { b.tiles[at][77]++ }, []problem{{"tile", modified, -1}}},
		"deleted": {func(b *book) { delete(b.tiles, at) }, []problem{{"tile", missing, -1}}},
		"beneath": {func(b *book) { b.tiles[tileAt{0, 9}][77]++ }, []problem{{"tile", modified, -1}}},
		"a row":   {func(b *book) { b.set(40_000, "principal", daybook.TextValue("x")); b.rewrite(40_000) }, []problem{{kind.Name, modified, 40_000}}},
		"a hole":  {func(b *book) { b.rows = slices.Delete(b.rows, 40_000, 40_001) }, []problem{{"", missing, 40_000}}},
	}
	for name, c := range cases {
		b := sound.clone()
		c.tamper(b)
		wantProblems(t, name, b.verify(t), c.want...)
	}
}
