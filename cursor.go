package daybook

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/daybook-audit/daybook/canon"
)

// Cursor says where a list goes on, and in which state of the ledger: the
// query's kind, After and Snapshot. It is opaque to clients.
func (q *Query) Cursor() string {
	after := ""
	if q.After != nil {
		after = strconv.FormatInt(*q.After, 10)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(q.Kind.Name + ":" + after + ":" + strconv.FormatInt(q.Snapshot, 10)))
}

// GoOn makes the query the one for the page that a cursor leads to, a
// [Page]'s Next: it sets After and Snapshot. What is no cursor, or one of
// another kind, is CodeInvalid and changes nothing.
func (q *Query) GoOn(cursor string) error {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	parts := strings.Split(string(raw), ":")
	if err != nil || len(parts) != 3 {
		return cursorError("is not a cursor")
	}
	if name := parts[0]; name != q.Kind.Name {
		return cursorError("is a cursor of another kind, " + strconv.Quote(Clip(name)))
	}
	var after *int64
	if parts[1] != "" {
		after = new(int64)
		*after, err = strconv.ParseInt(parts[1], 10, 64)
	}
	snapshot, snapshotErr := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || snapshotErr != nil || after != nil && *after < 0 || snapshot < 0 {
		return cursorError("is not a cursor")
	}
	q.After, q.Snapshot = after, snapshot
	return nil
}

// Cursor says where the event stands among those of one answer, the newest
// first, so that the next answer goes on behind it. It is opaque to clients.
func (e *Event) Cursor() string {
	var f struct {
		Seq int64 `json:"seq"`
	}
	if json.Unmarshal(e.Fields, &f) != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte("event " + e.At + " " + strconv.FormatInt(f.Seq, 10)))
}

// ParseEventCursor gives where an event stands: when it happened, and the seq
// of its entry.
func ParseEventCursor(cursor string) (at time.Time, seq int64, err error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	parts := strings.Split(string(raw), " ")
	if err != nil || len(parts) != 3 || parts[0] != "event" {
		return time.Time{}, 0, cursorError("is not one of an event")
	}
	at, err = canon.ParseTime(parts[1])
	seq, seqErr := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || seqErr != nil || seq < 0 {
		return time.Time{}, 0, cursorError("is not one of an event")
	}
	return at, seq, nil
}

func cursorError(message string) error {
	e := Invalidf("", "the cursor %s", message)
	e.Hint = "give the cursor of the page before as it came, or leave it out for the first page"
	return e
}
