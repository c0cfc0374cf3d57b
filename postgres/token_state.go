package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

var _ daybook.Tokens = (*Store)(nil)

const tokenColumns = "id, name, role, business, agent, hash, created_at, expires_at, revoked_at, mac, last_used_at"

const (
	selectToken  = "SELECT " + tokenColumns + " FROM {{ledger}}.token WHERE id = $1"
	selectTokens = "SELECT " + tokenColumns + ` FROM {{ledger}}.token ORDER BY created_at, id COLLATE "C"`
	insertToken  = "INSERT INTO {{ledger}}.token (" + tokenColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
	updateToken  = "UPDATE {{ledger}}.token SET (" + tokenColumns + ") = ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) WHERE id = $1"
	// The rows are locked in one order, so that two servers do not wait for each other.
	touchTokens = `WITH used AS (SELECT t.id, u.at FROM {{ledger}}.token AS t JOIN unnest($1::text[], $2::timestamptz[]) AS u (id, at) ON u.id = t.id
  ORDER BY t.id FOR UPDATE OF t)
UPDATE {{ledger}}.token AS t SET last_used_at = greatest(t.last_used_at, used.at) FROM used WHERE t.id = used.id`
)

// AddToken implements [daybook.Tokens].
func (s *Store) AddToken(ctx context.Context, t daybook.Token) error {
	return s.state(ctx, "add a token", func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, s.sql(insertToken), tokenArgs(&t)...)
		var said *pgconn.PgError
		if errors.As(err, &said) && said.Code == "23505" {
			return &daybook.Error{
				Code: daybook.CodeConflict, Message: "postgres: there is a token named " + t.Name + " already, or there was",
				Hint: "choose another name; that of a revoked token is not used again",
			}
		}
		return err
	})
}

// TokenByID implements [daybook.Tokens].
func (s *Store) TokenByID(ctx context.Context, id string) (*daybook.Token, error) {
	var found []daybook.Token
	if storable(id) {
		err := s.read(ctx, "read a token", func(ctx context.Context, c *pgx.Conn) (err error) {
			found, err = s.tokens(ctx, c, selectToken, id)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if len(found) == 0 {
		return nil, &daybook.Error{
			Code: daybook.CodeNotFound, Message: "postgres: there is no token " + daybook.Clip(id), Hint: "daybook token list shows those that there are",
		}
	}
	return &found[0], nil
}

// ListTokens implements [daybook.Tokens].
func (s *Store) ListTokens(ctx context.Context) (all []daybook.Token, err error) {
	err = s.read(ctx, "read the tokens", func(ctx context.Context, c *pgx.Conn) error {
		all, err = s.tokens(ctx, c, selectTokens)
		return err
	})
	return all, err
}

// ChangeTokens implements [daybook.Tokens]. Others wait for it, on this server
// and on others.
func (s *Store) ChangeTokens(ctx context.Context, change func([]daybook.Token) ([]daybook.Token, error)) error {
	return s.state(ctx, "change tokens", func(ctx context.Context, tx pgx.Tx) error {
		all, err := s.tokens(ctx, tx, selectTokens+" FOR UPDATE")
		if err != nil {
			return err
		}
		changed, err := change(all)
		if err != nil {
			return err
		}
		for i := range changed {
			if _, err := tx.Exec(ctx, s.sql(updateToken), tokenArgs(&changed[i])...); err != nil {
				return err
			}
		}
		return nil
	})
}

// UseTokens implements [daybook.Tokens].
func (s *Store) UseTokens(ctx context.Context, last map[string]time.Time) error {
	var ids []string
	var times []time.Time
	for id, at := range last {
		if storable(id) {
			ids, times = append(ids, id), append(times, at)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return s.state(ctx, "note the use of tokens", func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, s.sql(touchTokens), ids, times)
		return err
	})
}

// state changes what is no part of the ledger, in a transaction.
func (s *Store) state(ctx context.Context, doing string, fn func(context.Context, pgx.Tx) error) error {
	if s.writers == nil {
		return errReadOnly
	}
	return s.use(ctx, s.writers, doing, func(ctx context.Context, c *pgx.Conn) error {
		return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error { return fn(ctx, tx) })
	})
}

func (s *Store) tokens(ctx context.Context, c querier, sql string, args ...any) ([]daybook.Token, error) {
	rows, err := c.Query(ctx, s.sql(sql), args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, tokenOf)
}

// tokenOf reads a row as it is. One that somebody has spoilt has no MAC that
// holds.
func tokenOf(row pgx.CollectableRow) (t daybook.Token, err error) {
	var hash, mac []byte
	var created, expires, revoked, used pgtype.Timestamptz
	err = row.Scan(&t.ID, &t.Name, &t.Role, &t.Business, &t.Agent, &hash, &created, &expires, &revoked, &mac, &used)
	if len(hash) == len(t.Hash) && len(mac) == len(t.MAC) {
		copy(t.Hash[:], hash)
		copy(t.MAC[:], mac)
	}
	t.CreatedAt, t.ExpiresAt, t.RevokedAt, t.LastUsedAt = momentOf(created), momentOf(expires), momentOf(revoked), momentOf(used)
	return t, err
}

// momentOf gives the zero time where there is none.
func momentOf(at pgtype.Timestamptz) time.Time {
	if at.Time.IsZero() {
		return time.Time{}
	}
	return at.Time.UTC()
}

func tokenArgs(t *daybook.Token) []any {
	at := func(t time.Time) any {
		if t.IsZero() {
			return nil
		}
		return t
	}
	return []any{t.ID, t.Name, string(t.Role), t.Business, t.Agent, t.Hash[:], at(t.CreatedAt), at(t.ExpiresAt), at(t.RevokedAt), t.MAC[:], at(t.LastUsedAt)}
}
