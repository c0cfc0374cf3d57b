package sqlite

import (
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/storetest"
	"github.com/google/uuid"
)

// Whatever time is asked for, the first entry of it or later is found, also
// among many of one time; a hole leaves nothing out.
func TestFirstSince(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	w := storetest.NewWriter(s)
	start := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)
	seconds := []int{0, 0, 3, 5, 5, 5, 5, 9, 9, 12}
	for i, second := range seconds {
		w.Now = func() time.Time { return start.Add(time.Duration(second) * time.Second) }
		r, err := daybook.RecordOf(daybook.ValidationStatus{ID: uuid.NewString(), ValidationType: "nulls", TableName: "t", Status: "PASSED", ValidatedAt: start.Add(time.Duration(i) * time.Hour)})
		if err == nil {
			_, err = w.Write(t.Context(), r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	wantFirst := func(second int, want int64) {
		t.Helper()
		got, err := s.writer.firstSince(canon.FormatTime(start.Add(time.Duration(second) * time.Second)))
		if err != nil || got != want {
			t.Errorf("since second %d: got %d, %v; want %d", second, got, err, want)
		}
	}
	for second := -1; second < 14; second++ {
		want := int64(0)
		for _, at := range seconds {
			if at < second {
				want++
			}
		}
		wantFirst(second, want)
	}
	for _, sql := range []string{"DROP TRIGGER spine_no_delete", "DELETE FROM spine WHERE seq = 5"} {
		if err := s.writer.exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	wantFirst(9, 5)
}

// A time bounds a walk over all rows, and leaves an index its use.
func TestSinceBoundsAWalk(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	w := storetest.NewWriter(s)
	for range 3 {
		r, err := daybook.RecordOf(daybook.ValidationStatus{ID: uuid.NewString(), ValidationType: "nulls", TableName: "t", Status: "PASSED", ValidatedAt: time.Unix(0, 0)})
		if err == nil {
			_, err = w.Write(t.Context(), r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	last := daybook.Filter{Column: "logged_at", Op: daybook.OpFrom, Values: []daybook.Value{daybook.TextValue("2026-01-31T09:00:03.000000Z")}}
	for column, bounded := range map[string]bool{"status": true, "table_name": false} {
		q := daybook.Query{Kind: daybook.MustKind("validation_status"), Filters: []daybook.Filter{daybook.Is(column, "t", "PASSED"), last}, Revisions: true}
		b := s.selectionOf(t, q)
		if err := b.since(s.writer.conn, q); err != nil {
			t.Fatal(err)
		}
		if sql := b.sql(q); strings.Contains(sql, "r.seq >= ") != bounded {
			t.Errorf("by %s: %s", column, sql)
		}
		if found, err := s.Select(t.Context(), q); err != nil || len(found) != 1 || found[0].Seq != 2 {
			t.Errorf("by %s: found %v, %v", column, found, err)
		}
	}
}
