package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/storetest"
)

func TestStress(t *testing.T) {
	s, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "x.db"), sqlite.Options{})
	if err != nil { t.Fatal(err) }
	defer s.Close()
	k := daybook.MustKind("decision_logs")
	gen := storetest.Records(k)
	n := 0
	for b := 0; b < 40; b++ {
		err := s.Append(context.Background(), func(v daybook.View) (*daybook.Batch, error) {
			head := v.Head()
			batch := &daybook.Batch{Head: head}
			for i := 0; i < 500; i++ {
				n++
				r := gen.Example(n)
				e := &daybook.Entry{Kind: k, Seq: head.Size + int64(i), Values: r.Values}
				e.Values = append([]daybook.Value{}, r.Values...)
				j, _ := k.Column("decision_id")
				e.Values[j] = daybook.TextValue(fmt.Sprint(n))
				e.Seal(daybook.Envelope{LogID: fmt.Sprintf("00000000-0000-7000-8000-%012d", n), LoggedAt: "2026-01-01T00:00:00.000000Z", Principal: "p", RetainUntil: "2027-01-01T00:00:00.000000Z", Salt: "00000000000000000000000000000000", Revision: 1})
				e.LogHash = canon.Hash(e.AppendCanonical(nil))
				batch.Entries = append(batch.Entries, e)
			}
			batch.Head.Size += 500
			batch.Head.LoggedAt = "2026-01-01T00:00:00.000000Z"
			return batch, nil
		})
		if err != nil { t.Fatal(err) }
	}
	bad := 0
	err = s.Scan(context.Background(), 0, func(r daybook.Row) error {
		if r.Fault != "" || canon.Hash(r.Entry.AppendCanonical(nil)) != r.Spine.LogHash {
			bad++
			if bad < 5 { t.Errorf("%d: %s %s", r.Spine.Seq, r.Fault, r.Entry.AppendCanonical(nil)) }
		}
		return nil
	})
	if err != nil { t.Fatal(err) }
	t.Log(n, bad)
}
