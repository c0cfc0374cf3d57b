// Package client is the Go SDK of Daybook: an agent checks tables out, logs
// what it does to them, registers what it made and checks in; and it logs its
// conversations, thoughts, decisions, actions and escalations. The same calls
// work over HTTP ([New]) and on a store in process (package local).
//
//	c, err := client.New("http://127.0.0.1:7777", client.Options{})
//	s, err := c.Checkout(ctx, "wasde_transformer", "bronze.wasde_cell")
//	s.LogOperation(ctx, daybook.TransformationOperation{OperationType: "AGGREGATE", OutputTable: "silver.commodity_summary", TransformationLogic: sql})
//	s.RegisterOutput(ctx, daybook.OutputArtifact{ArtifactType: "TABLE", ArtifactName: "silver.commodity_summary", RowCount: new(int64(150))})
//	s.Checkin(ctx, "COMPLETED")
//
// A write of [New]'s client returns once the server has it durably; while the
// server is away it waits and is tried again for [Options].MaxElapsed, and then
// fails. A client of [NewSpooled] (or [FromEnv]) writes to a spool on disk and
// never waits: records are delivered in order when the server is there, by this
// process or the next. Either way nothing is written twice: every record has
// its log_id before it is sent, and the ledger writes a log_id once.
//
// The package imports nothing but the standard library, the words of Daybook,
// its Merkle tree, the spool and what takes secrets out, so that an agent does
// not inherit a server's dependencies.
package client
