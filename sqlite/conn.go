package sqlite

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	"zombiezen.com/go/sqlite"
)

// conn is a connection with the statements it has prepared. It is used by one
// goroutine at a time.
type conn struct {
	*sqlite.Conn
	prepared map[string]*sqlite.Stmt
}

// maxPrepared bounds the statements a connection keeps. There are as many
// shapes of queries as combinations of filters; beyond this all are dropped.
const maxPrepared = 128

// openConn opens a connection and runs set-up statements on it.
func openConn(uri string, flags sqlite.OpenFlags, setup ...string) (*conn, error) {
	raw, err := sqlite.OpenConn(uri, flags|sqlite.OpenURI)
	if err != nil {
		return nil, err
	}
	raw.SetBusyTimeout(10 * time.Second)
	c := &conn{Conn: raw, prepared: map[string]*sqlite.Stmt{}}
	for _, sql := range setup {
		if err := c.exec(sql); err != nil {
			return nil, errors.Join(err, raw.Close())
		}
	}
	return c, nil
}

// fileURI names a database file; the parameters are SQLite's own.
func fileURI(path, parameters string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: parameters}
	return u.String()
}

// prepare gives a statement, reset and with nothing bound. It must be done
// with before the next is asked for.
func (c *conn) prepare(query string) (*sqlite.Stmt, error) {
	if stmt := c.prepared[query]; stmt != nil {
		if err := stmt.Reset(); err != nil {
			return nil, err
		}
		return stmt, stmt.ClearBindings()
	}
	if len(c.prepared) >= maxPrepared {
		c.forget()
	}
	stmt, err := c.prepareOnce(query)
	if err != nil {
		return nil, err
	}
	c.prepared[query] = stmt
	return stmt, nil
}

// prepareOnce gives a statement that the caller finalizes.
func (c *conn) prepareOnce(query string) (*sqlite.Stmt, error) {
	stmt, rest, err := c.PrepareTransient(query)
	if err == nil && rest != 0 {
		err = errors.Join(fmt.Errorf("%d bytes behind the statement", rest), stmt.Finalize())
	}
	return stmt, err
}

// forget drops the prepared statements.
func (c *conn) forget() {
	for query, stmt := range c.prepared {
		_ = stmt.Finalize() // tells again what its last step failed with
		delete(c.prepared, query)
	}
}

// exec runs a statement that is needed once, and gives nothing.
func (c *conn) exec(sql string) error {
	stmt, err := c.prepareOnce(sql)
	if err != nil {
		return err
	}
	for more := true; more && err == nil; {
		more, err = stmt.Step()
	}
	return errors.Join(err, ignoreAfter(err, stmt.Finalize()))
}

// ignoreAfter drops what Finalize says again of a step that has failed.
func ignoreAfter(step, finalize error) error {
	if step != nil {
		return nil
	}
	return finalize
}

// each calls fn with every row of a statement that is needed once.
func (c *conn) each(sql string, fn func(*sqlite.Stmt) error) error {
	stmt, err := c.prepareOnce(sql)
	if err != nil {
		return err
	}
	defer stmt.Finalize()
	for {
		more, err := stmt.Step()
		if err != nil || !more {
			return err
		}
		if err := fn(stmt); err != nil {
			return err
		}
	}
}

// integer gives the one integer that a statement answers with.
func (c *conn) integer(sql string) (n int64, err error) {
	err = c.each(sql, func(stmt *sqlite.Stmt) error {
		n = stmt.ColumnInt64(0)
		return nil
	})
	return n, err
}

func (c *conn) close() error {
	c.forget()
	return c.Close()
}

// closer is what a pool keeps: a connection.
type closer interface {
	close() error
}

// pool lends connections. It opens one only where none that is open is idle:
// to open one takes as long as many questions.
type pool[C closer] struct {
	open     func() (C, error)
	idle     chan C
	unopened chan struct{} // one for each that may still be opened
	done     context.Context
	stop     context.CancelFunc
	once     sync.Once
}

func newPool[C closer](size int, open func() (C, error)) *pool[C] {
	p := &pool[C]{open: open, idle: make(chan C, size), unopened: make(chan struct{}, size)}
	p.done, p.stop = context.WithCancel(context.Background())
	for range size {
		p.unopened <- struct{}{}
	}
	return p
}

// take gives a connection, which must be put back among the idle ones.
func (p *pool[C]) take(ctx context.Context) (c C, err error) {
	if err := ctx.Err(); err != nil {
		return c, err
	}
	if p.done.Err() != nil {
		return c, errClosed
	}
	select {
	case c = <-p.idle:
		return c, nil
	default:
	}
	select {
	case <-ctx.Done():
		return c, ctx.Err()
	case <-p.done.Done():
		return c, errClosed
	case c = <-p.idle:
		return c, nil
	case <-p.unopened:
	}
	if c, err = p.open(); err != nil {
		p.unopened <- struct{}{}
	}
	return c, err
}

// use lends fn a connection, with a context that ends when the pool closes.
func (p *pool[C]) use(ctx context.Context, fn func(context.Context, C) error) error {
	c, err := p.take(ctx)
	if err != nil {
		return err
	}
	defer func() { p.idle <- c }()
	if p.done.Err() != nil {
		return errClosed
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.done, cancel)()
	err = fn(ctx, c)
	if p.done.Err() != nil && errors.Is(err, context.Canceled) {
		return errClosed
	}
	return err
}

// interruptible runs fn so that the end of the context interrupts it. The
// error is then the context's.
func (c *conn) interruptible(ctx context.Context, fn func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.SetInterrupt(ctx.Done())
	defer c.SetInterrupt(nil)
	err := fn()
	if sqlite.ErrCode(err).ToPrimary() == sqlite.ResultInterrupt && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// close interrupts those who have a connection, waits for them, and closes all.
func (p *pool[C]) close() error {
	var errs []error
	p.once.Do(func() {
		p.stop()
		for range cap(p.idle) {
			select {
			case c := <-p.idle:
				errs = append(errs, c.close())
			case <-p.unopened:
			}
		}
	})
	return errors.Join(errs...)
}
