package local

import (
	"context"
	"errors"
	"os"
	"regexp"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqlite"
)

// sqlitePlace is the path of a SQLite file. The other files of the ledger stand
// beside it.
type sqlitePlace string

var (
	_ Place = sqlitePlace("")
	_ Store = (*sqlite.Store)(nil)
)

// connection finds what somebody took for the address of a database, and what
// would make a file with a password in its name.
var connection = regexp.MustCompile(`(?i)(^|\s)(host|hostaddr|user|password|dbname|service)\s*=`)

func newSQLitePlace(path string) (Place, error) {
	if path == "" || path == ":memory:" {
		return nil, &daybook.Error{
			Code: daybook.CodeInvalid, Message: "the store is not named",
			Hint: "give the path of a file, such as daybook.db; a ledger is kept, so there is none in memory",
		}
	}
	if connection.MatchString(path) {
		// It is not shown: it may hold a password.
		return nil, &daybook.Error{
			Code: daybook.CodeInvalid, Message: "the store is named in libpq's form, with host=, user= and the like",
			Hint: "name it by a URL: postgres://user@host:port/database",
		}
	}
	return sqlitePlace(path), nil
}

// String implements [Place].
func (p sqlitePlace) String() string { return string(p) }

// Exists implements [Place].
func (p sqlitePlace) Exists() bool { return exists(string(p)) }

func (p sqlitePlace) open(ctx context.Context, o Options, readOnly bool) (Store, error) {
	s, err := sqlite.Open(ctx, string(p), sqlite.Options{ReadOnly: readOnly, Transfer: o.transfer, Logger: o.Logger, Step: o.Step})
	if err != nil {
		return nil, err // not a Store that holds a nil
	}
	return s, nil
}

func (p sqlitePlace) id(context.Context, Options) (string, error) { return "", nil }

func (p sqlitePlace) files(_ string, o Options) (Files, error) { return filesAt(string(p), o), nil }

// pageSize is what a SQLite file has at least once it has anything: one that is
// no larger may be empty, or have all that it holds in its write-ahead log.
const pageSize = 8 << 10

// refuseLost refuses to make a ledger whose public key or anchor is there, and
// whose store is gone or empty. It comes before the store is opened, which
// would make it, over what could still be found in the file.
func (p sqlitePlace) refuseLost(ctx context.Context, o Options) error {
	files := filesAt(string(p), o)
	trace := files.Anchor
	if !exists(trace) {
		trace = files.Public
	}
	if !exists(trace) || p.holdsLedger(ctx, o) {
		return nil
	}
	return &daybook.Error{
		Code: daybook.CodeNotFound, Message: "local: " + string(p) + " holds no ledger, but it did: " + trace + " is still there",
		Hint: "put back a copy of the store, and its -wal file if the copy has one; to begin a new ledger, give it another path",
	}
}

// holdsLedger says that a store may hold a ledger: it is not gone, and not
// empty. What else may be wrong with it, opening it will tell.
func (p sqlitePlace) holdsLedger(ctx context.Context, o Options) bool {
	info, err := os.Stat(string(p))
	if err != nil {
		return !os.IsNotExist(err)
	}
	if info.Size() > pageSize {
		return true
	}
	if info.Size() == 0 {
		return false
	}
	s, err := p.open(ctx, o, true)
	if err != nil {
		return daybook.CodeOf(err) != daybook.CodeInvalid && daybook.CodeOf(err) != daybook.CodeDamaged
	}
	return s.Close() == nil
}

// register shows the sizes of the store's files.
func (p sqlitePlace) register(registry prometheus.Registerer, _ Store) error {
	var failures []error
	for file, at := range map[string]string{"database": string(p), "wal": string(p) + "-wal"} {
		failures = append(failures, registry.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "daybook_store_bytes", Help: "Bytes of the store's files: the database, and its write-ahead log.",
			ConstLabels: prometheus.Labels{"file": file},
		}, func() float64 {
			info, err := os.Stat(at)
			if err != nil {
				return 0
			}
			return float64(info.Size())
		})))
	}
	return errors.Join(failures...)
}
