package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/lineage"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/storetest"
)

// TestBothStoresAnswerTheSame copies ledgers from a file to a database, and asks
// both everything: first that of the story, then one of drawn records, which
// have every column and every odd value. DAYBOOK_ALIKE=1 asks all of some 50,000
// questions, and else one in 29.
func TestBothStoresAnswerTheSame(t *testing.T) {
	t.Parallel()
	for name, fill := range map[string]func(t *testing.T, path string){"story": storyIn, "drawn": drawnIn} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, url := temp(t), database(t)
			fill(t, path)
			carry(t, path, url, false)
			file, db := reading(t, path), reading(t, url)
			heads := [2]string{}
			for i, s := range []local.Store{file, db} {
				head := must[daybook.Head](t)(s.Head(t.Context()))
				head.Checkpoint = nil
				heads[i] = shown(head, nil)
			}
			same(t, "head", heads)
			asks := everyQuestion(t, file)
			if os.Getenv("DAYBOOK_ALIKE") == "" {
				asks = some(asks, 29)
			}
			answers(t, file, db, append(asks, ofSQL()...))
		})
	}
}

// some gives one question in n: all of them take minutes.
func some(all []question, n int) (few []question) {
	for i := 0; i < len(all); i += n {
		few = append(few, all[i])
	}
	return few
}

func reading(t *testing.T, name string) local.Store {
	t.Helper()
	place := must[local.Place](t)(local.ParseStore(name))
	s, _, err := local.Read(t.Context(), place, local.Options{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func storyIn(t *testing.T, path string) {
	t.Helper()
	a := newAlike(t)
	story(t, a)
	place := must[local.Place](t)(local.ParseStore(path))
	from := a.file.Store.(daybook.Movable)
	to := must[daybook.Movable](t)(local.OpenMovable(t.Context(), place, local.Options{Logger: quiet}, false))
	defer to.Close()
	carryOver(t, from, to)
}

func drawnIn(t *testing.T, path string) {
	t.Helper()
	s := must[*sqlite.Store](t)(sqlite.Open(t.Context(), path, sqlite.Options{Logger: quiet}))
	defer s.Close()
	w := storetest.NewWriter(s)
	for i := range 8 {
		for _, k := range daybook.Kinds() {
			must[[]*daybook.Entry](t)(w.Write(t.Context(), storetest.Records(k).Example(i*31+k.Number), storetest.Records(k).Example(i%3)))
		}
	}
}

// everyQuestion makes questions of what a ledger holds.
func everyQuestion(t *testing.T, s local.Store) []question {
	t.Helper()
	all := map[*daybook.Kind][]*daybook.Entry{}
	var size int64
	err := lineage.NewReader(s, s).Export(t.Context(), daybook.Local, daybook.ExportQuery{}, func(e *daybook.Entry) error {
		all[e.Kind] = append(all[e.Kind], e)
		size++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var asks []question
	for _, k := range daybook.Kinds() {
		asks = append(asks, ofKind(k, all[k], size)...)
		asks = append(asks, ofSubjects(k, all[k])...)
	}
	asks = append(asks, ofSessions(all[daybook.MustKind("transformation_session")])...)
	asks = append(asks, ofNodes(all[daybook.MustKind("lineage_edge")])...)
	asks = append(asks, ofNames(all)...)
	return append(asks, ofSpending()...)
}

func listing(q daybook.Query, p daybook.Principal) question {
	return question{fmt.Sprintf("list %s of %q: %+v", q.Kind.Name, p.Business, q), func(ctx context.Context, r *lineage.Reader) (any, error) {
		return r.List(ctx, p, q)
	}}
}

var (
	ofAcme = daybook.Principal{Name: "x", Role: daybook.RoleAuditor, Business: "acme"}
	whom   = []daybook.Principal{daybook.Local, ofAcme}
)

// ofKind lists a kind in every way, by every column.
func ofKind(k *daybook.Kind, entries []*daybook.Entry, size int64) []question {
	var asks []question
	for _, p := range whom {
		for _, q := range []daybook.Query{
			{},
			{Oldest: true},
			{Revisions: true},
			{Revisions: true, Oldest: true},
			{Limit: 1},
			{Limit: 3, After: new(size / 2)},
			{Limit: 3, After: new(size / 2), Oldest: true},
			{Snapshot: 1},
			{Snapshot: size / 2},
			{Snapshot: size/2 + 1, Revisions: true},
			{Snapshot: size + 5},
			{Snapshot: -1},
			{Limit: -1},
			{Limit: 1001},
			{Limit: 1000},
			{Business: "zeta"},
			{Business: "acme"},
			{Business: "none"},
			{IDs: []string{"", "x", "-1", "1", "0"}},
			{Seqs: []int64{0, 1, 5, size - 1, size, -1}},
			{IDs: []string{}},
			{Seqs: []int64{}},
			{Filters: []daybook.Filter{{Column: "nonesuch"}}},
			{Filters: []daybook.Filter{{Column: k.Subject().Name}}},
		} {
			q.Kind = k
			asks = append(asks, listing(q, p))
		}
	}
	for i := range k.Columns {
		c := &k.Columns[i]
		var values []daybook.Value
		for _, e := range entries {
			if v := e.Values[i]; v.IsSet() && len(values) < 12 && !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		filters := []daybook.Filter{{Column: c.Name, Op: daybook.OpAbsent}, {Column: c.Name, Values: values}}
		for _, v := range values {
			for _, op := range []daybook.Op{daybook.OpIn, daybook.OpContains, daybook.OpFrom, daybook.OpBefore} {
				filters = append(filters, daybook.Filter{Column: c.Name, Op: op, Values: []daybook.Value{v}})
			}
			if c.Type == daybook.TypeTexts {
				var texts []string
				_ = json.Unmarshal([]byte(v.Text()), &texts)
				for _, text := range texts {
					filters = append(filters, daybook.Filter{Column: c.Name, Op: daybook.OpContains, Values: []daybook.Value{daybook.TextValue(text)}})
				}
			}
		}
		for j, f := range filters {
			asks = append(asks, listing(daybook.Query{Kind: k, Filters: []daybook.Filter{f}, Oldest: j%2 == 0, Revisions: j%3 == 0, Snapshot: int64(j%4) * size / 4}, whom[j%2]))
			asks = append(asks, listing(daybook.Query{Kind: k, Filters: []daybook.Filter{f, filters[(j*7+3)%len(filters)]}}, daybook.Local))
		}
	}
	return asks
}

// ofSubjects gets everything that there is, and what is almost called so.
func ofSubjects(k *daybook.Kind, entries []*daybook.Entry) []question {
	var ids []string
	for _, e := range entries {
		id := e.SubjectID()
		ids = append(ids, id, strings.ToUpper(id), id+" ", "0"+id)
	}
	slices.Sort(ids)
	ids = append(slices.Compact(ids), "", "x", "nul\x00", "\xff", "{"+idOf(1)+"}", strings.ReplaceAll(idOf(1), "-", ""), "9223372036854775808", "1e3", "+1")
	var asks []question
	for _, id := range ids {
		for _, p := range whom {
			asks = append(asks, question{"get " + k.Name + " " + id, func(ctx context.Context, r *lineage.Reader) (any, error) { return r.Get(ctx, p, k, id) }},
				listing(daybook.Query{Kind: k, IDs: []string{id}, Revisions: true}, p))
		}
	}
	return asks
}
