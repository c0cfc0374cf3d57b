package daybook_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"testing"

	"github.com/daybook-audit/daybook"
)

// The leaf is what the tree is over: its bytes may never change.
func TestLeafIsAsTheFormatSays(t *testing.T) {
	t.Parallel()
	e := entryOf(t, daybook.Conversation{ConversationID: "c", AgentPosition: "CFO", BusinessID: "acme"})
	e.LogHash = [32]byte{0: 0xab, 31: 0x01}
	spine := daybook.SpineOf(e)
	const want = "daybook-entry/1\nconversations\n0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b02\n2026-01-31T09:00:01.000000Z\n" +
		"9999-12-31T23:59:59.999999Z\nab00000000000000000000000000000000000000000000000000000000000001\n"
	if got := string(spine.AppendLeaf(nil)); got != want {
		t.Errorf("the leaf is\n%s\nwant\n%s", got, want)
	}
	if spine.Seq != e.Seq || daybook.KindNumbered(1) != spine.Kind {
		t.Errorf("%+v", spine)
	}
	if e.SubjectID() != "c" || e.Business() != "acme" || e.Principal() != "p" || e.Revision() != 1 || e.Agent() != "CFO" {
		t.Errorf("%s", e.AppendExport(nil))
	}
}

func TestRecordOfRefusesWhatNoEntryCanHold(t *testing.T) {
	t.Parallel()
	nan, infinite := math.NaN(), math.Inf(-1)
	var none *daybook.Conversation
	for path, v := range map[string]any{
		"/cost_usd":                  daybook.Conversation{CostUSD: &nan},
		"/confidence":                &daybook.DecisionLog{Confidence: &infinite},
		"/id":                        daybook.IngestRun{ID: "7"},
		"/metadata/a":                daybook.IngestRun{Metadata: json.RawMessage(`{"a": 1e999}`)},
		"/source_tables/1":           daybook.TransformationSession{SourceTables: []string{"a", "\xff"}},
		"/data_end_date":             daybook.TransformationSession{DataEndDate: "today"},
		"/options_evaluated/0/score": daybook.DecisionLog{OptionsEvaluated: []daybook.Option{{Score: &nan}}},
	} {
		_, err := daybook.RecordOf(v)
		var e *daybook.Error
		if !errors.As(err, &e) || e.Code != daybook.CodeInvalid || e.Path != path {
			t.Errorf("%+v: %v, want CodeInvalid at %s", v, err, path)
		}
	}
	for _, v := range []any{nil, none, 5, "conversations", struct{}{}} {
		if _, err := daybook.RecordOf(v); daybook.CodeOf(err) != daybook.CodeInvalid {
			t.Errorf("%#v: %v", v, err)
		}
	}
	if _, err := daybook.As[daybook.Conversation](entryOf(t, daybook.IngestRun{})); daybook.CodeOf(err) != daybook.CodeInvalid {
		t.Errorf("an entry of another kind: %v", err)
	}
}

func TestTableRowsAreObjectsInTheOrderOfColumns(t *testing.T) {
	t.Parallel()
	table := daybook.Table{
		Columns: []string{"b", `a"`, "c"},
		Rows:    [][]any{{int64(1), nil, json.RawMessage(`["x"]`)}, {0.5, "ü", true}},
	}
	raw, err := table.MarshalRows()
	if want := "[{\"b\": 1, \"a\\\"\": null, \"c\": [\"x\"]},\n {\"b\": 0.5, \"a\\\"\": \"ü\", \"c\": true}]"; err != nil || string(raw) != want {
		t.Errorf("%s, %v; want %s", raw, err, want)
	}
	if raw, err = (&daybook.Table{}).MarshalRows(); err != nil || !bytes.Equal(raw, []byte("[]")) {
		t.Errorf("%s, %v", raw, err)
	}
}
