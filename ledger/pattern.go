package ledger

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook"
)

// pattern is an operation that others may repeat.
type pattern struct {
	key   daybook.PatternKey
	first int64  // its seq
	until string // its body stays until then at the least; from then on the pattern begins anew

	// whole: all edges that follow from it stand right behind it, and go to its
	// output table. A repeat of it says them too, and writes none.
	whole bool
	// elsewhere: some of its edges go to other tables. Repeats write them, so that
	// whoever asks for these tables finds them.
	elsewhere bool
	checked   bool // this process has written it, or held it against its entry
	kept      bool // the store remembers it
}

// occurrence is what the record of an operation is to its pattern.
type occurrence struct {
	key     daybook.PatternKey
	counts  bool     // it has a pattern: it repeats it, or begins it
	repeats *pattern // nil where it begins it
}

// says says that the pattern's edges stand for those that follow from the
// record.
func (o *occurrence) says() bool { return o.repeats != nil && o.repeats.whole }

// occurrence finds the pattern of a record.
func (s *sequencer) occurrence(r *daybook.Record) (occurrence, error) {
	if r.Pattern == nil || r.Kind != kindOperation || r.Amend {
		return occurrence{}, nil
	}
	owner, err := s.current(kindSession, r.Get("session_id").Text())
	if err != nil || owner == nil {
		return occurrence{}, err
	}
	sessionType := owner.Text("session_type")
	isType := func(word string) bool { return strings.EqualFold(word, sessionType) }
	if len(r.Pattern.Sessions) > 0 && !slices.ContainsFunc(r.Pattern.Sessions, isType) {
		return occurrence{}, nil
	}
	o := occurrence{key: daybook.PatternOf(r.Pattern.Says, owner.Agent(), sessionType), counts: true}
	p, err := s.pattern(o.key, r)
	if err != nil || p == nil || p.until <= s.loggedAt {
		return o, err
	}
	if !p.whole && !p.elsewhere {
		// Its edges are not all behind it, because its session had said some of
		// them before. In a session that has said none of them, one begins anew
		// that has.
		fresh, err := s.areFresh(r.Derived)
		if err != nil || fresh {
			return o, err
		}
	}
	o.repeats = p
	return o, nil
}

// pattern finds what is known of a pattern: of the batches, or of what was
// written before.
func (s *sequencer) pattern(key daybook.PatternKey, r *daybook.Record) (*pattern, error) {
	if p := s.patterns[key]; p != nil {
		return p, nil
	}
	if s.base != nil {
		if p := s.base.patterns[key]; p != nil {
			return p, nil
		}
	}
	if s.forgets || s.base != nil && s.base.forgets {
		return nil, nil
	}
	p := s.remembered.find(key)
	if p == nil || p.checked {
		return p, nil
	}
	sound, err := s.check(p, r)
	if !sound {
		s.remembered.drop(p)
		return nil, err
	}
	p.checked = true
	return p, nil
}

// check holds what the store remembers of a pattern against the entry that it
// names, which must say what the record says.
func (s *sequencer) check(p *pattern, r *daybook.Record) (sound bool, err error) {
	first, err := s.current(kindOperation, strconv.FormatInt(p.first, 10))
	if err != nil || first == nil {
		return false, err
	}
	owner, err := s.current(kindSession, first.Text("session_id"))
	if err != nil || owner == nil {
		return false, err
	}
	if _, isRepeat := first.Repeats(); isRepeat || !daybook.SaysSame(first.Values, r.Values) ||
		daybook.PatternOf(r.Pattern.Says, owner.Agent(), owner.Text("session_type")) != p.key {
		return false, nil
	}
	behind, err := daybook.EdgesBehind(s.ctx, s.read, first)
	if err != nil {
		return false, fmt.Errorf("ledger: %w", err)
	}
	isSame := daybook.DigestPattern(first.Values, func(yield func([]daybook.Value) bool) {
		for _, e := range behind {
			if !yield(e.Values) {
				return
			}
		}
	}) == r.Pattern.Says
	p.until, p.elsewhere = first.RetainUntil(), goElsewhere(r)
	p.whole = isSame && !p.elsewhere
	return true, nil
}

// goElsewhere says that edges which follow from an operation go to other tables
// than the one that it says it wrote.
func goElsewhere(r *daybook.Record) bool {
	own := [2]string{r.Business(), daybook.PlainTable(r.Get("output_table").Text())}
	return slices.ContainsFunc(r.Derived, func(d daybook.Record) bool {
		return d.Kind != kindEdge || tableOf(&daybook.Entry{Kind: d.Kind, Values: d.Values}) != own
	})
}

// occurred takes note of an operation that was written.
func (s *sequencer) occurred(o *occurrence, r *daybook.Record, e *daybook.Entry, edges int) {
	if !o.counts {
		return
	}
	if p := o.repeats; p != nil {
		before, was := s.repeated[o.key]
		s.repeated[o.key] = p
		saved := leftOut(r)
		s.sampled, s.saved = s.sampled+1, s.saved+saved
		s.undo = append(s.undo, func() {
			s.sampled, s.saved = s.sampled-1, s.saved-saved
			if s.repeated[o.key] = before; !was {
				delete(s.repeated, o.key)
			}
		})
		return
	}
	p := &pattern{key: o.key, first: e.Seq, until: e.RetainUntil(), elsewhere: goElsewhere(r), checked: true}
	p.whole = edges == len(r.Derived) && !p.elsewhere
	before := s.patterns[o.key]
	s.patterns[o.key] = p
	s.undo = append(s.undo, func() {
		if s.patterns[o.key] = before; before == nil {
			delete(s.patterns, o.key)
		}
	})
}

// leftOut counts the bytes of text that a repeat leaves out.
func leftOut(r *daybook.Record) (bytes int) {
	for _, i := range daybook.PatternColumns() {
		bytes += len(r.Values[i].Text())
	}
	return bytes
}

// read reads entries by their seqs, those of the batches too.
func (s *sequencer) read(_ context.Context, q daybook.Query) ([]*daybook.Entry, error) {
	var own []*daybook.Entry
	var seqs []int64
	for _, seq := range q.Seqs {
		if e := s.written(seq); e == nil {
			seqs = append(seqs, seq)
		} else if e.Kind == q.Kind {
			own = append(own, e)
		}
	}
	q.Seqs = seqs
	var found []*daybook.Entry
	if len(seqs) > 0 {
		var err error
		if found, err = s.view.Select(s.ctx, q); err != nil {
			return nil, err
		}
	}
	return append(found, own...), nil // the batches stand behind what the store has
}

// written gives the entry of a place, where it is one of this batch or the one
// before.
func (s *sequencer) written(seq int64) *daybook.Entry {
	for _, b := range []*sequencer{s, s.base} {
		if b != nil && seq >= b.start.Size && seq < b.start.Size+int64(len(b.entries)) {
			return b.entries[seq-b.start.Size]
		}
	}
	return nil
}
