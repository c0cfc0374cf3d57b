package daybook_test

import (
	"testing"

	"github.com/daybook-audit/daybook"
)

func TestOriginChangeOf(t *testing.T) {
	t.Parallel()
	for details, want := range map[string]bool{
		`{"old_origin": "daybook/x", "size": 5, "old_size": 9, "lost": 4}`: true,
		`{"old_origin": "daybook/x", "size": 6}`:                           false, // more than came before
		`{"old_origin": "", "size": 5}`:                                    false,
		`{"old_origin": "daybook/x", "size": -1}`:                          false,
		`{"old_origin": 7}`:                                                false,
		`[]`:                                                               false,
	} {
		r, err := daybook.RecordOf(daybook.LedgerEvent{EventType: daybook.EventNewOrigin, Details: []byte(details)})
		if err != nil {
			t.Fatal(err)
		}
		r.Set("principal", daybook.TextValue("alice"))
		if daybook.OriginChangeOf(&daybook.Entry{Kind: r.Kind, Values: r.Values, Seq: 5}) != nil {
			t.Errorf("%s: taken from somebody who is not Daybook itself", details)
		}
		r.Set("principal", daybook.TextValue(daybook.Itself.Name))
		if got := daybook.OriginChangeOf(&daybook.Entry{Kind: r.Kind, Values: r.Values, Seq: 5}) != nil; got != want {
			t.Errorf("%s: %t", details, got)
		}
	}
}
