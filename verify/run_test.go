package verify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/storetest"
	"github.com/daybook-audit/daybook/verify"
	"pgregory.net/rapid"
)

var (
	_ verify.Source = daybook.Store(nil)
	_ verify.Source = (*verify.Export)(nil)
)

// TestAnyChange makes a random ledger and one random change in it, which must
// not go unseen.
func TestAnyChange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		k := newKeeper(t)
		for range rapid.IntRange(1, 3).Draw(rt, "batches") {
			var records []daybook.Record
			for range rapid.SampledFrom([]int{1, 2, 5, 130, 256}).Draw(rt, "records") {
				kind := rapid.SampledFrom(daybook.Kinds()).Draw(rt, "kind")
				records = append(records, harmless(cheap(kind)))
			}
			records = append(records, harmless(storetest.Records(rapid.SampledFrom(daybook.Kinds()).Draw(rt, "kind")).Draw(rt, "record")))
			k.write(records...)
		}
		k.sign()
		b := k.book()
		if r := b.verify(t); !r.Sound() {
			rt.Fatalf("not sound to begin with: %s", describe(r))
		}
		what := change(rt, b)
		if b.verify(t).Sound() {
			rt.Fatalf("unseen: %s", what)
		}
	})
}

// cheap is a record with nothing in it but what must be.
func cheap(k *daybook.Kind) daybook.Record {
	r := daybook.NewRecord(k)
	id := fmt.Sprintf("00000000-0000-7000-8000-%012d", serial.Add(1))
	for i := range k.Columns {
		c := &k.Columns[i]
		switch {
		case c.Serial || !c.Subject && !c.Required:
		case c.Closed != nil:
			r.Values[i] = daybook.TextValue(c.Closed[0])
		case c.Type == daybook.TypeText || c.Type == daybook.TypeUUID:
			r.Values[i] = daybook.TextValue(id)
		default:
			r.Values[i] = storetest.Values(c).Example(1)
		}
	}
	return r
}

func change(rt *rapid.T, b *book) (what string) {
	n := int64(len(b.rows))
	seq := rapid.Int64Range(0, n-1).Draw(rt, "seq")
	row := &b.rows[seq]
	what = rapid.SampledFrom([]string{
		"column", "column", "column", "absence", "body", "row", "spine row", "log_hash", "swap", "forge", "remake", "insert", "cut", "tile", "head", "checkpoint", "anchor",
	}).Draw(rt, "change")
	switch what {
	case "column":
		i := rapid.IntRange(0, len(row.Entry.Values)-1).Draw(rt, "column")
		c := &row.Entry.Kind.Columns[i]
		v := storetest.Values(c).Filter(func(v daybook.Value) bool { return v != row.Entry.Values[i] }).Draw(rt, "value")
		row.Entry.Values[i] = v
	case "absence":
		i := rapid.SampledFrom(held(row.Entry)).Draw(rt, "column")
		row.Entry.Values[i] = daybook.Value{}
	case "body":
		row.Entry = nil
	case "row":
		b.rows = slices.Delete(b.rows, int(seq), int(seq)+1)
	case "spine row":
		row.Spine = nil
	case "log_hash":
		row.Spine.LogHash[rapid.IntRange(0, 31).Draw(rt, "byte")] ^= rapid.ByteRange(1, 255).Draw(rt, "bits")
	case "swap":
		other := (seq + rapid.Int64Range(1, n-1).Draw(rt, "other")) % n
		x, y := row, &b.rows[other]
		*x, *y = *y, *x
		x.Spine.Seq, x.Entry.Seq, y.Spine.Seq, y.Entry.Seq = seq, seq, other, other
	case "forge":
		b.set(seq, "principal", daybook.TextValue("somebody else"))
		b.rewrite(seq)
	case "remake":
		b.set(seq, "principal", daybook.TextValue("somebody else"))
		b.rewrite(seq)
		b.replant()
	case "insert":
		e := cloneEntry(row.Entry)
		e.Seq = rapid.Int64().Draw(rt, "at")
		at, _ := slices.BinarySearchFunc(b.rows, e.Seq+1, func(r daybook.Row, to int64) int { return int(min(max(seqOf(r)-to, -1), 1)) })
		b.rows = slices.Insert(b.rows, at, daybook.Row{Entry: e})
	case "cut":
		b.rows = b.rows[:seq]
		b.replant()
		b.head.LoggedAt = ""
		if seq > 0 {
			b.head.LoggedAt = b.rows[seq-1].Spine.LoggedAt
		}
	case "tile":
		if len(b.tiles) == 0 {
			b.tiles[tileAt{}] = make([]byte, 8192)
			return "a tile too many"
		}
		hashes := b.tiles[tileAt{}]
		hashes[rapid.IntRange(0, len(hashes)-1).Draw(rt, "byte")] ^= rapid.ByteRange(1, 255).Draw(rt, "bits")
	case "head":
		changeHead(rt, &b.head)
	case "checkpoint":
		changeNote(rt, b.head.Checkpoint)
	case "anchor":
		changeNote(rt, b.anchor)
	}
	return what
}

