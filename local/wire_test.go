package local_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/local"
)

// serve puts the HTTP door before a ledger.
func serve(t *testing.T, l *local.Local) string {
	t.Helper()
	door := httpd.New(httpd.Config{
		Recorder: l.Recorder, Reader: l.Reader, Prover: l.Prover, Tiler: l.Tiler, Ready: l.Ready, Logger: slog.New(slog.DiscardHandler),
	})
	server := httptest.NewServer(described(t).Around(door.Handler(), func(err error) { t.Errorf("%.1500s", err) }))
	t.Cleanup(server.Close)
	return server.URL
}

func dial(t *testing.T, url string) *client.Client {
	t.Helper()
	return must[*client.Client](t)(client.New(url, client.Options{}))
}

// TestBothEnds does the same work over HTTP and asks at both ends: over HTTP
// and in process the answers must be the same.
func TestBothEnds(t *testing.T) {
	t.Parallel()
	l := open(t, temp(t), local.Options{})
	remote := dial(t, serve(t, l))
	ctx := t.Context()
	var receipts []daybook.Receipt
	note := func(r daybook.Receipt, err error) daybook.Receipt {
		t.Helper()
		receipts = append(receipts, must[daybook.Receipt](t)(r, err))
		return r
	}
	conversation := note(remote.LogConversation(ctx, daybook.Conversation{AgentPosition: "CFO", ModelName: "claude", InputTokens: new(int64(7)), CostUSD: new(0.25)}))
	note(remote.LogDecision(ctx, daybook.DecisionLog{
		AgentPosition: "CFO", ConversationID: conversation.ID, OptionsEvaluated: []daybook.Option{{Option: "«a»", Score: new(0.5)}}, AffectedAgents: []string{"CEO", "CTO"},
	}))
	err := remote.Run(ctx, daybook.TransformationSession{
		AgentID: "wasde_transformer", SourceTables: []string{"bronze.wasde_cell"}, ConversationID: conversation.ID,
		SourceFilters: json.RawMessage(`{"year": 2026, "ratio": 1.5}`),
	}, func(ctx context.Context, s *client.Session) error {
		note(s.LogOperation(ctx, daybook.TransformationOperation{
			OperationType: "AGGREGATE", InputTables: []string{"bronze.wasde_cell"}, OutputTable: "silver.commodity_summary", Warnings: []string{"3 rows without a unit"},
		}))
		note(s.RegisterOutput(ctx, daybook.OutputArtifact{ArtifactType: "TABLE", ArtifactName: "silver.commodity_summary", RowCount: new(int64(150))}))
		note(s.AddLineage(ctx, "bronze.wasde_cell", "silver.commodity_summary", "AGGREGATES"))
		note(s.AddLineage(ctx, "bronze.wasde_cell.value", "silver.commodity_summary.total", "AGGREGATES"))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	note(remote.EndConversation(ctx, conversation.ID, daybook.Conversation{OutputTokens: new(int64(900))}))

	since := time.Now().Add(-time.Hour)
	questions := map[string]func(c *client.Client) (any, error){
		"activity":  func(c *client.Client) (any, error) { return c.Activity(ctx, "wasde_transformer", since) },
		"history":   func(c *client.Client) (any, error) { return c.History(ctx, "silver.commodity_summary", time.Time{}) },
		"revisions": func(c *client.Client) (any, error) { return c.Revisions(ctx, "conversations", conversation.ID) },
		"upstream": func(c *client.Client) (any, error) {
			return c.Lineage(ctx, daybook.LineageQuery{Node: "silver.commodity_summary"})
		},
		"columns": func(c *client.Client) (any, error) {
			return c.Lineage(ctx, daybook.LineageQuery{Node: "bronze.wasde_cell.value", Direction: daybook.Downstream, Columns: true})
		},
		"why": func(c *client.Client) (any, error) {
			w, err := c.Why(ctx, daybook.WhyQuery{Node: "silver.commodity_summary.total"})
			if err == nil {
				if w.Totals.Entries == 0 || w.Totals.Verified != w.Totals.Entries || w.Checkpoint.Size == 0 {
					t.Errorf("of %+v under %+v not all is verified", w.Totals, w.Checkpoint)
				}
				w.Checkpoint = daybook.WhyCheckpoint{} // it is another with each read that is logged
			}
			return w, err
		},
		"sql": func(c *client.Client) (any, error) {
			return c.SQL(ctx, "SELECT operation_type, warnings, operation_order, output_row_count FROM audit.transformation_operation")
		},
		"sql twice": func(c *client.Client) (any, error) {
			return c.SQL(ctx, "SELECT id, 2 AS id, 3 AS id_2, 4 AS id FROM audit.transformation_session")
		},
		"prove": func(c *client.Client) (any, error) {
			proof, err := c.Prove(ctx, receipts[0].LogID)
			lines := strings.SplitAfterN(proof, "\n", 4) // behind leaf and index all is of the newest checkpoint, which reads move
			return strings.Join(lines[:min(3, len(lines))], ""), err
		},
		"consistency": func(c *client.Client) (any, error) { return c.Prover.Consistency(ctx, 2, 5) },
		"no such":     func(c *client.Client) (any, error) { return c.Get(ctx, "conversations", "no/such/..") },
		"list": func(c *client.Client) (any, error) {
			return c.List(ctx, daybook.Query{Kind: daybook.MustKind("output_artifact"), Filters: []daybook.Filter{daybook.Is("artifact_name", "silver.commodity_summary")}})
		},
		"export": func(c *client.Client) (any, error) {
			var all []*daybook.Entry
			err := c.Export(ctx, daybook.ExportQuery{Kind: daybook.MustKind("lineage_edge"), Since: since, From: 1}, func(e *daybook.Entry) error {
				all = append(all, e)
				return nil
			})
			return all, err
		},
	}
	for _, r := range receipts {
		questions["get "+r.Kind] = func(c *client.Client) (any, error) { return c.Get(ctx, r.Kind, r.ID) }
	}
	for name, ask := range questions {
		near, nearErr := ask(l.Client)
		far, farErr := ask(remote)
		if daybook.CodeOf(nearErr) != daybook.CodeOf(farErr) || (nearErr != nil) != (name == "no such") {
			t.Errorf("%s: in process %v, over HTTP %v", name, nearErr, farErr)
			continue
		}
		if !reflect.DeepEqual(near, far) {
			t.Errorf("%s: in process\n%+v\nover HTTP\n%+v", name, near, far)
		}
	}
}

func TestPagesOverTheWire(t *testing.T) {
	t.Parallel()
	l := open(t, temp(t), local.Options{})
	c := dial(t, serve(t, l))
	var want []int64
	for range 7 {
		want = append([]int64{log(t, c).Seq}, want...)
	}
	var got []int64
	for e, err := range c.All(t.Context(), daybook.Query{Kind: daybook.MustKind("conversations"), Limit: 3}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Seq)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("it gave %v, want %v", got, want)
	}
	id := must[*daybook.Page](t)(c.List(t.Context(), daybook.Query{Kind: daybook.MustKind("conversations")})).Entries[0].SubjectID()
	for i := range int64(5) {
		must[daybook.Receipt](t)(c.Amend(t.Context(), daybook.Conversation{ConversationID: id, InputTokens: new(i + 1)}))
	}
	if revisions := must[[]*daybook.Entry](t)(c.Revisions(t.Context(), "conversations", id)); len(revisions) != 6 || revisions[5].Revision() != 6 {
		t.Errorf("%d revisions", len(revisions))
	}
}

// flaky passes bytes to a server and cuts every second connection once the
// server has answered: the write stands, and the client does not know.
func flaky(t *testing.T, target string) string {
	t.Helper()
	listener := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	t.Cleanup(func() { listener.Close() })
	go func() {
		for n := 0; ; n++ {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer in.Close()
				out, err := net.Dial("tcp", target)
				if err != nil {
					return
				}
				defer out.Close()
				go func() { _, _ = io.Copy(out, in) }()
				if n%2 == 0 {
					_, _ = out.Read(make([]byte, 1)) // the answer begins: it is durable
					return
				}
				_, _ = io.Copy(in, out)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// TestLostAnswers writes from many goroutines through a network that loses
// answers: everything stands once, and every receipt is of what stands.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	l := open(t, temp(t), local.Options{})
	url := flaky(t, serve(t, l)[len("http://"):])
	const writers, each = 4, 10
	var (
		all        sync.WaitGroup
		mu         sync.Mutex
		duplicates int
		seqs       = map[int64]bool{}
	)
	for range writers {
		all.Go(func() {
			c := dial(t, url)
			for range each {
				receipt, err := c.LogConversation(t.Context(), daybook.Conversation{AgentPosition: "CFO"})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				seqs[receipt.Seq] = true
				if receipt.Duplicate {
					duplicates++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	n := 0
	if err := l.Export(t.Context(), daybook.ExportQuery{Kind: daybook.MustKind("conversations")}, func(*daybook.Entry) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	if n != writers*each || len(seqs) != n || duplicates == 0 {
		t.Errorf("%d entries and %d receipts for %d records, %d of them found written before", n, len(seqs), writers*each, duplicates)
	}
}
