package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5/pgconn"
)

// failed turns an error of PostgreSQL into ours: what cannot be done now is
// CodeUnavailable, a broken database CodeDamaged, the rest a fault of ours.
// Errors of ours and of contexts pass.
func failed(doing string, err error) error {
	var ours *daybook.Error
	if err == nil || errors.As(err, &ours) {
		return err
	}
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	// A connection that could not be made in time is none of the caller's doing.
	var connect *pgconn.ConnectError
	if errors.Is(err, context.DeadlineExceeded) && !errors.As(err, &connect) {
		return context.DeadlineExceeded
	}
	e := &daybook.Error{Code: daybook.CodeInternal, Message: "postgres: " + doing, Err: err}
	var said *pgconn.PgError
	switch {
	case errors.As(err, &said):
		e.Code, e.Hint = meaning(said.Code)
		if isStandby(err) {
			e.Code, e.Hint = meaning("25006")
		}
		if ownHint(said) {
			e.Hint = said.Hint
		}
		e.Err = &serverError{said}
	case strings.Contains(err.Error(), "server refused TLS connection"):
		e.Code, e.Hint = daybook.CodeUnavailable, "the server speaks no TLS: turn it on there (ssl = on), or put sslmode=disable into the URL if nobody can listen on the network"
		e.Err = &lostError{err}
	case lost(err):
		e.Code, e.Hint = daybook.CodeUnavailable, "the connection to PostgreSQL was lost: see that it runs and can be reached, then try again"
		e.Err = &lostError{err}
	}
	return e
}

// failed is failed with the place, for what happens before a store is open.
func (t *target) failed(doing string, err error) error {
	return failed(doing+" at "+t.place, err)
}

// serverError is an error of the server without its detail, which shows what
// records hold.
type serverError struct{ *pgconn.PgError }

// Error gives the message and the code.
func (e *serverError) Error() string { return e.Message + " (SQLSTATE " + e.Code + ")" }

// Unwrap gives the whole error, for who looks at its code.
func (e *serverError) Unwrap() error { return e.PgError }

// lostError is an error of a connection, of which pgx says the user and where
// it tried, not the password.
type lostError struct{ error }

// Error gives the message in one line.
func (e *lostError) Error() string { return strings.Join(strings.Fields(e.error.Error()), " ") }

// Unwrap gives the error of the connection.
func (e *lostError) Unwrap() error { return e.error }

// meaning says what to make of a SQLSTATE
// (https://www.postgresql.org/docs/current/errcodes-appendix.html).
func meaning(state string) (daybook.Code, string) {
	switch state {
	case "57P01", "57P02", "57P03", "57P05", "25P03":
		return daybook.CodeUnavailable, "PostgreSQL is stopping or starting, or has ended the connection: try again"
	case "53300":
		return daybook.CodeUnavailable, "PostgreSQL has too many connections: raise max_connections, or have fewer clients"
	case "53100":
		return daybook.CodeUnavailable, "the disk of PostgreSQL is full: free some space and try again; nothing was half-written"
	case "53200", "53000", "53400":
		return daybook.CodeUnavailable, "PostgreSQL has too little memory: try again, or give it more"
	case "57014", "55P03", "25P04":
		return daybook.CodeUnavailable, "it took longer than the server's timeouts allow: try again, or raise statement_timeout and lock_timeout of the role"
	case "40P01", "40001":
		return daybook.CodeUnavailable, "others were in the way: try again"
	case "25006":
		return daybook.CodeUnavailable, hintStandby
	case "28P01", "28000":
		return daybook.CodeForbidden, "check that the user, the password (PGPASSWORD, ~/.pgpass, or the URL in DAYBOOK_STORE) and pg_hba.conf are right"
	case "42501":
		return daybook.CodeForbidden, "check that the role may log in and is a member of daybook_writer, or of daybook_owner to migrate"
	case "55000":
		return daybook.CodeUnavailable, "PostgreSQL does not take this now: try again; who looks after the database knows why"
	case "42704":
		return daybook.CodeInvalid, "check the parameters behind the ? in the URL: PostgreSQL does not know one of them"
	case "3D000":
		return daybook.CodeNotFound, "create the database, or name another one"
	case "54000":
		return daybook.CodeTooLarge, "a name is too long for an index: shorten it to 1,200 bytes"
	case "XX001", "XX002":
		return daybook.CodeDamaged, "the database is damaged: restore a backup, then run daybook verify"
	}
	if state == "08P01" {
		return daybook.CodeInvalid, hintPooler
	}
	switch state[:min(2, len(state))] {
	case "08":
		return daybook.CodeUnavailable, "the connection to PostgreSQL was lost: try again"
	case "58":
		return daybook.CodeUnavailable, "PostgreSQL cannot read or write its files: see its log"
	}
	return daybook.CodeInternal, ""
}

