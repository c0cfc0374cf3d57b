package client_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/lineage"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/sqlite"
)

// daybookClient is a client of a ledger of its own, as client.New gives one of
// a server's, with the ledger's public key.
func daybookClient() (c *client.Client, public string, done func()) {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "daybook")
	must(err)
	store, err := sqlite.Open(ctx, filepath.Join(dir, "ledger.db"), sqlite.Options{})
	must(err)
	head, err := store.Head(ctx)
	must(err)
	private, public, err := merkle.GenerateKey(daybook.OriginPrefix + head.LedgerID)
	must(err)
	signer, err := merkle.NewSigner(private)
	must(err)
	l, err := ledger.Open(ctx, store, ledger.Options{Signer: signer})
	must(err)
	c = client.Over(intake.New(l, intake.Limits{}), lineage.NewReader(store, store), l, daybook.Local)
	return c, public, func() { must(errors.Join(l.Close(ctx), store.Close(), os.RemoveAll(dir))) }
}

// A conversation is written when it begins, and amended when it ends: both
// revisions stay.
func ExampleClient_LogConversation() {
	ctx := context.Background()
	c, _, done := daybookClient()
	defer done()

	begun, err := c.LogConversation(ctx, daybook.Conversation{AgentPosition: "CFO", ModelName: "claude-3.5-sonnet"})
	if err != nil {
		panic(err)
	}
	ended, err := c.EndConversation(ctx, begun.ID, daybook.Conversation{
		InputTokens: new(int64(812)), OutputTokens: new(int64(311)), CostUSD: new(0.0071),
	})
	if err != nil {
		panic(err)
	}
	fmt.Println("revision", ended.Revision)

	e, err := c.Get(ctx, "conversations", begun.ID)
	if err != nil {
		panic(err)
	}
	conversation, err := daybook.As[daybook.Conversation](e)
	if err != nil {
		panic(err)
	}
	fmt.Println(conversation.Status, *conversation.OutputTokens)
	// Output:
	// revision 2
	// completed 311
}

// Records of several kinds go in one call, whole or not at all.
func ExampleClient_LogAll() {
	c, _, done := daybookClient()
	defer done()
	receipts, err := c.LogAll(context.Background(),
		daybook.ThinkingLog{ConversationID: "c1", AgentPosition: "CFO", ThinkingContent: "The budget is nearly spent."},
		daybook.ActionLog{ConversationID: "c1", AgentPosition: "CFO", ActionType: "api_call"},
	)
	if err != nil {
		panic(err)
	}
	for _, r := range receipts {
		fmt.Println(r.Seq, r.Kind)
	}
	// Output:
	// 0 thinking_logs
	// 1 action_logs
}

// End in a defer checks in by the error that the function returns: COMPLETED
// for none, else FAILED with it.
func ExampleSession_End() {
	ctx := context.Background()
	c, _, done := daybookClient()
	defer done()

	load := func(rows int) (err error) {
		s, err := c.Checkout(ctx, "wasde_transformer", "bronze.wasde_cell")
		if err != nil {
			return err
		}
		defer s.End(ctx, &err)
		if rows == 0 {
			return errors.New("bronze.wasde_cell is empty")
		}
		_, err = s.RegisterOutput(ctx, daybook.OutputArtifact{ArtifactType: "TABLE", ArtifactName: "silver.observation"})
		return err
	}
	fmt.Println(load(150))
	fmt.Println(load(0))

	sessions, err := c.SQL(ctx, "SELECT status, error_message FROM audit.transformation_session ORDER BY status")
	if err != nil {
		panic(err)
	}
	for _, row := range sessions.Rows {
		fmt.Println(row...)
	}
	// Output:
	// <nil>
	// bronze.wasde_cell is empty
	// COMPLETED <nil>
	// FAILED bronze.wasde_cell is empty
}

