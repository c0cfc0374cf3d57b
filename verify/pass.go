package verify

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"math"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// pass is one reading of a ledger from its first row to its last.
type pass struct {
	ctx    context.Context
	source Source
	o      Options
	report *Report
	head   claims
	tree   *rebuilt

	inForce map[string]bool // the signed notes that count, by what they are

	next     int64    // the seq that the next row of the spine must have
	window   []judged // rows that wait for their tile of level 0 to be full
	stored   tileAt   // the tile last read
	unplaced []int64  // seqs, from next on, of bodies without a place
	loggedAt string   // of the newest row that is as the tree has it
	atHead   *string  // the logged_at of the entry that the head calls its newest, where it is known

	former *former // an anchor of another origin, which this ledger may continue

	suspects []judged // rows that differ from the stored tile
	gone     []judged // bodies that are gone and not accounted for yet
	signed   coverings
	unsigned coverings // by entries newer than anything signed
}

// tileAt is a stored tile of level 0; no hashes where there is none.
type tileAt struct {
	index  int64
	hashes []byte
}

func newPass(ctx context.Context, source Source, o Options) (*pass, error) {
	p := &pass{ctx: ctx, source: source, o: o, report: newReport(o.MaxProblems), tree: newRebuilt(), inForce: map[string]bool{}, stored: tileAt{index: -1}}
	if err := p.readClaims(); err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	return p, nil
}

// take takes the next rows of the scan.
func (p *pass) take(rows []judged) error {
	for i := range rows {
		if err := p.row(&rows[i]); err != nil {
			return err
		}
	}
	if p.o.Progress != nil {
		p.o.Progress(p.next, max(p.head.size, 0))
	}
	return p.ctx.Err()
}

func (p *pass) row(j *judged) error {
	if !j.hasSpine {
		if !j.unseated && j.seq >= p.next {
			p.unplaced = append(p.unplaced, j.seq)
		}
		p.report.entry(j)
		return nil
	}
	if j.seq < p.next {
		j.class, j.detail = Modified, "the spine has it twice, or out of order"
		p.report.entry(j)
		return nil
	}
	if j.seq > p.next && j.seq >= p.head.end() {
		j.class, j.detail = Modified, fmt.Sprintf("its place is beyond the end of the ledger, %d", p.head.end())
		p.report.entry(j)
		return nil
	}
	if err := p.gap(j.seq); err != nil {
		return err
	}
	return p.place(*j)
}

// gap passes over the seqs up to the next row of the spine. Where the stored
// tile still has their leaves the tree goes on; where it does not, its root
// can no longer be known.
func (p *pass) gap(to int64) error {
	for p.next < to {
		stored, err := p.tile(p.next / merkle.TileWidth)
		if err != nil {
			return err
		}
		if stored == nil {
			return p.jump(to)
		}
		if err := p.place(p.hole(p.next)); err != nil {
			return err
		}
	}
	return nil
}

// jump passes over seqs whose leaves nobody knows, however many there are.
func (p *pass) jump(to int64) error {
	if err := p.flush(nil); err != nil {
		return err
	}
	p.tree.broken = true
	p.absent(to, detailHole)
	p.next = to
	return nil
}

// absent reports the seqs from next on as missing, but for those whose bodies
// were reported as having no place.
func (p *pass) absent(to int64, detail string) {
	from := p.next
	for _, seq := range p.unplaced {
		if seq >= from && seq < to {
			p.report.missing(from, seq, detail)
			from = seq + 1
		}
	}
	p.unplaced = p.unplaced[:0]
	p.report.missing(from, to, detail)
}

const detailHole = "the spine has no row for it"

// hole stands for a row of the spine that is not there. Where a body without
// a place has its seq, that body is the one thing to report.
func (p *pass) hole(seq int64) judged {
	j := judged{seq: seq, hasSpine: true, class: Missing, detail: detailHole}
	for len(p.unplaced) > 0 && p.unplaced[0] <= seq {
		if p.unplaced[0] == seq {
			j.class = Unlogged
		}
		p.unplaced = p.unplaced[1:]
	}
	return j
}

// place puts a row at the end of the tile that is being filled.
func (p *pass) place(j judged) error {
	p.window = append(p.window, j)
	p.next++
	if p.next%merkle.TileWidth != 0 {
		return nil
	}
	stored, err := p.tile(p.next/merkle.TileWidth - 1)
	if err != nil {
		return err
	}
	if stored == nil && !p.head.bare {
		p.report.tile(Missing, "stored "+merkle.TilePath(0, p.next/merkle.TileWidth-1, merkle.TileWidth)+" is not there")
	}
	return p.flush(stored)
}

