package verify

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// claims are what the ledger and its signed notes say of it, read before the
// first row.
type claims struct {
	daybook.Head
	bare    bool  // an export: no head, no tiles, no checkpoint
	size    int64 // what the head says; -1 where there is none that can be read
	longest int64 // the greatest size that the head or a note in force says
	vouched int64 // the greatest size that a note in force says
}

// end is the seq behind the last entry that anything speaks of.
func (c *claims) end() int64 {
	if c.size < 0 {
		return noEnd
	}
	return c.longest
}

// readClaims reads the head, the checkpoint and the anchor, and sets the roots
// that the tree must reach.
func (p *pass) readClaims() error {
	_, p.head.bare = p.source.(*Export)
	p.head.size = -1
	if !p.head.bare {
		if err := p.readHead(); err != nil {
			return err
		}
	}
	if p.o.Public == "" {
		p.note("no public key was given, so signatures were not checked")
	}
	checkpoint := p.readNote(AboutCheckpoint, p.head.Checkpoint, &p.report.Checkpoint)
	anchor := p.readNote(AboutAnchor, p.o.Anchor, &p.report.Anchor)
	if p.report.Origin == "" {
		p.report.Origin = orElse(anchor, checkpoint)
		p.report.LedgerID = strings.TrimPrefix(p.report.Origin, daybook.OriginPrefix)
	}
	p.checkOrigin(AboutCheckpoint, checkpoint)
	p.checkOrigin(AboutAnchor, anchor)
	p.head.longest = max(p.head.size, p.head.vouched)
	return nil
}

