package storetest

import (
	"context"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
	"pgregory.net/rapid"
)

// lawModel does random operations on a store and on the model, and wants the
// same answers. The store goes on from one run to the next.
func lawModel(t *testing.T, at Opener) {
	m := &machine{model: NewModel(), at: at, sign: []func(*merkle.Tree) []byte{signer(t), signer(t)}}
	s, err := at()
	must(t, err)
	m.store, m.writer = s, NewWriter(s)
	t.Cleanup(func() { must(t, m.store.Close()) })
	check(t, func(t *rapid.T) {
		t.Repeat(map[string]func(*rapid.T){
			"append": m.append, "amend": m.amend, "fail": m.fail, "checkpoint": m.checkpoint,
			"select": m.query, "spines": m.spines, "tally": m.tally, "scan": m.scan, "": m.check,
		})
		if rapid.IntRange(0, 9).Draw(t, "reopens") == 0 {
			m.reopen(t)
		}
	})
}

type machine struct {
	at     Opener
	store  daybook.Store
	writer *Writer
	model  *Model
	sign   []func(*merkle.Tree) []byte // by one key, or by another
	last   []*daybook.Entry            // of the newest batches
}

// few are the kinds the machine writes, so that they meet often: of each way
// to name a subject, amendable and not.
var few = rapid.SampledFrom([]string{
	"conversations", "thinking_logs", "transformation_operation", "output_artifact", "lineage_edge",
})

func drawKind(t *rapid.T) *daybook.Kind { return daybook.MustKind(few.Draw(t, "kind")) }

func (m *machine) draw(t *rapid.T) []daybook.Record {
	n := rapid.IntRange(1, 4).Draw(t, "records")
	records := make([]daybook.Record, n)
	for i := range records {
		records[i] = stored(drawKind(t)).Draw(t, "record")
	}
	return records
}

func (m *machine) append(t *rapid.T) {
	m.last = append(m.last, writeBoth(t, m.writer, m.model, m.draw(t)...)...)
	m.last = m.last[max(0, len(m.last)-40):]
}

func (m *machine) amend(t *rapid.T) {
	var amendable []*daybook.Entry
	for _, e := range m.last {
		if e.Kind.Amendable() {
			amendable = append(amendable, e)
		}
	}
	if amendable == nil {
		return
	}
	e := rapid.SampledFrom(amendable).Draw(t, "of")
	m.last = append(m.last, writeBoth(t, m.writer, m.model, amendment(t, e))...)
}

func (m *machine) fail(t *rapid.T) {
	batch, _ := m.writer.Batch(m.draw(t)...)
	batch.Entries[len(batch.Entries)-1].Seq++
	for _, s := range []daybook.Store{m.store, m.model} {
		if err := s.Append(context.Background(), func(daybook.View) (*daybook.Batch, error) { return batch, nil }); err == nil {
			t.Fatalf("a batch with a gap was appended")
		}
	}
}

func (m *machine) checkpoint(t *rapid.T) {
	signed := rapid.SampledFrom(m.sign).Draw(t, "key")(m.writer.Tree())
	must(t, m.store.SaveCheckpoint(context.Background(), signed))
	must(t, m.model.SaveCheckpoint(context.Background(), signed))
}

func (m *machine) query(t *rapid.T) {
	k := drawKind(t)
	var entries []*daybook.Entry
	for _, e := range m.last {
		if e.Kind == k {
			entries = append(entries, e)
		}
	}
	if entries == nil {
		return
	}
	q := queries(k, entries).Draw(t, "query")
	wantEntries(t, describe(q), mustSelect(t, m.store, q), mustSelect(t, m.model, q))
	must(t, m.store.Append(context.Background(), func(v daybook.View) (*daybook.Batch, error) {
		wantEntries(t, "within an append, "+describe(q), mustSelect(t, v, q), mustSelect(t, m.model, q))
		return nil, nil
	}))
}

func (m *machine) spines(t *rapid.T) {
	if len(m.last) == 0 {
		return
	}
	want := map[string]daybook.Spine{}
	var ids []string
	for _, e := range rapid.SliceOf(rapid.SampledFrom(m.last)).Draw(t, "of") {
		want[e.LogID()] = daybook.SpineOf(e)
		ids = append(ids, e.LogID())
	}
	must(t, m.store.Append(context.Background(), func(v daybook.View) (*daybook.Batch, error) {
		found, err := v.Spines(context.Background(), ids)
		must(t, err)
		if len(found) != len(want) {
			t.Fatalf("found %d of %d", len(found), len(want))
		}
		for _, row := range found {
			if row != want[row.LogID] {
				t.Fatalf("found %+v, want %+v", row, want[row.LogID])
			}
		}
		return nil, nil
	}))
}

func (m *machine) tally(t *rapid.T) {
	if len(m.last) == 0 {
		return
	}
	k := drawKind(t)
	session := rapid.SampledFrom(m.last).Draw(t, "of").Text("session_id")
	count := func(s daybook.Store) (tally [2]int64) {
		must(t, s.Append(context.Background(), func(v daybook.View) (*daybook.Batch, error) {
			var err error
			tally[0], tally[1], err = v.Tally(context.Background(), k, session)
			return nil, err
		}))
		return tally
	}
	if got, want := count(m.store), count(m.model); session != "" && got != want {
		t.Fatalf("%s of session %s: %v, want %v", k.Name, session, got, want)
	}
}

// check runs after every operation.
func (m *machine) check(t *rapid.T) {
	got, want := mustHead(t, m.store), mustHead(t, m.model)
	want.LedgerID = got.LedgerID
	if !sameHead(got, want) {
		t.Fatalf("the head is %+v, want %+v", got, want)
	}
}

func (m *machine) scan(t *rapid.T) {
	size := mustHead(t, m.store).Size
	from := rapid.Int64Range(max(0, size-40), size).Draw(t, "from")
	rows, wanted := mustScan(t, m.store, from), mustScan(t, m.model, from)
	if len(rows) != len(wanted) {
		t.Fatalf("a scan from %d gives %d rows, want %d", from, len(rows), len(wanted))
	}
	for i := range rows {
		wantEntry(t, "scan", rows[i].Entry, wanted[i].Entry)
	}
}

func (m *machine) reopen(t *rapid.T) {
	must(t, m.store.Close())
	s, err := m.at()
	must(t, err)
	m.store, m.writer.store = s, s
	m.check(t)
	m.scan(t)
}
