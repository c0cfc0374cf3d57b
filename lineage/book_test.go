package lineage

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/storetest"
	"github.com/google/uuid"
)

// anyone is a principal that is bound to no business.
var anyone = daybook.Principal{Name: "tester", Role: daybook.RoleAuditor}

// noon is when every test's book begins.
var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// A book writes entries into a model store, one a minute unless told
// otherwise, the way a ledger does.
type book struct {
	t     testing.TB
	store *storetest.Model
	now   time.Time
	seq   int64
}

func newBook(t testing.TB) *book {
	return &book{t: t, store: storetest.NewModel(), now: noon}
}

func (b *book) reader() *Reader { return NewReader(b.store, nil) }

// add writes the first entry of a subject.
func (b *book) add(of any) *daybook.Entry {
	b.t.Helper()
	r, err := daybook.RecordOf(of)
	if err != nil {
		b.t.Fatal(err)
	}
	if r.Business() == "" {
		r.SetBusiness("default")
	}
	if subject := r.Kind.Subject(); subject.Serial {
		r.Set(subject.Name, daybook.IntValue(b.seq))
	} else if r.SubjectID() == "" {
		r.Set(subject.Name, daybook.TextValue(uuid.Must(uuid.NewV7()).String()))
	}
	if at := r.Kind.Time().Name; !r.Get(at).IsSet() {
		r.Set(at, daybook.TextValue(canon.FormatTime(b.now)))
	}
	return b.write(&daybook.Entry{Kind: r.Kind, Values: r.Values}, 1)
}

// amend writes a further revision with some columns changed.
func (b *book) amend(e *daybook.Entry, changes map[string]daybook.Value) *daybook.Entry {
	b.t.Helper()
	next := &daybook.Entry{Kind: e.Kind, Values: slices.Clone(e.Values)}
	for name, v := range changes {
		i, ok := e.Kind.Column(name)
		if !ok {
			b.t.Fatalf("%s has no %s", e.Kind.Name, name)
		}
		next.Values[i] = v
	}
	return b.write(next, e.Revision()+1)
}

func (b *book) write(e *daybook.Entry, revision int64) *daybook.Entry {
	b.t.Helper()
	e.Seq = b.seq
	e.Seal(daybook.Envelope{
		LogID: uuid.Must(uuid.NewV7()).String(), LoggedAt: canon.FormatTime(b.now), Principal: "agent",
		RetainUntil: daybook.Forever, Salt: "000102030405060708090a0b0c0d0e0f", Revision: revision,
	})
	e.LogHash = canon.Hash(e.AppendCanonical(nil))
	err := b.store.Append(context.Background(), func(v daybook.View) (*daybook.Batch, error) {
		head := v.Head()
		head.Size, head.LoggedAt = head.Size+1, e.LoggedAt()
		return &daybook.Batch{Entries: []*daybook.Entry{e}, Head: head}, nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.seq++
	b.now = b.now.Add(time.Minute)
	return e
}

// edge writes a current edge between nodes as text.
func (b *book) edge(source, target, relationship string) *daybook.Entry {
	b.t.Helper()
	e := edgeOf(b.t, source, target, relationship)
	e.IsCurrent = new(true)
	return b.add(e)
}

func edgeOf(t testing.TB, source, target, relationship string) daybook.LineageEdge {
	t.Helper()
	from, err := daybook.ParseNode(source)
	if err != nil {
		t.Fatal(err)
	}
	to, err := daybook.ParseNode(target)
	if err != nil {
		t.Fatal(err)
	}
	return daybook.LineageEdge{
		SourceType: from.Type(), SourceSchema: from.Schema, SourceName: from.Name, SourceColumn: from.Column,
		TargetType: to.Type(), TargetSchema: to.Schema, TargetName: to.Name, TargetColumn: to.Column,
		RelationshipType: relationship,
	}
}

// drawing writes a graph down: its nodes with their depths, then its edges.
func drawing(g *daybook.Graph) []string {
	var lines []string
	for _, n := range g.Nodes {
		lines = append(lines, fmt.Sprintf("%d %s", n.Depth, n.Node))
	}
	for _, e := range g.Edges {
		lines = append(lines, e.Source+" > "+e.Target+" "+e.RelationshipType)
	}
	return lines
}

func walkFrom(t *testing.T, r *Reader, q daybook.LineageQuery) *daybook.Graph {
	t.Helper()
	g, err := r.Lineage(t.Context(), anyone, q)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func wantDrawing(t *testing.T, g *daybook.Graph, root string, want ...string) {
	t.Helper()
	if g.Root != root {
		t.Errorf("the root is %q, want %q", g.Root, root)
	}
	if got := drawing(g); !slices.Equal(got, want) {
		t.Errorf("from %s:\n got %q\nwant %q", root, got, want)
	}
}

func wantCode(t *testing.T, err error, code daybook.Code) {
	t.Helper()
	if daybook.CodeOf(err) != code {
		t.Errorf("got error %v of code %q, want code %q", err, daybook.CodeOf(err), code)
	}
}
