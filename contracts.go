package daybook

import (
	"context"

	"github.com/daybook-audit/daybook/merkle"
)

// Principal is who speaks: the authenticated name, what the role allows, which
// business and agent it is bound to, and where the request came from.
type Principal struct {
	Name      string
	Role      Role
	Business  string // the one it is bound to; "" for all
	Agent     string // the one agent it may write as; "" for any
	Address   string // the request's IP address, if any
	UserAgent string // the request's user agent, if any
}

// Role says what a principal may do.
type Role string

// The roles.
const (
	RoleWriter   Role = "writer"   // writes, and reads nothing
	RoleReader   Role = "reader"   // reads
	RoleReviewer Role = "reviewer" // reads, and amends decisions and escalations
	RoleAuditor  Role = "auditor"  // reads, verifies and exports
	RoleAdmin    Role = "admin"    // all of it, and tokens
)

// Roles lists the roles. The slice is shared: do not change it.
func Roles() []Role { return roles }

var roles = []Role{RoleWriter, RoleReader, RoleReviewer, RoleAuditor, RoleAdmin}

// Local is the principal of a process that holds the store itself, or calls
// over the loopback while no tokens are set up.
var Local = Principal{Name: "local", Role: RoleAdmin}

// Recorder takes records. It is the one way in: intake stages, the ledger and
// the client over the wire all are Recorders.
type Recorder interface {
	// Record writes all of the records or none. Receipts come in the order of
	// the records, and only once everything is durable. Errors are *Error with
	// the path of what is wrong, beginning with the record's index.
	Record(ctx context.Context, p Principal, records []Record) ([]Receipt, error)
}

// Receipt is what the writer gets back.
type Receipt struct {
	Kind      string `json:"kind"`
	ID        string `json:"id"` // the subject's
	LogID     string `json:"log_id"`
	Seq       int64  `json:"seq"`
	LogHash   string `json:"log_hash"`
	LoggedAt  string `json:"logged_at"`
	Revision  int64  `json:"revision"`
	Duplicate bool   `json:"duplicate"` // it stood there already; nothing was added
}

// Pending says that the record waits on the writer's disk, and the ledger has
// it not yet: the receipt knows Kind and LogID, and ID unless the ledger
// numbers the subjects of the kind, and nothing else.
func (r *Receipt) Pending() bool { return r.LogHash == "" }

// Reader answers questions. It is the one way out.
type Reader interface {
	// Get gives the current state of a subject, or CodeNotFound.
	Get(ctx context.Context, p Principal, kind *Kind, id string) (*Entry, error)
	// List gives current states, or revisions, a page at a time.
	List(ctx context.Context, p Principal, q Query) (*Page, error)
	// Export calls fn with every entry, all revisions, in ledger order.
	Export(ctx context.Context, p Principal, q ExportQuery, fn func(*Entry) error) error
	// History tells what happened to a table.
	History(ctx context.Context, p Principal, q HistoryQuery) ([]Event, error)
	// Activity tells what an agent did.
	Activity(ctx context.Context, p Principal, q ActivityQuery) ([]Event, error)
	// Lineage walks the edges from a node.
	Lineage(ctx context.Context, p Principal, q LineageQuery) (*Graph, error)
	// Why tells how a node came to hold what it holds, or CodeNotFound.
	Why(ctx context.Context, p Principal, q WhyQuery) (*Why, error)
	// SQL runs one SELECT over the audit views.
	SQL(ctx context.Context, p Principal, q SQLQuery) (*Table, error)
}

// Prover gives proofs to those who trust nobody.
type Prover interface {
	// Checkpoint gives the newest signed checkpoint.
	Checkpoint(ctx context.Context) ([]byte, error)
	// Inclusion proves that an entry is under the newest checkpoint.
	Inclusion(ctx context.Context, logID string) (*InclusionProof, error)
	// Consistency proves that the ledger of size from is a prefix of that of size to.
	Consistency(ctx context.Context, from, to int64) (*ConsistencyProof, error)
}

// InclusionProof is an inclusion proof as the API gives it. Hashes are in hexadecimal digits.
type InclusionProof struct {
	LogID      string   `json:"log_id"`
	LeafIndex  int64    `json:"leaf_index"`
	LeafHash   string   `json:"leaf_hash"`
	TreeSize   int64    `json:"tree_size"`
	RootHash   string   `json:"root_hash"`
	Hashes     []string `json:"hashes"`
	Checkpoint string   `json:"checkpoint"`
	Proof      string   `json:"proof"` // the same as C2SP tlog-proof text, with the leaf, which holds digests alone, as its extra data
}

