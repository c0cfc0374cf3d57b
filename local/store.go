package local

import (
	"context"
	"os"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook"
)

// Store is what a ledger in process needs of its store. What else one promises,
// such as [daybook.Viewer], is used where it has it.
type Store interface {
	daybook.Store
	daybook.Querier
	daybook.Tokens
	daybook.KnownColumns
	// NewOrigin gives the ledger another id, and forgets the checkpoint that was
	// signed under the old one, in one durable transaction.
	NewOrigin(ctx context.Context, ledgerID string) error
}

// Place is where a ledger is kept, as [ParseStore] reads it. There is a file
// for each sort of them.
type Place interface {
	// String names the place for people, never with a password.
	String() string
	// Exists says that there may be a ledger; what else may be wrong with it,
	// opening it will tell.
	Exists() bool

	// refuseLost refuses to make a ledger where one was.
	refuseLost(ctx context.Context, o Options) error
	// open opens the store, to write or to read alone.
	open(ctx context.Context, o Options, readOnly bool) (Store, error)
	// id gives the ledger's id as far as its files are named by it.
	id(ctx context.Context, o Options) (string, error)
	// files names the files of a ledger.
	files(ledgerID string, o Options) (Files, error)
	// register shows the metrics of the store.
	register(registry prometheus.Registerer, s Store) error
}

// ParseStore reads how a store is named: FILE or sqlite:FILE, or the URL of a
// PostgreSQL database. What the URL leaves out is taken from where psql takes
// it: the environment (PGHOST, PGPASSWORD, …), ~/.pgpass and a service file.
func ParseStore(s string) (Place, error) {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || !isScheme(scheme) {
		return newSQLitePlace(s)
	}
	switch scheme {
	case "sqlite":
		return newSQLitePlace(strings.TrimPrefix(rest, "//"))
	case "postgres", "postgresql":
		if strings.HasPrefix(rest, "//") {
			return newPostgresPlace(s)
		}
	}
	// The name is not shown: it may be an address with a password.
	return nil, &daybook.Error{
		Code: daybook.CodeInvalid, Message: "the store " + scheme + ": is of a kind that this build does not know",
		Hint: "give a path, such as daybook.db or sqlite:daybook.db, or postgres://host/database; write ./" + scheme + ":… if that is a file's name",
	}
}

// isScheme tells a scheme from a path: two characters at least, since one may
// be a drive of Windows.
func isScheme(s string) bool {
	return len(s) > 1 && !strings.ContainsFunc(s, func(r rune) bool { return r < 'a' || r > 'z' })
}

// Files are the files of a ledger that stand outside its store.
type Files struct {
	Key    string // the private key
	Public string // the public key
	Anchor string // the last signed checkpoint

	plan string // of a new origin that is being made
}

// filesAt names the files that stand at a path, but for those that options name.
func filesAt(path string, o Options) Files {
	f := Files{Key: o.Key, Public: o.Public, Anchor: o.Anchor, plan: path + ".new-origin"}
	for _, file := range []struct {
		path   *string
		ending string
	}{{&f.Key, ".key"}, {&f.Public, ".pub"}, {&f.Anchor, ".anchor"}} {
		if *file.path == "" {
			*file.path = path + file.ending
		}
	}
	return f
}

// HalfMade says that the ledger is being given a new origin, and that whoever
// began it was ended.
func (f Files) HalfMade() bool { return exists(f.plan) }

// FilesOf names the files of the ledger at a place, whether or not they are
// there.
func FilesOf(ctx context.Context, p Place, o Options) (Files, error) {
	id, err := p.id(ctx, o)
	if err != nil {
		return Files{}, err
	}
	return p.files(id, o)
}

// Read opens the ledger at a place to read alone, beside whoever writes it, and
// names its files. It asks for no key. The caller closes the store.
func Read(ctx context.Context, p Place, o Options) (Store, Files, error) {
	o.fill()
	s, err := p.open(ctx, o, true)
	if err != nil {
		return nil, Files{}, err
	}
	files, err := filesBy(ctx, p, s, o)
	if err != nil {
		_ = s.Close() // it was only read
		return nil, Files{}, err
	}
	return s, files, nil
}

// filesBy names the files of the ledger in a store that is open.
func filesBy(ctx context.Context, p Place, s Store, o Options) (Files, error) {
	head, err := s.Head(ctx)
	if err != nil {
		return Files{}, err
	}
	return p.files(head.LedgerID, o)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !os.IsNotExist(err)
}
