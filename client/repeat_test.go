package client_test

import (
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
)

// TestRepeatedFromElsewhere writes one record twice, each time by a client of
// its own that was given nothing but the log_id, as a script that is run again
// does.
func TestRepeatedFromElsewhere(t *testing.T) {
	t.Parallel()
	_, url := newWire(t, newBook(t))
	const logID = "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"
	var receipts []daybook.Receipt
	for range 2 {
		record := must[daybook.Record](t)(daybook.RecordOf(daybook.ActionLog{AgentPosition: "CFO", ActionType: "file_write"}))
		record.SetLogID(logID)
		some := must[[]daybook.Receipt](t)(dial(t, url, client.Options{}).Recorder.Record(t.Context(), daybook.Principal{}, []daybook.Record{record}))
		receipts = append(receipts, some...)
	}
	first, second := receipts[0], receipts[1]
	if first.Duplicate || !second.Duplicate || second.ID != first.ID || second.Seq != first.Seq || second.LogHash != first.LogHash {
		t.Errorf("first %+v, then %+v", first, second)
	}
}