// ConsistencyProof is a consistency proof as the API gives it. Hashes are in hexadecimal digits.
type ConsistencyProof struct {
	From     int64    `json:"from"`
	To       int64    `json:"to"`
	FromRoot string   `json:"from_root"`
	ToRoot   string   `json:"to_root"`
	Hashes   []string `json:"hashes"`
}

// Head is where a ledger stands.
type Head struct {
	LedgerID   string // names the ledger; its origin is OriginPrefix + LedgerID
	Size       int64
	Root       merkle.Hash
	LoggedAt   string // of the newest entry, "" for none
	Checkpoint []byte // the newest signed checkpoint, nil for none
}

// OriginPrefix begins the origin of every ledger.
const OriginPrefix = "daybook/"

// Batch is what one group commit appends: entries with seqs that follow on the
// head without a gap, the tiles they fill, and the head after them.
type Batch struct {
	Entries []*Entry
	Tiles   []merkle.Tile
	Head    Head // Size, Root and LoggedAt after the batch

	// Finish, where it is not nil, waits until the entries' hashes, the tiles and
	// the head are made. A store calls it when it has put the bodies, which need
	// none of these, so that one goes on beside the other.
	Finish func()
}

// View is a store as it stands inside an append: nobody else writes until it
// is over.
type View interface {
	Head() Head
	// Spines gives the spine rows of those log_ids that exist.
	Spines(ctx context.Context, logIDs []string) ([]Spine, error)
	Select(ctx context.Context, q Query) ([]*Entry, error)
	// Tally counts the first entries of a kind that belong to a session, and
	// gives the greatest operation_order among them (0 for kinds without).
	Tally(ctx context.Context, kind *Kind, sessionID string) (count, greatest int64, err error)
}

// SpineReader is a [View] that gives spine rows by their places too, as
// [Store.Spine] does. Within an append it is asked for what other processes have
// written since.
type SpineReader interface {
	Spine(ctx context.Context, from, to int64) ([]Spine, error)
}

// Viewer is a store that shows itself outside of an append too, as it stands
// whenever it is asked: the ledger then sequences one batch while another is
// appended.
type Viewer interface {
	// View gives a view whose every answer is of the moment. Its Head may be
	// older than its other answers.
	View() View
}

// Store is where a ledger lives. It promises little: to append a batch whole
// or not at all, durably, and to give back what it was given.
type Store interface {
	// Append calls sequence with the view of the store and appends the batch
	// it gives: entries, spine, tiles and head in one durable transaction. A
	// nil batch appends nothing. An error of sequence is passed on unchanged.
	Append(ctx context.Context, sequence func(View) (*Batch, error)) error
	// Head gives where the ledger stands.
	Head(ctx context.Context) (Head, error)
	// Select gives the entries that a query asks for.
	Select(ctx context.Context, q Query) ([]*Entry, error)
	// Scan calls fn with every row from seq from on, spine and body side by
	// side, in ledger order, within one snapshot. It does not judge them.
	Scan(ctx context.Context, from int64, fn func(Row) error) error
	// Spine gives the spine rows of seqs from ≤ seq < to.
	Spine(ctx context.Context, from, to int64) ([]Spine, error)
	// FullTile gives the hashes of a full tile, or CodeNotFound.
	FullTile(ctx context.Context, level int, index int64) ([]byte, error)
	// SaveCheckpoint keeps the newest signed checkpoint, replacing the one before.
	// A store that several processes share ([Leaser]) keeps the one of more
	// entries, whoever comes last.
	SaveCheckpoint(ctx context.Context, signed []byte) error
	Close() error
}

// Roomy is a store that can tell whether it has room for more, which a write of
// a few bytes does not.
type Roomy interface {
	// Room says why so many bytes more cannot be kept now, or nil.
	Room(ctx context.Context, bytes int64) error
}

// Row is one row of a scan. A sound one has both parts and no fault.
type Row struct {
	Spine *Spine // nil: the body has no place in the spine
	Entry *Entry // nil: the body is not there
	Fault string // the row could not be read as an entry: why
}

// Querier is a store that can run SQL. It is a second promise, because a
// warehouse or a copy may not.
type Querier interface {
	// SQL runs one SELECT and nothing else, within the limits of the query.
	SQL(ctx context.Context, q SQLQuery) (*Table, error)
}
