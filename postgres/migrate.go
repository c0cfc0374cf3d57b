package postgres

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// MigrateOptions say how to bring a database up to date. The zero value is good.
type MigrateOptions struct {
	SchemaPrefix string       // what the names of the schemas begin with
	Logger       *slog.Logger // nil for slog's default
	Ahead        int          // months to make partitions for, this one included; 0 for 3
	Adopt        bool         // leaves tables of others their names in the schema audit, so that their rows can be adopted
}

// defaultAhead is how many months have partitions after a migration.
const defaultAhead = 3

// Migration is what was done to a database, or would be.
type Migration struct {
	Place    string // host:port/database
	From, To int64  // versions of the schema; From is 0 where there was none
	Steps    []Step
	Notes    []string // what else the operator should know
	names    names
}

// Step is one migration.
type Step struct {
	Version int64
	Name    string
	SQL     string
}

// Plan says what [Migrate] would do, and writes nothing.
func Plan(ctx context.Context, url string, o MigrateOptions) (*Migration, error) {
	t, err := newTarget(url, o.SchemaPrefix)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.ConnectConfig(ctx, t.config)
	if err != nil {
		return nil, t.failed("connect", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return t.plan(ctx, conn, o.Adopt)
}

// plan finds out where the schema is and what it lacks.
func (t *target) plan(ctx context.Context, conn *pgx.Conn, adopt bool) (*Migration, error) {
	if err := t.checkServer(ctx, conn); err != nil {
		return nil, err
	}
	if err := t.claimLedger(ctx, conn); err != nil {
		return nil, err
	}
	from, err := t.version(ctx, conn)
	if err != nil {
		return nil, err
	}
	m := &Migration{Place: t.place, From: from, To: newest()}
	if from > m.To {
		return nil, t.newer(from)
	}
	if err := t.claim(ctx, conn, from, adopt); err != nil {
		return nil, err
	}
	m.names, m.Steps = t.names, stepsFrom(from, t.names) // claim says what the views are called
	if err := t.besides(ctx, conn, m); err != nil {
		return nil, err
	}
	return m, nil
}

// Migrate makes the schema of a database, or gives an older one what it lacks.
// Two at once wait for each other. The role needs the right to create schemas
// and, the first time in a cluster, roles.
func Migrate(ctx context.Context, url string, o MigrateOptions) (*Migration, error) {
	t, err := newTarget(url, o.SchemaPrefix)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.ConnectConfig(ctx, t.config)
	if err != nil {
		return nil, t.failed("connect", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	m, err := t.plan(ctx, conn, o.Adopt)
	if err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if err := t.run(ctx, conn, o.Logger); err != nil {
		return nil, err
	}
	return m, t.settle(ctx, conn, m, o.Ahead)
}

// settle does what every migration ends with, whatever was pending: triggers
// and views that are missing, and partitions ahead.
func (t *target) settle(ctx context.Context, conn *pgx.Conn, m *Migration, ahead int) error {
	mended, err := guard(ctx, conn, t.names)
	if err != nil {
		return t.failed("put back the triggers", err)
	}
	for _, table := range mended {
		m.Notes = append(m.Notes, "the trigger of "+table+" that refuses changes was missing or switched off, and is back: see what was done meanwhile with daybook verify")
	}
	if err := t.settleViews(ctx, conn, m); err != nil {
		return err
	}
	if err := t.settleGold(ctx, conn, m); err != nil {
		return err
	}
	if ahead == 0 {
		ahead = defaultAhead
	}
	made, err := makePartitions(ctx, conn, t.names, time.Now(), ahead)
	if len(made) > 0 {
		m.Notes = append(m.Notes, "made the partitions "+strings.Join(made, ", "))
	}
	if daybook.CodeOf(err) == daybook.CodeUnavailable {
		m.Notes = append(m.Notes, err.Error())
		return nil
	}
	return t.failed("make partitions", err)
}

// run runs the migrations that are pending, each in a transaction.
func (t *target) run(ctx context.Context, conn *pgx.Conn, logger *slog.Logger) error {
	// The table of versions stands in the schema, so that goes first.
	if _, err := conn.Exec(ctx, t.names.render("CREATE SCHEMA IF NOT EXISTS {{ledger}}")); err != nil {
		return t.mayNotCreate(err)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(t.migrateKey()), lock.WithLockTimeout(1, 300))
	if err != nil {
		return t.failed("migrate", err)
	}
	db := stdlib.OpenDB(*t.config)
	defer db.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, rendered{t.names}, goose.WithTableName(t.versionTable()),
		goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true), goose.WithSlog(logger))
	if err != nil {
		return t.failed("migrate", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		var partial *goose.PartialError
		if errors.As(err, &partial) && partial.Failed != nil && partial.Failed.Source != nil {
			return t.notMade(partial.Failed.Source.Version, partial.Err)
		}
		return t.failed("migrate", err)
	}
	return nil
}

// notMade says why a migration was not made. What it makes being there already
// means that somebody took it off the list of those that were.
func (t *target) notMade(version int64, err error) error {
	err = t.failed(fmt.Sprintf("migrate to version %d", version), err)
	var said *pgconn.PgError
	var ours *daybook.Error
	if errors.As(err, &said) && errors.As(err, &ours) && slices.Contains([]string{"42P07", "42723", "42710", "42701"}, said.Code) {
		ours.Code, ours.Hint = daybook.CodeDamaged, t.hintVersions()
	}
	return err
}

func (t *target) hintVersions() string {
	return fmt.Sprintf("somebody has changed %s, which lists the migrations that were made: put its rows back from a backup, then run `daybook verify`", t.versionTable())
}

// mayNotCreate says of an error in making the first schema who may let it be made.
func (t *target) mayNotCreate(err error) error {
	err = t.failed("create the schema", err)
	var ours *daybook.Error
	if daybook.CodeOf(err) == daybook.CodeForbidden && errors.As(err, &ours) {
		ours.Hint = fmt.Sprintf("let an administrator run: GRANT CREATE ON DATABASE %s TO %s", pgx.Identifier{t.config.Database}.Sanitize(), pgx.Identifier{t.config.User}.Sanitize())
	}
	return err
}

// versionTable is where goose keeps what it has run.
func (t *target) versionTable() string { return t.names.prefix + "ledger.schema_version" }

// migrateKey is what migrations of one ledger lock each other out by.
func (t *target) migrateKey() int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("daybook migrate " + t.names.prefix))
	return int64(h.Sum64())
}

// version gives the version of the schema that the database has, 0 for none.
func (t *target) version(ctx context.Context, q querier) (version int64, err error) {
	var there bool
	if err := q.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", t.versionTable()).Scan(&there); err != nil || !there {
		return 0, t.failed("read the version of the schema", err)
	}
	var made bool
	err = q.QueryRow(ctx, t.names.render("SELECT coalesce(max(version_id), 0), to_regclass('{{ledger}}.spine') IS NOT NULL FROM "+t.versionTable()+" WHERE is_applied")).Scan(&version, &made)
	if err == nil && version == 0 && made {
		return 0, &daybook.Error{
			Code: daybook.CodeDamaged, Message: "postgres: " + t.place + " has a ledger, and " + t.versionTable() + " knows of no migration", Hint: t.hintVersions(),
		}
	}
	return version, t.failed("read the version of the schema", err)
}
