package sqlite

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
	"zombiezen.com/go/sqlite"
)

// Every two times read back as they were, in Go and in SQL, from a form that
// no others have.
func TestRetainForm(t *testing.T) {
	t.Parallel()
	c, err := openConn(":memory:", sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	rapid.Check(t, func(t *rapid.T) {
		moment := rapid.OneOf(rapid.Int64Range(firstMicro, lastMicro), rapid.Int64Range(-10_000_000, 10_000_000))
		loggedAt := moment.Draw(t, "logged_at")
		retain := moment.Draw(t, "retain_until")
		if rapid.Bool().Draw(t, "whole days") {
			retain = min(loggedAt+rapid.Int64Range(-3, 4000).Draw(t, "days")*microsOfADay, lastMicro)
		}
		held := retainForm(loggedAt, retain)
		if got, ok := retainMicros(loggedAt, held); !ok || got != retain {
			t.Fatalf("%d reads back as %d, %t", retain, got, ok)
		}
		got, err := c.integer(fmt.Sprintf("SELECT %s FROM (SELECT %d AS logged_at, %d AS retain_until) AS s", retainSQL("s."), loggedAt, held))
		if err != nil || got != retain {
			t.Fatalf("%d reads back in SQL as %d, %v", retain, got, err)
		}
		other := rapid.Int64().Draw(t, "another form")
		if got, ok := retainMicros(loggedAt, other); ok && got == retain && other != held {
			t.Fatalf("%d and %d are forms of one time", held, other)
		}
	})
}
