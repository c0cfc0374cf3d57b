package sqllineage

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook/worktime"
)

// TestMutated reads texts that are broken in every way. DAYBOOK_MUTANTS_SQL
// says how many; a million take some minutes.
func TestMutated(t *testing.T) {
	t.Parallel()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("DAYBOOK_MUTANTS_SQL"), "4000"))
	if err != nil {
		t.Fatalf("DAYBOOK_MUTANTS_SQL: %v", err)
	}
	m := newMutator(seeds(t))
	catalog := Tables(map[string][]string{"t": {"a", "b", "x"}, "a": {"id", "x", "y"}, "logs.access": {"at", "host"}})
	var slowest time.Duration
	var slowestAt int
	began := time.Now()
	var status [4]int
	for i := range n {
		d, sql := m.mutant(uint64(i))
		o := Options{Dialect: d, Limits: m.limits(uint64(i))}
		if i%2 == 0 {
			o.Catalog = catalog
		}
		r, took := timed(t, i, sql, o)
		checkResult(t, sql, r)
		if took > slowest {
			slowest, slowestAt = took, i
		}
		status[map[Status]int{Parsed: 0, Partial: 1, Unparsed: 2, Limited: 3}[r.Status]]++
		if i%2000 == 0 {
			checkHeap(t)
		}
		if t.Failed() {
			t.Fatalf("mutant %d in %s: %q", i, d, sql)
		}
	}
	t.Logf("%d mutants in %v: %d parsed, %d partial, %d unparsed, %d limited; the slowest, mutant %d, took %v",
		n, time.Since(began).Round(time.Second), status[0], status[1], status[2], status[3], slowestAt, slowest)
}

// slow is what no text may take, however it is made.
const slow = 500 * time.Millisecond

// timed parses a text, again if the machine was busy with something else.
func timed(t *testing.T, i int, sql string, o Options) (*Result, time.Duration) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("mutant %d in %s: panic: %v\n%q", i, o.Dialect, p, sql)
		}
	}()
	hangs := time.AfterFunc(20*time.Second, func() { panic(fmt.Sprintf("mutant %d in %s hangs: %q", i, o.Dialect, sql)) })
	defer hangs.Stop()
	var r *Result
	best := time.Hour
	for try := range 8 {
		time.Sleep(time.Duration(try) * 50 * time.Millisecond)
		if best = min(best, worktime.Of(func() { r = Parse(sql, o) })); best < slow/2 {
			break
		}
	}
	if best > slow {
		t.Errorf("it took %v", best)
	}
	return r, best
}

func checkHeap(t *testing.T) {
	t.Helper()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 1<<30 {
		t.Errorf("%d MB are in use", m.HeapAlloc>>20)
	}
}

// A mutator breaks seeds.
type mutator struct {
	seeds  []seed
	tokens [][]token
	words  []string
}

func newMutator(seeds []seed) *mutator {
	m := &mutator{seeds: seeds}
	for _, s := range seeds {
		tokens, _, _ := lex(s.sql, s.dialect, Limits{})
		m.tokens = append(m.tokens, tokens)
	}
	m.words = strings.Fields(`SELECT FROM WHERE JOIN WITH AS ( ) , . ; * CASE END UNION ALL INSERT INTO VALUES ON USING GROUP BY
		OVER PARTITION IN EXISTS LATERAL UNNEST PIVOT FOR MERGE WHEN MATCHED THEN UPDATE SET CREATE TABLE VIEW BEGIN IF [ ] { } :: -> ? :a @a $1 ' " 1 a t`)
	return m
}

// mutant is the i-th of all mutants, and always the same.
func (m *mutator) mutant(i uint64) (Dialect, string) {
	r := rand.New(rand.NewPCG(i, 7))
	at := r.IntN(len(m.seeds))
	s := m.seeds[at]
	pieces := m.pieces(at)
	for range 1 + r.IntN(5) {
		pieces = m.mutate(r, pieces)
	}
	text := []byte(strings.Join(pieces, " "))
	switch r.IntN(8) {
	case 0: // flip bytes
		for range 1 + r.IntN(8) {
			if len(text) > 0 {
				text[r.IntN(len(text))] = byte(r.IntN(256))
			}
		}
	case 1: // truncate
		text = text[:r.IntN(len(text)+1)]
	}
	d := s.dialect
	if r.IntN(6) == 0 {
		d = Dialect(r.IntN(len(dialectNames)))
	}
	return d, string(text)
}

