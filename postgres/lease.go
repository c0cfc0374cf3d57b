package postgres

import (
	"context"
	"errors"
	"hash/fnv"
	"sync"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
)

// leases are those of a store: session-level advisory locks, all of one
// connection that does nothing else. PostgreSQL gives a lock back when the
// session ends, so a lease goes with the process that holds it, however that
// ends, and nobody needs to wait for a time to run out.
type leases struct {
	mu   sync.Mutex
	conn *pgx.Conn         // nil until the first lease is asked for, and after it was lost
	held map[string]*lease // by name

	passedOver string // the stranger's session that was last spoken of
}

// lease is one of them. It is held while leases.held has it.
type lease struct {
	store *Store
	name  string
}

var _ daybook.Leaser = (*Store)(nil)

// leaseTime is how long PostgreSQL may take to answer for a lease. A
// connection on which it takes longer is given up, with all leases.
const leaseTime = 5 * time.Second

var errLeaseLost = &daybook.Error{
	Code: daybook.CodeUnavailable, Message: "postgres: the lease is lost",
	Hint: "another server may have taken it; it can be asked for again",
}

// Lease implements [daybook.Leaser].
func (s *Store) Lease(ctx context.Context, name string) (daybook.Lease, error) {
	s.leases.mu.Lock()
	defer s.leases.mu.Unlock()
	if s.leases.held[name] != nil && s.stillHeld(ctx, name) == nil {
		return nil, nil // by somebody in this process
	}
	var got bool
	err := s.onLeases(ctx, "take the lease "+name, func(ctx context.Context, c *pgx.Conn) error {
		if err := c.QueryRow(ctx, "SELECT pg_try_advisory_lock($1, $2)", s.leaseSpace(), leaseKey(name)).Scan(&got); err != nil || got {
			return err
		}
		stranger, err := s.stranger(ctx, c, name)
		got = stranger != ""
		if got && s.leases.passedOver != stranger {
			s.leases.passedOver = stranger
			s.options.Logger.Warn("postgres: a login that may not write to the ledger holds the lock of a lease, and is ignored", "lease", name, "session", stranger)
		}
		return err
	})
	if err != nil || !got {
		return nil, err
	}
	l := &lease{store: s, name: name}
	s.leases.held[name] = l
	return l, nil
}

// Held implements [daybook.Lease].
func (l *lease) Held(ctx context.Context) error {
	s := l.store
	s.leases.mu.Lock()
	defer s.leases.mu.Unlock()
	if s.leases.held[l.name] != l {
		return errLeaseLost
	}
	return s.stillHeld(ctx, l.name)
}

// stillHeld asks whether the session has the lock of a lease that is held so
// far as is known. A pooler that gives each statement another session loses it.
func (s *Store) stillHeld(ctx context.Context, name string) error {
	var has bool
	err := s.onLeases(ctx, "ask for the lease "+name, func(ctx context.Context, c *pgx.Conn) error {
		err := c.QueryRow(ctx, "SELECT EXISTS ("+lockOfLease+" AND l.pid = pg_backend_pid())", s.lockOf(name)...).Scan(&has)
		if err != nil || has {
			return err
		}
		stranger, err := s.stranger(ctx, c, name)
		has = stranger != ""
		return err
	})
	if err == nil && !has {
		delete(s.leases.held, name)
		err = errLeaseLost
	}
	return err
}

// lockOfLease finds who holds the lock of a lease.
const lockOfLease = `SELECT format('%s of %I', a.pid, a.usename) FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
	WHERE l.locktype = 'advisory' AND l.granted AND l.database = a.datid AND a.datname = current_database()
	AND l.classid::bigint = $1 AND l.objid::bigint = $2 AND l.objsubid = 2`

// lockOf gives the keys of a lease's lock as PostgreSQL shows them.
func (s *Store) lockOf(name string) []any {
	return []any{int64(uint32(s.leaseSpace())), int64(uint32(leaseKey(name)))}
}

