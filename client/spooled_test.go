package client_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/spool"
)

// nowhere is a server that is not there.
const nowhere = "http://127.0.0.1:1"

func spooled(t *testing.T, url string, o client.Options, s client.Spooling) *client.Client {
	t.Helper()
	if s.Dir == "" {
		s.Dir = t.TempDir()
	}
	c := must[*client.Client](t)(client.NewSpooled(url, o, s))
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// onDisk gives all that lies in a spool.
func onDisk(t *testing.T, c *client.Client) string {
	t.Helper()
	paths := must[[]string](t)(filepath.Glob(filepath.Join(c.Spool().Dir(), "*")))
	var all strings.Builder
	for _, path := range paths {
		all.Write(must[[]byte](t)(os.ReadFile(path)))
	}
	return all.String()
}

func TestSpooledWorksWithoutAServer(t *testing.T) {
	t.Parallel()
	c := spooled(t, nowhere, client.Options{Agent: "CFO"}, client.Spooling{})
	ctx := t.Context()
	begun := time.Now()
	talk := must[daybook.Receipt](t)(c.LogConversation(ctx, daybook.Conversation{}))
	if !talk.Pending() || talk.ID == "" || talk.LogID == "" || talk.Kind != "conversations" {
		t.Errorf("the receipt is %+v", talk)
	}
	err := c.Run(ctx, daybook.TransformationSession{AgentID: "etl", ConversationID: talk.ID}, func(ctx context.Context, s *client.Session) error {
		must[daybook.Receipt](t)(s.LogOperation(ctx, daybook.TransformationOperation{OperationType: "JOIN"}))
		must[daybook.Receipt](t)(s.RegisterOutput(ctx, daybook.OutputArtifact{ArtifactType: "TABLE", ArtifactName: "silver.a"}))
		edge := must[daybook.Receipt](t)(s.AddLineage(ctx, "bronze.a", "silver.a", "COPIES"))
		if edge.ID != "" || edge.LogID == "" {
			t.Errorf("the receipt of what the ledger numbers is %+v", edge)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	must[daybook.Receipt](t)(c.EndConversation(ctx, talk.ID, daybook.Conversation{OutputTokens: new(int64(5))}))
	if took := time.Since(begun); took > 3*client.DefaultMaxElapsed { // for which it would try each call
		t.Errorf("it took %v", took)
	}
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	wantCode(t, c.Flush(short), daybook.CodeUnavailable, "nothing is lost")
	if n := strings.Count(onDisk(t, c), `"log_id"`); n != 7 {
		t.Errorf("%d records are on disk, not 7", n)
	}
}

func TestSpooledRefusesAtOnce(t *testing.T) {
	t.Parallel()
	c := spooled(t, nowhere, client.Options{}, client.Spooling{})
	ctx := t.Context()
	for name, try := range map[string]struct {
		v    any
		path string
	}{
		"a word of a closed list": {daybook.EscalationLog{SourceAgent: "CFO", Urgency: "urgent"}, "/urgency"},
		"a number out of range":   {daybook.DecisionLog{AgentPosition: "CFO", Confidence: new(1.5)}, "/confidence"},
		"text that is none":       {daybook.ThinkingLog{ConversationID: "c", ThinkingContent: "\xff"}, "/thinking_content"},
		"text that is too long":   {daybook.Conversation{AgentPosition: strings.Repeat("x", 2000)}, "/agent_position"},
		"JSON that is none":       {daybook.ActionLog{ActionDetails: json.RawMessage(`{"a": `)}, "/action_details"},
		"what is missing":         {daybook.ThinkingLog{ThinkingContent: "hm"}, "/conversation_id"},
		"an end before its start": {daybook.Conversation{StartedAt: noon, EndedAt: noon.Add(-time.Hour)}, "/ended_at"},
	} {
		_, err := c.Log(ctx, try.v)
		if daybook.CodeOf(err) != daybook.CodeInvalid || !strings.HasPrefix(err.Error(), try.path+": ") && !strings.HasPrefix(err.Error(), try.path+"/") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	_, err := c.Amend(ctx, daybook.Conversation{ConversationID: "c", AgentPosition: "CFO"})
	wantCode(t, err, daybook.CodeConflict, "/agent_position")
	_, err = c.LogAll(ctx, daybook.Conversation{}, daybook.EscalationLog{SourceAgent: "CFO", Urgency: "urgent"})
	wantCode(t, err, daybook.CodeInvalid, "/1/urgency")
	if left := onDisk(t, c); strings.Contains(left, "log_id") {
		t.Errorf("something was written: %s", left)
	}
}

// TestSpooledLeavesTheAgentToTheToken: a token may be bound to an agent, and
// then its records need not name one.
func TestSpooledLeavesTheAgentToTheToken(t *testing.T) {
	t.Parallel()
	c := spooled(t, nowhere, client.Options{}, client.Spooling{})
	must[daybook.Receipt](t)(c.LogSession(t.Context(), daybook.TransformationSession{Purpose: "nightly"}))
}

func TestSpooledSecretsDoNotReachTheDisk(t *testing.T) {
	t.Parallel()
	c := spooled(t, nowhere, client.Options{}, client.Spooling{})
	const secret = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
	must[daybook.Receipt](t)(c.LogThinking(t.Context(), daybook.ThinkingLog{ConversationID: "c", ThinkingContent: "use " + secret}))
	must[daybook.Receipt](t)(c.LogAction(t.Context(), daybook.ActionLog{ActionDetails: json.RawMessage(`{"token": "` + secret + `"}`)}))
	if left := onDisk(t, c); strings.Contains(left, secret[4:]) || strings.Count(left, "[REDACTED:") != 2 {
		t.Errorf("on disk: %s", left)
	}
}

func TestSpooledFromTheEnvironment(t *testing.T) {
	base := t.TempDir()
	for name, value := range map[string]string{
		"DAYBOOK_URL": nowhere + "/", "DAYBOOK_TOKEN": "secret", "DAYBOOK_AGENT": "CFO", "DAYBOOK_SPOOL": base,
	} {
		t.Setenv(name, value)
	}
	c := must[*client.Client](t)(client.FromEnv())
	defer c.Close()
	must[daybook.Receipt](t)(c.LogConversation(t.Context(), daybook.Conversation{}))
	if want := must[string](t)(spool.DefaultDir(nowhere, "secret")); c.Spool().Dir() != want || filepath.Dir(want) != base {
		t.Errorf("the spool is in %s, not in %s", c.Spool().Dir(), want)
	}
	if left := onDisk(t, c); !strings.Contains(left, `"agent_position": "CFO"`) || strings.Contains(left, "secret") {
		t.Errorf("on disk: %s", left)
	}
}

func TestWithoutASpoolNothingWaits(t *testing.T) {
	t.Parallel()
	c := must[*client.Client](t)(client.New(nowhere, client.Options{}))
	if err := c.Flush(t.Context()); err != nil || c.Spool() != nil || c.Close() != nil {
		t.Errorf("flushing: %v", err)
	}
	_, err := client.NewSpooled("ftp://host", client.Options{}, client.Spooling{})
	wantCode(t, err, daybook.CodeInvalid)
}
