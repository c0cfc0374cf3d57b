package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/postgres"
)

// postgresPlace is a PostgreSQL database. Several processes may write the ledger
// in it at a time, each with a copy of its key.
type postgresPlace struct {
	url  string // may hold a password: never shown
	name string // postgres://host:port/database
}

var (
	_ Place = (*postgresPlace)(nil)
	_ Store = (*postgres.Store)(nil)
)

func newPostgresPlace(url string) (Place, error) {
	at, err := postgres.PlaceOf(url)
	if err != nil {
		return nil, err
	}
	return &postgresPlace{url: url, name: "postgres://" + at}, nil
}

// DatabaseURL gives the URL of a place in a PostgreSQL database, and whether it
// is one. It may hold a password.
func DatabaseURL(p Place) (url string, ok bool) {
	database, ok := p.(*postgresPlace)
	if !ok {
		return "", false
	}
	return database.url, true
}

// String implements [Place].
func (p *postgresPlace) String() string { return p.name }

// Exists implements [Place]: nothing is made in a database by opening it.
func (p *postgresPlace) Exists() bool { return true }

// refuseLost implements [Place]. A ledger in a database has an id from the
// first, and its files the id for a name: those of a lost one are not taken for
// those of another.
func (p *postgresPlace) refuseLost(context.Context, Options) error { return nil }

func (p *postgresPlace) open(ctx context.Context, o Options, readOnly bool) (Store, error) {
	if !readOnly {
		if err := makeKeyFolder(o); err != nil {
			return nil, err
		}
	}
	so := postgres.Options{ReadOnly: readOnly, Transfer: o.transfer, SchemaPrefix: o.SchemaPrefix, Logger: o.Logger, Step: o.Step}
	var wait time.Duration
	if o.Service != nil {
		wait, so.MaxConns = o.Service.Wait, o.Service.Connections
	}
	s, err := p.reach(ctx, wait, o, so)
	if err != nil {
		return nil, err // not a Store that holds a nil
	}
	return s, nil
}

// The pauses between tries to reach a database, and how long one try may take.
const (
	firstPause = 200 * time.Millisecond
	longPause  = 5 * time.Second
	tryTime    = 10 * time.Second
)

// reach opens the store, and for some time tries again while the database cannot
// be reached: it may be starting, as the whole machine may be.
func (p *postgresPlace) reach(ctx context.Context, wait time.Duration, o Options, so postgres.Options) (*postgres.Store, error) {
	if wait <= 0 {
		return postgres.Open(ctx, p.url, so)
	}
	until := time.Now().Add(wait)
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		trying, cancel := context.WithTimeout(ctx, tryTime)
		s, err := postgres.Open(trying, p.url, so)
		cancel()
		away := daybook.CodeOf(err) == daybook.CodeUnavailable || errors.Is(err, context.DeadlineExceeded)
		if err == nil || ctx.Err() != nil || !away || time.Now().Add(pause).After(until) {
			return s, err
		}
		o.Logger.Warn("the database cannot be reached; trying again", "store", p.name, "until", until.UTC().Format(time.TimeOnly), "error", err)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

func (p *postgresPlace) id(ctx context.Context, o Options) (string, error) {
	o.fill()
	s, err := p.open(ctx, o, true)
	if err != nil {
		return "", err
	}
	head, err := s.Head(ctx)
	return head.LedgerID, errors.Join(err, s.Close())
}

// files implements [Place]: the files have the ledger's id for a name, so that
// they are found by whatever URL the database is reached.
func (p *postgresPlace) files(ledgerID string, o Options) (Files, error) {
	folder, err := keyFolder(o)
	if err != nil && o.Public != "" && o.Anchor != "" {
		folder, err = filepath.Dir(o.Anchor), nil // enough to read
	}
	if err != nil {
		return Files{}, err
	}
	return filesAt(filepath.Join(folder, ledgerID), o), nil
}

// keyFolder is where the files of ledgers in databases stand: the user's folder
// for state, as https://specifications.freedesktop.org/basedir-spec has it; where
// there is none, beside the key that is named.
func keyFolder(o Options) (string, error) {
	if state := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "daybook"), nil
	}
	if home, err := os.UserHomeDir(); err == nil && filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "daybook"), nil
	}
	if o.Key != "" {
		return filepath.Dir(o.Key), nil
	}
	return "", &daybook.Error{
		Code: daybook.CodeInvalid, Message: "local: there is no folder for the ledger's key: neither XDG_STATE_HOME nor HOME is set",
		Hint: "name the file of the private key with --key; the public key and the anchor go beside it unless you name them too",
	}
}

// makeKeyFolder makes the folder for the files that have no other place. Only
// its owner may look into it.
func makeKeyFolder(o Options) error {
	if o.Key != "" && o.Public != "" && o.Anchor != "" {
		return nil
	}
	folder, err := keyFolder(o)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return &daybook.Error{
			Code: daybook.CodeInvalid, Message: "local: the folder for the ledger's key cannot be made", Err: err,
			Hint: "make it, or name other places with --key, --public-key and --anchor",
		}
	}
	return nil
}

// register shows what the store takes and how its connections are used.
func (p *postgresPlace) register(registry prometheus.Registerer, s Store) error {
	return registry.Register(newDatabaseMetrics(s.(*postgres.Store)))
}
