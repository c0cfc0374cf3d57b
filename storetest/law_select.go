package storetest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

func lawRoundTrip(t *testing.T, at Opener) {
	s := open(t, at)
	w := NewWriter(s)
	check(t, func(t *rapid.T) {
		var records []daybook.Record
		for _, k := range daybook.Kinds() {
			records = append(records, stored(k).Draw(t, k.Name))
		}
		written := mustWrite(t, w, records...)
		rows := mustScan(t, s, written[0].Seq)
		if len(rows) != len(written) {
			t.Fatalf("a scan gives %d rows, want %d", len(rows), len(written))
		}
		for i, row := range rows {
			if row.Fault != "" || row.Entry == nil || row.Spine == nil {
				t.Fatalf("row %d: %+v", i, row)
			}
			wantEntry(t, "scan", row.Entry, written[i])
			if want := daybook.SpineOf(written[i]); *row.Spine != want {
				t.Fatalf("the spine is %+v, want %+v", *row.Spine, want)
			}
			got := mustSelect(t, s, daybook.Query{Kind: written[i].Kind, Seqs: []int64{written[i].Seq}})
			wantEntries(t, "select", got, written[i:i+1])
		}
	})
}

func lawSpines(t *testing.T, at Opener) {
	s := open(t, at)
	w := NewWriter(s)
	var records []daybook.Record
	for _, k := range daybook.Kinds() {
		records = append(records, examples(k, 0, 3)...)
	}
	entries := mustWrite(t, w, records...)
	ids := []string{uuid.NewString(), "", "no uuid", "{" + entries[0].LogID() + "}", "'"}
	for _, e := range entries {
		ids = append(ids, e.LogID())
	}
	for range 3000 {
		ids = append(ids, uuid.NewString())
	}
	must(t, s.Append(t.Context(), func(v daybook.View) (*daybook.Batch, error) {
		found, err := v.Spines(t.Context(), ids)
		must(t, err)
		if len(found) != len(entries) {
			t.Fatalf("found %d of %d", len(found), len(entries))
		}
		for _, row := range found {
			if want := daybook.SpineOf(entries[row.Seq]); row != want {
				t.Errorf("found %+v, want %+v", row, want)
			}
		}
		none, err := v.Spines(t.Context(), nil)
		if err != nil || len(none) != 0 {
			t.Errorf("asked for none, got %v, %v", none, err)
		}
		return nil, nil
	}))
}

func lawRevisions(t *testing.T, at Opener) {
	s := open(t, at)
	w := NewWriter(s)
	for _, name := range []string{"conversations", "lineage_edge", "output_artifact"} {
		k := daybook.MustKind(name)
		first := mustWrite(t, w, examples(k, 0, 20)...)
		var all, current []*daybook.Entry
		all = append(all, first...)
		newest := slices.Clone(first)
		for i, n := range []int{3, 3, 3, 7, 0} {
			r := daybook.NewRecord(k)
			copy(r.Values, example(k, 29+i).Values)
			c, _ := k.Column(k.Subject().Name)
			r.Values[c] = first[n].Values[c]
			e := mustWrite(t, w, r)[0]
			all, newest[n] = append(all, e), e
		}
		current = slices.Clone(newest)
		slices.SortFunc(current, func(a, b *daybook.Entry) int { return int(a.Seq - b.Seq) })
		wantEntries(t, name+", current", mustSelect(t, s, daybook.Query{Kind: k, Oldest: true}), current)
		wantEntries(t, name+", all", mustSelect(t, s, daybook.Query{Kind: k, Revisions: true, Oldest: true}), all)
		slices.Reverse(all)
		wantEntries(t, name+", newest first", mustSelect(t, s, daybook.Query{Kind: k, Revisions: true}), all)

		history := mustSelect(t, s, daybook.Query{Kind: k, IDs: []string{first[3].SubjectID()}, Revisions: true, Oldest: true})
		for i, e := range history {
			if e.Revision() != int64(i+1) || e.SubjectID() != first[3].SubjectID() {
				t.Errorf("%s: revision %d of the history is %d", name, i+1, e.Revision())
			}
		}
		if len(history) != 4 {
			t.Errorf("%s: %d revisions, want 4", name, len(history))
		}
		ids := []string{first[3].SubjectID(), first[5].SubjectID(), "", "-1", "x'y", "0" + first[5].SubjectID()}
		for i := range 2000 {
			ids = append(ids, strconv.Itoa(1_000_000+i))
		}
		got := mustSelect(t, s, daybook.Query{Kind: k, IDs: ids})
		wantEntries(t, name+", by id", got, []*daybook.Entry{newest[3], newest[5]})
		old := mustSelect(t, s, daybook.Query{Kind: k, Seqs: []int64{first[3].Seq, first[4].Seq}})
		wantEntries(t, name+", a seq that is not current", old, []*daybook.Entry{first[4]})
	}
}

