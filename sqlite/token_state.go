package sqlite

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

var _ daybook.Tokens = (*Store)(nil)

// tokenTable keeps tokens: state that may change, so no trigger guards it and
// verify does not look at it. What it says counts as far as mac holds.
const tokenTable = `CREATE TABLE token (
  id TEXT PRIMARY KEY, -- the public part of the token's text
  name TEXT NOT NULL UNIQUE COLLATE NOCASE, -- the principal's
  role TEXT NOT NULL,
  business TEXT NOT NULL, -- '' for all
  agent TEXT NOT NULL, -- '' for any
  hash BLOB NOT NULL, -- SHA-256 of the secret
  created_at INTEGER NOT NULL, -- microseconds since 1970
  expires_at INTEGER, -- microseconds since 1970
  revoked_at INTEGER, -- microseconds since 1970
  mac BLOB NOT NULL, -- HMAC-SHA256 over all of the above
  last_used_at INTEGER -- microseconds since 1970
) STRICT`

const tokenColumns = "id, name, role, business, agent, hash, created_at, expires_at, revoked_at, mac, last_used_at"

const (
	selectToken  = "SELECT " + tokenColumns + " FROM token WHERE id = ?"
	selectTokens = "SELECT " + tokenColumns + " FROM token ORDER BY created_at, id"
	insertToken  = "INSERT INTO token (" + tokenColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	updateToken  = `UPDATE token SET (` + tokenColumns + `) = (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) WHERE id = ?1`
	touchToken   = "UPDATE token SET last_used_at = max(coalesce(last_used_at, 0), ?2) WHERE id = ?1"
)

// AddToken implements [daybook.Tokens].
func (s *Store) AddToken(ctx context.Context, t daybook.Token) error {
	return s.state(ctx, "add a token", func(c *conn) error {
		err := c.runToken(insertToken, &t)
		if sqlite.ErrCode(err).ToPrimary() == sqlite.ResultConstraint {
			return &daybook.Error{
				Code: daybook.CodeConflict, Message: "sqlite: there is a token named " + t.Name + " already, or there was",
				Hint: "choose another name; that of a revoked token is not used again",
			}
		}
		return err
	})
}

// TokenByID implements [daybook.Tokens].
func (s *Store) TokenByID(ctx context.Context, id string) (*daybook.Token, error) {
	var found []daybook.Token
	err := s.read(ctx, "read a token", func(c *conn) error {
		var err error
		found, err = c.tokens(selectToken, func(stmt *sqlite.Stmt) { stmt.BindText(1, id) })
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, &daybook.Error{
			Code: daybook.CodeNotFound, Message: "sqlite: there is no token " + daybook.Clip(id), Hint: "daybook token list shows those that there are",
		}
	}
	return &found[0], nil
}

// ListTokens implements [daybook.Tokens].
func (s *Store) ListTokens(ctx context.Context) (all []daybook.Token, err error) {
	err = s.read(ctx, "read the tokens", func(c *conn) error {
		all, err = c.tokens(selectTokens, func(*sqlite.Stmt) {})
		return err
	})
	return all, err
}

// ChangeTokens implements [daybook.Tokens].
func (s *Store) ChangeTokens(ctx context.Context, change func([]daybook.Token) ([]daybook.Token, error)) error {
	return s.state(ctx, "change tokens", func(c *conn) error {
		all, err := c.tokens(selectTokens, func(*sqlite.Stmt) {})
		if err != nil {
			return err
		}
		changed, err := change(all)
		if err != nil {
			return err
		}
		for i := range changed {
			if err := c.runToken(updateToken, &changed[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// UseTokens implements [daybook.Tokens].
func (s *Store) UseTokens(ctx context.Context, last map[string]time.Time) error {
	return s.state(ctx, "note the use of tokens", func(c *conn) error {
		for id, at := range last {
			stmt, err := c.prepare(touchToken)
			if err != nil {
				return err
			}
			stmt.BindText(1, id)
			stmt.BindInt64(2, at.UnixMicro())
			if err := run(stmt); err != nil {
				return err
			}
		}
		return nil
	})
}

// state changes what is no part of the ledger, in a transaction of the one
// connection that writes.
func (s *Store) state(ctx context.Context, doing string, fn func(*conn) error) error {
	return s.write(ctx, doing, func(w *writer) (func(), error) {
		return func() {}, failed(doing, fn(w.conn))
	})
}

// tokens reads what a query of the token columns finds.
func (c *conn) tokens(query string, bind func(*sqlite.Stmt)) ([]daybook.Token, error) {
	stmt, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	bind(stmt)
	var all []daybook.Token
	for {
		more, err := stmt.Step()
		if err != nil || !more {
			return all, err
		}
		all = append(all, tokenOf(stmt))
	}
}

// tokenOf reads a row as it is. One that somebody has spoilt has no MAC that
// holds.
func tokenOf(stmt *sqlite.Stmt) daybook.Token {
	t := daybook.Token{
		ID: stmt.ColumnText(0), Name: stmt.ColumnText(1), Role: daybook.Role(stmt.ColumnText(2)),
		Business: stmt.ColumnText(3), Agent: stmt.ColumnText(4),
		CreatedAt: momentIn(stmt, 6), ExpiresAt: momentIn(stmt, 7), RevokedAt: momentIn(stmt, 8), LastUsedAt: momentIn(stmt, 10),
	}
	if isBlob(stmt, 5, len(t.Hash)) && isBlob(stmt, 9, len(t.MAC)) {
		stmt.ColumnBytes(5, t.Hash[:])
		stmt.ColumnBytes(9, t.MAC[:])
	}
	return t
}

func (c *conn) runToken(query string, t *daybook.Token) error {
	stmt, err := c.prepare(query)
	if err != nil {
		return err
	}
	for i, text := range []string{t.ID, t.Name, string(t.Role), t.Business, t.Agent} {
		stmt.BindText(i+1, text)
	}
	stmt.BindBytes(6, t.Hash[:])
	bindMoment(stmt, 7, t.CreatedAt)
	bindMoment(stmt, 8, t.ExpiresAt)
	bindMoment(stmt, 9, t.RevokedAt)
	stmt.BindBytes(10, t.MAC[:])
	bindMoment(stmt, 11, t.LastUsedAt)
	if err := run(stmt); err != nil {
		return fmt.Errorf("token: %w", err)
	}
	return nil
}

// momentIn reads microseconds since 1970; the zero time where there are none.
func momentIn(stmt *sqlite.Stmt, column int) time.Time {
	if stmt.ColumnIsNull(column) {
		return time.Time{}
	}
	return time.UnixMicro(stmt.ColumnInt64(column)).UTC()
}

func bindMoment(stmt *sqlite.Stmt, parameter int, t time.Time) {
	if t.IsZero() {
		stmt.BindNull(parameter)
		return
	}
	stmt.BindInt64(parameter, t.UnixMicro())
}

// isToken says that SQL may not read a table: who may ask may not learn whose
// token reaches how far, nor its hash.
func isToken(table string) bool { return strings.EqualFold(table, "token") }
