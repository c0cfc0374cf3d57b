package transfer_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/postgres"
	"github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/storetest"
	"github.com/daybook-audit/daybook/transfer"
)

// how a store is opened.
type how struct {
	readOnly, transfer bool
	step               func(string)
}

// opener opens the store at one place.
type opener func(ctx context.Context, h how) (daybook.Movable, error)

// sorts are the stores there are: each gives the name of a fresh place.
var sorts = map[string]func(testing.TB) string{
	"sqlite":   func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "ledger.db") },
	"postgres": freshDatabase,
}

// at opens the store of a name.
func at(name string) opener {
	return func(ctx context.Context, h how) (daybook.Movable, error) {
		path, isFile := strings.CutPrefix(name, "sqlite:")
		if !isFile {
			return postgres.Open(ctx, name, postgres.Options{ReadOnly: h.readOnly, Transfer: h.transfer, Step: h.step, Logger: slog.New(slog.DiscardHandler)})
		}
		return sqlite.Open(ctx, path, sqlite.Options{ReadOnly: h.readOnly, Transfer: h.transfer, Step: h.step})
	}
}

// eachPair runs a test with every sort of source and target.
func eachPair(t *testing.T, test func(t *testing.T, from, to string)) {
	for fromName, from := range sorts {
		for toName, to := range sorts {
			t.Run(fromName+" to "+toName, func(t *testing.T) {
				t.Parallel()
				test(t, from(t), to(t))
			})
		}
	}
}

// open opens a store for the length of a test.
func open(t testing.TB, name string, h how) daybook.Movable {
	t.Helper()
	s, err := at(name)(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing %s: %v", name, err)
		}
	})
	return s
}

// records are of every kind. After some their subjects come again, as revisions.
func records(n int) []daybook.Record {
	list := make([]daybook.Record, n)
	for i := range list {
		list[i] = examples()[i%len(examples())]
	}
	return list
}

var examples = sync.OnceValue(func() []daybook.Record {
	kinds := daybook.Kinds()
	list := make([]daybook.Record, 20*len(kinds))
	for i := range list {
		list[i] = storetest.Records(kinds[i%len(kinds)]).Example(i)
	}
	return list
})

// fill makes a ledger of n entries in a fresh store, with a checkpoint and state
// beside it.
func fill(t testing.TB, s daybook.Movable, n int) *storetest.Writer {
	t.Helper()
	w := storetest.NewWriter(s)
	write(t, w, records(n)...)
	sign(t, s)
	tokens := s.(daybook.Tokens)
	for i := range 3 {
		token := daybook.Token{ID: uuid.NewString(), Name: fmt.Sprint("ci-", i), Role: daybook.RoleWriter, Business: "acme", CreatedAt: time.Now().UTC().Truncate(time.Microsecond)}
		_, _ = rand.Read(token.MAC[:])
		_, _ = rand.Read(token.Hash[:])
		if i == 1 {
			token.RevokedAt, token.LastUsedAt = token.CreatedAt.Add(time.Second), token.CreatedAt
		}
		must(t, tokens.AddToken(t.Context(), token))
	}
	must(t, s.(daybook.KnownColumns).KeepColumns(t.Context(), "acme", map[string][]string{"silver.corn": {"year", "Ärea \"x\""}, "Bronze.Corn": {"id"}}))
	must(t, s.(daybook.KnownPatterns).KeepPatterns(t.Context(), map[daybook.PatternKey]int64{{1}: 5, {2}: 7}, 100))
	return w
}

func write(t testing.TB, w *storetest.Writer, records ...daybook.Record) {
	t.Helper()
	for len(records) > 0 {
		n := min(len(records), 100)
		if _, err := w.Write(t.Context(), records[:n]...); err != nil {
			t.Fatal(err)
		}
		records = records[n:]
	}
}

// sign signs the head as it stands.
func sign(t testing.TB, s daybook.Store) {
	t.Helper()
	head, err := s.Head(t.Context())
	must(t, err)
	origin := daybook.OriginPrefix + head.LedgerID
	private, _, err := merkle.GenerateKey(origin)
	must(t, err)
	signer, err := merkle.NewSigner(private)
	must(t, err)
	note, err := signer.Sign(merkle.Checkpoint{Origin: origin, Size: head.Size, Root: head.Root})
	must(t, err)
	must(t, s.SaveCheckpoint(t.Context(), note))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, what string, err error, code daybook.Code) {
	t.Helper()
	if got := daybook.CodeOf(err); got != code {
		t.Errorf("%s: got code %q (%v), want %q", what, got, err, code)
	}
}

// carry copies, with chunks that are no whole tiles.
func carry(t testing.TB, from, to daybook.Movable, o transfer.Options) *transfer.Report {
	t.Helper()
	o.From, o.To, o.Rows = "A", "B", 100
	report, err := transfer.Copy(t.Context(), from, to, o)
	must(t, err)
	return report
}

