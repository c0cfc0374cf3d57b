package verify_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	raw "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// page is a page of a store's file.
type page struct {
	number int64 // from 1
	owner  string
}

// headerSize is that of the file's header, at the beginning of page 1
// (https://www.sqlite.org/fileformat.html#the_database_header).
const headerSize = 100

func (s *specimen) pageSize() int64 {
	return int64(binary.BigEndian.Uint16(s.now.store[16:])) // 1 would mean 65,536, which Daybook does not use
}

// pagesOf tells what each page of a file is for. SQLite itself says so, of all
// that a table or an index has; what is left is free.
func (s *specimen) pagesOf(path string) (map[string][]page, error) {
	conn, err := raw.OpenConn(path, raw.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	classes := map[string][]page{}
	owned := map[int64]bool{}
	const owners = `SELECT d.pageno, d.name, d.pagetype, coalesce(s.type, 'schema'), coalesce(s.tbl_name, '') FROM dbstat AS d LEFT JOIN sqlite_schema AS s ON s.name = d.name`
	err = sqlitex.ExecuteTransient(conn, owners, &sqlitex.ExecOptions{ResultFunc: func(stmt *raw.Stmt) error {
		p := page{stmt.ColumnInt64(0), stmt.ColumnText(1)}
		owned[p.number] = true
		class := classOf(p.owner, stmt.ColumnText(2), stmt.ColumnText(3), stmt.ColumnText(4))
		classes[class] = append(classes[class], p)
		return nil
	}})
	for number := int64(1); number <= int64(len(s.now.store))/s.pageSize(); number++ {
		if !owned[number] {
			classes["free pages"] = append(classes["free pages"], page{number, "nobody"})
		}
	}
	return classes, err
}

// classOf names the class of a page by its owner, the owner's kind, and the
// table that an index is of.
func classOf(owner, pageType, kind, table string) string {
	switch {
	case besideEvidence[owner] != "" || besideEvidence[table] != "":
		return "pages beside the evidence"
	case pageType == "overflow":
		return "overflow pages"
	case kind == "schema":
		return "schema pages"
	case kind == "index" && table == "spine":
		return "index pages of the spine"
	case kind == "index":
		return "index pages of kinds"
	case owner == "spine" || owner == "tile" || owner == "head" || owner == "checkpoint":
		return owner + " pages"
	default:
		return "pages of kinds"
	}
}

// within gives the place of the part of a page that is in use, or of its gap:
// the bytes between the cells' addresses and the cells, which nobody reads
// (https://www.sqlite.org/fileformat.html#b_tree_pages).
func (s *specimen) within(p page, gap bool) (from, to int64) {
	start, size := (p.number-1)*s.pageSize(), s.pageSize()
	head := start
	if p.number == 1 {
		head += headerSize
	}
	content := start + int64(binary.BigEndian.Uint16(s.now.store[head+5:]))
	addresses := head + 8 + 2*int64(binary.BigEndian.Uint16(s.now.store[head+3:]))
	if kind := s.now.store[head]; kind == 2 || kind == 5 { // an inner page has one pointer more
		addresses += 4
	}
	if !gap {
		return start, start + size
	}
	return addresses, content
}

// spot picks a byte of a class of pages: of each page, used bytes more often
// than the gap.
func (m *mutant) spot(class string) (offset int64, what string) {
	pages := m.pages[class]
	p := pages[m.IntN(len(pages))]
	from, to := m.within(p, false)
	if class != "free pages" && class != "overflow pages" {
		first, last := m.within(p, true)
		before, behind := first-from, to-last
		at := m.Int64N(before + behind)
		if at >= before {
			at += last - first
		}
		return from + at, fmt.Sprintf("page %d of %s", p.number, p.owner)
	}
	return from + m.Int64N(to-from), fmt.Sprintf("page %d of %s", p.number, p.owner)
}

// bytesOf changes bytes in a class of pages.
func bytesOf(class string) func(*mutant) (string, error) {
	return func(m *mutant) (string, error) {
		at, where := m.spot(class)
		return m.damage(at, where)
	}
}

// bytesOfGaps changes bytes that no cell takes.
func bytesOfGaps(m *mutant) (string, error) {
	classes := slices.Sorted(maps.Keys(m.pages))
	for {
		class := classes[m.IntN(len(classes))]
		if class == "free pages" || class == "overflow pages" {
			continue
		}
		p := m.pages[class][m.IntN(len(m.pages[class]))]
		if from, to := m.within(p, true); to > from {
			return m.damage(from+m.Int64N(to-from), fmt.Sprintf("the gap of page %d of %s", p.number, p.owner))
		}
	}
}

func bytesOfHeader(m *mutant) (string, error) { return m.damage(m.Int64N(headerSize), "the header") }

// damage flips a bit, or writes over a few bytes, at a place of the store.
func (m *mutant) damage(at int64, where string) (string, error) {
	f := m.now
	f.store = slices.Clone(f.store)
	what := m.scratch(f.store, at)
	return fmt.Sprintf("%s: byte %d (%d of the page): %s", where, at, at%m.pageSize(), what), f.write(m.dir)
}

// scratch changes bytes from a place on.
func (m *mutant) scratch(b []byte, at int64) string {
	switch m.IntN(5) {
	case 0:
		was := b[at]
		for b[at] == was {
			b[at] = byte(m.Uint32())
		}
		return fmt.Sprintf("%#02x in place of %#02x", b[at], was)
	case 1:
		n := min(1+m.Int64N(16), int64(len(b))-at)
		for i := range n {
			b[at+i] = byte(m.Uint32())
		}
		return fmt.Sprintf("%d bytes written over", n)
	}
	bit := m.IntN(8)
	b[at] ^= 1 << bit
	return fmt.Sprintf("bit %d flipped", bit)
}

// flipped changes bytes of a text.
func (m *mutant) flipped(b []byte) ([]byte, string) {
	b = slices.Clone(b)
	at := m.Int64N(int64(len(b)))
	return b, fmt.Sprintf("byte %d: %s", at, m.scratch(b, at))
}

// wholePages writes pages over, cuts the file, or makes it longer.
func wholePages(m *mutant) (string, error) {
	f := m.now
	size := m.pageSize()
	count := int64(len(f.store)) / size
	a, b := m.Int64N(count), m.Int64N(count)
	f.store = slices.Clone(f.store)
	at := func(n int64) []byte { return f.store[n*size : (n+1)*size] }
	what := ""
	switch m.IntN(5) {
	case 0:
		clear(at(a))
		what = fmt.Sprintf("page %d zeroed", a+1)
	case 1:
		copy(at(a), at(b))
		what = fmt.Sprintf("page %d copied over page %d", b+1, a+1)
	case 2:
		kept := slices.Clone(at(a))
		copy(at(a), at(b))
		copy(at(b), kept)
		what = fmt.Sprintf("pages %d and %d swapped", a+1, b+1)
	case 3:
		cut := m.Int64N(int64(len(f.store)))
		f.store = f.store[:cut]
		what = fmt.Sprintf("cut to %d bytes", cut)
	default:
		f.store = append(f.store, at(a)...)
		what = fmt.Sprintf("page %d put behind the end", a+1)
	}
	return what, f.write(m.dir)
}

// anchorFile and publicFile change what stands beside the store.
func anchorFile(m *mutant) (what string, err error) {
	f := m.now
	f.anchor, what = m.changedNote(f.anchor, m.before.anchor)
	if string(f.anchor) == string(m.before.anchor) {
		// It is a true one, which vouches for less: see TestOlderAnchor.
		f.anchor, what = nil, "emptied"
	}
	return "anchor: " + what, f.write(m.dir)
}

func publicFile(m *mutant) (what string, err error) {
	f := m.now
	switch m.IntN(5) {
	case 0:
		cut := m.IntN(len(f.public) - 1)
		f.public, what = f.public[:cut], fmt.Sprintf("cut to %d bytes", cut)
	case 1:
		origin, _, _ := strings.Cut(string(f.anchor), "\n")
		_, public := otherKey(origin)
		f.public, what = []byte(public), "another key of the same name"
	default:
		f.public, what = m.flipped(f.public)
	}
	return "public key: " + what, f.write(m.dir)
}

// olderCopies puts older files in the place of newer ones.
func olderCopies(m *mutant) (string, error) {
	f := m.now
	f.store = m.before.store
	if m.IntN(2) == 0 {
		return "an older store put back", f.write(m.dir)
	}
	if err := f.write(m.dir); err != nil {
		return "", err
	}
	conn, err := openRaw(m.path())
	if err != nil {
		return "", err
	}
	defer conn.Close()
	err = sqlitex.ExecuteTransient(conn, "UPDATE checkpoint SET signed = ?", &sqlitex.ExecOptions{Args: []any{m.now.anchor}})
	return "an older store put back, with the newest checkpoint", err
}

// newSpecimen writes the ledger that all mutants are copies of.
func newSpecimen(t *testing.T) *specimen {
	t.Helper()
	s := &specimen{past: newPast(t)}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	path := filepath.Join(dir, storeName)
	must(s.now.write(dir))
	must(leaveFreePages(path))
	var err error
	s.now.store, err = os.ReadFile(path)
	must(err)
	s.contents = contentsOf(path)
	if s.contents.order != "ok" || len(s.contents.rows) < 2*inPast {
		t.Fatalf("the specimen has %d rows and is %s", len(s.contents.rows), s.contents.order)
	}
	if r, err := audit(dir); err != nil || !r.Sound() || len(r.Notes) > 0 {
		t.Fatalf("the specimen is not sound: %v\n%s", err, describe(r))
	}
	s.pages, err = s.pagesOf(path)
	must(err)
	must(s.layOpen(path))
	s.open, err = os.ReadFile(path)
	must(err)
	s.checkSurgery(t)
	return s
}

// leaveFreePages leaves pages in the file that nobody has any more.
func leaveFreePages(path string) error {
	conn, err := raw.OpenConn(path, raw.OpenReadWrite)
	if err != nil {
		return err
	}
	defer conn.Close()
	return sqlitex.ExecuteScript(conn, "CREATE TABLE gone (x); INSERT INTO gone VALUES (randomblob(100000)); DROP TABLE gone", nil)
}

// checkSurgery opens and closes a store as every edit by SQL does, which must
// leave it as it was.
func (s *specimen) checkSurgery(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	m := &mutant{specimen: s, dir: dir}
	if _, err := operate(func(*operation) string { return "nothing" })(m); err != nil {
		t.Fatal(err)
	}
	if d := contentsOf(m.path()).differ(s.contents); !d.none() {
		t.Fatalf("an edit that does nothing changes %q", d.rows)
	}
}

// classes are all parts of what a ledger leaves on disk.
func (s *specimen) classes(t *testing.T) []class {
	t.Helper()
	all := []class{
		{name: "a value of a kind's row", named: true, always: true, mutate: operate(func(o *operation) string { return o.cell(o.kindTable()) })},
		{name: "rows of a kind", named: true, always: true, mutate: operate(func(o *operation) string { return o.rows(o.kindTable()) })},
		{name: "a value of the spine", named: true, always: true, mutate: operate(func(o *operation) string { return o.cell("spine") })},
		{name: "rows of the spine", named: true, always: true, mutate: operate(func(o *operation) string { return o.rows("spine") })},
		{name: "whole entries", always: true, mutate: operate((*operation).whole)},
		{name: "forged with the hash", always: true, mutate: forged(false)},
		{name: "forged with hash, tiles, head", always: true, mutate: forged(true)},
		{name: "tiles", always: true, mutate: operate((*operation).tiles)},
		{name: "the head", always: true, mutate: operate(func(o *operation) string { return o.single("head") })},
		{name: "the checkpoint's row", always: true, mutate: operate(func(o *operation) string { return o.single("checkpoint") })},
		{name: "the checkpoint's note", always: true, mutate: operate((*operation).note)},
		{name: "indexes", always: true, mutate: operate((*operation).index)},
		{name: "a table dropped", always: true, mutate: operate((*operation).tableDropped)},
		{name: "views, triggers, additions", always: true, remarked: true, mutate: operate((*operation).schema)},
		{name: "what the file says it is", always: true, mutate: operate((*operation).pragmas)},
		{name: "the anchor", always: true, mutate: anchorFile},
		{name: "the public key", mutate: publicFile},
		{name: "older copies", always: true, mutate: olderCopies},
		{name: "a token, beside the evidence", mutate: operate(func(o *operation) string { return o.cell("token") })},
		{name: "bytes: the header", mutate: bytesOfHeader},
		{name: "bytes: gaps of pages", mutate: bytesOfGaps},
		{name: "bytes: whole pages", mutate: wholePages},
	}
	for _, name := range []string{
		"schema pages", "spine pages", "index pages of the spine", "tile pages", "head pages", "checkpoint pages",
		"pages of kinds", "index pages of kinds", "overflow pages", "free pages",
	} {
		if len(s.pages[name]) == 0 {
			t.Fatalf("the specimen has no %s", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.pages)) {
		all = append(all, class{name: "bytes: " + name, mutate: bytesOf(name), remarked: name == "schema pages"})
	}
	return all
}
