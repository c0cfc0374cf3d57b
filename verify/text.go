package verify

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// mostLines bounds the problems that WriteText tells of; JSON has more.
const mostLines = 50

var meanings = map[Class]string{
	Missing:  "gone before its time, or with no retention_run or erasure that accounts for it",
	Modified: "not what was hashed and signed: changed after it was written",
	Unlogged: "put in beside the ledger, which never wrote it",
}

// WriteText tells a human what was found: whether the ledger is sound, and if
// not what is wrong, where, and what it means.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	verdict := "sound"
	if !r.Sound() {
		verdict = "NOT SOUND"
	}
	fmt.Fprintf(&b, "%s is %s\n", orElse(line(r.Origin), "the ledger"), verdict)
	fmt.Fprintf(&b, "  %d entries: %d OK, %d expired, %d erased, %d missing, %d modified, %d unlogged\n",
		r.Size, r.Counts.OK, r.Counts.Expired, r.Counts.Erased, r.Counts.Missing, r.Counts.Modified, r.Counts.Unlogged)
	r.Checkpoint.write(&b, AboutCheckpoint)
	r.Anchor.write(&b, AboutAnchor)
	for _, f := range r.Continues {
		fmt.Fprintf(&b, "  continues %s since entry %d: %s\n", line(f.Origin), f.Since, f.change.Summary())
	}
	r.writeProblems(&b)
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "  note: %s\n", line(note))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (n Note) write(b *strings.Builder, name string) {
	if !n.Present {
		return
	}
	signed := "signature not valid or not checked"
	if n.Signed {
		signed = "signature valid"
	}
	fmt.Fprintf(b, "  %s over %d entries, %s\n", name, n.Size, signed)
}

func (r *Report) writeProblems(b *strings.Builder) {
	met := map[Class]bool{}
	lines := 0
	for i := 0; i < len(r.Problems); lines++ {
		n := r.sameAs(i)
		if lines == mostLines {
			b.WriteString("  …and more: the JSON report lists them\n")
			break
		}
		r.writeProblem(b, i, n)
		met[r.Problems[i].Class] = true
		i += n
	}
	for _, class := range []Class{Missing, Modified, Unlogged} {
		if met[class] {
			fmt.Fprintf(b, "  %s means: %s\n", class, meanings[class])
		}
	}
}

// sameAs counts the problems from i on that say the same of one seq after the
// other.
func (r *Report) sameAs(i int) int {
	first := r.Problems[i]
	n := 1
	for ; i+n < len(r.Problems); n++ {
		p := r.Problems[i+n]
		if first.Seq == nil || p.Seq == nil || *p.Seq != *first.Seq+int64(n) ||
			p.Class != first.Class || p.Kind != first.Kind || p.Detail != first.Detail {
			break
		}
	}
	return n
}

func (r *Report) writeProblem(b *strings.Builder, i, n int) {
	p := r.Problems[i]
	fmt.Fprintf(b, "  %-8s", p.Class)
	if p.Kind != "" {
		fmt.Fprintf(b, " %s", p.Kind)
	}
	switch {
	case n > 1:
		fmt.Fprintf(b, " entries %d to %d", *p.Seq, *p.Seq+int64(n)-1)
	case p.Seq != nil:
		fmt.Fprintf(b, " entry %d", *p.Seq)
	}
	if p.LogID != "" && n == 1 {
		fmt.Fprintf(b, " (%s)", line(p.LogID))
	}
	fmt.Fprintf(b, ": %s\n", line(p.Detail))
}

// line makes text that the ledger's contents may have a say in one line of a
// report: no end of a line, and nothing that a terminal takes for an order.
func line(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, s)
}
