package lineage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
)

var acme = daybook.Principal{Name: "a", Role: daybook.RoleReader, Business: "acme"}

func TestGet(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	first := b.add(daybook.TransformationSession{AgentID: "etl", Status: "ACTIVE"})
	b.amend(first, map[string]daybook.Value{"status": daybook.TextValue("COMPLETED")})
	edge := b.edge("a.b", "c.d", "COPIES")
	r := b.reader()
	e, err := r.Get(t.Context(), anyone, sessionKind, first.SubjectID())
	if err != nil || e.Revision() != 2 || e.Text("status") != "COMPLETED" {
		t.Errorf("got %v, %v; want the second revision", e, err)
	}
	if e, err := r.Get(t.Context(), anyone, edgeKind, edge.SubjectID()); err != nil || e.Seq != edge.Seq {
		t.Errorf("got %v, %v; want the edge", e, err)
	}
	for _, id := range []string{"", "nobody", "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"} {
		_, err := r.Get(t.Context(), anyone, sessionKind, id)
		wantCode(t, err, daybook.CodeNotFound)
		var e *daybook.Error
		if !errors.As(err, &e) || e.Hint == "" {
			t.Errorf("no hint for %q: %v", id, err)
		}
	}
	_, err = r.Get(t.Context(), anyone, edgeKind, "one")
	wantCode(t, err, daybook.CodeNotFound)
	_, err = r.Get(t.Context(), acme, sessionKind, first.SubjectID())
	wantCode(t, err, daybook.CodeNotFound)
}