// limits are the usual ones, but some mutants meet each of them anywhere.
func (m *mutator) limits(i uint64) Limits {
	r := rand.New(rand.NewPCG(i, 11))
	switch i % 5 {
	case 1:
		return Limits{fuel: 1 + r.IntN(1500)}
	case 2:
		return Limits{Nesting: 1 + r.IntN(8)}
	case 3:
		return Limits{Edges: 1 + r.IntN(20), Tokens: 20 + r.IntN(400)}
	}
	return Limits{}
}

// pieces are the texts of a seed's tokens.
func (m *mutator) pieces(at int) []string {
	s := m.seeds[at].sql
	var pieces []string
	for _, t := range m.tokens[at] {
		pieces = append(pieces, s[t.start:t.end])
	}
	return pieces
}

// mutate breaks pieces in one way.
func (m *mutator) mutate(r *rand.Rand, p []string) []string {
	if len(p) < 3 {
		return m.pieces(r.IntN(len(m.seeds)))
	}
	i, j := r.IntN(len(p)), r.IntN(len(p))
	if i > j {
		i, j = j, i
	}
	switch r.IntN(11) {
	case 0: // delete one
		return splice(p[:i], p[i+1:])
	case 1: // delete some
		return splice(p[:i], p[min(j, i+12):])
	case 2: // duplicate one
		return splice(p[:i+1], p[i:])
	case 3: // repeat some
		part := p[i:min(j+1, i+8)]
		for range r.IntN(30) {
			p = splice(p[:i], part, p[i:])
		}
		return p
	case 4: // swap two
		q := splice(p)
		q[i], q[j] = q[j], q[i]
		return q
	case 5: // put in a word
		return splice(p[:i], []string{m.words[r.IntN(len(m.words))]}, p[i:])
	case 6: // replace one by a word
		return splice(p[:i], []string{m.words[r.IntN(len(m.words))]}, p[i+1:])
	case 7: // go on as another statement does
		other := m.pieces(r.IntN(len(m.seeds)))
		return splice(p[:i], other[r.IntN(len(other)):])
	case 8: // put part of another statement in
		other := m.pieces(r.IntN(len(m.seeds)))
		k := r.IntN(len(other))
		return splice(p[:i], other[k:min(len(other), k+1+r.IntN(30))], p[i:])
	case 9: // nest a part
		return nest(r, p, i, j)
	default: // move a part
		part := splice(p[i:min(j+1, i+6)])
		q := splice(p[:i], p[min(j+1, i+6):])
		k := r.IntN(len(q) + 1)
		return splice(q[:k], part, q[k:])
	}
}

// nest puts a part deep into something.
func nest(r *rand.Rand, p []string, i, j int) []string {
	around := [][2]string{
		{"(", ")"},
		{"( SELECT * FROM (", ") x )"},
		{"CASE WHEN", "THEN 1 END"},
		{"f (", ")"},
		{"[", "]"},
		{"( SELECT a , b FROM t WHERE a IN (", ") )"},
		{"WITH c AS (", ") SELECT * FROM c"},
		{"( SELECT 1 ) UNION (", ")"},
	}[r.IntN(8)]
	n := 1 + r.IntN(4)
	if r.IntN(10) == 0 {
		n = r.IntN(400)
	}
	open, end := strings.Repeat(around[0]+" ", n), strings.Repeat(around[1]+" ", n)
	if r.IntN(6) == 0 {
		end = ""
	}
	return splice(p[:i], []string{open}, p[i:j], []string{end}, p[j:])
}

func splice(parts ...[]string) []string {
	var all []string
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}
