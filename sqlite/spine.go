package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/google/uuid"
	"zombiezen.com/go/sqlite"
)

const insertSpine = "INSERT INTO spine (seq, log_id, kind, logged_at, retain_until, log_hash) VALUES (?, ?, ?, ?, ?, ?)"

// spineWidth is how many spineColumns there are.
const spineWidth = 6

// spineColumns are the columns of the spine as [spineReader] reads them.
const spineColumns = "s.seq, s.log_id, s.kind, s.logged_at, s.retain_until, s.log_hash"

// The years that canonical times have, in microseconds since 1970.
var (
	firstMicro = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	lastMicro  = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro() - 1
)

// micros gives a canonical time as microseconds since 1970.
func micros(text string) (int64, error) {
	t, err := canon.ParseTime(text)
	return t.UnixMicro(), err
}

// bindSpine binds a spine row to its insert.
func bindSpine(stmt *sqlite.Stmt, s *daybook.Spine) error {
	id, ok := parseUUID(s.LogID)
	if !ok {
		return internalf("entry %d: log_id %q is not a UUID in lower case", s.Seq, s.LogID)
	}
	loggedAt, err := micros(s.LoggedAt)
	if err != nil {
		return internalf("entry %d: logged_at: %v", s.Seq, err)
	}
	retainUntil, err := micros(s.RetainUntil)
	if err != nil {
		return internalf("entry %d: retain_until: %v", s.Seq, err)
	}
	stmt.BindInt64(1, s.Seq)
	stmt.BindBytes(2, id[:])
	stmt.BindInt64(3, int64(s.Kind.Number))
	stmt.BindInt64(4, loggedAt)
	stmt.BindInt64(5, retainForm(loggedAt, retainUntil))
	stmt.BindBytes(6, s.LogHash[:])
	return nil
}

// spineReader reads spine rows. Neighbours mostly share their times, so it
// keeps the text of the last.
type spineReader struct {
	loggedAt, retainUntil clock
}

// clock is a time as both the spine and people have it.
type clock struct {
	micro int64
	last  string
}

// read reads [spineColumns] from result column first on. The fault, if there
// is one, says what does not hold what it should.
func (r *spineReader) read(stmt *sqlite.Stmt, first int) (s daybook.Spine, fault string) {
	s.Seq = stmt.ColumnInt64(first)
	note := func(why string) {
		if fault == "" {
			fault = why
		}
	}
	var id uuid.UUID
	if isBlob(stmt, first+1, len(id)) {
		stmt.ColumnBytes(first+1, id[:])
		s.LogID = id.String()
	} else {
		note("spine.log_id does not hold 16 bytes")
	}
	if number := stmt.ColumnInt64(first + 2); stmt.ColumnType(first+2) == sqlite.TypeInteger && int64(int(number)) == number {
		s.Kind = daybook.KindNumbered(int(number))
	}
	if s.Kind == nil {
		note(fmt.Sprintf("spine.kind holds %s, which is no kind's number", stmt.ColumnText(first+2)))
	}
	loggedAt, retained := stmt.ColumnInt64(first+3), stmt.ColumnInt64(first+4)
	var ok bool
	if s.LoggedAt, ok = r.loggedAt.text(loggedAt); !ok || stmt.ColumnType(first+3) != sqlite.TypeInteger {
		note("spine.logged_at does not hold a time")
	}
	retainUntil, isForm := retainMicros(loggedAt, retained)
	if s.RetainUntil, ok = r.retainUntil.text(retainUntil); !ok || !isForm || stmt.ColumnType(first+4) != sqlite.TypeInteger {
		note("spine.retain_until does not hold a time")
	}
	if isBlob(stmt, first+5, len(s.LogHash)) {
		stmt.ColumnBytes(first+5, s.LogHash[:])
	} else {
		note("spine.log_hash does not hold 32 bytes")
	}
	return s, fault
}

func isBlob(stmt *sqlite.Stmt, column, n int) bool {
	return stmt.ColumnType(column) == sqlite.TypeBlob && stmt.ColumnLen(column) == n
}

// text gives a time as people have it, unless it is outside the years that
// there are.
func (c *clock) text(micro int64) (string, bool) {
	if micro < firstMicro || micro > lastMicro {
		return "", false
	}
	if micro != c.micro || c.last == "" {
		c.micro, c.last = micro, canon.FormatTime(time.UnixMicro(micro))
	}
	return c.last, true
}

// Spine implements [daybook.Store]. A row that cannot be read is an error of
// CodeDamaged.
func (s *Store) Spine(ctx context.Context, from, to int64) (found []daybook.Spine, err error) {
	err = s.read(ctx, "read the spine", func(c *conn) error {
		found, err = c.spines("SELECT "+spineColumns+" FROM spine AS s NOT INDEXED WHERE s.seq >= ? AND s.seq < ? ORDER BY s.seq",
			func(stmt *sqlite.Stmt) {
				stmt.BindInt64(1, from)
				stmt.BindInt64(2, to)
			})
		return err
	})
	return found, err
}

func (c *conn) spines(query string, bind func(*sqlite.Stmt)) ([]daybook.Spine, error) {
	stmt, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	defer stmt.Reset()
	bind(stmt)
	var found []daybook.Spine
	var r spineReader
	for {
		more, err := stmt.Step()
		if err != nil || !more {
			return found, err
		}
		s, fault := r.read(stmt, 0)
		if fault != "" {
			return nil, damagedf("entry %d: %s", s.Seq, fault)
		}
		found = append(found, s)
	}
}
