package client_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
)

func TestEveryKindHasATypedWrite(t *testing.T) {
	t.Parallel()
	taken := map[string]bool{}
	methods := reflect.TypeFor[*client.Client]()
	for i := range methods.NumMethod() {
		m := methods.Method(i)
		if !strings.HasPrefix(m.Name, "Log") || m.Type.NumIn() != 3 || m.Type.In(2).Kind() != reflect.Struct {
			continue
		}
		r, err := daybook.RecordOf(reflect.Zero(m.Type.In(2)).Interface())
		if err != nil {
			t.Errorf("%s: %v", m.Name, err)
			continue
		}
		taken[r.Kind.Name] = true
	}
	for _, k := range daybook.Kinds() {
		if !taken[k.Name] {
			t.Errorf("no method logs %s", k.Name)
		}
	}
}

// TestTypedWrites writes one of each kind through its method and reads it back.
func TestTypedWrites(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	c := b.client().WithAgent("CFO")
	ctx := t.Context()
	session := must[daybook.Receipt](t)(c.LogSession(ctx, daybook.TransformationSession{}))
	id := client.NewID(time.Now())
	writes := []func() (daybook.Receipt, error){
		func() (daybook.Receipt, error) { return c.LogConversation(ctx, daybook.Conversation{}) },
		func() (daybook.Receipt, error) {
			return c.LogThinking(ctx, daybook.ThinkingLog{ConversationID: "c"})
		},
		func() (daybook.Receipt, error) { return c.LogDecision(ctx, daybook.DecisionLog{}) },
		func() (daybook.Receipt, error) { return c.LogAction(ctx, daybook.ActionLog{}) },
		func() (daybook.Receipt, error) { return c.LogEscalation(ctx, daybook.EscalationLog{}) },
		func() (daybook.Receipt, error) {
			return c.LogMCPUsage(ctx, daybook.MCPUsageLog{ServerName: "files", ToolName: "read"})
		},
		func() (daybook.Receipt, error) {
			return c.LogOperation(ctx, daybook.TransformationOperation{SessionID: session.ID, OperationType: "JOIN"})
		},
		func() (daybook.Receipt, error) {
			return c.LogOutput(ctx, daybook.OutputArtifact{SessionID: session.ID, ArtifactType: "TABLE", ArtifactName: "gold.x"})
		},
		func() (daybook.Receipt, error) {
			return c.LogEdge(ctx, daybook.LineageEdge{SourceType: "TABLE", SourceName: "a", TargetType: "TABLE", TargetName: "b", RelationshipType: "COPIES"})
		},
		func() (daybook.Receipt, error) { return c.LogIngestRun(ctx, daybook.IngestRun{JobType: "usda"}) },
		func() (daybook.Receipt, error) {
			return c.LogValidation(ctx, daybook.ValidationStatus{ValidationType: "rows", Status: "PASSED"})
		},
		func() (daybook.Receipt, error) { return c.LogAccess(ctx, daybook.LogAccessAudit{Action: "export"}) },
		func() (daybook.Receipt, error) {
			return c.LogLedgerEvent(ctx, daybook.LedgerEvent{EventType: "key_rotated"})
		},
		func() (daybook.Receipt, error) { return c.LogRetentionRun(ctx, daybook.RetentionRun{}) },
		func() (daybook.Receipt, error) {
			return c.LogRetentionHold(ctx, daybook.RetentionHold{Reason: "case 7"})
		},
		func() (daybook.Receipt, error) {
			return c.LogErasure(ctx, daybook.Erasure{TargetKind: "conversations", TargetID: "c", Reason: "asked"})
		},
		func() (daybook.Receipt, error) {
			return c.LogSessionArchive(ctx, daybook.TransformationSessionArchive{ID: id})
		},
		func() (daybook.Receipt, error) {
			return c.LogSessionSummary(ctx, daybook.TransformationSessionSummary{Month: "2026-01-01"})
		},
	}
	kinds := []string{session.Kind}
	for _, write := range writes {
		receipt, err := write()
		if err != nil {
			t.Error(err)
			continue
		}
		kinds = append(kinds, receipt.Kind)
		e := b.get(t, receipt.Kind, receipt.ID)
		if e.LogID() != receipt.LogID || e.Seq != receipt.Seq {
			t.Errorf("%s: the entry is %s, the receipt %s", receipt.Kind, e.LogID(), receipt.LogID)
		}
		if e.Kind.Agent() != nil && e.Agent() != "CFO" {
			t.Errorf("%s is of agent %q, want the client's", receipt.Kind, e.Agent())
		}
	}
	for _, k := range daybook.Kinds() {
		if !slices.Contains(kinds, k.Name) {
			t.Errorf("%s was not written", k.Name)
		}
	}
}

