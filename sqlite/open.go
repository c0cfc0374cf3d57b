package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/google/uuid"
	"zombiezen.com/go/sqlite"
)

// Options say how to open a store. The zero value is good.
type Options struct {
	// ReadOnly opens a store that exists, takes no lock and writes nothing: for
	// verify, on a copy or beside a server that runs.
	ReadOnly bool
	// Logger is told what the operator should know; nil for slog's default.
	Logger *slog.Logger
	// Step is called after each step that writes: "rows", "spine" and "tiles"
	// within the transaction, "commit" behind it; nil for nobody. It is where
	// tests end the process.
	Step func(step string)
	// Transfer opens a store whatever its mark, and is for whoever copies ledgers:
	// see [daybook.Transfer].
	Transfer bool
	// Now is what now() gives in SQL; nil for the clock.
	Now func() time.Time
}

// The connections a store reads with at most, for entries and for SQL. More
// than the cores there are only helps while some wait for the disk.
const (
	readers    = 8
	sqlReaders = 4
	viewers    = 1
)

// Store is a ledger in a SQLite file. It implements [daybook.Store] and
// [daybook.Querier] and is safe for concurrent use.
type Store struct {
	path    string
	options Options
	lock    *lock       // nil where read-only
	still   os.FileInfo // of a file that is opened as immutable, else nil
	tables  map[*daybook.Kind]*table
	readers *pool[*conn]
	sql     *pool[*querier]
	viewers *pool[*conn] // for whoever is about to append, who must not wait for readers

	writing chan struct{} // holds one token; who has it may use what is below
	writer  *writer       // nil where read-only, and once closed

	mu   sync.RWMutex
	head daybook.Head     // of a store that writes: what was last committed
	mark daybook.Transfer // of a store that writes
}

// Open opens the store at path, which it makes if it is not there. Where
// another process has it, the error is CodeUnavailable and says who. An older
// file gets the tables and columns that it lacks.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	path, err := realPath(path)
	if err != nil {
		return nil, failed("open "+path, err)
	}
	s := &Store{path: path, options: o, writing: make(chan struct{}, 1)}
	s.writing <- struct{}{}
	if o.ReadOnly {
		err = s.openReadOnly()
	} else {
		err = s.openWriter()
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// realPath gives the one path that a file has, where several lead to it: the
// lock and the WAL stand beside that.
func realPath(path string) (string, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return filepath.Abs(path)
}

// oneName refuses a file that has several names: under each of them another
// process would find another lock and another WAL.
func oneName(path string) error {
	if names(path) < 2 {
		return nil
	}
	return &daybook.Error{
		Code: daybook.CodeConflict, Message: "sqlite: " + path + " has a second name, a hard link, under which another process may hold it",
		Hint: "remove the other name, or make a copy; ask a server that holds it with --server URL",
	}
}

func (s *Store) openWriter() (err error) {
	if err := oneName(s.path); err != nil {
		return err
	}
	if s.lock, err = takeLock(s.path); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.lock.release())
		}
	}()
	if err := createFile(s.path); err != nil {
		return err
	}
	if s.writer, err = openWriter(s.path); err != nil {
		return opening(s.path, err)
	}
	if err := opens(s.path, s.writer.mark, s.options); err != nil {
		return errors.Join(err, s.writer.close())
	}
	s.tables, s.head, s.mark = s.writer.tables, s.writer.head, s.writer.mark
	s.openPools(fileURI(s.path, ""))
	return nil
}

// createFile makes the file, which only its owner may read.
func createFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return &daybook.Error{
			Code: daybook.CodeUnavailable, Message: "sqlite: cannot open " + path, Err: err,
			Hint: "see that it is a file, and that it and its folder can be read and written",
		}
	}
	return f.Close()
}

// opening puts the path to what went wrong while opening.
func opening(path string, err error) error {
	if sqlite.ErrCode(err).ToPrimary() == sqlite.ResultNotADB {
		return notOurs(path, "is not a SQLite database")
	}
	return failed("open "+path, err)
}

func notOurs(path, what string) error {
	return &daybook.Error{
		Code: daybook.CodeInvalid, Message: "sqlite: " + path + " " + what,
		Hint: "give the path of a Daybook ledger, or of a file that does not exist yet",
	}
}

// openReadOnly opens the pools alone. A file that was closed well has no WAL
// and is opened as immutable, so that SQLite puts nothing beside it; a file
// with one is shared with who writes it.
func (s *Store) openReadOnly() (err error) {
	if _, err := os.Stat(s.path); err != nil {
		e := &daybook.Error{Code: daybook.CodeUnavailable, Message: "sqlite: cannot open " + s.path, Err: err}
		if errors.Is(err, fs.ErrNotExist) {
			e.Code, e.Hint = daybook.CodeNotFound, "give the path of a Daybook ledger"
		}
		return e
	}
	parameters := "mode=ro"
	if s.still, err = immutable(s.path); err != nil {
		return failed("open "+s.path, err)
	}
	if s.still != nil {
		parameters += "&immutable=1"
	}
	uri := fileURI(s.path, parameters)
	c, err := openReader(uri)
	if err != nil {
		return s.unreadable(err)
	}
	defer c.close()
	if err := checkFile(s.path, c); err != nil {
		return s.unreadable(err)
	}
	mark, err := c.transfer()
	if err != nil {
		return opening(s.path, err)
	}
	if err := opens(s.path, mark, s.options); err != nil {
		return err
	}
	if s.tables, err = c.tablesOf(s.path); err != nil {
		return opening(s.path, err)
	}
	s.openPools(uri)
	return nil
}

