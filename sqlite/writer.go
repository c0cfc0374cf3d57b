package sqlite

import (
	"errors"
	"fmt"
	"slices"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

// leastVersion is the first SQLite whose WAL survives a reset at the wrong
// moment (https://sqlite.org/wal.html, "the WAL-reset bug").
const leastVersion = "3.51.3"

// What a writing connection is set up with. The page size counts only before
// the file has any. A commit is on the disk when it returns (FULL). The WAL
// goes back into the file every 4,000 pages, 32 MB.
var writerSetup = []string{
	"PRAGMA page_size = 8192",
	"PRAGMA journal_mode = WAL",
	"PRAGMA synchronous = FULL",
	"PRAGMA cache_size = -65536",
	"PRAGMA wal_autocheckpoint = 4000",
	"PRAGMA journal_size_limit = 67108864",
	"PRAGMA foreign_keys = OFF",
	"PRAGMA recursive_triggers = ON", // so that REPLACE meets the triggers that refuse DELETE
	"PRAGMA trusted_schema = OFF",
}

// WriterSetup gives the statements that a connection is set up with before it
// writes, for measuring what the store costs beside the bare driver.
func WriterSetup() []string { return slices.Clone(writerSetup) }

// writer is the one connection that writes, and the statements it writes with.
type writer struct {
	*conn
	path    string
	tables  map[*daybook.Kind]*table
	head    daybook.Head     // as the file had it when it was opened
	mark    daybook.Transfer // the same
	inserts map[*daybook.Kind]*sqlite.Stmt
	spine   *sqlite.Stmt
	tile    *sqlite.Stmt
	setHead *sqlite.Stmt
	begin   *sqlite.Stmt
	commit  *sqlite.Stmt
}

func openWriter(path string) (_ *writer, err error) {
	c, err := openConn(fileURI(path, ""), sqlite.OpenReadWrite, writerSetup...)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: c, path: path, inserts: map[*daybook.Kind]*sqlite.Stmt{}}
	if err := w.ready(); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// ready brings the file up to date and prepares the statements.
func (w *writer) ready() (err error) {
	if err := w.checkVersion(); err != nil {
		return err
	}
	if err := w.checkJournal(); err != nil {
		return err
	}
	if err := w.migrate(w.path); err != nil {
		return err
	}
	if w.tables, err = w.tablesOf(w.path); err != nil {
		return err
	}
	if w.head, err = w.readHead(); err != nil {
		return err
	}
	if w.mark, err = w.transfer(); err != nil {
		return err
	}
	if err := w.checkHead(); err != nil {
		return err
	}
	return w.prepareAll()
}

func (w *writer) checkVersion() error {
	var version string
	err := w.each("SELECT sqlite_version()", func(stmt *sqlite.Stmt) error {
		version = stmt.ColumnText(0)
		return nil
	})
	if err == nil && !atLeast(version, leastVersion) {
		err = internalf("this program is built with SQLite %s; it needs %s", version, leastVersion)
	}
	return err
}

// checkJournal makes sure that the file has a WAL: SQLite goes on without one
// where it cannot have it, and readers would then wait for the writer.
func (w *writer) checkJournal() error {
	var mode string
	err := w.each("PRAGMA journal_mode", func(stmt *sqlite.Stmt) error {
		mode = stmt.ColumnText(0)
		return nil
	})
	if err == nil && mode != "wal" {
		err = &daybook.Error{
			Code: daybook.CodeUnavailable, Message: "sqlite: " + w.path + " cannot have a write-ahead log (journal mode " + mode + ")",
			Hint: "put it on a local disk",
		}
	}
	return err
}

// atLeast compares versions of three numbers.
func atLeast(version, least string) bool {
	var v, l [3]int
	_, errV := fmt.Sscanf(version, "%d.%d.%d", &v[0], &v[1], &v[2])
	_, errL := fmt.Sscanf(least, "%d.%d.%d", &l[0], &l[1], &l[2])
	for i := range v {
		if v[i] != l[i] {
			return errV == nil && errL == nil && v[i] > l[i]
		}
	}
	return errV == nil && errL == nil
}

// checkHead refuses a file whose head is not where its spine ends: what would
// be appended to it could not be whole.
func (w *writer) checkHead() error {
	size, err := w.integer("SELECT coalesce(max(seq) + 1, 0) FROM spine")
	if err == nil && size != w.head.Size {
		err = damagedf("the head says %d entries, the spine ends at %d", w.head.Size, size)
	}
	return err
}

func (w *writer) prepareAll() (err error) {
	for k, t := range w.tables {
		if w.inserts[k], err = w.prepareOnce(t.insert); err != nil {
			return err
		}
	}
	for _, p := range []struct {
		stmt **sqlite.Stmt
		sql  string
	}{
		{&w.spine, insertSpine},
		{&w.tile, "INSERT INTO tile (level, tile_index, hashes) VALUES (?, ?, ?)"},
		{&w.setHead, "UPDATE head SET size = ?, root = ?, logged_at = ?"},
		{&w.begin, "BEGIN IMMEDIATE"},
		{&w.commit, "COMMIT"},
	} {
		if *p.stmt, err = w.prepareOnce(p.sql); err != nil {
			return err
		}
	}
	return nil
}

// run runs a statement that gives no rows, and leaves it ready for the next.
func run(stmt *sqlite.Stmt) error {
	_, err := stmt.Step()
	if err != nil {
		_ = stmt.Reset() // tells again what the step failed with
		return err
	}
	return stmt.Reset()
}

// rollback ends a transaction that is still open. SQLite itself may have
// ended it, as it does when the disk is full.
func (w *writer) rollback() error {
	if w.AutocommitEnabled() {
		return nil
	}
	return w.exec("ROLLBACK")
}

// close puts the WAL back into the file and removes it, unless another process
// still reads.
func (w *writer) close() error {
	for _, stmt := range w.inserts {
		finalize(stmt)
	}
	for _, stmt := range []*sqlite.Stmt{w.spine, w.tile, w.setHead, w.begin, w.commit} {
		finalize(stmt)
	}
	return w.conn.close()
}

func finalize(stmt *sqlite.Stmt) {
	if stmt != nil {
		_ = stmt.Finalize() // tells again what its last step failed with
	}
}
