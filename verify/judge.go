package verify

import (
	"fmt"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// judged is what a row comes to by itself, before the tree has its say.
type judged struct {
	seq      int64
	kind     *daybook.Kind
	logID    string
	loggedAt string
	// retainUntil is of the spine, for a body that is gone.
	retainUntil string
	class       Class // "" for a body that is gone and not yet accounted for
	detail      string
	leaf        merkle.Hash
	hasLeaf     bool
	hasSpine    bool
	unseated    bool           // not even its seq is known
	telling     *daybook.Entry // a sound entry that tells of bodies that are gone, or of the ledger's origin
}

// judge looks at one row. It keeps nothing of the row but what stands in the
// result, and uses buf for what it must write down.
func judge(r *daybook.Row, buf []byte) (judged, []byte) {
	s := r.Spine
	if s == nil {
		return judgeUnlogged(r), buf
	}
	j := judged{
		seq: s.Seq, kind: s.Kind, logID: s.LogID, loggedAt: s.LoggedAt, retainUntil: s.RetainUntil, hasSpine: true,
	}
	if s.Kind == nil {
		return j.is(Modified, orElse(r.Fault, "its place in the spine names no kind")), buf
	}
	buf = s.AppendLeaf(buf[:0])
	j.leaf, j.hasLeaf = merkle.LeafHash(buf), true
	switch {
	case r.Fault != "":
		return j.is(Modified, r.Fault), buf
	case r.Entry == nil:
		return j, buf
	}
	fault, buf := check(r.Entry, s, buf)
	if fault != "" {
		return j.is(Modified, fault), buf
	}
	j.class = OK
	if tells(r.Entry) {
		j.telling = r.Entry
	}
	return j, buf
}

func judgeUnlogged(r *daybook.Row) judged {
	e := r.Entry
	if e == nil {
		j := judged{unseated: true}
		return j.is(Unlogged, orElse(r.Fault, "a row that is neither of the spine nor a body"))
	}
	j := judged{seq: e.Seq, kind: e.Kind}
	if len(e.Values) == len(e.Kind.Columns) {
		j.logID = e.LogID()
	}
	return j.is(Unlogged, "the spine has no place for this body")
}

func (j judged) is(class Class, detail string) judged {
	j.class, j.detail = class, detail
	return j
}

// check says what is wrong with a body beside its place in the spine; "" for
// nothing.
func check(e *daybook.Entry, s *daybook.Spine, buf []byte) (string, []byte) {
	switch {
	case e.Kind != s.Kind:
		return fmt.Sprintf("the body is of %s, its place in the spine of %s", e.Kind.Name, s.Kind.Name), buf
	case len(e.Values) != len(e.Kind.Columns):
		return fmt.Sprintf("the body has %d columns, %s has %d", len(e.Values), e.Kind.Name, len(e.Kind.Columns)), buf
	}
	fault, buf := e.Unlike(s.LogHash, buf)
	if fault != "" {
		return fault, buf
	}
	if e.LogHash != s.LogHash || e.Seq != s.Seq || e.LogID() != s.LogID || e.LoggedAt() != s.LoggedAt || e.RetainUntil() != s.RetainUntil {
		return "the body and its place in the spine contradict one another", buf
	}
	return "", buf
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
