package daybook

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"

	"github.com/daybook-audit/daybook/canon"
)

// Pattern marks the record of an operation that may be stored as a repeat of
// one that did the same before.
type Pattern struct {
	Says     PatternDigest
	Sessions []string // the types of sessions in which it may; none for all
}

// PatternDigest stands for all that an operation says was done, and for the
// edges that follow from it: two operations with the same digest differ in when
// they were done, in which session, with how many rows, how long it took and
// what they warn of.
type PatternDigest [sha256.Size]byte

// PatternKey names a pattern in the memory of patterns: what is done, by which
// agent, in which type of session, of which business.
type PatternKey [16]byte

// PatternOf gives the key of a pattern.
func PatternOf(says PatternDigest, agent, sessionType string) PatternKey {
	text := appendDigested(appendDigested(says[:], TextValue(agent)), TextValue(sessionType))
	sum := sha256.Sum256(text)
	return PatternKey(sum[:len(PatternKey{})])
}

// KnownPatterns is the part of a store that remembers where patterns begin. It
// is state and no evidence: where it is lost, an operation is stored in full
// once more and is the first of its pattern from then on.
type KnownPatterns interface {
	// Patterns gives the seq of the first entry of each pattern that is known.
	Patterns(ctx context.Context) (map[PatternKey]int64, error)
	// KeepPatterns keeps where patterns begin in the place of what was kept of
	// them before, durably. Of more than most patterns those that begin first are
	// forgotten.
	KeepPatterns(ctx context.Context, first map[PatternKey]int64, most int) error
	// ForgetPatterns forgets all of them, durably.
	ForgetPatterns(ctx context.Context) error
}

// What a repeat leaves out, because the first of its pattern says it, and what
// else makes two operations the same. The names of tables stay on a repeat, so
// that whoever asks for a table finds each time something was done to it.
var (
	leftOutNames = []string{"transformation_logic", "parameters", "input_columns", "output_columns"}
	saidNames    = append([]string{
		"business_id", "operation_type", "transformation_type", "input_tables", "output_table", "lifecycle_state_change",
	}, leftOutNames...)
	unsaidOfEdges = []string{"id", "is_current", "created_at", "invalidated_at", "session_id"}
)

var patternColumns = sync.OnceValue(func() (at struct{ leftOut, said, edge []int }) {
	operation, edge := MustKind("transformation_operation"), MustKind("lineage_edge")
	find := func(names []string) (list []int) {
		for _, name := range names {
			i, ok := operation.Column(name)
			if !ok {
				panic("daybook: transformation_operation has no column " + name)
			}
			list = append(list, i)
		}
		return list
	}
	at.leftOut, at.said = find(leftOutNames), find(saidNames)
	unsaid := map[string]bool{}
	for _, name := range unsaidOfEdges {
		unsaid[name] = true
	}
	for i := range edge.Columns {
		if c := &edge.Columns[i]; !c.Envelope && !unsaid[c.Name] {
			at.edge = append(at.edge, i)
		}
	}
	return at
})

// PatternColumns gives the places of the columns of an operation that a repeat
// leaves out. The slice is shared: do not change it.
func PatternColumns() []int { return patternColumns().leftOut }

// LeaveOut takes from the values of an operation what the first of its pattern
// says, and names that one.
func LeaveOut(values []Value, first int64) {
	for _, i := range patternColumns().leftOut {
		values[i] = Value{}
	}
	i, _ := MustKind("transformation_operation").Column("pattern_id")
	values[i] = IntValue(first)
}

// Repeats gives the first operation of the pattern that an entry repeats; ok is
// false for one that says itself what was done.
func (e *Entry) Repeats() (first int64, ok bool) {
	v := e.Get("pattern_id")
	return v.Int(), v.set
}

// IsPatternOf says that an entry can say what a repeat leaves out: it stands
// before it, is of the same business and kind, and is no repeat itself.
func (e *Entry) IsPatternOf(repeat *Entry) bool {
	first, ok := repeat.Repeats()
	_, isRepeat := e.Repeats()
	return ok && !isRepeat && e.Kind == repeat.Kind && e.Seq == first && e.Seq < repeat.Seq && e.Business() == repeat.Business()
}

// InFull gives a repeat with what it leaves out, from the first of its
// pattern. It is for answers: it does not give its log_hash any more.
func (e *Entry) InFull(first *Entry) *Entry {
	full := *e
	full.Values = make([]Value, len(e.Values))
	copy(full.Values, e.Values)
	for _, i := range patternColumns().leftOut {
		if !full.Values[i].set {
			full.Values[i] = first.Values[i]
		}
	}
	return &full
}

