package ledger

import (
	"fmt"

	"github.com/daybook-audit/daybook"
)

// prefetch asks the store once for all log_ids of the batch, and once a kind
// for the subjects that its records begin, amend or refer to. What was made on
// the way here cannot be there and is not asked for.
func (s *sequencer) prefetch(batch []*request) error {
	var logIDs []string
	ids := map[*daybook.Kind][]string{}
	ask := func(k *daybook.Kind, id string) {
		at := subject{k, id}
		if _, asked := s.known[at]; id != "" && !asked {
			s.known[at] = nil
			ids[k] = append(ids[k], id)
		}
	}
	for _, r := range batch {
		for i := range r.records {
			rec := &r.records[i]
			at := standings[rec.Kind.Number]
			if !rec.Filled(at.logID) {
				logIDs = append(logIDs, rec.LogID())
			}
			if !rec.Filled(at.subject) {
				ask(rec.Kind, rec.SubjectID())
			}
			for _, ref := range refs[rec.Kind] {
				ask(ref.kind, rec.Values[ref.column].Text())
			}
		}
	}
	if err := s.prefetchSpines(logIDs); err != nil {
		return err
	}
	for k, asked := range ids {
		entries, err := s.view.Select(s.ctx, daybook.Query{Kind: k, IDs: asked})
		if err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		for _, e := range entries {
			s.known[subject{k, e.SubjectID()}] = e
		}
	}
	return nil
}

func (s *sequencer) prefetchSpines(logIDs []string) error {
	if len(logIDs) == 0 {
		return nil
	}
	spines, err := s.view.Spines(s.ctx, logIDs)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	written := map[*daybook.Kind][]int64{}
	for i := range spines {
		s.stored[spines[i].LogID] = &spines[i]
		if k := spines[i].Kind; k != nil {
			written[k] = append(written[k], spines[i].Seq)
		}
	}
	return s.prefetchWritten(written)
}

// prefetchWritten asks for the entries that log_ids name already, once a kind: of
// a batch that is sent again that is all of it.
func (s *sequencer) prefetchWritten(seqs map[*daybook.Kind][]int64) error {
	for k, asked := range seqs {
		entries, err := s.view.Select(s.ctx, daybook.Query{Kind: k, Seqs: asked, Revisions: true})
		if err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		for _, e := range entries {
			s.before[e.Seq] = e
		}
	}
	return nil
}

// reference is a column that names a subject of a kind.
type reference struct {
	column int
	kind   *daybook.Kind
}

// refs are the references of each kind that has any.
var refs = func() map[*daybook.Kind][]reference {
	found := map[*daybook.Kind][]reference{}
	for _, k := range daybook.Kinds() {
		for i := range k.Columns {
			if ref := k.Columns[i].Ref; ref != "" {
				found[k] = append(found[k], reference{i, daybook.MustKind(ref)})
			}
		}
	}
	return found
}()