func TestLogFillsIDAndTime(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	c := b.client()
	c.SetClock(func() time.Time { return noon })
	receipt := must[daybook.Receipt](t)(c.LogConversation(t.Context(), daybook.Conversation{AgentPosition: "CFO"}))
	e := b.get(t, "conversations", receipt.ID)
	if e.Time() != "2026-01-31T12:00:00.000000Z" {
		t.Errorf("started_at is %s, want the client's clock", e.Time())
	}
	if e.SubjectID()[14] != '7' {
		t.Errorf("the id %s is not of version 7", e.SubjectID())
	}

	receipt = must[daybook.Receipt](t)(c.LogConversation(t.Context(), daybook.Conversation{AgentPosition: "CFO", EndedAt: noon.Add(-time.Hour)}))
	if at := b.get(t, "conversations", receipt.ID).Time(); at != "2026-01-31T11:00:00.000000Z" {
		t.Errorf("what ended an hour ago started at %s", at)
	}
}

func TestLogAllIsAllOrNothing(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	c := b.client()
	_, err := c.LogAll(t.Context(), daybook.Conversation{AgentPosition: "CFO"}, daybook.ActionLog{})
	wantCode(t, err, daybook.CodeInvalid, "/1/agent_position")
	if n := len(b.entries(t, "conversations")); n != 0 {
		t.Fatalf("%d conversations were written", n)
	}
	_, err = c.LogAll(t.Context(), daybook.Conversation{}, "not a kind")
	wantCode(t, err, daybook.CodeInvalid, "/1", "not a kind")

	receipts := must[[]daybook.Receipt](t)(c.LogAll(t.Context(), daybook.Conversation{AgentPosition: "CFO"}, &daybook.ActionLog{AgentPosition: "CFO"}))
	if len(receipts) != 2 || receipts[0].Kind != "conversations" || receipts[1].Kind != "action_logs" {
		t.Errorf("the receipts are %+v", receipts)
	}
}

func TestErrorsOfOneRecordHaveNoIndex(t *testing.T) {
	t.Parallel()
	_, err := newBook(t).client().LogAction(t.Context(), daybook.ActionLog{})
	wantCode(t, err, daybook.CodeInvalid)
	if !strings.HasPrefix(err.Error(), "/agent_position") {
		t.Errorf("the error is %q", err)
	}
}

