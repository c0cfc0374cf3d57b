package intake

import (
	"context"
	"testing"

	"github.com/daybook-audit/daybook"
)

type counted struct{ calls int }

func (c *counted) Record(context.Context, daybook.Principal, []daybook.Record) ([]daybook.Receipt, error) {
	c.calls++
	return nil, nil
}

// What a caller has brought who is gone is not written without what follows from
// it.
func TestNothingIsWrittenForWhoIsGone(t *testing.T) {
	t.Parallel()
	next := &counted{}
	in := New(next, Limits{}).Deriving(NewDeriver(Derivation{}))
	r, err := daybook.RecordOf(daybook.TransformationOperation{
		SessionID: "0190f3c2-7b1e-7a40-8c11-3a5d2f6e0001", OperationType: "AGGREGATE", TransformationType: "SQL",
		TransformationLogic: "INSERT INTO gold.t (a) SELECT s.a FROM silver.s AS s",
	})
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := in.Record(gone, daybook.Local, []daybook.Record{r}); daybook.CodeOf(err) != daybook.CodeUnavailable || next.calls != 0 {
		t.Errorf("%d calls went on, and it says %v", next.calls, err)
	}
	if _, err := in.Record(t.Context(), daybook.Local, []daybook.Record{r}); err != nil || next.calls != 1 {
		t.Errorf("%d calls went on, %v", next.calls, err)
	}
}
