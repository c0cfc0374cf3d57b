package daybook

import (
	"encoding/base64"
	"strconv"
	"strings"
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

func cursorError(message string) error {
	e := Invalidf("", "the cursor %s", message)
	e.Hint = "give the cursor of the page before as it came, or leave it out for the first page"
	return e
}