// flush adds the rows that wait to the tree, beside what the stored tile has
// in their place; nil for none.
func (p *pass) flush(stored []byte) error {
	start := p.next - int64(len(p.window))
	for i := range p.window {
		j := &p.window[i]
		leaf := j.leaf
		if stored != nil {
			at := (start + int64(i)) % merkle.TileWidth * hashSize
			leaf = merkle.Hash(stored[at : at+hashSize])
		}
		differs := j.hasLeaf && leaf != j.leaf
		if !j.hasLeaf {
			j.leaf = leaf
			p.tree.broken = p.tree.broken || stored == nil
		}
		if !p.tree.broken {
			p.tree.append(j.leaf, leaf)
		}
		if differs {
			p.suspects = append(p.suspects, *j)
		} else {
			p.clock(j)
			p.settle(j)
		}
	}
	p.window = p.window[:0]
	return p.upper()
}

// clock wants logged_at never to decrease.
func (p *pass) clock(j *judged) {
	if j.class != OK && j.class != "" {
		return
	}
	if j.loggedAt < p.loggedAt {
		j.class, j.detail = Modified, "the clock goes back: its logged_at is before that of an earlier entry"
		return
	}
	p.loggedAt = j.loggedAt
	if j.seq == p.head.size-1 {
		p.atHead = new(j.loggedAt)
	}
}

// settle counts a row whose place in the tree is not in doubt.
func (p *pass) settle(j *judged) {
	switch j.class {
	case OK:
		p.report.count(OK, 1)
		if j.telling != nil {
			p.hear(j.telling)
		}
	case "":
		p.gone = append(p.gone, *j)
	case Unlogged: // reported when its body came by
	default:
		p.report.entry(j)
	}
}

// upper compares the tiles that became full above level 0 with the stored
// ones. One that agrees with the tiles beneath it is not at fault itself.
func (p *pass) upper() error {
	rows, tiles := p.tree.takeFull()
	if p.head.bare {
		return nil
	}
	for i, t := range rows {
		if t.Level == 0 {
			continue
		}
		stored, err := p.read(t.Level, t.Index)
		if err != nil {
			return err
		}
		path := merkle.TilePath(t.Level, t.Index, merkle.TileWidth)
		switch {
		case stored == nil:
			p.report.tile(Missing, "stored "+path+" is not there")
		case !bytes.Equal(stored, t.Hashes) && !bytes.Equal(stored, tiles[i].Hashes):
			p.report.tile(Modified, "stored "+path+" is not what the tiles beneath it give")
		}
	}
	return nil
}

const hashSize = int64(len(merkle.Hash{}))

// tile gives a stored tile of level 0, or nil.
func (p *pass) tile(index int64) ([]byte, error) {
	if p.stored.index != index {
		hashes, err := p.read(0, index)
		if err != nil {
			return nil, err
		}
		p.stored = tileAt{index, hashes}
	}
	return p.stored.hashes, nil
}

// read gives a stored tile, or nil where the store has none of that size.
func (p *pass) read(level int, index int64) ([]byte, error) {
	hashes, err := p.source.FullTile(p.ctx, level, index)
	switch code := daybook.CodeOf(err); {
	case code == daybook.CodeNotFound || code == daybook.CodeDamaged:
		return nil, nil
	case err != nil:
		return nil, err
	case int64(len(hashes)) != merkle.TileWidth*hashSize:
		return nil, nil
	}
	return hashes, nil
}

// finish judges what only the end of the ledger tells.
func (p *pass) finish() error {
	if err := p.flush(nil); err != nil {
		return err
	}
	p.blame()
	p.account()
	p.report.Size = p.next
	if err := p.compare(); err != nil {
		return err
	}
	if p.tree.broken {
		p.note("the tree could not be rebuilt past entry %d, so what is signed tells nothing of the entries behind it", p.tree.rows.Size())
	} else {
		root := p.tree.rows.Root()
		p.report.Root = hex.EncodeToString(root[:])
	}
	if n := p.report.ProblemCount - int64(len(p.report.Problems)); n > 0 {
		p.note("%d more problems are not listed", n)
	}
	p.report.sort()
	return nil
}

// blame decides, for each row that differs from its stored tile, which of the
// two was tampered with.
func (p *pass) blame() {
	var tile int64 = -1
	for i := range p.suspects {
		j := &p.suspects[i]
		if !p.tree.rowsAreRight(j.seq) {
			if j.class != Modified {
				j.class, j.detail = Modified, "the row is not the one that the tree was built over"
			}
			p.report.entry(j)
			continue
		}
		p.settle(j)
		if at := j.seq / merkle.TileWidth; at != tile {
			tile = at
			p.report.tile(Modified, "stored "+merkle.TilePath(0, at, merkle.TileWidth)+" is not what the rows give")
		}
	}
}

func (p *pass) note(format string, args ...any) {
	p.report.Notes = append(p.report.Notes, fmt.Sprintf(format, args...))
}

// noEnd is the end of a ledger that says nothing of its size.
const noEnd = math.MaxInt64