func (p *pass) readHead() error {
	head, err := p.source.Head(p.ctx)
	if daybook.CodeOf(err) == daybook.CodeDamaged {
		p.report.whole(AboutHead, Modified, "the head cannot be read: "+err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	p.head.Head = head
	p.report.LedgerID, p.report.Origin = head.LedgerID, daybook.OriginPrefix+head.LedgerID
	if head.Size < 0 {
		p.report.whole(AboutHead, Modified, fmt.Sprintf("the head says that the ledger has %d entries", head.Size))
		return nil
	}
	p.head.size = head.Size
	p.tree.claim(AboutHead, head.Size, head.Root)
	return nil
}

// readNote checks a signed note by itself, and gives the origin it names. Only
// a note in force, signed or not to be checked, is held against the tree.
func (p *pass) readNote(about string, signed []byte, found *Note) string {
	if signed == nil {
		return ""
	}
	found.Present = true
	c, err := merkle.UnverifiedCheckpoint(signed)
	if err != nil {
		p.report.whole(about, Modified, "it cannot be read as a signed checkpoint")
		return ""
	}
	found.Size = c.Size
	if about == AboutAnchor && p.setAside(c, signed) {
		return ""
	}
	if p.o.Public != "" {
		if _, err := merkle.OpenCheckpoint(signed, p.o.Public); err != nil {
			p.report.whole(about, Modified, "its signature is not valid: "+err.Error())
			return ""
		}
		found.Signed = true
	}
	p.tree.claim(about, c.Size, c.Root)
	p.inForce[about] = true
	p.head.vouched = max(p.head.vouched, c.Size)
	return c.Origin
}

func (p *pass) checkOrigin(about, origin string) {
	if origin != "" && origin != p.report.Origin {
		p.report.whole(about, Modified, fmt.Sprintf("it is of %s, the store says that it is %s", origin, p.report.Origin))
	}
}

// compare holds the tree against all that was claimed.
func (p *pass) compare() error {
	p.absent(p.head.longest, "the ledger ends before it, but had it once")
	for _, m := range p.tree.marks {
		p.compareMark(m)
	}
	p.compareFormer()
	p.compareNotes()
	if p.head.bare || p.head.size < 0 {
		return nil
	}
	if p.head.size == 0 {
		p.atHead = new("")
	}
	if p.atHead != nil && *p.atHead != p.head.LoggedAt {
		p.report.whole(AboutHead, Modified, "its logged_at is not that of the newest entry")
	}
	return p.compareGrowth()
}

func (p *pass) compareMark(m *mark) {
	switch {
	case m.about == aboutFormer: // see compareFormer
	case m.size > p.next && m.about == AboutHead:
		p.report.whole(m.about, Missing, fmt.Sprintf("it counts %d entries, the spine has %d", m.size, p.next))
	case m.size > p.next && p.head.bare:
		p.report.whole(m.about, Missing, fmt.Sprintf(
			"it was signed over %d entries, the export has %d: its end was cut off, or the %s was taken after the export; take it before", m.size, p.next, m.about))
	case m.size > p.next:
		p.report.whole(m.about, Missing, fmt.Sprintf(
			"it was signed over %d entries, the ledger has %d: its end was cut off, or it was rolled back", m.size, p.next))
	case m.reached && !m.rows && !m.tiles:
		p.report.whole(m.about, Modified, p.otherRoot(m))
	}
}

func (p *pass) otherRoot(m *mark) string {
	said := "it has another root than the entries give"
	if m.about != AboutHead {
		said = fmt.Sprintf("the first %d entries are not those that it was signed over", m.size)
	}
	if agreed := p.tree.agreed(m.size); agreed > 0 {
		said += fmt.Sprintf("; the first %d are as they were", agreed)
	}
	return said
}

// compareNotes judges what notes there are and are not.
func (p *pass) compareNotes() {
	checkpoint, anchor := p.report.Checkpoint, p.report.Anchor
	switch {
	case p.head.bare && !anchor.Present:
		p.note("no anchor was given: an export is held against nothing but its own hashes, which whoever wrote it could make")
	case !p.head.bare && !anchor.Present:
		p.note("no anchor was given: entries cut off the end, or an older copy put back, would go unseen")
	}
	if !p.head.bare && !checkpoint.Present && p.next > 0 {
		switch {
		case anchor.Present:
			p.report.whole(AboutCheckpoint, Missing, "the store has none, though there is an anchor")
		case p.o.Public != "":
			p.report.whole(AboutCheckpoint, Missing, "the store has none, so nothing that the key signed vouches for its entries; "+
				"a ledger has one before its first entry")
		default:
			p.note("no checkpoint is signed: whoever can write to the store could have written all of it")
		}
	}
	inForce := anchor.Size <= min(p.head.vouched, p.next) // one beyond the end was reported already
	if !p.head.bare && anchor.Size > checkpoint.Size && p.inForce[AboutCheckpoint] && inForce {
		p.report.whole(AboutCheckpoint, Modified, fmt.Sprintf("it is older than the anchor: of %d entries, not %d", checkpoint.Size, anchor.Size))
	}
	if newer := p.next - p.head.vouched; newer > 0 && len(p.inForce) > 0 {
		p.note("%d entries are newer than the last checkpoint", newer)
	}
}

// compareGrowth looks at the head again where the scan found more than it
// said: a live ledger has grown meanwhile, any other was added to. And it looks
// for tiles that only a longer ledger could have filled.
func (p *pass) compareGrowth() error {
	beyond, err := p.tileBeyond()
	if err != nil {
		return err
	}
	if p.next <= p.head.size && beyond == "" {
		return nil
	}
	head, err := p.source.Head(p.ctx)
	if err != nil {
		return err
	}
	root := p.tree.rows.Root()
	switch {
	case head.Size < p.next:
		p.report.whole(AboutHead, Modified, fmt.Sprintf("it counts %d entries, the spine has %d", head.Size, p.next))
	case head.Size == p.next && !p.tree.broken && !bytes.Equal(head.Root[:], root[:]):
		p.report.whole(AboutHead, Modified, "it has another root than the entries give")
	}
	if beyond != "" && head.Size == p.next {
		p.report.tile(Modified, "stored "+beyond+" is of a longer ledger: its end was cut off, or it was rolled back")
	}
	return nil
}

// tileBeyond names a stored tile that is not full at this size, "" for none.
func (p *pass) tileBeyond() (string, error) {
	for level := range 4 {
		index := p.next >> (merkle.TileHeight * (level + 1))
		stored, err := p.read(level, index)
		if err != nil {
			return "", err
		}
		if stored != nil {
			return merkle.TilePath(level, index, merkle.TileWidth), nil
		}
	}
	return "", nil
}
