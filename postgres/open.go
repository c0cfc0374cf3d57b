package postgres

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Options say how to open a store. The zero value is good.
type Options struct {
	// ReadOnly opens a store that writes nothing: for verify, beside servers that
	// run or on a standby.
	ReadOnly bool
	// SchemaPrefix is what the names of the schemas begin with.
	SchemaPrefix string
	// Transfer opens a ledger whatever its mark, and is for whoever copies ledgers:
	// see [daybook.Transfer].
	Transfer bool
	// Logger is told what the operator should know; nil for slog's default.
	Logger *slog.Logger
	// Step is called after each step that writes: "rows", "spine" and "tiles"
	// within the transaction, "commit" behind it; nil for nobody. It is where
	// tests end the process.
	Step func(step string)
	// MaxConns is how many connections the store has at the most; 0 for 10, and
	// never fewer than 6.
	MaxConns int32
}

// The connections of a store: so many in all where nothing is said, and of them
// so many for who writes, who must not wait for readers: one to append, one to
// sequence ahead, one for state.
const (
	defaultConns = 10
	leastConns   = 6
	writerConns  = 3
)

// Store is a ledger in a PostgreSQL database. It implements [daybook.Store] and
// [daybook.Querier] and is safe for concurrent use.
type Store struct {
	target  *target
	options Options
	tables  map[*daybook.Kind]*table
	pool    *pgxpool.Pool // of those who read
	writers *pgxpool.Pool // of those who write; nil where read-only

	closing context.Context
	close   context.CancelFunc
	writing chan struct{} // holds one token: who appends has it
	months  months        // that appends need make no partitions for
	asking  chan struct{} // whoever asks by SQL puts one in, so that others have connections too

	leases leases

	mu   sync.RWMutex
	head daybook.Head // as it was last seen
}

// Open opens the ledger in the database at a URL. Where there is none the error
// is CodeNotFound, where its schema is older or newer CodeInvalid: each says
// what to run.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	t, err := newTarget(url, o.SchemaPrefix)
	if err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.MaxConns == 0 {
		o.MaxConns = defaultConns
	}
	s := &Store{target: t, options: o, tables: planTables(), writing: make(chan struct{}, 1)}
	s.closing, s.close = context.WithCancel(context.Background())
	s.writing <- struct{}{}
	if err := s.connect(ctx); err != nil {
		s.closePools()
		return nil, err
	}
	return s, nil
}

// connect makes the pools and looks at what is there.
func (s *Store) connect(ctx context.Context) (err error) {
	readers := max(s.options.MaxConns, leastConns) - writerConns
	if s.pool, err = s.newPool(ctx, readers); err != nil {
		return err
	}
	s.asking = make(chan struct{}, max(1, readers/2))
	if !s.options.ReadOnly {
		if s.writers, err = s.newPool(ctx, writerConns); err != nil {
			return err
		}
	}
	return s.read(ctx, "open "+s.target.place, func(ctx context.Context, c *pgx.Conn) error {
		if err := s.target.checkServer(ctx, c); err != nil {
			return err
		}
		if !s.options.ReadOnly {
			if err := s.target.checkPrimary(ctx, c); err != nil {
				return err
			}
		}
		if err := s.target.checkSchema(ctx, c); err != nil {
			return err
		}
		mark, err := s.transfer(ctx, c)
		if err != nil {
			return err
		}
		if err := s.opens(mark); err != nil {
			return err
		}
		head, err := s.readHead(ctx, c)
		if err != nil {
			return err
		}
		s.saw(head)
		return errors.Join(s.checkHead(ctx, c, head), s.checkGuard(ctx, c))
	})
}

func (s *Store) newPool(ctx context.Context, conns int32) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig("")
	if err != nil {
		return nil, internalf("%v", err)
	}
	config.ConnConfig = s.target.config.Copy()
	config.MaxConns, config.MinConns = conns, 0
	if s.options.ReadOnly {
		config.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	}
	config.AfterConnect = settled
	pool, err := pgxpool.NewWithConfig(ctx, config)
	return pool, s.target.failed("connect", err)
}

// settled makes a connection what Daybook wants of it.
func settled(ctx context.Context, c *pgx.Conn) error {
	return errors.Join(heard(ctx, c), durable(ctx, c), probed(ctx, c))
}

// heard refuses a connection that is not set up as it was asked to be: a pooler
// in between has kept that back (PgBouncer's ignore_startup_parameters), and gives
// one connection to several besides. Texts would be read in another way, and leases
// be nobody's.
func heard(ctx context.Context, c *pgx.Conn) error {
	var has bool
	err := c.QueryRow(ctx, "SELECT current_setting('search_path') = $1 AND current_setting('row_security') = $2 AND current_setting('TimeZone') = $3", pgx.QueryExecModeSimpleProtocol,
		settings["search_path"], settings["row_security"], settings["TimeZone"]).Scan(&has)
	if err != nil || has {
		return err
	}
	return &daybook.Error{
		Code: daybook.CodeInvalid, Message: "postgres: a pooler keeps the settings of the connection from the server", Hint: hintPooler,
	}
}

// durable makes commits of a connection durable where the server, the database
// or the role does without. Other levels wait for standbys or leave them be,
// as the operator wants it.
func durable(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
	return err
}

// Place gives host:port/database, for messages.
func (s *Store) Place() string { return s.target.place }

// sql puts the names of the schemas into a statement.
func (s *Store) sql(text string) string { return s.target.names.render(text) }

// read lends fn a connection to read with, in no transaction.
func (s *Store) read(ctx context.Context, doing string, fn func(context.Context, *pgx.Conn) error) error {
	return s.use(ctx, s.pool, doing, fn)
}

// use lends fn a connection of a pool. Closing the store ends what fn does.
func (s *Store) use(ctx context.Context, pool *pgxpool.Pool, doing string, fn func(context.Context, *pgx.Conn) error) error {
	if s.closing.Err() != nil {
		return errClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.closing, cancel)()
	err := pool.AcquireFunc(within, func(c *pgxpool.Conn) error { return fn(within, c.Conn()) })
	if err != nil && ctx.Err() == nil && s.closing.Err() != nil {
		return errClosed
	}
	return failed(doing, err)
}

// Close waits for what is being written, ends what is being read, and gives up
// the connections. Closing twice is fine.
func (s *Store) Close() error {
	<-s.writing
	defer func() { s.writing <- struct{}{} }()
	s.close()
	s.closeLeases()
	s.closePools()
	return nil
}

func (s *Store) closePools() {
	s.close()
	if s.pool != nil {
		s.pool.Close()
	}
	if s.writers != nil {
		s.writers.Close()
	}
}
