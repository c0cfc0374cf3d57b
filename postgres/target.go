package postgres

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
)

// oldest is the first PostgreSQL that the schema is written for.
const oldest = 15

// target is a database and the schemas in it that a ledger stands in.
type target struct {
	names  names
	config *pgx.ConnConfig
	place  string // host:port/database
	url    string // without its password, for hints
}

// querier is a connection, a pool or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func newTarget(address, prefix string) (*target, error) {
	n, err := newNames(prefix)
	if err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		// pgx shows the address in its error, with what it takes for no password.
		return nil, &daybook.Error{
			Code: daybook.CodeInvalid, Message: "postgres: this is not the address of a database",
			Hint: "write it as postgres://user:password@host:port/database",
		}
	}
	setUp(config)
	return &target{names: n, config: config, place: placeOf(config), url: withoutPassword(address, config)}, nil
}

// PlaceOf gives the host:port/database that a URL names, as it may be shown. It
// connects to nothing.
func PlaceOf(url string) (string, error) {
	t, err := newTarget(url, "")
	if err != nil {
		return "", err
	}
	return t.place, nil
}

// Shown gives a URL without its password, for people.
func Shown(url string) (string, error) {
	t, err := newTarget(url, "")
	if err != nil {
		return "", err
	}
	return t.url, nil
}

// settings are what every connection of Daybook has, whatever the role, the
// database and the URL say: a text must mean the same wherever it is asked. The
// search path names what PostgreSQL itself has, so that nobody's objects are
// taken for others.
var settings = map[string]string{
	"TimeZone":                      "UTC",
	"DateStyle":                     "ISO",
	"IntervalStyle":                 "postgres",
	"bytea_output":                  "hex",
	"extra_float_digits":            "1", // as many digits as the number has
	"client_encoding":               "UTF8",
	"search_path":                   "pg_catalog, pg_temp",
	"standard_conforming_strings":   "on",  // a backslash in what is quoted is one
	"quote_all_identifiers":         "off", // what is defined is compared by its text
	"array_nulls":                   "on",
	"transform_null_equals":         "off",
	"default_transaction_isolation": "read committed", // who waited for the lock sees what was written meanwhile
	"jit":                           "off",            // to compile a question takes longer than to answer it
	"row_security":                  "off",            // who hides rows by a policy makes an error, not a shorter ledger
	"idle_session_timeout":          "0",              // a pool's connections have nothing to do at times, that of the leases at most times
}

// setUp sets up a connection to be made.
func setUp(config *pgx.ConnConfig) {
	probing(config)
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "daybook"
	}
	for name, value := range settings {
		config.RuntimeParams[name] = value
	}
}

func placeOf(config *pgx.ConnConfig) string {
	port := strconv.Itoa(int(config.Port))
	if strings.HasPrefix(config.Host, "/") {
		return config.Host + ":" + port + "/" + config.Database
	}
	return net.JoinHostPort(config.Host, port) + "/" + config.Database
}

// withoutPassword gives the address as it may be shown.
func withoutPassword(address string, config *pgx.ConnConfig) string {
	shown := url.URL{Scheme: "postgres", Host: net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port))), Path: "/" + config.Database}
	if config.User != "" {
		shown.User = url.User(config.User)
	}
	given, err := url.Parse(address)
	if err != nil || given.Scheme != "postgres" && given.Scheme != "postgresql" {
		return shown.String()
	}
	if given.User != nil {
		given.User = url.User(given.User.Username())
	}
	query := given.Query()
	for name := range query {
		if strings.Contains(strings.ToLower(name), "password") {
			query.Del(name)
		}
	}
	given.RawQuery = query.Encode()
	return given.String()
}

// command is what to run to bring the schema up to date.
func (t *target) command() string {
	c := "daybook migrate --store '" + t.url + "'"
	if t.names.prefix != "" {
		c += " --schema-prefix " + t.names.prefix
	}
	return c
}

// checkServer refuses a server that the schema does not work on.
func (t *target) checkServer(ctx context.Context, q querier) error {
	var version int
	var encoding string
	err := q.QueryRow(ctx, "SELECT current_setting('server_version_num')::int, current_setting('server_encoding')").Scan(&version, &encoding)
	switch {
	case err != nil:
		return t.failed("connect", err)
	case version < oldest*10000:
		return &daybook.Error{
			Code: daybook.CodeInvalid, Message: fmt.Sprintf("postgres: %s is PostgreSQL %d; Daybook needs %d or newer", t.place, version/10000, oldest),
			Hint: "use a newer server",
		}
	case encoding != "UTF8":
		return &daybook.Error{
			Code: daybook.CodeInvalid, Message: fmt.Sprintf("postgres: %s is encoded in %s, which cannot hold every text", t.place, encoding),
			Hint: "use a database of the encoding UTF8",
		}
	}
	return nil
}

// checkPrimary refuses to write to a standby, which may become the primary: who
// waits for the database waits for that.
func (t *target) checkPrimary(ctx context.Context, q querier) error {
	var isStandby bool
	err := q.QueryRow(ctx, "SELECT pg_is_in_recovery()").Scan(&isStandby)
	if err == nil && isStandby {
		err = &daybook.Error{Code: daybook.CodeUnavailable, Message: "postgres: " + t.place + " is a standby, which takes no writes", Hint: hintStandby}
	}
	return err
}

// checkSchema refuses a database whose schema is not the one of this program.
func (t *target) checkSchema(ctx context.Context, q querier) error {
	version, err := t.version(ctx, q)
	switch want := newest(); {
	case err != nil:
		return t.orBeside(ctx, q, err)
	case version == 0:
		return &daybook.Error{
			Code: daybook.CodeNotFound, Message: fmt.Sprintf("postgres: %s has no Daybook ledger in the schema %sledger", t.place, t.names.prefix),
			Hint: t.hintMissing(ctx, q),
		}
	case version < want:
		return &daybook.Error{
			Code: daybook.CodeInvalid, Message: fmt.Sprintf("postgres: the schema of %s is version %d; this Daybook needs %d", t.place, version, want),
			Hint: "stop the servers of an earlier Daybook, then run " + t.command(),
		}
	case version > want:
		return t.newer(version)
	}
	return nil
}

func (t *target) newer(version int64) error {
	return &daybook.Error{
		Code: daybook.CodeInvalid, Message: fmt.Sprintf("postgres: the schema of %s is version %d, made by a newer Daybook; this one knows %d", t.place, version, newest()),
		Hint: "upgrade daybook",
	}
}
