package verify

import "github.com/daybook-audit/daybook/merkle"

// rebuilt is the tree as the spine's rows give it and, from the first
// difference on, the tree as the stored tiles of level 0 give it. Where the two
// part, what was signed tells which of them was tampered with.
type rebuilt struct {
	rows   *merkle.Tree
	tiles  *merkle.Tree // nil while it is the same
	broken bool         // a leaf is not known, so there is no going on
	marks  []*mark
}

// mark is a root that somebody claims for the tree's first size leaves.
type mark struct {
	about       string // AboutHead, AboutCheckpoint, AboutAnchor, or aboutFormer
	size        int64
	root        merkle.Hash
	reached     bool
	rows, tiles bool // whose root it is
}

func newRebuilt() *rebuilt { return &rebuilt{rows: merkle.New()} }

// claim adds a root to compare with. It must come before the leaves.
func (t *rebuilt) claim(about string, size int64, root merkle.Hash) {
	m := &mark{about: about, size: size, root: root}
	t.marks = append(t.marks, m)
	t.see(m)
}

// append adds a leaf: as the row gives it, and as the stored tile has it.
func (t *rebuilt) append(row, tile merkle.Hash) {
	if t.tiles == nil && row != tile {
		t.tiles = t.rows.Clone()
	}
	t.rows.Append(row)
	if t.tiles != nil {
		t.tiles.Append(tile)
	}
	for _, m := range t.marks {
		t.see(m)
	}
}

func (t *rebuilt) see(m *mark) {
	if m.size != t.rows.Size() {
		return
	}
	root := t.rows.Root()
	m.reached, m.rows, m.tiles = true, root == m.root, root == m.root
	if t.tiles != nil {
		m.tiles = t.tiles.Root() == m.root
	}
}

// takeFull gives the tiles that became full, each as the rows and as the
// stored tiles beneath give it.
func (t *rebuilt) takeFull() (rows, tiles []merkle.Tile) {
	rows = t.rows.TakeFull()
	if t.tiles == nil {
		return rows, rows
	}
	return rows, t.tiles.TakeFull()
}

// rowsAreRight says whether the rows rather than the stored tile are right
// about the leaf at seq, as far as anything says so: what was signed before
// the store's own head.
func (t *rebuilt) rowsAreRight(seq int64) bool {
	var head *mark
	for _, m := range t.marks {
		switch {
		case !m.reached || m.size <= seq || m.about == aboutFormer:
		case m.about == AboutHead:
			head = m
		default:
			return m.rows
		}
	}
	return head != nil && head.rows
}

// agreed is the greatest size at which the rows gave a root that was claimed,
// below the size given.
func (t *rebuilt) agreed(below int64) int64 {
	var size int64
	for _, m := range t.marks {
		if m.reached && m.rows && m.size < below && m.about != aboutFormer {
			size = max(size, m.size)
		}
	}
	return size
}
