package postgres

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/storetest"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
)

const batchSize = 1000

// conversation is one of the usual size: 20 columns, some 700 bytes.
func conversation(b testing.TB, n int) daybook.Record {
	at := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Second)
	return record(b, daybook.Conversation{
		ConversationID: uuid.Must(uuid.NewV7()).String(), BusinessID: "default", AgentPosition: fmt.Sprintf("agent-%02d", n%40),
		StartedAt: at, EndedAt: at.Add(42 * time.Second), DurationSeconds: new(int64(42)),
		ModelProvider: "openrouter", ModelName: "claude-3.5-sonnet", ModelVersion: "20260101",
		InputTokens: new(int64(1200 + n%100)), OutputTokens: new(int64(300)), TotalTokens: new(int64(1500 + n%100)),
		CostUSD: new(0.0123), PriceSource: "genai-prices 2026-01-15", CommandExecuted: "/review quarterly budget",
		UserPromptPreview: "Please look at the budget of the third quarter and tell me where we spent more than planned, by department and month.",
		ResponsePreview:   "Spending was over plan in two departments: marketing by 12 % in August, because the campaign was moved forward, and support by 4 %.",
		Status:            "completed", IPAddress: "10.0.0.17", UserAgent: "daybook-python/1.0",
	})
}

// operation is one of a pipeline that reads a table and writes another.
func operation(b testing.TB, n int) daybook.Record {
	at := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Second)
	return record(b, daybook.TransformationOperation{
		SessionID: uuid.NewString(), BusinessID: "default", OperationOrder: new(int64(n % 7)), OperationType: "AGGREGATE",
		InputTables: []string{"bronze.orders", "bronze.customers"}, InputColumns: []string{"orders.amount", "orders.day", "customers.region"},
		InputRowCount: new(int64(120_000)), OutputTable: "silver.daily_totals", OutputColumns: []string{"day", "region", "total"}, OutputRowCount: new(int64(365)),
		TransformationLogic: "INSERT INTO silver.daily_totals SELECT o.day, c.region, sum(o.amount) FROM bronze.orders AS o JOIN bronze.customers AS c USING (customer_id) GROUP BY 1, 2",
		TransformationType:  "SQL", ExecutionTimeMS: new(int64(3000)), CreatedAt: at,
	})
}

