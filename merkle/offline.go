package merkle

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
)

const (
	proofHeader = "c2sp.org/tlog-proof@v1"
	// maxOffline bounds an offline proof, in bytes.
	maxOffline = 16 << 20
)

// Proof shows, without any server, that a leaf is in a ledger: C2SP tlog-proof.
// Its file is named .tlog-proof.
type Proof struct {
	Extra      []byte // whatever helps the reader; nothing vouches for it
	Index      int64  // the leaf's place in the ledger
	Hashes     []Hash // the inclusion proof, the leaf's sibling first
	Checkpoint []byte // the signed checkpoint, as it was given out
}

// Marshal returns the proof's text. What ParseProof would not take comes from
// fields that ParseProof would not return.
func (p Proof) Marshal() []byte {
	var b bytes.Buffer
	b.WriteString(proofHeader + "\n")
	if len(p.Extra) > 0 {
		fmt.Fprintf(&b, "extra %s\n", base64.StdEncoding.EncodeToString(p.Extra))
	}
	fmt.Fprintf(&b, "index %d\n", p.Index)
	for _, hash := range p.Hashes {
		fmt.Fprintf(&b, "%s\n", hash)
	}
	b.WriteString("\n")
	b.Write(p.Checkpoint)
	return b.Bytes()
}

// ParseProof parses a proof's text, of at most 16 MiB. It takes the one spelling
// that Marshal gives, and checks that the checkpoint is a well-formed one; only
// Verify checks that the proof holds.
func ParseProof(text []byte) (Proof, error) {
	if len(text) > maxOffline {
		return Proof{}, fmt.Errorf("merkle: a proof of %d bytes is too long", len(text))
	}
	head, checkpoint, ok := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || lines[0] != proofHeader {
		return Proof{}, fmt.Errorf("merkle: this is not a proof file: the first line must be %s, and an empty line must come before the checkpoint", proofHeader)
	}
	p := Proof{Checkpoint: checkpoint}
	if err := p.parseHead(lines[1:]); err != nil {
		return Proof{}, fmt.Errorf("merkle: proof: %w", err)
	}
	if _, err := UnverifiedCheckpoint(checkpoint); err != nil {
		return Proof{}, err
	}
	return p, nil
}

// parseHead parses the lines between the header and the empty line.
func (p *Proof) parseHead(lines []string) (err error) {
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		p.Extra, err = decodeBase64(strings.TrimPrefix(lines[0], "extra "))
		if err != nil || len(p.Extra) == 0 {
			return fmt.Errorf("the extra line has no canonical base64")
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return fmt.Errorf("the index line is missing")
	}
	if p.Index, err = parseSize(strings.TrimPrefix(lines[0], "index ")); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	lines = lines[1:]
	if len(lines) > maxProof {
		return fmt.Errorf("%d hashes are more than any tree's proof has", len(lines))
	}
	for i, line := range lines {
		hash, err := parseHash(line)
		if err != nil {
			return fmt.Errorf("hash %d: %w", i, err)
		}
		p.Hashes = append(p.Hashes, hash)
	}
	return nil
}

// Verify checks that the key public signed the checkpoint and that the leaf is
// in its tree at Index, and returns the checkpoint. The caller hashes the leaf
// itself, with [LeafHash]; Extra is not covered.
func (p Proof) Verify(leaf Hash, public string) (Checkpoint, error) {
	c, err := OpenCheckpoint(p.Checkpoint, public)
	if err != nil {
		return Checkpoint{}, err
	}
	if err := VerifyInclusion(p.Hashes, c.Size, p.Index, c.Root, leaf); err != nil {
		return Checkpoint{}, err
	}
	return c, nil
}