func held(e *daybook.Entry) (columns []int) {
	for i, v := range e.Values {
		if v.IsSet() {
			columns = append(columns, i)
		}
	}
	return columns
}

func changeHead(rt *rapid.T, h *daybook.Head) {
	switch rapid.SampledFrom([]string{"size", "root", "logged_at", "ledger_id", "no checkpoint"}).Draw(rt, "of the head") {
	case "size":
		h.Size = rapid.Int64().Filter(func(n int64) bool { return n != h.Size }).Draw(rt, "size")
	case "root":
		h.Root[rapid.IntRange(0, 31).Draw(rt, "byte")] ^= rapid.ByteRange(1, 255).Draw(rt, "bits")
	case "logged_at":
		h.LoggedAt = storetest.Times().Filter(func(s string) bool { return s != h.LoggedAt }).Draw(rt, "logged_at")
	case "ledger_id":
		h.LedgerID += "x"
	case "no checkpoint":
		h.Checkpoint = nil
	}
}

func changeNote(rt *rapid.T, signed []byte) {
	signed[rapid.IntRange(0, len(signed)-1).Draw(rt, "byte")] ^= rapid.ByteRange(1, 255).Draw(rt, "bits")
}

// TestGrowing verifies a ledger that grows between head and scan.
func TestGrowing(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	k.write(cheap(daybook.MustKind("ledger_event")))
	anchor := k.sign()
	growing := &grows{Store: k.store, grow: func() {
		for range 600 {
			k.write(cheap(daybook.MustKind("ledger_event")))
		}
	}}
	r, err := verify.Run(t.Context(), growing, verify.Options{Public: k.signer.Public(), Anchor: anchor})
	if err != nil || !r.Sound() || r.Size != 601 {
		t.Fatalf("%v\n%s", err, describe(r))
	}
}

type grows struct {
	daybook.Store
	grow func()
}

func (g *grows) Scan(ctx context.Context, from int64, fn func(daybook.Row) error) error {
	g.grow()
	return g.Store.Scan(ctx, from, fn)
}

func TestNothingGiven(t *testing.T) {
	t.Parallel()
	b := sample(t)
	b.public, b.anchor = "", nil
	r := b.verify(t)
	want := []string{
		"no public key was given, so signatures were not checked",
		"no anchor was given: entries cut off the end, or an older copy put back, would go unseen",
		"30 entries are newer than the last checkpoint",
	}
	if !r.Sound() || !slices.Equal(r.Notes, want) || r.Checkpoint.Signed {
		t.Errorf("%s", describe(r))
	}
	b.head.Checkpoint = nil
	if r = b.verify(t); !r.Sound() || r.Checkpoint.Present || !strings.Contains(describe(r), "no checkpoint is signed") {
		t.Errorf("%s", describe(r))
	}
}

func TestBadKey(t *testing.T) {
	t.Parallel()
	_, err := verify.Run(t.Context(), sample(t), verify.Options{Public: "no key"})
	if daybook.CodeOf(err) != daybook.CodeInvalid {
		t.Errorf("%v", err)
	}
}

// failing is a source that fails at one of its calls.
type failing struct {
	*book
	head, scan, tile error
}

func (f failing) Head(ctx context.Context) (daybook.Head, error) {
	if f.head != nil {
		return daybook.Head{}, f.head
	}
	return f.book.Head(ctx)
}

func (f failing) Scan(ctx context.Context, from int64, fn func(daybook.Row) error) error {
	if err := f.book.Scan(ctx, from, fn); err != nil {
		return err
	}
	return f.scan
}

func (f failing) FullTile(ctx context.Context, level int, index int64) ([]byte, error) {
	if f.tile != nil {
		return nil, f.tile
	}
	return f.book.FullTile(ctx, level, index)
}