// Do runs one step and writes it down with how long it took and what came out.
func ExampleSession_Do() {
	ctx := context.Background()
	c, _, done := daybookClient()
	defer done()
	s, err := c.Checkout(ctx, "wasde_transformer", "bronze.wasde_cell")
	if err != nil {
		panic(err)
	}
	op := daybook.TransformationOperation{OperationType: "AGGREGATE", OutputTable: "silver.commodity_summary"}
	err = s.Do(ctx, op, func(context.Context) (rows int64, err error) {
		return 24, nil // the work
	})
	if err != nil {
		panic(err)
	}
	if err := s.Checkin(ctx, "COMPLETED"); err != nil {
		panic(err)
	}
	events, err := c.History(ctx, "silver.commodity_summary", time.Time{})
	if err != nil {
		panic(err)
	}
	for _, e := range events {
		if e.Kind == "transformation_operation" {
			fmt.Println(e.Agent+":", e.Summary)
		}
	}
	// Output:
	// wasde_transformer: AGGREGATE → silver.commodity_summary, 24 rows out
}

// Every kind is a view of its current state, which takes SQL.
func ExampleClient_SQL() {
	ctx := context.Background()
	c, _, done := daybookClient()
	defer done()
	for i, agent := range []string{"CFO", "CFO", "CEO"} {
		if _, err := c.LogConversation(ctx, daybook.Conversation{AgentPosition: agent, CostUSD: new(0.25 * float64(i+1))}); err != nil {
			panic(err)
		}
	}
	t, err := c.SQL(ctx, `SELECT agent_position, SUM(cost_usd) AS cost FROM audit.conversations
		WHERE started_at >= NOW() - INTERVAL '7 days' GROUP BY 1 ORDER BY 2 DESC, 1`)
	if err != nil {
		panic(err)
	}
	fmt.Println(t.Columns)
	for _, row := range t.Rows {
		fmt.Println(row...)
	}
	// Output:
	// [agent_position cost]
	// CEO 0.75
	// CFO 0.75
}

// All gives every entry that a query asks for, page by page.
func ExampleClient_All() {
	ctx := context.Background()
	c, _, done := daybookClient()
	defer done()
	for _, choice := range []string{"pay", "wait", "pay"} {
		if _, err := c.LogDecision(ctx, daybook.DecisionLog{AgentPosition: "CFO", ChosenOption: choice}); err != nil {
			panic(err)
		}
	}
	q := daybook.Query{Kind: daybook.MustKind("decision_logs"), Filters: []daybook.Filter{daybook.Is("chosen_option", "pay")}, Limit: 1}
	for e, err := range c.All(ctx, q) {
		if err != nil {
			panic(err)
		}
		fmt.Println("entry", e.Seq, e.Text("chosen_option"))
	}
	// Output:
	// entry 2 pay
	// entry 0 pay
}

// The code of an error says what to do about it, its path which field is
// meant, and its hint what to do next.
func ExampleClient_Log() {
	ctx := context.Background()
	c, _, done := daybookClient()
	defer done()

	_, err := c.Log(ctx, daybook.Conversation{AgentPosition: "CFO", CostUSD: new(-1.0)})
	var e *daybook.Error
	if errors.As(err, &e) {
		fmt.Println(e.Code, e.Path, e.Message)
	}
	_, err = c.Amend(ctx, daybook.Conversation{ConversationID: "nobody", Status: "completed"})
	if daybook.CodeOf(err) == daybook.CodeNotFound {
		fmt.Println(err)
	}
	// Output:
	// invalid /cost_usd must not be negative
	// /conversation_id: no conversations has conversation_id "nobody"
}

