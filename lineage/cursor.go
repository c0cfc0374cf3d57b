package lineage

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook"
)

// cursor says where the next page of a kind goes on. It is opaque to clients.
func cursor(kind *daybook.Kind, after int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(kind.Name + ":" + strconv.FormatInt(after, 10)))
}

// ParseCursor gives the seq that a [daybook.Page]'s cursor goes on behind, for
// a query's After. A cursor of another kind is CodeInvalid.
func ParseCursor(kind *daybook.Kind, s string) (int64, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return 0, cursorError("is not a cursor")
	}
	name, digits, _ := strings.Cut(string(raw), ":")
	after, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || after < 0 {
		return 0, cursorError("is not a cursor")
	}
	if name != kind.Name {
		return 0, cursorError("is a cursor of another kind, " + strconv.Quote(daybook.Clip(name)))
	}
	return after, nil
}

func cursorError(message string) error {
	e := daybook.Invalidf("", "the cursor %s", message)
	e.Hint = "give the cursor of the page before as it came, or leave it out for the first page"
	return e
}