func lawInvalid(t *testing.T, at Opener) {
	s := open(t, at)
	k := daybook.MustKind("transformation_session")
	one := daybook.TextValue("x")
	for name, q := range map[string]daybook.Query{
		"no kind":               {},
		"no such column":        {Kind: k, Filters: []daybook.Filter{{Column: "nonesuch", Values: []daybook.Value{one}}}},
		"seq is no column":      {Kind: k, Filters: []daybook.Filter{{Column: "seq", Values: []daybook.Value{one}}}},
		"SQL for a column":      {Kind: k, Filters: []daybook.Filter{{Column: "id\" OR 1=1 --", Values: []daybook.Value{one}}}},
		"an array that is none": {Kind: k, Filters: []daybook.Filter{{Column: "purpose", Op: daybook.OpContains, Values: []daybook.Value{one}}}},
		"from two values":       {Kind: k, Filters: []daybook.Filter{{Column: "purpose", Op: daybook.OpFrom, Values: []daybook.Value{one, one}}}},
		"before no value":       {Kind: k, Filters: []daybook.Filter{{Column: "purpose", Op: daybook.OpBefore}}},
		"containing two":        {Kind: k, Filters: []daybook.Filter{{Column: "source_tables", Op: daybook.OpContains, Values: []daybook.Value{one, one}}}},
	} {
		_, err := s.Select(t.Context(), q)
		wantCode(t, name, err, daybook.CodeInvalid)
	}
}

// lawFilters asks the store and the model the same questions.
func lawFilters(t *testing.T, at Opener) {
	s, m := open(t, at), NewModel()
	w := NewWriter(s)
	for _, k := range daybook.Kinds() {
		entries := writeBoth(t, w, m, examples(k, 0, 25)...)
		if k.Amendable() {
			writeBoth(t, w, m, revise(entries[:10])...)
		}
		entries = mustSelect(t, m, daybook.Query{Kind: k, Revisions: true})
		check(t, func(t *rapid.T) {
			q := queries(k, entries).Draw(t, "query")
			wantEntries(t, describe(q), mustSelect(t, s, q), mustSelect(t, m, q))
		})
	}
}

