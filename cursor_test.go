package daybook_test

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

func cursorOf(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func TestCursorsLeadBack(t *testing.T) {
	t.Parallel()
	for _, k := range daybook.Kinds() {
		for _, want := range []daybook.Query{
			{After: new(int64(0)), Snapshot: 1}, {After: new(int64(4711)), Snapshot: 1 << 62}, {After: new(int64(3))}, {Snapshot: 5}, {},
		} {
			want.Kind, want.Limit, want.Oldest = k, 7, true
			got := daybook.Query{Kind: k, Limit: 7, Oldest: true, After: new(int64(99)), Snapshot: 99}
			if err := got.GoOn(want.Cursor()); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, %v; want %+v", got, err, want)
			}
		}
	}
}

func TestEventCursorsLeadBack(t *testing.T) {
	t.Parallel()
	for _, event := range []daybook.Event{
		{At: "2026-02-01T09:00:00.000001Z", Fields: []byte(`{"seq": 0}`)}, {At: "0001-01-01T00:00:00.000000Z", Fields: []byte(`{"seq": 4711, "at": ""}`)},
	} {
		at, seq, err := daybook.ParseEventCursor(event.Cursor())
		if err != nil || canon.FormatTime(at) != event.At || !strings.Contains(string(event.Fields), fmt.Sprintf(`"seq": %d`, seq)) {
			t.Errorf("%s: got %v, %d, %v", event.Fields, at, seq, err)
		}
	}
	for _, s := range []string{
		"", "?", cursorOf("event"), cursorOf("event 2026-02-01T09:00:00.000001Z"), cursorOf("event 2026-02-01 3"), cursorOf("conversations:3:9"),
		cursorOf("event 2026-02-01T09:00:00.000001Z -1"), cursorOf("event 2026-02-01T09:00:00.000001Z x"), cursorOf("event 2026-02-01T09:00:00.000001Z 1 1"),
		cursorOf("event 2026-02-01T09:00:00.000001Z 1") + "=",
	} {
		if _, _, err := daybook.ParseEventCursor(s); daybook.CodeOf(err) != daybook.CodeInvalid {
			t.Errorf("the cursor %q: got %v, want CodeInvalid", s, err)
		}
	}
}

func TestGoOnRefuses(t *testing.T) {
	t.Parallel()
	before := daybook.Query{Kind: daybook.MustKind("conversations"), After: new(int64(3)), Snapshot: 9}
	foreign := daybook.Query{Kind: daybook.MustKind("action_logs"), After: new(int64(3)), Snapshot: 9}
	for _, s := range []string{
		"", "?", before.Cursor() + "=", foreign.Cursor(), cursorOf("nonsense"), cursorOf("conversations:3"), cursorOf("conversations:-3:9"),
		cursorOf("conversations:3:-9"), cursorOf("conversations:3:"), cursorOf("conversations:x:9"), cursorOf("conversations:3:9:1"), cursorOf("::"),
	} {
		q := before
		if err := q.GoOn(s); daybook.CodeOf(err) != daybook.CodeInvalid || !reflect.DeepEqual(q, before) {
			t.Errorf("the cursor %q: got %v and %+v, want CodeInvalid and no change", s, err, q)
		}
	}
}

func FuzzCursor(f *testing.F) {
	kind := daybook.MustKind("conversations")
	some := daybook.Query{Kind: kind, After: new(int64(1 << 62)), Snapshot: 12}
	for _, seed := range []string{"", "?", some.Cursor(), cursorOf("conversations::7"), cursorOf("conversations:7"), cursorOf("lineage_edge:5:6")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q := daybook.Query{Kind: kind}
		if err := q.GoOn(s); err != nil {
			if daybook.CodeOf(err) != daybook.CodeInvalid {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		again := daybook.Query{Kind: kind}
		if err := again.GoOn(q.Cursor()); err != nil || !reflect.DeepEqual(again, q) {
			t.Errorf("%q gave %+v, which reads back as %+v, %v", s, q, again, err)
		}
	})
}
