package verify_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/verify"
)

// mutantsEnv scales TestMutants: it says how many mutants to make.
const mutantsEnv = "DAYBOOK_MUTANTS"

const usualMutants = 220

// mutants says how many to make, of all classes together.
func mutants(t *testing.T) int {
	t.Helper()
	text := os.Getenv(mutantsEnv)
	if text == "" {
		if testing.Short() {
			return usualMutants / 4
		}
		return usualMutants
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is not a number of mutants", mutantsEnv, text)
	}
	return n
}

// A class is one part of what a ledger leaves on disk, and a way of changing it.
type class struct {
	name string
	// mutate changes the files in a folder and says what it did; "" where
	// chance found nothing to change.
	mutate func(m *mutant) (string, error)
	// named wants the report to name every entry that differs.
	named bool
	// remarked lets the report remark on a mutant in its notes, where what
	// differs is no evidence: views, triggers and indexes that another version
	// may have made.
	remarked bool
	// always says that every mutant differs, as those made by SQL do.
	always bool
}

// mutant is a copy of a ledger that is to be changed.
type mutant struct {
	*rand.Rand
	*specimen
	dir string
}

func (m *mutant) path() string { return filepath.Join(m.dir, storeName) }

// specimen is the sound ledger that mutants are copies of, and what is known
// of it.
type specimen struct {
	past
	open     []byte // the store with its guards taken off, for who edits it by SQL
	guards   []string
	declared map[string]string // the tables as they were declared
	bodies   []string          // the tables that hold bodies
	contents contents
	pages    map[string][]page // by class
}

// tally counts what became of the mutants of a class.
type tally struct {
	mutants, effective, seen, named, refused, remarked int
}

func (t *tally) add(other tally) {
	t.mutants += other.mutants
	t.effective += other.effective
	t.seen += other.seen
	t.named += other.named
	t.refused += other.refused
	t.remarked += other.remarked
}

// TestMutants changes a ledger's files in every part and by all means that an
// intruder or a failing disk has, and wants verify to see every change that
// anybody could read. Whether a change can be read is not verify's to say: the
// test reads every table by SQL, before and after.
//
// DAYBOOK_MUTANTS=20000 go test ./verify -run TestMutants -v makes many.
func TestMutants(t *testing.T) {
	t.Parallel()
	s := newSpecimen(t)
	all := s.classes(t)
	each := max(mutants(t)/len(all), 2)
	var mu sync.Mutex
	tallies := make([]tally, len(all))
	t.Run("classes", func(t *testing.T) {
		for i, c := range all {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				for n := range each {
					got := s.try(t, c, n)
					mu.Lock()
					tallies[i].add(got)
					mu.Unlock()
				}
			})
		}
	})
	t.Log("\n" + tabulate(all, tallies))
}

func tabulate(all []class, tallies []tally) string {
	var b strings.Builder
	var sum tally
	line := func(name string, t tally) {
		fmt.Fprintf(&b, "%-34s %8d %10d %8d %8d %8d %9d\n", name, t.mutants, t.effective, t.seen, t.named, t.refused, t.remarked)
	}
	fmt.Fprintf(&b, "%-34s %8s %10s %8s %8s %8s %9s\n", "class", "mutants", "effective", "seen", "named", "refused", "remarked")
	for i, c := range all {
		line(c.name, tallies[i])
		sum.add(tallies[i])
	}
	line("all", sum)
	return b.String()
}

// try makes one mutant and looks whether it is seen.
func (s *specimen) try(t *testing.T, c class, n int) (got tally) {
	t.Helper()
	dir := t.TempDir()
	m := &mutant{Rand: rand.New(rand.NewPCG(uint64(n), hashOf(c.name))), specimen: s, dir: dir}
	what, err := c.mutate(m)
	if err != nil {
		t.Fatalf("mutant %d: %v", n, err)
	}
	if what == "" {
		return got
	}
	got.mutants++
	d, outside := s.differs(t, dir)
	report, err := audit(dir)
	if c.always && d.none() && !outside {
		t.Errorf("mutant %d, %s: it differs in nothing", n, what)
	}
	if err != nil && strings.HasPrefix(err.Error(), panicked) {
		t.Errorf("mutant %d, %s: %v", n, what, err)
	}
	if d.none() && !outside {
		return got
	}
	got.effective++
	switch {
	case err != nil:
		got.seen++
		got.refused++
	case !report.Sound():
		got.seen++
	case c.remarked && remarks(report) && d.ofSchema():
		got.seen++
		got.remarked++
	default:
		t.Errorf("mutant %d, %s: not seen; rows that differ: %.300q, out of order: %v\n%s", n, what, d.rows, d.order, describe(report))
		keep(t, dir, c.name, n)
	}
	if err == nil && names(report, d) {
		got.named++
	} else if c.named {
		t.Errorf("mutant %d, %s: not named: %.300q (%v)\n%s", n, what, d.rows, err, describe(report))
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
	return got
}

func hashOf(s string) (h uint64) {
	for _, r := range s {
		h = h*1099511628211 + uint64(r)
	}
	return h
}

// keep leaves a mutant that nobody saw for who looks into it; go test
// -artifacts says where.
func keep(t *testing.T, dir, class string, n int) {
	t.Helper()
	to := filepath.Join(t.ArtifactDir(), fmt.Sprintf("%s-%d", strings.ReplaceAll(class, " ", "_"), n))
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Log(err)
	}
}

// differs says how a mutant differs from the specimen, and whether it does so
// outside the store.
func (s *specimen) differs(t *testing.T, dir string) (d difference, outside bool) {
	t.Helper()
	f, err := readFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	outside = string(f.anchor) != string(s.now.anchor) || strings.TrimSpace(string(f.public)) != strings.TrimSpace(string(s.now.public))
	if string(f.store) == string(s.now.store) {
		return d, outside
	}
	return contentsOf(filepath.Join(dir, storeName)).differ(s.contents), outside
}

const panicked = "panicked: "

// audit verifies what is in a folder as `daybook verify` does.
func audit(dir string) (report *verify.Report, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s%v\n%s", panicked, r, debug.Stack())
		}
	}()
	ctx := context.Background()
	path := filepath.Join(dir, storeName)
	public, err := merkle.ReadPublic(path + ".pub")
	if err != nil {
		return nil, err
	}
	anchor, err := merkle.ReadAnchor(path + ".anchor")
	if err != nil {
		return nil, err
	}
	store, err := sqlite.Open(ctx, path, sqlite.Options{ReadOnly: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	report, err = verify.Run(ctx, store, verify.Options{Public: public, Anchor: anchor})
	return report, errors.Join(err, store.Close())
}

// names says whether a report names all that differs.
func names(r *verify.Report, d difference) bool {
	seqs, abouts := d.seqs()
	for _, seq := range seqs {
		if !slices.ContainsFunc(r.Problems, func(p verify.Problem) bool { return p.Seq != nil && *p.Seq == seq }) {
			return false
		}
	}
	for _, about := range abouts {
		if !slices.ContainsFunc(r.Problems, func(p verify.Problem) bool { return p.Kind == about }) {
			return false
		}
	}
	return len(seqs)+len(abouts) > 0
}

// remarks says whether a report remarks on the schema.
func remarks(r *verify.Report) bool {
	return slices.ContainsFunc(r.Notes, func(note string) bool { return strings.Contains(note, "makes it anew") })
}