// A receipt and a proof are checked with the ledger's public key, and nothing
// else: no server, no ledger, no trust.
func ExampleCheckReceipt() {
	ctx := context.Background()
	c, public, done := daybookClient()
	defer done()
	receipt, err := c.LogDecision(ctx, daybook.DecisionLog{AgentPosition: "CFO", ChosenOption: "pay"})
	if err != nil {
		panic(err)
	}
	proof, err := c.Prove(ctx, receipt.LogID)
	if err != nil {
		panic(err)
	}
	checkpoint, err := client.CheckReceipt(receipt, proof, public)
	fmt.Println("in a ledger of", checkpoint.Size, err)

	receipt.LoggedAt = "2026-01-31T09:00:00.000000Z" // who backdates it
	_, err = client.CheckReceipt(receipt, proof, public)
	var e *daybook.Error
	if errors.As(err, &e) {
		fmt.Println(e.Code, e.Path)
	}
	// Output:
	// in a ledger of 1 <nil>
	// damaged /logged_at
}

// Cost adds up what agents spent. Here the clients say what it cost; a server
// computes it from the tokens too.
func ExampleClient_Cost() {
	ctx := context.Background()
	c, _, done := daybookClient()
	defer done()
	for _, talk := range []daybook.Conversation{
		{AgentPosition: "CFO", ModelName: "gpt-4o", InputTokens: new(int64(1000)), CostUSD: new(0.5)},
		{AgentPosition: "CFO", ModelName: "gpt-4o", InputTokens: new(int64(500)), CostUSD: new(0.25)},
		{AgentPosition: "CEO", ModelName: "in-house", InputTokens: new(int64(70))},
	} {
		if _, err := c.LogConversation(ctx, talk); err != nil {
			panic(err)
		}
	}

	cost, err := c.Cost(ctx, daybook.CostQuery{By: []string{daybook.CostByAgent, daybook.CostByModel}})
	if err != nil {
		panic(err)
	}
	for _, g := range cost.Groups {
		fmt.Printf("%s with %s: %d calls, %d tokens, $%.2f\n", g.Agent, g.Model, g.Calls, g.InputTokens, g.CostUSD)
	}
	fmt.Printf("in all $%.2f, and %d call of unknown cost\n", cost.Total.CostUSD, cost.Total.UnknownCalls)
	// Output:
	// CFO with gpt-4o: 2 calls, 1500 tokens, $0.75
	// CEO with in-house: 1 calls, 70 tokens, $0.00
	// in all $0.75, and 1 call of unknown cost
}

// Why joins a table with what made it: where the data comes from, in which
// session of which agent, and what was decided in the conversation behind it.
func ExampleClient_Why() {
	ctx := context.Background()
	c, _, done := daybookClient()
	defer done()
	conversation, err := c.LogConversation(ctx, daybook.Conversation{AgentPosition: "balance_analyst", CostUSD: new(0.0355)})
	if err != nil {
		panic(err)
	}
	_, err = c.LogDecision(ctx, daybook.DecisionLog{AgentPosition: "balance_analyst", ConversationID: conversation.ID, ChosenOption: "publish now"})
	if err != nil {
		panic(err)
	}
	session := daybook.TransformationSession{AgentID: "balance_analyst", ConversationID: conversation.ID}
	err = c.Run(ctx, session, func(ctx context.Context, s *client.Session) error {
		_, err := s.AddLineage(ctx, "silver.observation.value", "gold.balance_sheet.ending_stocks", "AGGREGATES")
		return err
	})
	if err != nil {
		panic(err)
	}

	why, err := c.Why(ctx, daybook.WhyQuery{Node: "gold.balance_sheet.ending_stocks"})
	if err != nil {
		panic(err)
	}
	for _, hop := range why.Hops {
		fmt.Println(hop.Depth, hop.Table, hop.Columns)
	}
	fmt.Println("made by", why.Sessions[0].Session.Entry.Agent())
	fmt.Println("decided:", why.Conversations[0].Decisions[0].Entry.Text("chosen_option"))
	fmt.Printf("for $%.4f\n", why.Totals.CostUSD)
	// Output:
	// 0 gold.balance_sheet [ending_stocks]
	// 1 silver.observation [value]
	// made by balance_analyst
	// decided: publish now
	// for $0.0355
}
