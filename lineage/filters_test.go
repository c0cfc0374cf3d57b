package lineage

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
)

func parse(t testing.TB, kind, query string) (daybook.Query, error) {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return parseFilters(daybook.MustKind(kind), values, noon.Add(42*time.Second))
}

func TestParseFilters(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.add(daybook.TransformationSession{AgentID: "etl", Status: "ACTIVE", SourceTables: []string{"bronze.a", "bronze.b"}})
	b.add(daybook.TransformationSession{AgentID: "etl", Status: "FAILED", SourceTables: []string{"bronze.b"}, CompletedAt: b.now})
	third := b.add(daybook.TransformationSession{AgentID: "other", Status: "COMPLETED", OperationsCount: new(int64(3)), CompletedAt: b.now})
	first := daybook.Query{Kind: sessionKind, After: new(int64(0)), Snapshot: 2}
	for query, want := range map[string]string{
		"":                               "[2 1 0]",
		"order=asc":                      "[0 1 2]",
		"order=desc":                     "[2 1 0]",
		"agent_id=etl":                   "[1 0]",
		"status=ACTIVE&status=COMPLETED": "[2 0]",
		"agent_id=etl&status=COMPLETED":  "[]",
		"source_tables=bronze.b":         "[1 0]",
		"source_tables=bronze.b&source_tables=bronze.a": "[0]",
		"absent=completed_at":                           "[0]",
		"operations_count=3":                            "[2]",
		"since=2026-01-31T12:01:00Z":                    "[2 1]",
		"since=2026-01-31T13:01:00%2B01:00":             "[2 1]",
		"until=2026-01-31T12:01:00Z":                    "[0]",
		"since=2026-01-31&until=2026-02-01":             "[2 1 0]",
		"since=2026-02-01":                              "[]",
		"since=1h":                                      "[2 1 0]",
		"until=0m":                                      "[]",
		"limit=2":                                       "[2 1]",
		"order=asc&cursor=" + first.Cursor():            "[1]",
		"id=" + third.SubjectID():                       "[2]",
		"id=" + strings.ToUpper(third.SubjectID()):      "[2]",
		"principal=agent&revision=1":                    "[2 1 0]",
	} {
		q, err := parse(t, "transformation_session", query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		page, err := b.reader().List(t.Context(), anyone, q)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		seqs := []int64{}
		for _, e := range page.Entries {
			seqs = append(seqs, e.Seq)
		}
		if fmt.Sprint(seqs) != want {
			t.Errorf("%s: got %v, want %s", query, seqs, want)
		}
	}
}

func TestParseFiltersByType(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.edge("a.b", "c.d", "COPIES")
	b.add(edgeOf(t, "a.b", "c.e", "COPIES"))
	for query, want := range map[string]int{"is_current=true": 1, "absent=is_current": 1, "id=1": 1, "id=01": 1, "source_name=b": 2} {
		q, err := parse(t, "lineage_edge", query)
		if err != nil {
			t.Fatal(err)
		}
		page, err := b.reader().List(t.Context(), anyone, q)
		if err != nil || len(page.Entries) != want {
			t.Errorf("%s: got %d entries, %v; want %d", query, len(page.Entries), err, want)
		}
	}
	if q, err := parse(t, "conversations", "conversation_id=c1&id=c2"); err != nil || !slices.Equal(q.IDs, []string{"c1", "c2"}) {
		t.Errorf("got %v, %v; want both ids", q.IDs, err)
	}
}

func TestParseFiltersRefuses(t *testing.T) {
	t.Parallel()
	for query, path := range map[string]string{
		"agent=CFO":                "/agent",
		"seq=1":                    "/seq",
		"kind=conversations":       "/kind",
		"salt=00":                  "/salt",
		"source_filters=x":         "/source_filters",
		"agent_id=":                "/agent_id",
		"absent=nothing":           "/absent",
		"absent=facets":            "/absent",
		"limit=0":                  "/limit",
		"limit=1001":               "/limit",
		"limit=many":               "/limit",
		"order=random":             "/order",
		"cursor=zzz":               "/cursor",
		"since=tomorrow":           "/since",
		"until=-1d":                "/until",
		"operations_count=3.5":     "/operations_count",
		"operations_count=null":    "/operations_count",
		"started_at=nine":          "/started_at",
		"id=not-a-uuid":            "/id",
		"parent_session_id=parent": "/parent_session_id",
	} {
		_, err := parse(t, "transformation_session", query)
		var e *daybook.Error
		if !errors.As(err, &e) || e.Code != daybook.CodeInvalid || e.Path != path {
			t.Errorf("%s: got %v, want CodeInvalid at %s", query, err, path)
		}
	}
	_, err := parse(t, "transformation_session", "agent=CFO")
	var e *daybook.Error
	if !errors.As(err, &e) || !strings.Contains(e.Hint, "agent_id, ") || strings.Contains(e.Hint, "facets") {
		t.Errorf("the hint does not name the columns: %v", e)
	}
}

// No kind may have a column that a parameter hides.
func TestParametersHideNoColumn(t *testing.T) {
	t.Parallel()
	for _, kind := range daybook.Kinds() {
		for _, name := range []string{"since", "until", "limit", "cursor", "order", "absent"} {
			if _, ok := kind.Column(name); ok {
				t.Errorf("%s.%s cannot be filtered by", kind.Name, name)
			}
		}
		if _, ok := kind.Column("id"); ok && kind.Subject().Name != "id" {
			t.Errorf("%s.id is not its subject", kind.Name)
		}
	}
}

func TestParseSince(t *testing.T) {
	t.Parallel()
	now := noon.Add(42 * time.Second)
	for s, want := range map[string]time.Time{
		"30m":                          noon.Add(-30 * time.Minute),
		"12h":                          noon.Add(-12 * time.Hour),
		"7d":                           noon.AddDate(0, 0, -7),
		"2w":                           noon.AddDate(0, 0, -14),
		"0m":                           noon,
		"2026-01-31":                   noon.Add(-12 * time.Hour),
		"2026-01-31T09:00:00Z":         noon.Add(-3 * time.Hour),
		"2026-01-31T10:00:00.5+01:00":  noon.Add(-3*time.Hour + 500*time.Millisecond),
		"2026-01-31T09:00:00.1234567Z": noon.Add(-3*time.Hour + 123456*time.Microsecond),
	} {
		got, err := ParseSince(s, now)
		if err != nil || !got.Equal(want) {
			t.Errorf("ParseSince(%q) = %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "7", "d", "-7d", "+7d", "7 d", "7y", "1.5h", "100000d", "99999999999999w", "2026-02-30", "2026-01-31T09:00:00", "yesterday"} {
		if got, err := ParseSince(s, now); daybook.CodeOf(err) != daybook.CodeInvalid {
			t.Errorf("ParseSince(%q) = %v, %v; want CodeInvalid", s, got, err)
		}
	}
}

// Asked again a few seconds later, how long ago is the same time.
func TestParseSinceIsSteadyWithinAMinute(t *testing.T) {
	t.Parallel()
	a, errA := ParseSince("15m", noon.Add(5*time.Second))
	b, errB := ParseSince("15m", noon.Add(59*time.Second))
	if errA != nil || errB != nil || !a.Equal(b) {
		t.Errorf("%v, %v and %v, %v", a, errA, b, errB)
	}
}

func FuzzParseSince(f *testing.F) {
	for _, seed := range []string{"7d", "99999w", "2026-01-31", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59.999999Z", "x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseSince(s, noon)
		if err != nil {
			wantCode(t, err, daybook.CodeInvalid)
			return
		}
		if y := got.UTC().Year(); y < 1 || y > 9999 {
			t.Errorf("ParseSince(%q) = %v", s, got)
		}
	})
}
