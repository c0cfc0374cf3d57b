package daybook

import (
	"encoding/hex"
	"encoding/json"
)

// Standing says how far an entry is proven.
type Standing string

// The standings. In all but the last the entry gives its log_hash.
const (
	StandingVerified Standing = "verified" // the tree under the checkpoint has it
	StandingUnsigned Standing = "unsigned" // it is newer than the checkpoint
	StandingUnproven Standing = "unproven" // there is no checkpoint to hold it against
	StandingDamaged  Standing = "damaged"  // it is not what was hashed and signed
)

// Evidence is an entry that an answer rests on, and how far it is proven.
type Evidence struct {
	Entry    *Entry
	Summary  string    // one line for a human
	Standing Standing  //
	Fault    string    // why it is not verified; "" where it is
	First    *Evidence // of an operation that only points at its first occurrence: that one
}

// evidence is Evidence in JSON. What answers of all kinds have stands beside
// the entry, so that a program finds it without knowing the kind.
type evidence struct {
	Kind     string          `json:"kind"`
	ID       string          `json:"id"`
	LogID    string          `json:"log_id"`
	Seq      int64           `json:"seq"`
	At       string          `json:"at"` // the kind's own time
	Agent    string          `json:"agent,omitempty"`
	LoggedAt string          `json:"logged_at"`
	LogHash  string          `json:"log_hash"`
	Summary  string          `json:"summary"`
	Verified bool            `json:"verified"`
	Standing Standing        `json:"standing"`
	Fault    string          `json:"fault,omitempty"`
	First    *Evidence       `json:"first_occurrence,omitempty"`
	Entry    json.RawMessage `json:"entry"` // as exports have it
}

// MarshalJSON gives the entry as exports have it, and beside it what can be
// said of an entry of any kind, and whether it is verified.
func (v Evidence) MarshalJSON() ([]byte, error) {
	e := v.Entry
	return json.Marshal(evidence{
		Kind: e.Kind.Name, ID: e.SubjectID(), LogID: e.LogID(), Seq: e.Seq, At: e.Time(), Agent: e.Agent(),
		LoggedAt: e.LoggedAt(), LogHash: hex.EncodeToString(e.LogHash[:]), Summary: v.Summary,
		Verified: v.Standing == StandingVerified, Standing: v.Standing, Fault: v.Fault, First: v.First, Entry: e.AppendExport(nil),
	})
}

// UnmarshalJSON reads what MarshalJSON gives.
func (v *Evidence) UnmarshalJSON(raw []byte) error {
	var read evidence
	if err := json.Unmarshal(raw, &read); err != nil {
		return err
	}
	e, err := DecodeEntry(read.Entry)
	if err != nil {
		return err
	}
	*v = Evidence{Entry: e, Summary: read.Summary, Standing: read.Standing, Fault: read.Fault, First: read.First}
	return nil
}

func (v *Evidence) all(yield func(*Evidence) bool) bool {
	return yield(v) && (v.First == nil || v.First.all(yield))
}