func record(b testing.TB, v any) daybook.Record {
	r, err := daybook.RecordOf(v)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// sorts are what is written: of one kind, and as pipelines and agents do.
var sorts = map[string]func(testing.TB, int) daybook.Record{
	"conversations": conversation,
	"mixed": func(b testing.TB, n int) daybook.Record {
		if n%3 == 0 {
			return conversation(b, n)
		}
		return operation(b, n)
	},
}

// batches sequences n batches of records.
func batches(b testing.TB, n, size int, make func(testing.TB, int) daybook.Record) []*daybook.Batch {
	w := storetest.NewWriter(storetest.NewModel())
	var list []*daybook.Batch
	for i := range n {
		var records []daybook.Record
		for j := range size {
			records = append(records, make(b, i*size+j))
		}
		batch, tree := w.Batch(records...)
		w.Wrote(batch, tree)
		list = append(list, batch)
	}
	return list
}

func fill(b testing.TB, s *Store, list []*daybook.Batch) {
	for _, batch := range list {
		if err := s.Append(b.Context(), func(daybook.View) (*daybook.Batch, error) { return batch, nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func perRow(b *testing.B, rows int) {
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

// durableStore gives a store in a cluster that keeps what it is told.
func durableStore(b *testing.B, server *pgtest.Server) *Store {
	address := server.New()
	if _, err := Migrate(b.Context(), address, MigrateOptions{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		b.Fatal(err)
	}
	return openStore(b, address, Options{})
}

// BenchmarkAppend appends batches of 1,000 entries, each durable before the
// next; and in turns with it, so that both meet the same machine, it copies the
// same rows into the same tables of another database, bodies and spine, encoded
// before, a transaction a batch. That is the most that PostgreSQL could do.
func BenchmarkAppend(b *testing.B) {
	for name, make := range sorts {
		b.Run(name, func(b *testing.B) {
			list := batches(b, b.N, batchSize, make)
			server := pgtest.Start(b, "")
			s, raw := durableStore(b, server), durableStore(b, server)
			conn, err := raw.writers.Acquire(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Release()
			if err := raw.makeMonths(b.Context(), conn.Conn(), list[0].Entries); err != nil {
				b.Fatal(err)
			}
			var copying, appending time.Duration
			b.ResetTimer()
			for _, batch := range list {
				data := encoded(b, raw, batch)
				begun := time.Now()
				rawBatch(b, conn.Conn().PgConn(), data)
				copying += time.Since(begun)
				begun = time.Now()
				fill(b, s, []*daybook.Batch{batch})
				appending += time.Since(begun)
			}
			b.ReportMetric(float64(b.N*batchSize)/appending.Seconds(), "rows/s")
			b.ReportMetric(float64(b.N*batchSize)/copying.Seconds(), "raw-rows/s")
			b.ReportMetric(100*copying.Seconds()/appending.Seconds(), "%-of-raw")
		})
	}
}

// BenchmarkAppendOne appends entries one by one.
func BenchmarkAppendOne(b *testing.B) {
	list := batches(b, b.N, 1, conversation)
	s := durableStore(b, pgtest.Start(b, ""))
	b.ResetTimer()
	fill(b, s, list)
}

// copied is a COPY and its data.
type copied struct {
	sql  string
	data []byte
}

// encoded gives what a batch puts into each table.
func encoded(b *testing.B, s *Store, batch *daybook.Batch) (list []copied) {
	of := func(sql string, entries []*daybook.Entry, put func(*table, []byte, *daybook.Entry) ([]byte, error)) {
		data := []byte(copyHeader)
		for _, e := range entries {
			var err error
			if data, err = put(s.tables[e.Kind], data, e); err != nil {
				b.Fatal(err)
			}
		}
		list = append(list, copied{s.sql(sql), append(data, copyEnd...)})
	}
	byKind := map[*daybook.Kind][]*daybook.Entry{}
	for _, e := range batch.Entries {
		byKind[e.Kind] = append(byKind[e.Kind], e)
	}
	for k, entries := range byKind {
		of("COPY {{ledger}}."+tableName(k)+" ("+s.tables[k].names+") FROM STDIN (FORMAT binary)", entries, (*table).putBody)
	}
	of("COPY {{ledger}}.spine FROM STDIN (FORMAT binary)", batch.Entries, (*table).putSpine)
	return list
}

func rawBatch(b *testing.B, c *pgconn.PgConn, list []copied) {
	exec := func(sql string) {
		if _, err := c.Exec(context.Background(), sql).ReadAll(); err != nil {
			b.Fatal(err)
		}
	}
	exec("BEGIN")
	for _, one := range list {
		if _, err := c.CopyFrom(context.Background(), bytes.NewReader(one.data), one.sql); err != nil {
			b.Fatal(err)
		}
	}
	exec("COMMIT")
}

// BenchmarkScan reads entries back; with hashing, as verify does, and without.
func BenchmarkScan(b *testing.B) {
	s := testStore(b)
	fill(b, s, batches(b, 50, batchSize, sorts["mixed"]))
	for _, hashing := range []bool{false, true} {
		b.Run(fmt.Sprintf("hashing=%t", hashing), func(b *testing.B) {
			rows := 0
			var buf []byte
			for b.Loop() {
				err := s.Scan(b.Context(), 0, func(r daybook.Row) error {
					rows++
					if hashing {
						buf = r.Entry.AppendCanonical(buf[:0])
						if canon.Hash(buf) != r.Spine.LogHash {
							return fmt.Errorf("entry %d: %s", r.Spine.Seq, r.Fault)
						}
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			perRow(b, rows)
		})
	}
}
