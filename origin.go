package daybook

import (
	"encoding/json"
	"fmt"
)

// EventNewOrigin is the event_type of the ledger_event by which a ledger says
// that it goes on under another name and key than before.
const EventNewOrigin = "new_origin"

// OriginChange is what that event says in its details.
type OriginChange struct {
	OldOrigin     string   `json:"old_origin"`
	NewOrigin     string   `json:"new_origin"`
	StoreOrigin   string   `json:"store_origin,omitempty"`   // the store's, where it is not the old one: a copy from before an earlier change
	OldPublicKey  string   `json:"old_public_key,omitempty"` // "" where it is lost
	OldCheckpoint string   `json:"old_checkpoint,omitempty"` // the newest signed one, the whole note; "" for none
	OldSize       int64    `json:"old_size"`                 // the entries it was signed over
	Size          int64    `json:"size"`                     // the entries that came along
	Root          string   `json:"root"`                     // of the tree over them, in base64 as checkpoints have it
	Vouched       int64    `json:"vouched"`                  // how many of them a checkpoint of the old key covers
	Lost          int64    `json:"lost"`                     // how many signed ones did not come along
	Wrong         []string `json:"wrong"`                    // why the ledger could not go on as it was
	Reason        string   `json:"reason,omitempty"`         // as the operator gave it
}

// OriginChangeOf reads the details of such an event; nil for any other entry,
// for one whose details are not what that event has, and for one that somebody
// else than Daybook itself wrote, whatever it says.
func OriginChangeOf(e *Entry) *OriginChange {
	if e.Kind.Name != "ledger_event" || e.Text("event_type") != EventNewOrigin || e.Text("principal") != Itself.Name {
		return nil
	}
	var c OriginChange
	if err := json.Unmarshal([]byte(e.Text("details")), &c); err != nil {
		return nil
	}
	if c.OldOrigin == "" || c.OldSize < 0 || c.Size < 0 || c.Size > e.Seq || c.Lost < 0 {
		return nil
	}
	return &c
}

// Summary says in one line what came along and what did not.
func (c *OriginChange) Summary() string {
	switch {
	case c.OldCheckpoint == "":
		return fmt.Sprintf("%d entries came along", c.Size)
	case c.Lost == 0:
		return fmt.Sprintf("all of the %d entries that it had signed came along", c.OldSize)
	}
	return fmt.Sprintf("it had signed %d entries, of which %d are lost", c.OldSize, c.Lost)
}
