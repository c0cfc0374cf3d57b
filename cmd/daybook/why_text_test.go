package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
)

var update = flag.Bool("update", false, "write the golden files anew")

// told makes an entry of an answer: the seq-th, an hour after the first.
func told(t *testing.T, seq int64, of any, summary string) daybook.Evidence {
	t.Helper()
	r, err := daybook.RecordOf(of)
	if err != nil {
		t.Fatal(err)
	}
	e := &daybook.Entry{Kind: r.Kind, Seq: seq, Values: r.Values}
	at := fmt.Sprintf("2026-01-31T09:%02d:00.000000Z", seq)
	if i, ok := e.Kind.Column(e.Kind.Time().Name); ok && !e.Values[i].IsSet() {
		e.Values[i] = daybook.TextValue(at)
	}
	e.Seal(daybook.Envelope{
		LogID: fmt.Sprintf("0190f3c2-7b1e-7a40-8c11-%012d", seq), LoggedAt: at, Principal: "etl-token",
		RetainUntil: daybook.Forever, Salt: strings.Repeat("5a", 16), Revision: 1,
	})
	return daybook.Evidence{Entry: e, Summary: summary, Standing: daybook.StandingVerified}
}

const (
	mainSession  = "0190f3c2-7b1e-7a40-8c11-00000000000a"
	otherSession = "0190f3c2-7b1e-7a40-8c11-00000000000b"
)

// manySided is an answer with what the stories do not have: two sessions for
// one table, a repeated operation, what a human overrode, an entry that is not
// signed yet, one that was changed, and lists that are cut.
func manySided(t *testing.T) *daybook.Why {
	t.Helper()
	edge := func(seq int64, session, seenBy, source, origin, description string) daybook.WhyEdge {
		v := told(t, seq, daybook.LineageEdge{SessionID: session, SourceType: "COLUMN", SourceName: "x", TargetType: "COLUMN", TargetName: "y", RelationshipType: "TRANSFORMS", Subtype: "CONDITIONAL\x1b[2J"}, "edge")
		return daybook.WhyEdge{
			GraphEdge: daybook.GraphEdge{Source: source, Target: "gold.sheet.total", RelationshipType: "TRANSFORMS", Origin: origin, SessionID: session, Description: description},
			Since:     v.Entry.LoggedAt(), SeenBy: seenBy, Evidence: v,
		}
	}
	session := told(t, 1, daybook.TransformationSession{ID: mainSession, AgentID: "corn", Status: "COMPLETED", CompletedAt: time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC), ConversationID: "conv_gone"}, "session")
	other := told(t, 2, daybook.TransformationSession{ID: otherSession, AgentID: "wheat", Status: "FAILED", ErrorMessage: "no\x1b[31m rows", ConversationID: "conv_1"}, "session")
	first := told(t, 3, daybook.TransformationOperation{ID: 3, SessionID: otherSession, OperationType: "AGGREGATE", TransformationLogic: "INSERT INTO gold.sheet\nSELECT 1"}, "operation")
	repeated := told(t, 4, daybook.TransformationOperation{ID: 4, SessionID: mainSession, OperationType: "AGGREGATE", OutputRowCount: new(int64(1)), PatternID: new(int64(3))}, "operation")
	repeated.First = &first
	changed := told(t, 5, daybook.OutputArtifact{SessionID: mainSession, ArtifactType: "VIEW", ArtifactName: "gold.sheet", DataAsOf: time.Date(2026, 1, 30, 0, 0, 0, 0, time.UTC)}, "VIEW gold.sheet")
	changed.Standing, changed.Fault = daybook.StandingDamaged, "the row does not give its log_hash"
	verdict := told(t, 6, daybook.ValidationStatus{ValidationType: "v", SessionID: otherSession, Status: "FAILED", Issues: []byte(`["one does not close"]`)}, "FAILED v: 1 issue")
	talk := told(t, 7, daybook.Conversation{ConversationID: "conv_1", AgentPosition: "wheat", Status: "error", ErrorMessage: "out of tokens"}, "conversation")
	thought := told(t, 8, daybook.ThinkingLog{ConversationID: "conv_1", AgentPosition: "wheat", ThinkingContent: strings.Repeat("It rains. ", 60)}, "thought")
	overridden := told(t, 9, daybook.DecisionLog{AgentPosition: "wheat", ChosenOption: "publish", HumanReviewed: new(true), HumanReviewer: "ana", HumanOverride: "hold"}, "decision")
	unsigned := told(t, 59, daybook.ActionLog{AgentPosition: "wheat"}, "action, no outcome yet")
	unsigned.Standing, unsigned.Fault = daybook.StandingUnsigned, "it is newer"
	why := &daybook.Why{
		Node: "gold.sheet.total", AsOf: "2026-02-01T00:00:00.000000Z",
		Hops: []daybook.WhyHop{{
			Table: "gold.sheet", Columns: []string{"total"}, SessionID: mainSession, Others: []string{otherSession},
			Edges: []daybook.WhyEdge{
				edge(10, mainSession, mainSession, "silver.corn.value", "PARSED", "CASE\n  WHEN a THEN b\nEND"),
				edge(11, otherSession, otherSession, "silver.wheat.value", "EXPLICIT", "the\nsum"),
				edge(12, "0190f3c2-7b1e-7a40-8c11-00000000000c", "", "silver.old.value", "EXPLICIT", ""),
				edge(13, otherSession, mainSession, "silver.rye.value", "EXPLICIT", ""),
				edge(14, "", "", "silver.rumour.value", "EXPLICIT", ""),
			},
			Operations: []daybook.Evidence{repeated}, Artifacts: []daybook.Evidence{changed}, Validations: []daybook.Evidence{verdict}, More: []string{"edges", "operations"},
		}},
		Sessions: []daybook.WhySession{
			{Session: session, Tables: []string{"gold.sheet"}, ConversationID: "conv_gone"}, {Session: other, Tables: []string{"gold.sheet"}, ConversationID: "conv_1", More: []string{"actions"}},
		},
		Conversations: []daybook.WhyConversation{
			{ConversationID: "conv_gone"},
			{
				ConversationID: "conv_1", Conversation: &talk, Thinking: []daybook.Evidence{thought}, Decisions: []daybook.Evidence{overridden},
				Actions: []daybook.Evidence{unsigned}, More: []string{"thinking", "escalations"},
			},
		},
		Gaps:       []string{"the conversation conv_gone is not in the ledger"},
		Checkpoint: daybook.WhyCheckpoint{Origin: "daybook/test", Size: 59},
		Totals:     daybook.WhyTotals{Decisions: 2, Overridden: 1, Awaiting: 1, Entries: 16, Verified: 14, CostUSD: 0.5},
	}
	return why
}