// isStandby says that a transaction that was to write was begun on a standby,
// for which PostgreSQL has no code of its own: it says that it has no such feature.
func isStandby(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && said.Code == "0A000" && said.Routine == "call_bool_check_hook"
}

const hintStandby = "the server is a standby or read-only: connect to the primary, as by naming both hosts and target_session_attrs=primary in the URL"

const hintPooler = "name PostgreSQL itself, not a pooler such as PgBouncer: Daybook sets up its connections, holds locks on them and is told on them"

// ownHint says that the server's hint is one of the schema's own functions and
// triggers, which knows better.
func ownHint(said *pgconn.PgError) bool {
	return said.Hint != "" && said.File == "pl_exec.c"
}

// notTaken is failed for entries that could not be appended for no fault of
// their own: what the login of this server may not do, or that the database is
// gone, is nothing that a writer could mend, who must keep them and try again.
func notTaken(err error) error {
	err = failed("append", err)
	var ours *daybook.Error
	var said *pgconn.PgError
	if !errors.As(err, &ours) || !errors.As(err, &said) || ours.Code == daybook.CodeDamaged || ours.Code == daybook.CodeInternal {
		return err
	}
	later := *ours
	later.Code = daybook.CodeUnavailable
	return &later
}

// again says that a transaction was undone for no fault of its own, so that it
// may be tried again at once.
func again(err error) bool {
	var said *pgconn.PgError
	var stale *staleError
	return errors.As(err, &stale) || errors.As(err, &said) && (said.Code == "40P01" || said.Code == "40001")
}

// staleError is one of a connection that had ended before a transaction began
// on it: the server was restarted, or an administrator ended it. Another one may
// do.
type staleError struct{ error }

// Unwrap gives what the connection ended with.
func (e *staleError) Unwrap() error { return e.error }

func ifStale(err error) error {
	var said *pgconn.PgError
	if lost(err) || errors.As(err, &said) && strings.HasPrefix(said.Code, "57P") {
		return &staleError{err}
	}
	return err
}

// lost says that the connection is gone, or could not be made.
func lost(err error) bool {
	var network net.Error
	var connect *pgconn.ConnectError
	return errors.As(err, &network) || errors.As(err, &connect) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed")
}

func internalf(format string, args ...any) error {
	return &daybook.Error{Code: daybook.CodeInternal, Message: "postgres: " + fmt.Sprintf(format, args...)}
}

func damagedf(format string, args ...any) error {
	return &daybook.Error{
		Code: daybook.CodeDamaged, Message: "postgres: " + fmt.Sprintf(format, args...),
		Hint: "somebody has changed the database: run daybook verify",
	}
}

var errClosed = &daybook.Error{Code: daybook.CodeUnavailable, Message: "postgres: the store is closed"}

var errReadOnly = &daybook.Error{
	Code: daybook.CodeForbidden, Message: "postgres: the store was opened to read only", Hint: "open it to write, with the role of a writer",
}
