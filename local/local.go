package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/access"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/lineage"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/token"
)

// Options set a ledger up. The zero value is good for a store on a disk of its
// own; put Key and Anchor where the database's owner can neither read nor
// write them, so that who forges entries cannot sign them.
type Options struct {
	// The files of the private key, the public key and the last checkpoint; "" for
	// FILE.key, FILE.pub and FILE.anchor beside a SQLite file, and for ID.key and so
	// on in ~/.local/state/daybook for the ledger of that id in a database.
	Key, Public, Anchor string

	Principal daybook.Principal // who the client speaks as; the zero value for daybook.Local
	Agent     string            // named on every record of the client that names no agent
	Limits    intake.Limits     // what one call may bring
	Dialect   string            // of logged SQL whose operation names none, as sqllineage.ParseDialect reads it; "" for generic, NoLineage to derive none
	Logger    *slog.Logger      // nil for slog's default
	Intake    Intake            // what else records pass on their way

	SchemaPrefix string   // what the names of a database's schemas begin with
	Service      *Service // of a ledger that is open for long; nil for one that soon is closed

	Tune func(*ledger.Options) // sets what else the ledger is opened with; nil for nothing

	// Step is called after each step that writes: at the first opening store,
	// key, then what every first checkpoint has (commit, sign, anchor, publish),
	// and public; for each write rows, spine, tiles, commit, and behind it sign,
	// anchor, publish. [OriginPlan.Run] has steps of its own. Nil for nobody: it
	// is where tests end the process.
	Step func(step string)

	transfer bool // opens a store whatever its mark
}

// Local is a ledger in process. Its Client is the SDK; its Recorder, Reader
// and Prover are what a door stands before.
type Local struct {
	*client.Client
	Store  Store
	Access *access.Log // the Client's Reader, for who reads by other ways and says so
	Tiler  daybook.Tiler
	Tokens *token.Keeper // of whoever calls a door before it

	// Deriver is what the Recorder derives the lineage of SQL with; nil where it
	// derives none.
	Deriver *intake.Deriver

	road   *road
	public string
	ledger *ledger.Ledger
	stops  []func() // end what a service does besides
}

// Open opens the ledger at a place, as [ParseStore] reads it; a file is made if
// it is not there, and with it the ledger's key. The caller closes it.
//
// It refuses a store that does not hold what was last signed (CodeDamaged), and
// one that has been signed but whose key is not there.
func Open(ctx context.Context, store string, o Options) (*Local, error) {
	place, err := ParseStore(store)
	if err != nil {
		return nil, err
	}
	o.fill()
	if err := place.refuseLost(ctx, o); err != nil {
		return nil, err
	}
	s, err := place.open(ctx, o, false)
	if err != nil {
		return nil, err
	}
	l, err := openAt(ctx, place, s, o)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return l, nil
}

// openAt opens the ledger in the store of a place, with its files.
func openAt(ctx context.Context, place Place, s Store, o Options) (*Local, error) {
	files, err := filesBy(ctx, place, s, o)
	if err != nil {
		return nil, err
	}
	if err := refuseHalfMade(place, files); err != nil {
		return nil, err
	}
	_, isShared := s.(daybook.Leaser)
	sweep(isShared, files.Key, files.Public, files.Anchor, files.plan)
	o.use(files)
	l, err := over(ctx, s, o)
	if err != nil {
		return nil, err
	}
	if err := l.serve(place, &o); err != nil {
		return nil, errors.Join(err, l.Close(ctx))
	}
	return l, nil
}

func (o *Options) use(f Files) { o.Key, o.Public, o.Anchor = f.Key, f.Public, f.Anchor }

func (o *Options) fill() {
	if o.Principal == (daybook.Principal{}) {
		o.Principal = daybook.Local
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Step == nil {
		o.Step = func(string) {}
	}
}

// over puts the rooms on a store that is open. A crash at any point leaves what
// the next opening goes on from.
func over(ctx context.Context, s Store, o Options) (*Local, error) {
	head, err := s.Head(ctx)
	if err != nil {
		return nil, err
	}
	o.Step("store")
	// Crash here: an empty ledger with no key and no checkpoint. The next
	// opening makes the key.
	head, first, err := begin(ctx, s, head)
	if err != nil {
		return nil, err
	}
	defer first.end(ctx)
	signer, err := signerOf(head, o)
	if err != nil {
		return nil, err
	}
	o.Step("key")
	// Crash here: there is a key, and nothing signed with it yet, or only the
	// store's checkpoint and not the anchor. The next opening reads the key,
	// finds what was signed, and signs what was not.
	settings := o.ledger()
	settings.Signer = signer
	l, err := ledger.Open(ctx, s, settings)
	if err != nil {
		return nil, err
	}
	// Crash here: the public key is not written down, and follows from the
	// private one. It is written once the key is known to be the store's;
	// another ledger's is left alone.
	if err := merkle.WritePublic(o.Public, signer.Public()); err != nil {
		return nil, errors.Join(fmt.Errorf("local: %w", err), l.Close(ctx))
	}
	o.Step("public")
	way, err := roadTo(l, s, o)
	if err != nil {
		return nil, errors.Join(err, l.Close(ctx))
	}
	tokens, err := tokensOf(ctx, s, signer, way.recorder, o)
	if err != nil {
		return nil, errors.Join(err, l.Close(ctx))
	}
	reads := access.Around(lineage.NewReader(s, s).Against(l), way.recorder, access.Options{Logger: o.Logger})
	return &Local{
		Client: client.Over(way.recorder, reads, l, o.Principal).WithAgent(o.Agent),
		Store:  s, Access: reads, Tiler: l, Tokens: tokens, Deriver: way.deriver, road: way, public: signer.Public(), ledger: l,
	}, nil
}

// Public is the ledger's public key, by which anyone checks its checkpoints
// and proofs.
func (l *Local) Public() string { return l.public }

// Announce writes down the address (host and port) at which this process
// serves the store; whoever wants the store meanwhile is told. A store that
// several may write at a time needs it not.
func (l *Local) Announce(address string) error {
	if s, ok := l.Store.(interface{ Announce(address string) error }); ok {
		return s.Announce(address)
	}
	return nil
}

// readyTime is how long the store may take to say where it stands.
const readyTime = 5 * time.Second

// Ready says why writes cannot be taken now, or nil.
func (l *Local) Ready(ctx context.Context) error {
	if err := l.ledger.Ready(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	_, err := l.Store.Head(ctx)
	if movable, ok := l.Store.(daybook.Movable); ok && err == nil {
		err = goesOnHere(ctx, movable)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = &daybook.Error{Code: daybook.CodeUnavailable, Message: "local: the store does not answer", Err: err, Hint: "see that it runs and is not overloaded"}
	}
	return err
}

// MayProve says whether a principal may have an entry proven: one that is bound
// to a business may have its own.
func (l *Local) MayProve(ctx context.Context, p daybook.Principal, logID string) error {
	return l.ledger.MayProve(ctx, p, logID)
}

// Close writes what is still to be said of reads and logins, commits what waits, signs
// the head and closes the store, in this order. What fails does not keep the
// rest from closing, and nothing that was acknowledged is lost. Closing twice
// is fine.
func (l *Local) Close(ctx context.Context) error {
	for _, stop := range l.stops {
		stop()
	}
	return errors.Join(l.Access.Close(ctx), l.Tokens.Close(ctx), l.ledger.Close(ctx), l.Store.Close())
}
