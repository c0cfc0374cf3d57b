package local

import (
	"strings"

	"github.com/daybook-audit/daybook"
)

// ParseStore reads how a store is named, "FILE" or "sqlite:FILE", and gives
// the file's path. What begins with another scheme is refused, such as
// postgres:, which this program does not know.
func ParseStore(s string) (string, error) {
	path := s
	if scheme, rest, ok := strings.Cut(s, ":"); ok && isScheme(scheme) {
		if scheme != "sqlite" {
			return "", &daybook.Error{
				Code: daybook.CodeInvalid, Message: "the store " + scheme + ": is of a sort that this build does not know; it knows SQLite only",
				Hint: "give a path, such as daybook.db or sqlite:daybook.db; write ./" + daybook.Clip(s) + " if that is a file's name",
			}
		}
		path = strings.TrimPrefix(rest, "//")
	}
	if path == "" || path == ":memory:" {
		return "", &daybook.Error{
			Code: daybook.CodeInvalid, Message: "the store is not named",
			Hint: "give the path of a file, such as daybook.db; a ledger is kept, so there is none in memory",
		}
	}
	return path, nil
}

// isScheme tells a scheme from a path: two characters at least, since one may
// be a drive of Windows.
func isScheme(s string) bool {
	return len(s) > 1 && !strings.ContainsFunc(s, func(r rune) bool { return r < 'a' || r > 'z' })
}
