package verify

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/daybook-audit/daybook"
)

// Class is what an entry, or the thing that a problem is about, was found to be.
type Class string

// The classes. The last three make a ledger unsound.
const (
	OK       Class = "OK"       // body, spine and tree agree
	Expired  Class = "EXPIRED"  // the body is gone; its time was over, and a retention_run accounts for it
	Erased   Class = "ERASED"   // the body is gone, and an erasure accounts for it
	Missing  Class = "MISSING"  // gone before its time, or with nothing that accounts for it
	Modified Class = "MODIFIED" // not what was hashed, or not what was signed
	Unlogged Class = "UNLOGGED" // a body that the spine has no place for
)

// Counts count entries by class. Problems of tiles, head, checkpoint and anchor
// are no entries.
type Counts struct {
	OK       int64 `json:"ok"`
	Expired  int64 `json:"expired"`
	Erased   int64 `json:"erased"`
	Missing  int64 `json:"missing"`
	Modified int64 `json:"modified"`
	Unlogged int64 `json:"unlogged"`
}

// What a problem is about where it is not an entry: these stand in
// [Problem].Kind.
const (
	AboutTile       = "tile"
	AboutHead       = "head"
	AboutCheckpoint = "checkpoint"
	AboutAnchor     = "anchor"
	AboutStore      = "store" // its indexes, pages or schema
)

// Problem is one thing that is not as it should be.
type Problem struct {
	Kind   string `json:"kind"`   // of the entry, or tile, head, checkpoint, anchor, store; "" where the kind is not known
	LogID  string `json:"log_id"` // of the entry, where known
	Seq    *int64 `json:"seq"`    // of the entry, where known
	Class  Class  `json:"class"`
	Detail string `json:"detail"` // what is wrong; never the contents of an entry
}

// Note is what was found of a signed note: the checkpoint in the store, or the
// anchor.
type Note struct {
	Present bool  `json:"present"`
	Size    int64 `json:"size"`
	Signed  bool  `json:"signed"` // the public key given signed it
}

// Former is a ledger that this one continues under a new origin, as an entry
// says that no checkpoint of the former could vouch for.
type Former struct {
	Origin string `json:"origin"`
	Since  int64  `json:"since"`  // the seq of the entry that says so
	Signed int64  `json:"signed"` // the entries that it last signed over
	Kept   int64  `json:"kept"`   // the entries that came along
	Lost   int64  `json:"lost"`   // the signed ones that did not

	change *daybook.OriginChange
}

// Report is what a verification found.
type Report struct {
	Origin   string `json:"origin"`    // of the ledger, as the store or the anchor has it
	LedgerID string `json:"ledger_id"` // the origin without its prefix
	Size     int64  `json:"size"`      // entries, up to the last that has a place
	Root     string `json:"root"`      // of the tree over them, rebuilt, in hexadecimal digits; "" where it cannot be
	Counts

	Continues []Former `json:"continues,omitempty"` // the ledgers that this one continues, the first first

	Inbox *Inbox `json:"inbox,omitempty"` // of a source that has one

	Checkpoint   Note      `json:"checkpoint"`
	Anchor       Note      `json:"anchor"`
	ProblemCount int64     `json:"problem_count"` // all, also those not listed
	Problems     []Problem `json:"problems"`      // of the whole ledger first, then by seq
	Notes        []string  `json:"notes"`         // what was not checked, or is good to know

	most int // of problems of entries and tiles to list
}

// Sound says that nothing is wrong. What could not be checked is in Notes.
func (r *Report) Sound() bool { return r.ProblemCount == 0 }

// MarshalJSON gives the report with its verdict as "sound".
func (r *Report) MarshalJSON() ([]byte, error) {
	type plain Report
	return json.Marshal(struct {
		Sound bool `json:"sound"`
		*plain
	}{r.Sound(), (*plain)(r)})
}

func newReport(most int) *Report {
	return &Report{Problems: []Problem{}, Notes: []string{}, most: most}
}

// whole adds a problem of the ledger as a whole: there are few, and none may
// be crowded out.
func (r *Report) whole(about string, class Class, detail string) {
	r.ProblemCount++
	r.Problems = append(r.Problems, Problem{Kind: about, Class: class, Detail: detail})
	r.most++
}

func (r *Report) tile(class Class, detail string) {
	r.add(Problem{Kind: AboutTile, Class: class, Detail: detail})
}

// entry counts an entry that is not as it should be, and lists it.
func (r *Report) entry(j *judged) {
	r.count(j.class, 1)
	problem := Problem{Kind: kindName(j.kind), LogID: j.logID, Class: j.class, Detail: j.detail}
	if !j.unseated {
		problem.Seq = new(j.seq)
	}
	r.add(problem)
}

// missing counts the entries from ≤ seq < to as missing, and lists as many as
// there is room for. There may be more than could ever be counted one by one.
func (r *Report) missing(from, to int64, detail string) {
	if to <= from {
		return
	}
	r.count(Missing, to-from)
	r.ProblemCount += to - from
	for seq := from; seq < to && len(r.Problems) < r.most; seq++ {
		r.Problems = append(r.Problems, Problem{Seq: new(seq), Class: Missing, Detail: detail})
	}
}

func (r *Report) add(p Problem) {
	r.ProblemCount++
	if len(r.Problems) < r.most {
		r.Problems = append(r.Problems, p)
	}
}

func (r *Report) count(class Class, n int64) {
	switch class {
	case OK:
		r.Counts.OK += n
	case Expired:
		r.Counts.Expired += n
	case Erased:
		r.Counts.Erased += n
	case Missing:
		r.Counts.Missing += n
	case Modified:
		r.Counts.Modified += n
	case Unlogged:
		r.Counts.Unlogged += n
	}
}

// sort puts the problems of the whole ledger first, then those of tiles, then
// those of entries in ledger order.
func (r *Report) sort() {
	rank := func(p Problem) int64 {
		switch {
		case p.Seq != nil:
			return max(*p.Seq, 0)
		case p.Kind == AboutTile:
			return -1
		default:
			return -2
		}
	}
	slices.SortStableFunc(r.Problems, func(a, b Problem) int { return cmp.Compare(rank(a), rank(b)) })
}

func kindName(k *daybook.Kind) string {
	if k == nil {
		return ""
	}
	return k.Name
}
