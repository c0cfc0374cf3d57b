package scan

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/daybook-audit/daybook"
)

// oldest is the first version that is scanned: it has generated columns.
const oldest = 120000

// connectTime bounds connecting, where the URL has no connect_timeout.
const connectTime = 15 * time.Second

// target is the database that a URL names.
type target struct {
	config   *pgx.ConnConfig
	location string // without user and password
}

// parse reads the URL of a database. Its errors never hold the URL: it may
// have a password in it.
func parse(text string) (*target, error) {
	scheme, _, found := strings.Cut(text, "://")
	if !found || scheme != "postgres" && scheme != "postgresql" {
		message := "scan: what is to be scanned is not the URL of a PostgreSQL database"
		if found {
			message += ": its scheme is " + daybook.Clip(scheme)
		}
		return nil, &daybook.Error{Code: daybook.CodeInvalid, Message: message, Hint: "write postgres://user@host:5432/database"}
	}
	config, err := pgx.ParseConfig(text)
	if err != nil {
		return nil, &daybook.Error{
			Code: daybook.CodeInvalid, Message: "scan: the URL of the database cannot be read",
			Hint: "write postgres://user@host:5432/database; percent-encode what is special in a password, or give it in PGPASSWORD or ~/.pgpass",
		}
	}
	if config.Database == "" {
		config.Database = config.User // as every client of PostgreSQL does
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTime
	}
	// Poolers between us and the server may keep neither settings nor prepared statements.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.RuntimeParams["application_name"] = "daybook scan"
	return &target{config: config, location: location(config)}, nil
}

// location names the database without saying who asks.
func location(config *pgx.ConnConfig) string {
	u := url.URL{Scheme: "postgres", Path: "/" + config.Database}
	if strings.HasPrefix(config.Host, "/") {
		u.RawQuery = url.Values{"host": {config.Host}}.Encode()
	} else {
		u.Host = net.JoinHostPort(strings.ToLower(config.Host), strconv.Itoa(int(config.Port)))
	}
	return u.String()
}

// connect connects, and makes sure of what is there.
func (t *target) connect(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, t.config)
	if err != nil {
		return nil, t.explain("cannot connect to "+t.location, err)
	}
	if err := t.recognise(ctx, conn); err != nil {
		_ = conn.Close(context.WithoutCancel(ctx)) // the other error matters
		return nil, err
	}
	return conn, nil
}

// recognise refuses what speaks PostgreSQL's protocol but has another catalog.
func (t *target) recognise(ctx context.Context, conn *pgx.Conn) error {
	var said string
	var number int
	err := conn.QueryRow(ctx, `SELECT version(), current_setting('server_version_num')::int`).Scan(&said, &number)
	if err != nil {
		return t.explain("cannot ask "+t.location+" for its version", err)
	}
	if !strings.HasPrefix(said, "PostgreSQL ") || number < oldest {
		return &daybook.Error{
			Code: daybook.CodeInvalid, Message: "scan: " + t.location + " is not a PostgreSQL that can be scanned: " + daybook.Clip(said),
			Hint: "scan reads the system catalog of PostgreSQL 12 or newer",
		}
	}
	return nil
}

// explain makes an error of the server or the network one that says what to do.
func (t *target) explain(what string, err error) error {
	if errors.Is(err, context.Canceled) {
		return &daybook.Error{Code: daybook.CodeUnavailable, Message: "scan: interrupted", Err: context.Canceled, Hint: "nothing was written"}
	}
	e := &daybook.Error{Code: daybook.CodeUnavailable, Message: "scan: " + what, Hint: "check the host and port of the URL, and that the server runs and listens there", Err: cause(err)}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		e.Hint = hints[refused.Code]
		if e.Hint == "" {
			e.Hint = "the server's log says more"
		}
	}
	return e
}

// hints say what to do about what the server answers, by its code.
var hints = map[string]string{
	"28P01": "check the user, and give the password in PGPASSWORD or ~/.pgpass",
	"28000": "check the user and whether the server's pg_hba.conf lets it in from here; it may want TLS: add ?sslmode=require",
	"3D000": "check the database's name: it is the last part of the URL",
	"42501": "the role needs no more than CONNECT on the database, and to read the system catalog, as any role may unless that was revoked",
	"53300": "the server has no connection left; try again later",
	"57014": "the server ended a statement that took too long: give it more with --timeout",
	"55P03": "somebody alters a table that a view reads: try again later",
	"57P03": "the server is starting or ending; try again in a moment",
	"XX000": "the catalog changed while it was read: scan again",
	"42P01": "the catalog changed while it was read: scan again",
}

// cause is what went wrong at the bottom, without the list of what was tried,
// which repeats it.
func cause(err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return errors.New(refused.Message)
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return dns
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("it did not answer in time")
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