// wantSame wants two stores to hold the same ledger and the same state.
func wantSame(t testing.TB, a, b daybook.Movable) {
	t.Helper()
	headA, err := a.Head(t.Context())
	must(t, err)
	headB, err := b.Head(t.Context())
	must(t, err)
	if !reflect.DeepEqual(headA, headB) {
		t.Errorf("the heads are\n%+v and\n%+v", headA, headB)
	}
	rowsA, rowsB := rowsOf(t, a), rowsOf(t, b)
	if len(rowsA) != len(rowsB) {
		t.Fatalf("%d rows and %d", len(rowsA), len(rowsB))
	}
	for i := range rowsA {
		if rowsA[i] != rowsB[i] {
			t.Fatalf("row %d is\n%s and\n%s", i, rowsA[i], rowsB[i])
		}
	}
	for index := range headA.Size / merkle.TileWidth {
		tileA, err := a.FullTile(t.Context(), 0, index)
		must(t, err)
		tileB, err := b.FullTile(t.Context(), 0, index)
		must(t, err)
		if string(tileA) != string(tileB) {
			t.Errorf("tile %d differs", index)
		}
	}
	wantSameState(t, a, b)
}

func wantSameState(t testing.TB, a, b daybook.Movable) {
	t.Helper()
	stateA, err := a.State(t.Context())
	must(t, err)
	stateB, err := b.State(t.Context())
	must(t, err)
	tables := func(s *daybook.StoreState) map[string][]string {
		all := map[string][]string{}
		for _, known := range s.Tables {
			all[known.Business+" "+strings.ToLower(known.Table)] = known.Columns
		}
		return all
	}
	if !slices.Equal(stateA.Tokens, stateB.Tokens) || !reflect.DeepEqual(stateA.Patterns, stateB.Patterns) || !reflect.DeepEqual(tables(stateA), tables(stateB)) {
		t.Errorf("the state beside the ledger is\n%+v and\n%+v", stateA, stateB)
	}
}

// rowsOf gives all rows as text, whole.
func rowsOf(t testing.TB, s daybook.Store) []string {
	t.Helper()
	var rows []string
	must(t, s.Scan(t.Context(), 0, func(r daybook.Row) error {
		text := r.Fault
		if r.Spine != nil {
			text += fmt.Sprintf("%d %s", r.Spine.Seq, r.Spine.AppendLeaf(nil))
		}
		if r.Entry != nil {
			text += string(r.Entry.AppendExport(nil))
		}
		rows = append(rows, text)
		return nil
	}))
	return rows
}

// appendTo appends records to a store that has entries already.
func appendTo(ctx context.Context, s daybook.Store, records []daybook.Record) error {
	return s.Append(ctx, func(v daybook.View) (*daybook.Batch, error) {
		head := v.Head()
		tree, err := treeOf(ctx, s, head.Size)
		if err != nil {
			return nil, err
		}
		batch := &daybook.Batch{}
		logged := time.Date(2026, 3, 1, 0, 0, 0, int(head.Size)*1000, time.UTC)
		for _, r := range records {
			e := &daybook.Entry{Kind: r.Kind, Seq: tree.Size(), Values: append([]daybook.Value(nil), r.Values...)}
			revision := e.Seq + 1000 // the same subjects are written again and again
			if c := e.Kind.Subject(); c.Serial {
				i, _ := e.Kind.Column(c.Name)
				e.Values[i], revision = daybook.IntValue(e.Seq), 1
			}
			e.Seal(daybook.Envelope{
				LogID: uuid.NewString(), LoggedAt: canon.FormatTime(logged), Principal: "tester", RetainUntil: canon.FormatTime(logged),
				Salt: "00112233445566778899aabbccddeeff", Revision: revision,
			})
			e.LogHash = canon.Hash(e.AppendCanonical(nil))
			place := daybook.SpineOf(e)
			tree.Append(merkle.LeafHash(place.AppendLeaf(nil)))
			batch.Entries = append(batch.Entries, e)
		}
		batch.Tiles = tree.TakeFull()
		batch.Head = daybook.Head{Size: tree.Size(), Root: tree.Root(), LoggedAt: canon.FormatTime(logged)}
		return batch, nil
	})
}

func treeOf(ctx context.Context, s daybook.Store, size int64) (*merkle.Tree, error) {
	rows, err := s.Spine(ctx, 0, size)
	if err != nil {
		return nil, err
	}
	tree := merkle.New()
	for i := range rows {
		tree.Append(merkle.LeafHash(rows[i].AppendLeaf(nil)))
	}
	tree.TakeFull()
	return tree, nil
}
