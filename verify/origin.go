package verify

import (
	"fmt"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// aboutFormer marks the root of an anchor that is of another origin.
const aboutFormer = "former"

// former is an anchor of another origin than the ledger's. Only the end tells
// whether the ledger continues that one.
type former struct {
	merkle.Checkpoint
	note []byte
	mark *mark
}

// origin is the ledger's own: the store's, else that of the public key; ""
// where neither says.
func (p *pass) origin() string {
	if p.report.Origin != "" {
		return p.report.Origin
	}
	name, _, _ := strings.Cut(p.o.Public, "+")
	return name
}

// setAside keeps an anchor of another origin until the entries were read.
func (p *pass) setAside(c merkle.Checkpoint, note []byte) bool {
	if own := p.origin(); own == "" || c.Origin == own {
		return false
	}
	p.tree.claim(aboutFormer, c.Size, c.Root)
	p.former = &former{Checkpoint: c, note: note, mark: p.tree.marks[len(p.tree.marks)-1]}
	return true
}

// continues takes in an entry that says which ledger this one continues. Where
// anything is signed, what is not signed says nothing.
func (p *pass) continues(e *daybook.Entry, c *daybook.OriginChange) {
	if e.Seq >= p.head.vouched && len(p.inForce) > 0 {
		p.note("entry %d says that the ledger continues %s, and no checkpoint covers it yet", e.Seq, c.OldOrigin)
		return
	}
	p.report.Continues = append(p.report.Continues, Former{
		Origin: c.OldOrigin, Since: e.Seq, Signed: c.OldSize, Kept: c.Size, Lost: c.Lost, change: c,
	})
	if c.OldPublicKey != "" && strings.HasPrefix(p.o.Public, c.OldOrigin+"+") {
		p.note("the public key is that of %s, which this ledger continues since entry %d: what was signed since needs its own key", c.OldOrigin, e.Seq)
	}
}

// compareFormer judges an anchor of another origin: that of a ledger which
// this one continues tells what came along.
func (p *pass) compareFormer() {
	f := p.former
	if f == nil {
		return
	}
	var is *Former
	for i := range p.report.Continues {
		if p.report.Continues[i].Origin == f.Origin {
			is = &p.report.Continues[i]
		}
	}
	key := p.o.Public
	if is != nil && is.change.OldPublicKey != "" {
		key = is.change.OldPublicKey
	}
	if key != "" {
		if _, err := merkle.OpenCheckpoint(f.note, key); err != nil {
			p.report.whole(AboutAnchor, Modified, "its signature is not valid: "+err.Error())
			return
		}
		p.report.Anchor.Signed = true
	}
	if is == nil {
		p.report.whole(AboutAnchor, Modified, fmt.Sprintf("it is of %s, the store says that it is %s", f.Origin, p.origin()))
		return
	}
	of := fmt.Sprintf("it is of %s, which this ledger continues since entry %d", f.Origin, is.Since)
	switch {
	case f.Size > is.Kept:
		p.report.whole(AboutAnchor, Missing, fmt.Sprintf("%s: it was signed over %d entries, of which the last %d are lost for good", of, f.Size, f.Size-is.Kept))
	case f.mark.reached && !f.mark.rows:
		p.report.whole(AboutAnchor, Modified, fmt.Sprintf("%s: the first %d entries are not those that it was signed over", of, f.Size))
	default:
		p.note("the anchor is not the ledger's own: %s; all %d entries that it was signed over are here", of, f.Size)
	}
}