// TestWhyStories holds stories to golden files, by the length that is asked for.
func TestWhyStories(t *testing.T) {
	t.Parallel()
	for name, tell := range map[string]func(*whyStory){
		"why":       (*whyStory).tell,
		"why_full":  func(s *whyStory) { s.full = true; s.tell() },
		"why_brief": (*whyStory).brief,
	} {
		story := newWhyStory(manySided(t), false, false)
		tell(story)
		file := "testdata/" + name + ".golden"
		if *update {
			if err := os.WriteFile(file, []byte(story.String()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsRune(story.String(), '\x1b') {
			t.Errorf("%s: what somebody wrote moves the cursor", name)
		}
		if story.String() != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s\nIf the new story is right, run go test ./cmd/daybook -run WhyStories -update", name, story.String(), want)
		}
	}
}

// TestWhyOfLittle tells of a node of which next to nothing is known.
func TestWhyOfLittle(t *testing.T) {
	t.Parallel()
	story := newWhyStory(&daybook.Why{Node: "a.b", Hops: []daybook.WhyHop{{Table: "a.b"}}}, true, false)
	story.tell()
	for _, want := range []string{"not said: no artifact is registered", "not said: no decision is on record", "nothing that is on record", "not said: no cost is on record", "nothing on record says how its data came here", "0 of 0 entries verified"} {
		if !strings.Contains(story.String(), want) {
			t.Errorf("the story does not say %q:\n%s", want, story.String())
		}
	}
}