func TestListPages(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	const total = 7
	for i := range total {
		b.add(daybook.Conversation{ConversationID: fmt.Sprint("c", i), AgentPosition: "CFO"})
	}
	kind := daybook.MustKind("conversations")
	for _, oldest := range []bool{false, true} {
		var got []string
		q := daybook.Query{Kind: kind, Limit: 3, Oldest: oldest}
		for pages := 1; ; pages++ {
			page, err := b.reader().List(t.Context(), anyone, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Entries {
				got = append(got, e.SubjectID())
			}
			if page.Next == "" {
				if pages != 3 {
					t.Errorf("%d pages, want 3", pages)
				}
				break
			}
			if err := q.GoOn(page.Next); err != nil {
				t.Fatal(err)
			}
		}
		want := "[c6 c5 c4 c3 c2 c1 c0]"
		if oldest {
			want = "[c0 c1 c2 c3 c4 c5 c6]"
		}
		if fmt.Sprint(got) != want {
			t.Errorf("oldest %v: got %v, want %v", oldest, got, want)
		}
	}
	// A last page that is full has no next one.
	page, err := b.reader().List(t.Context(), anyone, daybook.Query{Kind: kind, Limit: total})
	if err != nil || len(page.Entries) != total || page.Next != "" {
		t.Errorf("got %+v, %v", page, err)
	}
}

// While somebody turns the pages, subjects are amended and added: each that
// there was comes once, as it was.
func TestListPagesStandStill(t *testing.T) {
	t.Parallel()
	kind := daybook.MustKind("conversations")
	for _, oldest := range []bool{false, true} {
		b := newBook(t)
		var subjects []*daybook.Entry
		for i := range 9 {
			subjects = append(subjects, b.add(daybook.Conversation{ConversationID: fmt.Sprint("c", i), AgentPosition: "CFO"}))
		}
		subjects[4] = b.amend(subjects[4], nil)
		var got []string
		q := daybook.Query{Kind: kind, Limit: 2, Oldest: oldest}
		for {
			page, err := b.reader().List(t.Context(), anyone, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Entries {
				got = append(got, fmt.Sprint(e.SubjectID(), ".", e.Revision()))
			}
			if page.Next == "" {
				break
			}
			for i, e := range subjects {
				if i%3 != 0 && len(got) < 40 { // some ahead, some behind, more than once
					subjects[i] = b.amend(e, nil)
				}
			}
			if len(got) < 40 { // or pages that do not stand still would have no end
				b.add(daybook.Conversation{ConversationID: fmt.Sprint("new", len(got)), AgentPosition: "CFO"})
			}
			if err := q.GoOn(page.Next); err != nil {
				t.Fatal(err)
			}
		}
		want := []string{"c0.1", "c1.1", "c2.1", "c3.1", "c5.1", "c6.1", "c7.1", "c8.1", "c4.2"}
		if !oldest {
			slices.Reverse(want)
		}
		if !slices.Equal(got, want) {
			t.Errorf("oldest %v:\n got %v\nwant %v", oldest, got, want)
		}
		// The revisions of a snapshot are those that there were, too.
		q = daybook.Query{Kind: kind, IDs: []string{"c4"}, Revisions: true, Snapshot: 10}
		if page, err := b.reader().List(t.Context(), anyone, q); err != nil || len(page.Entries) != 2 {
			t.Errorf("got %+v, %v; want two revisions", page, err)
		}
	}
}

func TestListOfNothing(t *testing.T) {
	t.Parallel()
	kind := daybook.MustKind("conversations")
	page, err := newBook(t).reader().List(t.Context(), anyone, daybook.Query{Kind: kind})
	if err != nil || len(page.Entries) != 0 || page.Next != "" {
		t.Errorf("got %+v, %v", page, err)
	}
	b := newBook(t)
	_, err = b.reader().List(t.Context(), anyone, daybook.Query{Kind: kind, Snapshot: -1})
	wantCode(t, err, daybook.CodeInvalid)
	_ = b.store.Close()
	_, err = b.reader().List(t.Context(), anyone, daybook.Query{Kind: kind})
	wantCode(t, err, daybook.CodeUnavailable)
}

func TestListLimits(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	for range DefaultPage + 1 {
		b.add(daybook.ThinkingLog{ConversationID: "c", AgentPosition: "CFO"})
	}
	kind := daybook.MustKind("thinking_logs")
	page, err := b.reader().List(t.Context(), anyone, daybook.Query{Kind: kind})
	if err != nil || len(page.Entries) != DefaultPage || page.Next == "" {
		t.Errorf("got %d entries, next %q, %v; want %d and a cursor", len(page.Entries), page.Next, err, DefaultPage)
	}
	for _, limit := range []int{-1, MaxPage + 1} {
		_, err := b.reader().List(t.Context(), anyone, daybook.Query{Kind: kind, Limit: limit})
		wantCode(t, err, daybook.CodeInvalid)
	}
}

func TestListStaysInTheBusiness(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.add(daybook.Conversation{AgentPosition: "CFO"})
	b.add(daybook.Conversation{AgentPosition: "CFO", BusinessID: "acme"})
	kind := daybook.MustKind("conversations")
	page, err := b.reader().List(t.Context(), acme, daybook.Query{Kind: kind})
	if err != nil || len(page.Entries) != 1 || page.Entries[0].Business() != "acme" {
		t.Errorf("got %+v, %v; want the one of acme", page, err)
	}
	_, err = b.reader().List(t.Context(), acme, daybook.Query{Kind: kind, Business: "default"})
	wantCode(t, err, daybook.CodeForbidden)
}

func TestExport(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	session := b.add(daybook.TransformationSession{AgentID: "etl", Status: "ACTIVE"}) // 0
	b.add(daybook.Conversation{AgentPosition: "CFO", BusinessID: "acme"})             // 1
	b.amend(session, nil)                                                             // 2
	b.add(daybook.Conversation{AgentPosition: "CFO"})                                 // 3
	b.add(daybook.Conversation{AgentPosition: "CFO", BusinessID: "acme"})             // 4
	b.add(daybook.Conversation{AgentPosition: "CFO"})                                 // 5
	b.store.Damage(func(rows []daybook.Row) []daybook.Row { rows[3].Entry = nil; return rows })
	conversations := daybook.MustKind("conversations")
	for name, c := range map[string]struct {
		p    daybook.Principal
		q    daybook.ExportQuery
		want string
	}{
		"all":             {anyone, daybook.ExportQuery{}, "[0 1 2 4 5]"},
		"of a kind":       {anyone, daybook.ExportQuery{Kind: conversations}, "[1 4 5]"},
		"from a seq":      {anyone, daybook.ExportQuery{From: 2}, "[2 4 5]"},
		"since the third": {anyone, daybook.ExportQuery{Since: noon.Add(2 * time.Minute)}, "[2 4 5]"},
		"since between":   {anyone, daybook.ExportQuery{Since: noon.Add(3*time.Minute + time.Second)}, "[4 5]"},
		"both":            {anyone, daybook.ExportQuery{From: 5, Since: noon.Add(time.Minute)}, "[5]"},
		"a few":           {anyone, daybook.ExportQuery{From: 1, Limit: 3}, "[1 2 4]"},
		"one of a kind":   {anyone, daybook.ExportQuery{Kind: conversations, From: 3, Limit: 1}, "[4]"},
		"more than all":   {anyone, daybook.ExportQuery{Limit: 100}, "[0 1 2 4 5]"},
		"since tomorrow":  {anyone, daybook.ExportQuery{Since: noon.AddDate(0, 0, 1)}, "[]"},
		"of a business":   {acme, daybook.ExportQuery{}, "[1 4]"},
	} {
		seqs := []int64{}
		err := b.reader().Export(t.Context(), c.p, c.q, func(e *daybook.Entry) error {
			seqs = append(seqs, e.Seq)
			return nil
		})
		if err != nil || fmt.Sprint(seqs) != c.want {
			t.Errorf("%s: got %v, %v; want %s", name, seqs, err, c.want)
		}
	}
	broken := errors.New("the client hung up")
	err := b.reader().Export(t.Context(), anyone, daybook.ExportQuery{}, func(*daybook.Entry) error { return broken })
	if err != broken { //nolint:errorlint // it must be the same
		t.Errorf("got %v, want the error of the callback unchanged", err)
	}
}

func TestExportSinceSurvivesAHoleInTheSpine(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	for range 8 {
		b.add(daybook.Conversation{AgentPosition: "CFO"})
	}
	b.store.Damage(func(rows []daybook.Row) []daybook.Row { rows[4].Spine = nil; return rows })
	var seqs []int64
	err := b.reader().Export(t.Context(), anyone, daybook.ExportQuery{Since: noon.Add(2 * time.Minute)}, func(e *daybook.Entry) error {
		seqs = append(seqs, e.Seq)
		return nil
	})
	if err != nil || fmt.Sprint(seqs) != "[2 3 4 5 6 7]" {
		t.Errorf("got %v, %v", seqs, err)
	}
}

type querier struct{ table *daybook.Table }

func (q querier) SQL(context.Context, daybook.SQLQuery) (*daybook.Table, error) { return q.table, nil }

func TestSQL(t *testing.T) {
	t.Parallel()
	want := &daybook.Table{Columns: []string{"n"}}
	b := newBook(t)
	r := NewReader(b.store, querier{want})
	if got, err := r.SQL(t.Context(), anyone, daybook.SQLQuery{Text: "SELECT 1"}); err != nil || got != want {
		t.Errorf("got %v, %v", got, err)
	}
	_, err := r.SQL(t.Context(), acme, daybook.SQLQuery{Text: "SELECT 1"})
	wantCode(t, err, daybook.CodeForbidden)
	_, err = b.reader().SQL(t.Context(), anyone, daybook.SQLQuery{Text: "SELECT 1"})
	wantCode(t, err, daybook.CodeInvalid)
}