// stranger says whose session holds the lock of a lease without being a server's,
// "" for none. Anybody who may log in to the database can take any advisory
// lock, and would keep the ledger from being signed. A stranger's counts for
// nothing: each server then does the work, which it may.
func (s *Store) stranger(ctx context.Context, c *pgx.Conn, name string) (session string, err error) {
	err = c.QueryRow(ctx, lockOfLease+` AND NOT pg_has_role(a.usesysid, 'daybook_writer', 'MEMBER') AND NOT pg_has_role(a.usesysid, 'daybook_owner', 'MEMBER')`,
		s.lockOf(name)...).Scan(&session)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return session, err
}

// Release implements [daybook.Lease].
func (l *lease) Release(ctx context.Context) error {
	s := l.store
	s.leases.mu.Lock()
	defer s.leases.mu.Unlock()
	if s.leases.held[l.name] != l {
		return nil
	}
	delete(s.leases.held, l.name)
	err := s.onLeases(ctx, "give back the lease "+l.name, func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, "SELECT pg_advisory_unlock($1, $2)", s.leaseSpace(), leaseKey(l.name))
		return err
	})
	if daybook.CodeOf(err) == daybook.CodeUnavailable {
		return nil // the connection is gone, and the lease with it
	}
	return err
}

// onLeases lends fn the connection of the leases, which the caller has locked.
// An error closes it, and all leases are lost: it is not known what is left of
// them. What is asked is not broken off with ctx, for the same reason.
func (s *Store) onLeases(ctx context.Context, doing string, fn func(context.Context, *pgx.Conn) error) error {
	if s.closing.Err() != nil {
		return errClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTime)
	defer cancel()
	defer context.AfterFunc(s.closing, cancel)()
	fresh, err := s.leases.connect(within, s.target.config)
	if err == nil {
		err = fn(within, s.leases.conn)
	}
	if err != nil && !fresh && s.leases.conn.IsClosed() && within.Err() == nil {
		// The session ended while nobody asked, and the leases with it.
		s.leases.lose()
		if _, err = s.leases.connect(within, s.target.config); err == nil {
			err = fn(within, s.leases.conn)
		}
	}
	if err == nil {
		return nil
	}
	s.leases.lose()
	if s.closing.Err() != nil {
		return errClosed
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = &daybook.Error{
			Code: daybook.CodeUnavailable, Message: "postgres: " + doing, Err: err,
			Hint: "see that PostgreSQL runs and can be reached, then try again",
		}
	}
	return failed(doing, err)
}

// connect makes the connection where there is none.
func (l *leases) connect(ctx context.Context, config *pgx.ConnConfig) (fresh bool, err error) {
	if l.conn != nil {
		return false, nil
	}
	own := config.Copy()
	own.RuntimeParams["application_name"] += " lease"
	l.held = map[string]*lease{}
	if l.conn, err = pgx.ConnectConfig(ctx, own); err == nil {
		err = probed(ctx, l.conn)
	}
	return true, err
}

// lose gives up the connection, and with it all leases.
func (l *leases) lose() {
	if l.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = l.conn.Close(ctx) // it is given up, whatever it says
	}
	l.conn, l.held = nil, nil
}

// closeLeases gives all leases back, for others to take at once: a session
// that is closed has its locks until the server comes to end it.
func (s *Store) closeLeases() {
	s.leases.mu.Lock()
	defer s.leases.mu.Unlock()
	if s.leases.conn != nil && !s.leases.conn.IsClosed() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, _ = s.leases.conn.Exec(ctx, "SELECT pg_advisory_unlock_all()") // else the session's end gives them back
	}
	s.leases.lose()
}

// leaseSpace is the first key of a lease's lock, so that ledgers in one database
// do not meet.
func (s *Store) leaseSpace() int32 { return leaseKey(s.target.names.ledger) }

// leaseKey is the second key of a lease's lock.
func leaseKey(name string) int32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // never fails
	return int32(h.Sum32())
}