func TestFailures(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	for name, f := range map[string]failing{
		"head": {book: sample(t), head: broken},
		"scan": {book: sample(t), scan: broken},
		"tile": {book: sample(t), tile: broken},
	} {
		if r, err := verify.Run(t.Context(), f, verify.Options{}); !errors.Is(err, broken) || r != nil {
			t.Errorf("%s: %v, %v", name, r, err)
		}
	}
	damaged := &daybook.Error{Code: daybook.CodeDamaged, Message: "no root"}
	r, err := verify.Run(t.Context(), failing{book: sample(t), head: damaged}, verify.Options{Anchor: sample(t).anchor})
	if err != nil || r.Sound() || r.Counts.OK != inAll || r.Problems[0].Kind != verify.AboutHead {
		t.Errorf("a damaged head: %v\n%s", err, describe(r))
	}
	ctx, cancel := context.WithCancel(t.Context())
	o := verify.Options{Progress: func(int64, int64) { cancel() }}
	if _, err := verify.Run(ctx, sample(t), o); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestManyProblems(t *testing.T) {
	t.Parallel()
	b := sample(t)
	for i := range b.rows {
		b.rows[i].Entry = nil
	}
	b.head.Size = 1 << 60
	var last, total int64
	r, err := verify.Run(t.Context(), b, verify.Options{
		Public: b.public, MaxProblems: 10, Progress: func(done, all int64) { last, total = done, all },
	})
	if err != nil || len(r.Problems) != 11 || r.Problems[0].Kind != verify.AboutHead || r.Counts.Missing != 1<<60 || r.ProblemCount != 1<<60+1 {
		t.Fatalf("%v\n%s", err, describe(r))
	}
	if last != inAll || total != 1<<60 {
		t.Errorf("progress %d of %d", last, total)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	b := sample(t)
	b.rows[3].Entry = nil
	text, err := json.Marshal(b.verify(t))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Sound    bool
		Size     int64
		Root     string
		Missing  int64
		Anchor   map[string]any
		Problems []map[string]any
		Notes    []string
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	p := got.Problems[0]
	if got.Sound || got.Size != inAll || len(got.Root) != 64 || got.Missing != 1 || got.Anchor["size"] != 600.0 ||
		len(got.Problems) != 1 || p["kind"] != "action_logs" || p["seq"] != 3.0 || p["class"] != "MISSING" || len(p["log_id"].(string)) != 36 {
		t.Errorf("%s", text)
	}
}

func TestWriteText(t *testing.T) {
	t.Parallel()
	b := sample(t)
	logID := b.rows[20].Spine.LogID
	b.rows[20].Spine.LogHash[0]++
	b.rows = b.rows[:595]
	b.tiles = map[tileAt][]byte{{0, 0}: b.tiles[tileAt{0, 0}], {0, 1}: b.tiles[tileAt{0, 1}]}
	got := strings.NewReplacer(b.head.LedgerID, "LEDGER", logID, "LOG-ID").Replace(describe(b.verify(t)))
	const golden = "testdata/report.txt"
	want, err := os.ReadFile(filepath.FromSlash(golden))
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if text := describe(sample(t).verify(t)); !strings.Contains(text, " is sound\n") {
		t.Errorf("%s", text)
	}
}

// BenchmarkRun verifies conversations of about 600 bytes out of memory.
func BenchmarkRun(b *testing.B) {
	k := newKeeper(b)
	const n = 50_000
	kind := daybook.MustKind("conversations")
	for range n / 1000 {
		records := make([]daybook.Record, 1000)
		for i := range records {
			records[i] = conversation(kind)
		}
		k.write(records...)
	}
	anchor := k.sign()
	laid := k.book()
	b.ReportAllocs()
	for b.Loop() {
		r, err := verify.Run(context.Background(), laid, verify.Options{Public: k.signer.Public(), Anchor: anchor})
		if err != nil || !r.Sound() {
			b.Fatal(err, describe(r))
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "entries/s")
}

func conversation(kind *daybook.Kind) daybook.Record {
	r := cheap(kind)
	r.Set("agent_position", daybook.TextValue("CFO"))
	r.Set("business_id", daybook.TextValue("default"))
	r.Set("started_at", daybook.TextValue("2026-01-31T09:00:00.000000Z"))
	r.Set("ended_at", daybook.TextValue("2026-01-31T09:00:09.000000Z"))
	r.Set("model_name", daybook.TextValue("claude-3.5-sonnet"))
	r.Set("input_tokens", daybook.IntValue(1200))
	r.Set("output_tokens", daybook.IntValue(300))
	r.Set("cost_usd", daybook.FloatValue(0.0123))
	r.Set("status", daybook.TextValue("completed"))
	r.Set("user_prompt_preview", daybook.TextValue("What does the corn balance sheet say of ending stocks?"))
	r.Set("response_preview", daybook.TextValue("Ending stocks stand at 1,877 million bushels, 3 percent over last year."))
	return r
}

// proofOf makes the offline proof of an entry as the ledger gives it.
func (k *keeper) proofOf(seq int64, extra []byte) []byte {
	k.t.Helper()
	signed := k.sign()
	tree := k.writer.Tree()
	hashes, err := merkle.Inclusion(tree.Size(), seq, tree.Reader(func(level int, index int64) ([]byte, error) {
		return k.store.FullTile(context.Background(), level, index)
	}))
	k.must(err)
	return merkle.Proof{Extra: extra, Index: seq, Hashes: hashes, Checkpoint: signed}.Marshal()
}

var serial atomic.Int64 // of ids, over all tests