func TestVerbs(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	c := b.client().WithAgent("CEO")
	ctx := t.Context()
	id := func(r daybook.Receipt, err error) string { t.Helper(); return must[daybook.Receipt](t)(r, err).ID }
	done := func(r daybook.Receipt, err error) {
		t.Helper()
		if must[daybook.Receipt](t)(r, err).Revision < 2 {
			t.Errorf("%s %s has not become a new revision", r.Kind, r.ID)
		}
	}

	conversation := id(c.LogConversation(ctx, daybook.Conversation{}))
	done(c.EndConversation(ctx, conversation, daybook.Conversation{OutputTokens: new(int64(7))}))
	decision := id(c.LogDecision(ctx, daybook.DecisionLog{RequiresHumanReview: new(true)}))
	done(c.ReviewDecision(ctx, decision, "ana", ""))
	escalation := id(c.LogEscalation(ctx, daybook.EscalationLog{}))
	done(c.AcknowledgeEscalation(ctx, escalation))
	done(c.ResolveEscalation(ctx, escalation, "approved"))
	action := id(c.LogAction(ctx, daybook.ActionLog{}))
	done(c.CompleteAction(ctx, action, daybook.ActionLog{ErrorMessage: "disk full"}))
	run := id(c.LogIngestRun(ctx, daybook.IngestRun{JobType: "usda"}))
	done(c.FinishIngest(ctx, run, daybook.IngestRun{RecordsFetched: new(int64(3))}))

	for _, want := range []struct{ kind, id, column, text string }{
		{"conversations", conversation, "status", "completed"},
		{"decision_logs", decision, "human_reviewer", "ana"},
		{"escalation_logs", escalation, "resolution", "approved"},
		{"escalation_logs", escalation, "resolved_by", "CEO"},
		{"action_logs", action, "error_message", "disk full"},
		{"ingest_run", run, "status", "COMPLETED"},
	} {
		if got := b.get(t, want.kind, want.id).Text(want.column); got != want.text {
			t.Errorf("%s.%s is %q, want %q", want.kind, want.column, got, want.text)
		}
	}
	if success := b.get(t, "action_logs", action).Get("success"); !success.IsSet() || success.Bool() {
		t.Error("an action with an error is a success")
	}
	if b.get(t, "escalation_logs", escalation).Text("acknowledged_at") == "" {
		t.Error("the escalation was not acknowledged")
	}
}

func TestResolveByNobodyLeavesTheNameOut(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	w, url := newWire(t, b)
	c := dial(t, url, client.Options{})
	receipt := must[daybook.Receipt](t)(c.LogEscalation(t.Context(), daybook.EscalationLog{SourceAgent: "CFO"}))
	must[daybook.Receipt](t)(c.ResolveEscalation(t.Context(), receipt.ID, "done"))
	if body := string(w.seen()[1].body); strings.Contains(body, "resolved_by") {
		t.Errorf("it sent %s", body)
	}
	if e := b.get(t, "escalation_logs", receipt.ID); e.Get("resolved_by").IsSet() || e.Text("resolution") != "done" {
		t.Error("resolved_by is set, or the resolution is not")
	}
}

func TestAmend(t *testing.T) {
	t.Parallel()
	c := newBook(t).client()
	receipt := must[daybook.Receipt](t)(c.LogAction(t.Context(), daybook.ActionLog{AgentPosition: "CFO"}))
	amended := must[daybook.Receipt](t)(c.Amend(t.Context(), daybook.ActionLog{ActionID: receipt.ID, ResultSummary: "sent"}))
	if amended.Revision != 2 || amended.ID != receipt.ID {
		t.Errorf("the amendment's receipt is %+v", amended)
	}
	_, err := c.Amend(t.Context(), daybook.ActionLog{ActionID: receipt.ID, ResultSummary: "not sent"})
	wantCode(t, err, daybook.CodeConflict, "/result_summary")
	_, err = c.Amend(t.Context(), 5)
	wantCode(t, err, daybook.CodeInvalid, "not a kind")
}

func TestIDsGrowAndAreOfVersion7(t *testing.T) {
	t.Parallel()
	column := daybook.MustKind("transformation_session").Subject()
	last := ""
	for i := range 2000 {
		id := client.NewID(noon.Add(time.Duration(-i) * time.Hour)) // a clock that is set back
		if v, err := column.ParseText(id); err != nil || v.Text() != id {
			t.Fatalf("%s is no UUID: %v", id, err)
		}
		if id[14] != '7' || !strings.ContainsRune("89ab", rune(id[19])) {
			t.Fatalf("%s is not of version 7", id)
		}
		if id <= last {
			t.Fatalf("%s came after %s", id, last)
		}
		last = id
	}
}