// lawContains asks for members of arrays that are hard to tell from parts of
// others.
func lawContains(t *testing.T, at Opener) {
	s := open(t, at)
	w := NewWriter(s)
	k := daybook.MustKind("transformation_session")
	arrays := [][]string{{"x"}, {`"x`}, {`x"`}, {`"x"`}, {"x, y"}, {`x", "y`}, {"y", "x"}, {"X"}, {"xx"}, {""}, {`\`}, {"é"}, {"é"}, {"[x]"}, {"1"}, nil}
	for i, list := range arrays {
		r := example(k, i)
		r.Set("source_tables", daybook.TextsValue(list))
		mustWrite(t, w, r)
	}
	for _, list := range arrays {
		for _, member := range list {
			var want []int64
			for seq, list := range arrays {
				if slices.Contains(list, member) {
					want = append(want, int64(seq))
				}
			}
			f := daybook.Filter{Column: "source_tables", Op: daybook.OpContains, Values: []daybook.Value{daybook.TextValue(member)}}
			if got := seqsOf(mustSelect(t, s, daybook.Query{Kind: k, Oldest: true, Filters: []daybook.Filter{f}})); !slices.Equal(got, want) {
				t.Errorf("%q is in %v, want %v", member, got, want)
			}
		}
	}
}

// revise gives records of the same subjects with other entries' values.
func revise(entries []*daybook.Entry) []daybook.Record {
	var records []daybook.Record
	for i, e := range entries {
		r := daybook.NewRecord(e.Kind)
		copy(r.Values, entries[(i+1)%len(entries)].Values)
		subject, _ := e.Kind.Column(e.Kind.Subject().Name)
		r.Values[subject] = e.Values[subject]
		r.SetLogID(uuid.NewString())
		records = append(records, r)
	}
	return records
}

// writeBoth writes a batch to the writer's store and the same to the model.
func writeBoth(t asserter, w *Writer, m *Model, records ...daybook.Record) []*daybook.Entry {
	t.Helper()
	batch, tree := w.Batch(records...)
	give := func(daybook.View) (*daybook.Batch, error) { return batch, nil }
	must(t, w.store.Append(context.Background(), give))
	must(t, m.Append(context.Background(), give))
	w.Wrote(batch, tree)
	return batch.Entries
}

// queries makes queries of a kind whose values are mostly those of entries.
func queries(k *daybook.Kind, entries []*daybook.Entry) *rapid.Generator[daybook.Query] {
	some := rapid.SampledFrom(entries)
	return rapid.Custom(func(t *rapid.T) daybook.Query {
		q := daybook.Query{Kind: k, Revisions: rapid.Bool().Draw(t, "revisions"), Oldest: rapid.Bool().Draw(t, "oldest")}
		q.Limit = rapid.SampledFrom([]int{0, 0, 1, 3, 100}).Draw(t, "limit")
		if rapid.Bool().Draw(t, "of a snapshot") {
			q.Snapshot = some.Draw(t, "snapshot").Seq + rapid.Int64Range(-1, 2).Draw(t, "beyond")
		}
		for range rapid.IntRange(0, 2).Draw(t, "filters") {
			q.Filters = append(q.Filters, filters(k, some).Draw(t, "filter"))
		}
		switch rapid.IntRange(0, 5).Draw(t, "by") {
		case 0:
			q.IDs = rapid.SliceOfN(rapid.Map(some, (*daybook.Entry).SubjectID), 0, 4).Draw(t, "ids")
		case 1:
			q.Seqs = rapid.SliceOfN(rapid.Map(some, func(e *daybook.Entry) int64 { return e.Seq }), 0, 4).Draw(t, "seqs")
		case 2:
			q.After = new(some.Draw(t, "after").Seq)
		case 3:
			q.Business = some.Draw(t, "business").Business()
		}
		return q
	})
}

func filters(k *daybook.Kind, some *rapid.Generator[*daybook.Entry]) *rapid.Generator[daybook.Filter] {
	return rapid.Custom(func(t *rapid.T) daybook.Filter {
		i := rapid.IntRange(0, len(k.Columns)-1).Draw(t, "column")
		c := &k.Columns[i]
		value := rapid.Custom(func(t *rapid.T) daybook.Value {
			if v := some.Draw(t, "entry").Values[i]; v.IsSet() {
				return v
			}
			return Values(c).Draw(t, "value")
		})
		f := daybook.Filter{Column: c.Name, Op: rapid.SampledFrom([]daybook.Op{
			daybook.OpIn, daybook.OpFrom, daybook.OpBefore, daybook.OpAbsent, daybook.OpContains,
		}).Draw(t, "op")}
		switch {
		case f.Op == daybook.OpAbsent:
		case f.Op == daybook.OpContains && c.Type == daybook.TypeTexts:
			list, err := daybook.Texts(value.Draw(t, "array"))
			must(t, err)
			f.Values = []daybook.Value{daybook.TextValue(rapid.SampledFrom(list).Draw(t, "member"))}
		case f.Op == daybook.OpIn, f.Op == daybook.OpContains:
			f.Op = daybook.OpIn
			f.Values = rapid.SliceOfN(value, 0, 3).Draw(t, "values")
		default:
			f.Values = []daybook.Value{value.Draw(t, "value")}
		}
		return f
	})
}

// describe tells a query in a message.
func describe(q daybook.Query) string {
	s := fmt.Sprintf("%s, revisions %t, oldest %t, snapshot %d,", q.Kind.Name, q.Revisions, q.Oldest, q.Snapshot)
	for _, f := range q.Filters {
		s += " " + f.Column + " op " + strconv.Itoa(int(f.Op))
		i, _ := q.Kind.Column(f.Column)
		for _, v := range f.Values {
			s += " " + string(daybook.AppendValue(nil, q.Kind.Columns[i].Type, v))
		}
	}
	return s
}

func lawPages(t *testing.T, at Opener) {
	s := open(t, at)
	w := NewWriter(s)
	k, other := daybook.MustKind("escalation_logs"), daybook.MustKind("thinking_logs")
	for i := range 15 {
		mustWrite(t, w, example(k, i), example(other, i))
	}
	entries := mustSelect(t, s, daybook.Query{Kind: k})
	mustWrite(t, w, revise(entries[3:6])...)
	for _, oldest := range []bool{false, true} {
		for _, revisions := range []bool{false, true} {
			q := daybook.Query{Kind: k, Oldest: oldest, Revisions: revisions}
			want := mustSelect(t, s, q)
			if n := len(want); !revisions && n != 15 || revisions && n != 18 {
				t.Fatalf("revisions=%t: %d entries", revisions, n)
			}
			var got []*daybook.Entry
			q.Limit = 4
			for {
				page := mustSelect(t, s, q)
				if len(page) > 4 {
					t.Fatalf("a page of %d", len(page))
				}
				if len(page) == 0 {
					break
				}
				got = append(got, page...)
				q.After = new(page[len(page)-1].Seq)
			}
			wantEntries(t, "pages", got, want)
		}
	}
}

// lawSnapshot amends subjects, again and again, between the pages of lists: a
// list of a snapshot stands still.
func lawSnapshot(t *testing.T, at Opener) {
	s := open(t, at)
	w := NewWriter(s)
	k := daybook.MustKind("escalation_logs")
	first := mustWrite(t, w, examples(k, 0, 12)...)
	mustWrite(t, w, revise(first[3:6])...)
	for _, oldest := range []bool{false, true} {
		for _, revisions := range []bool{false, true} {
			q := daybook.Query{Kind: k, Oldest: oldest, Revisions: revisions}
			want := mustSelect(t, s, q)
			q.Snapshot, q.Limit = mustHead(t, s).Size, 2
			var got []*daybook.Entry
			for {
				page := mustSelect(t, s, q)
				if len(page) == 0 {
					break
				}
				got = append(got, page...)
				q.After = new(page[len(page)-1].Seq)
				if len(got) < 100 { // or a list that does not stand still would have no end
					mustWrite(t, w, append(revise(first[1:8]), example(k, 12+len(got)))...)
				}
			}
			wantEntries(t, fmt.Sprintf("oldest %t, revisions %t", oldest, revisions), got, want)
		}
	}
	// A snapshot that ends among a subject's revisions.
	history := mustSelect(t, s, daybook.Query{Kind: k, IDs: []string{first[4].SubjectID()}, Revisions: true, Oldest: true})
	for i, e := range history {
		q := daybook.Query{Kind: k, IDs: []string{e.SubjectID()}, Snapshot: e.Seq + 1, Oldest: true}
		wantEntries(t, "just written", mustSelect(t, s, q), history[i:i+1])
		q.Revisions = true
		wantEntries(t, "its revisions", mustSelect(t, s, q), history[:i+1])
		q.Snapshot = e.Seq
		wantEntries(t, "just before", mustSelect(t, s, q), history[:i])
	}
	wantEntries(t, "ahead", mustSelect(t, s, daybook.Query{Kind: k, Snapshot: 1 << 40}), mustSelect(t, s, daybook.Query{Kind: k}))
	wantEntries(t, "of less than none", mustSelect(t, s, daybook.Query{Kind: k, Snapshot: -1}), nil)
}
