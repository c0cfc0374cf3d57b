package local_test

import (
	"context"
	"log/slog"
	"net"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/spool"
)

// TestSpooledBeforeTheServer: an agent does a day's work while no server is
// there; when one comes, the ledger holds what it would have held otherwise.
func TestSpooledBeforeTheServer(t *testing.T) {
	t.Parallel()
	url := "http://" + must[string](t)(pgtest.FreeAddress())
	dir := temp(t)
	c := must[*client.Client](t)(client.NewSpooled(url, client.Options{}, client.Spooling{Dir: dir + ".spool"}))
	defer c.Close()
	ctx := t.Context()
	talk := must[daybook.Receipt](t)(c.LogConversation(ctx, daybook.Conversation{AgentPosition: "CFO", InputTokens: new(int64(7))}))
	err := c.Run(ctx, daybook.TransformationSession{AgentID: "wasde_transformer", ConversationID: talk.ID}, func(ctx context.Context, s *client.Session) error {
		must[daybook.Receipt](t)(s.LogOperation(ctx, daybook.TransformationOperation{OperationType: "AGGREGATE", OutputTable: "silver.commodity_summary"}))
		must[daybook.Receipt](t)(s.RegisterOutput(ctx, daybook.OutputArtifact{ArtifactType: "TABLE", ArtifactName: "silver.commodity_summary"}))
		must[daybook.Receipt](t)(s.AddLineage(ctx, "bronze.wasde_cell", "silver.commodity_summary", "AGGREGATES"))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	must[daybook.Receipt](t)(c.EndConversation(ctx, talk.ID, daybook.Conversation{OutputTokens: new(int64(900))}))
	must[daybook.Receipt](t)(c.LogOperation(ctx, daybook.TransformationOperation{OperationType: "JOIN", SessionID: "0198e0a4-5c00-7002-8000-000000000002"}))

	l := open(t, dir, local.Options{})
	serveThere(t, l, url)
	soon, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	if err := c.Flush(soon); err != nil {
		t.Fatal(err)
	}
	rejects := must[[]spool.Reject](t)(spool.Rejects(c.Spool().Dir()))
	if len(rejects) != 1 {
		t.Fatalf("%d rejects, not only the operation of a session that is not there", len(rejects))
	}
	var kinds []string
	for _, e := range must[[]daybook.Event](t)(l.Client.Activity(ctx, "wasde_transformer", time.Now().Add(-time.Hour))) {
		kinds = append(kinds, e.Kind)
	}
	for _, kind := range []string{"transformation_session", "transformation_operation", "output_artifact"} {
		if !slices.Contains(kinds, kind) {
			t.Errorf("there is no %s among %v", kind, kinds)
		}
	}
	e := must[*daybook.Entry](t)(c.Get(ctx, "conversations", talk.ID))
	if e.Revision() != 2 || e.Get("output_tokens").Int() != 900 || e.Text("status") != "completed" {
		t.Errorf("the conversation is %s", e.AppendExport(nil))
	}
	walk := must[*daybook.Graph](t)(c.Lineage(ctx, daybook.LineageQuery{Node: "silver.commodity_summary"}))
	if len(walk.Edges) != 1 {
		t.Errorf("%d edges; want 1", len(walk.Edges))
	}
}

// serveThere puts the HTTP door before a ledger, at a URL.
func serveThere(t *testing.T, l *local.Local, url string) {
	t.Helper()
	listener, err := net.Listen("tcp", url[len("http://"):])
	if err != nil {
		t.Fatal(err)
	}
	door := httpd.New(httpd.Config{Recorder: l.Recorder, Reader: l.Reader, Prover: l.Prover, Ready: l.Ready, Logger: slog.New(slog.DiscardHandler)})
	server := httptest.NewUnstartedServer(described(t).Around(door.Handler(), func(err error) { t.Errorf("%.1500s", err) }))
	_ = server.Listener.Close() // its own
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
}