// unreadable says why a file cannot be read: SQLite wants to put an index
// beside a WAL.
func (s *Store) unreadable(err error) error {
	if s.still != nil || sqlite.ErrCode(err).ToPrimary() != sqlite.ResultCantOpen {
		return opening(s.path, err)
	}
	return &daybook.Error{
		Code: daybook.CodeUnavailable, Message: "sqlite: " + s.path + " was not closed well, and its folder cannot be written", Err: err,
		Hint: "copy it and its -wal file together to a folder that can be written, and read the copy",
	}
}

// immutable gives the file's state where it has no WAL, else nil.
func immutable(path string) (os.FileInfo, error) {
	wal, err := os.Stat(path + "-wal")
	if err == nil && (wal.Size() > 0 || exists(path+"-shm")) {
		return nil, nil
	}
	return os.Stat(path)
}

// disturbed says that a file taken to be immutable was opened to be written:
// what was read since may be a mixture of before and after.
func (s *Store) disturbed() error {
	if s.still == nil {
		return nil
	}
	now, err := immutable(s.path)
	if err != nil {
		return failed("read "+s.path, err)
	}
	if now != nil && now.ModTime().Equal(s.still.ModTime()) && now.Size() == s.still.Size() {
		return nil
	}
	return &daybook.Error{
		Code: daybook.CodeUnavailable, Message: "sqlite: " + s.path + " was opened by another process while it was read",
		Hint: "try again",
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (s *Store) openPools(uri string) {
	s.readers = newPool(readers, func() (*conn, error) { return openReader(uri) })
	s.sql = newPool(sqlReaders, func() (*querier, error) { return openQuerier(uri, s.tables) })
	s.viewers = newPool(viewers, func() (*conn, error) { return openReader(uri) })
}

func openReader(uri string) (*conn, error) {
	return openConn(uri, sqlite.OpenReadOnly, "PRAGMA query_only = ON", "PRAGMA trusted_schema = OFF", "PRAGMA cache_size = -8192")
}

// read lends fn a connection to read with.
func (s *Store) read(ctx context.Context, doing string, fn func(*conn) error) error {
	return s.readBy(ctx, s.readers, doing, fn)
}

func (s *Store) readBy(ctx context.Context, p *pool[*conn], doing string, fn func(*conn) error) error {
	err := p.use(ctx, func(ctx context.Context, c *conn) error {
		return c.interruptible(ctx, func() error { return fn(c) })
	})
	if disturbed := s.disturbed(); disturbed != nil {
		return disturbed
	}
	return failed(doing, err)
}

// Head implements [daybook.Store].
func (s *Store) Head(ctx context.Context) (head daybook.Head, err error) {
	if !s.options.ReadOnly {
		s.mu.RLock()
		defer s.mu.RUnlock()
		return s.head, s.ready(ctx)
	}
	err = s.read(ctx, "read the head", func(c *conn) error {
		head, err = c.readHead()
		return err
	})
	return head, err
}

func (s *Store) ready(ctx context.Context) error {
	if s.readers.done.Err() != nil {
		return errClosed
	}
	return ctx.Err()
}

// Announce writes down the address (host and port) at which whoever wants the
// file can reach its holder. It stands in the error that they get.
func (s *Store) Announce(address string) error {
	if s.lock == nil {
		return internalf("a store that is opened read-only has nothing to announce")
	}
	return s.lock.announce(address)
}

// Size gives the bytes that the store takes on disk, its WAL included.
func (s *Store) Size() (int64, error) {
	info, err := os.Stat(s.path)
	if err != nil {
		return 0, failed("measure "+s.path, err)
	}
	size := info.Size()
	if wal, err := os.Stat(s.path + "-wal"); err == nil {
		size += wal.Size()
	}
	return size, nil
}

// Close waits for what is being written, interrupts what is being read, and
// leaves one file with everything in it. Closing twice is fine.
func (s *Store) Close() error {
	errs := []error{s.readers.close(), s.sql.close(), s.viewers.close()}
	<-s.writing
	defer func() { s.writing <- struct{}{} }()
	if s.writer == nil {
		return failed("close "+s.path, errors.Join(errs...))
	}
	errs = append(errs, s.writer.close(), s.lock.release())
	s.writer = nil
	return failed("close "+s.path, errors.Join(errs...))
}

// readHead reads where the ledger stands, in one statement so that the
// checkpoint is not of another moment.
func (c *conn) readHead() (daybook.Head, error) {
	var head daybook.Head
	sound := false
	err := c.each("SELECT h.ledger_id, h.size, h.root, h.logged_at, c.signed FROM head AS h LEFT JOIN checkpoint AS c", func(stmt *sqlite.Stmt) error {
		head.LedgerID = stmt.ColumnText(0)
		head.Size = stmt.ColumnInt64(1)
		sound = isBlob(stmt, 2, len(head.Root)) && head.Size >= 0 && uuid.Validate(head.LedgerID) == nil
		stmt.ColumnBytes(2, head.Root[:])
		head.LoggedAt = stmt.ColumnText(3)
		if !stmt.ColumnIsNull(4) {
			head.Checkpoint = make([]byte, stmt.ColumnLen(4))
			stmt.ColumnBytes(4, head.Checkpoint)
		}
		return nil
	})
	if err == nil && !sound {
		err = damagedf("the head is missing or cannot be read")
	}
	return head, err
}

// emptyHead is the head of a ledger that begins.
func emptyHead() daybook.Head {
	return daybook.Head{LedgerID: uuid.Must(uuid.NewV7()).String(), Root: merkle.New().Root()}
}
