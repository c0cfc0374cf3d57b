package sqlite

import (
	"strings"

	"zombiezen.com/go/sqlite"
)

// onlyReads allows a statement to read tables and to call functions, and
// nothing else: no ATTACH, no PRAGMA, no VACUUM INTO, no transaction. That a
// connection is read-only would not keep it from writing other files.
func onlyReads(a sqlite.Action) sqlite.AuthResult {
	switch a.Type() {
	case sqlite.OpSelect, sqlite.OpRecursive, sqlite.OpFunction:
		return sqlite.AuthResultOK // of the functions, load_extension alone is not harmless, and is off
	case sqlite.OpRead:
		if strings.EqualFold(a.Table(), "sqlite_dbpage") || isToken(a.Table()) {
			return sqlite.AuthResultDeny
		}
		return sqlite.AuthResultOK
	}
	return sqlite.AuthResultDeny
}