// DigestPattern gives what an operation says, by its values, and those of each
// edge that follows from it, in their order.
func DigestPattern(operation []Value, edges func(yield func([]Value) bool)) PatternDigest {
	at := patternColumns()
	buf := digestBuffers.Get().(*[]byte)
	text := (*buf)[:0]
	for _, i := range at.said {
		text = appendDigested(text, operation[i])
	}
	for values := range edges {
		for _, i := range at.edge {
			text = appendDigested(text, values[i])
		}
	}
	says := sha256.Sum256(text)
	*buf = text
	digestBuffers.Put(buf)
	return says
}

// SaysSame says that the values of two operations say that the same was done.
func SaysSame(a, b []Value) bool {
	for _, i := range patternColumns().said {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

var digestBuffers = sync.Pool{New: func() any { return new([]byte) }}

// appendDigested appends a value so that no two lists of as many give the same
// bytes.
func appendDigested(dst []byte, v Value) []byte {
	if !v.set {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(append(dst, 1), uint64(len(v.text)))
	return append(dst, v.text...)
}

// EdgesBehind reads the edges that follow from the SQL of an operation which
// began a pattern: they stand right behind it, written with it. Some are
// missing where its session had said them before.
func EdgesBehind(ctx context.Context, read func(context.Context, Query) ([]*Entry, error), first *Entry) ([]*Entry, error) {
	var behind []*Entry
	for part, next := int64(32), first.Seq+1; ; part *= 4 {
		seqs := make([]int64, part)
		for i := range seqs {
			seqs[i] = next + int64(i)
		}
		found, err := read(ctx, Query{Kind: MustKind("lineage_edge"), Seqs: seqs, Revisions: true, Oldest: true})
		if err != nil {
			return nil, err
		}
		for _, e := range found {
			if e.Seq != next || e.Revision() != 1 || e.LoggedAt() != first.LoggedAt() || !e.FollowsFrom(first) {
				return behind, nil
			}
			behind, next = append(behind, e), next+1
		}
		if int64(len(found)) < part {
			return behind, nil
		}
	}
}

// FollowsFrom says that an edge was derived in the session of an operation. One
// that stands behind the operation, with nothing in between that does not, follows
// from that.
func (e *Entry) FollowsFrom(operation *Entry) bool {
	return e.Text("origin") == EdgeParsed && e.Get("extractor_version").set &&
		e.Business() == operation.Business() && e.Text("session_id") == operation.Text("session_id")
}

// mostFirsts is how many entries are asked for at once.
const mostFirsts = 500

// FirstsOf reads the first operation of each pattern that some entries repeat, by
// its seq. Those that are gone are missing; [Entry.IsPatternOf] says whether one
// is what an entry says it repeats.
func FirstsOf(ctx context.Context, read func(context.Context, Query) ([]*Entry, error), entries []*Entry) (map[int64]*Entry, error) {
	var seqs []int64
	for _, e := range entries {
		if first, ok := e.Repeats(); ok {
			seqs = append(seqs, first)
		}
	}
	slices.Sort(seqs)
	seqs = slices.Compact(seqs)
	firsts := map[int64]*Entry{}
	for part := range slices.Chunk(seqs, mostFirsts) {
		found, err := read(ctx, Query{Kind: MustKind("transformation_operation"), Seqs: part, Revisions: true})
		if err != nil {
			return nil, err
		}
		for _, e := range found {
			firsts[e.Seq] = e
		}
	}
	return firsts, nil
}

// LeftOut gives what a repeat leaves out, from the first of its pattern, as
// members of a JSON object, and which these are: first_occurrence names the
// operation that said them, when and in which session.
func (e *Entry) LeftOut(first *Entry) []Member {
	var members []Member
	var says []string
	for _, i := range PatternColumns() {
		if v := first.Values[i]; v.set && !e.Values[i].set {
			c := &e.Kind.Columns[i]
			members = append(members, Member{Name: c.Name, Value: AppendValue(nil, c.Type, v)})
			says = append(says, c.Name)
		}
	}
	dst := append(canon.AppendKey([]byte{'{'}, "id"), first.SubjectID()...)
	dst = appendText(append(dst, ", "...), "at", first.Time())
	dst = appendText(dst, "session_id", first.Text("session_id"))
	dst = canon.AppendStrings(canon.AppendKey(dst, "says"), says)
	return append(members, Member{Name: "first_occurrence", Value: append(dst, '}')})
}
