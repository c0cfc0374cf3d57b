package client

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// CheckReceipt checks a receipt, asking nobody, against a proof as [Client.Prove]
// gives it: that the public key signed the proof's checkpoint, that the proof
// leads to it, and that the entry proven is of the receipt's kind, log_id, seq,
// log_hash and logged_at. Where the proof holds the entry itself, as that of
// [Client.ProveEntry], id and revision are checked too; digests say nothing of
// these. Whether the receipt was of a duplicate nothing can show.
//
// It gives the checkpoint. CodeMalformed says that the proof is none, and
// CodeDamaged that it or the receipt does not hold: the message names every
// field that does not fit, with both values, and Path the first.
func CheckReceipt(receipt daybook.Receipt, proof, public string) (merkle.Checkpoint, error) {
	p, err := merkle.ParseProof([]byte(proof))
	if err != nil {
		return merkle.Checkpoint{}, &daybook.Error{
			Code: daybook.CodeMalformed, Message: "client: this is not a proof", Err: err, Hint: "give the whole file, as daybook prove wrote it",
		}
	}
	spine, entry, err := daybook.ParseProven(p.Extra)
	if err != nil {
		return merkle.Checkpoint{}, disproved("", "its extra line: %w", err)
	}
	spine.Seq = p.Index
	c, err := p.Verify(merkle.LeafHash(spine.AppendLeaf(nil)), public)
	if err != nil {
		return merkle.Checkpoint{}, disproved("", "%w", err)
	}
	if faults := misfits(receipt, &spine, entry); len(faults) > 0 {
		return merkle.Checkpoint{}, disproved(faults[0].field, "the receipt is not of the entry that was proven: %s", told(faults))
	}
	return c, nil
}

// ParseReceipts reads receipts as they were answered: what POST gave, one
// receipt, an array of them, or several of these one after the other, such as
// the lines that `daybook log` prints. None at all is an error.
func ParseReceipts(r io.Reader) ([]daybook.Receipt, error) {
	var all []daybook.Receipt
	for d := json.NewDecoder(r); ; {
		var raw json.RawMessage
		err := d.Decode(&raw)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, noReceipts(err)
		}
		some, err := receiptsIn(raw)
		if err != nil {
			return nil, noReceipts(err)
		}
		all = append(all, some...)
	}
	if len(all) == 0 {
		return nil, noReceipts(errors.New("it holds none"))
	}
	for i := range all {
		if all[i].LogID == "" || all[i].LogHash == "" {
			return nil, noReceipts(fmt.Errorf("number %d has no log_id or no log_hash", i+1))
		}
	}
	return all, nil
}

func receiptsIn(raw json.RawMessage) (some []daybook.Receipt, err error) {
	if raw[0] == '[' {
		err = json.Unmarshal(raw, &some)
		return some, err
	}
	var either struct {
		Receipts *[]daybook.Receipt `json:"receipts"`
		daybook.Receipt
	}
	if err := json.Unmarshal(raw, &either); err != nil {
		return nil, err
	}
	if either.Receipts != nil {
		return *either.Receipts, nil
	}
	return []daybook.Receipt{either.Receipt}, nil
}

func noReceipts(err error) error {
	return &daybook.Error{
		Code: daybook.CodeMalformed, Message: "client: these are no receipts", Err: err,
		Hint: "give what the server answered to a POST, or what daybook log printed",
	}
}

// A misfit is a field in which a receipt differs from what was proven.
type misfit struct{ field, receipt, proof string }

func misfits(r daybook.Receipt, s *daybook.Spine, e *daybook.Entry) []misfit {
	all := []misfit{
		{"kind", r.Kind, s.Kind.Name},
		{"log_id", r.LogID, s.LogID},
		{"seq", strconv.FormatInt(r.Seq, 10), strconv.FormatInt(s.Seq, 10)},
		{"log_hash", r.LogHash, hex.EncodeToString(s.LogHash[:])},
		{"logged_at", r.LoggedAt, s.LoggedAt},
	}
	if e != nil {
		all = append(all, misfit{"revision", strconv.FormatInt(r.Revision, 10), strconv.FormatInt(e.Revision(), 10)})
		// The ledger gives a serial subject its id as it writes, the seq of its
		// first entry, and writes it into the body; so it is there to compare.
		all = append(all, misfit{"id", r.ID, e.SubjectID()})
	}
	var faults []misfit
	for _, m := range all {
		if m.receipt != m.proof {
			faults = append(faults, m)
		}
	}
	return faults
}

func told(faults []misfit) string {
	var b strings.Builder
	for i, m := range faults {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "its %s is %s, the proof's %s", m.field, daybook.Clip(m.receipt), daybook.Clip(m.proof))
	}
	return b.String()
}

func disproved(field, format string, args ...any) error {
	e := &daybook.Error{
		Code: daybook.CodeDamaged, Message: "client: the proof does not hold", Err: fmt.Errorf(format, args...),
		Hint: "see that receipt, proof and public key are of the same ledger; if they are, keep them: they show that it was changed",
	}
	if field != "" {
		e.Message, e.Path = "client: the receipt does not hold", "/"+field
	}
	return e
}
