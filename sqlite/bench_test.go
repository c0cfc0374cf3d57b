package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/storetest"
	"github.com/google/uuid"
	raw "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// conversation is one of the usual size: 20 columns, some 700 bytes.
func conversation(b *testing.B, n int) daybook.Record {
	at := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Second)
	r, err := daybook.RecordOf(daybook.Conversation{
		ConversationID: uuid.Must(uuid.NewV7()).String(), BusinessID: "default", AgentPosition: fmt.Sprintf("agent-%02d", n%40),
		StartedAt: at, EndedAt: at.Add(42 * time.Second), DurationSeconds: new(int64(42)),
		ModelProvider: "openrouter", ModelName: "claude-3.5-sonnet", ModelVersion: "20260101",
		InputTokens: new(int64(1200 + n%100)), OutputTokens: new(int64(300)), TotalTokens: new(int64(1500 + n%100)),
		CostUSD: new(0.0123), PriceSource: "genai-prices 2026-01-15", CommandExecuted: "/review quarterly budget",
		UserPromptPreview: "Please look at the budget of the third quarter and tell me where we spent more than planned, by department and month.",
		ResponsePreview:   "Spending was over plan in two departments: marketing by 12 % in August, because the campaign was moved forward, and support by 4 %.",
		Status:            "completed", IPAddress: "10.0.0.17", UserAgent: "daybook-python/1.0",
	})
	if err != nil {
		b.Fatal(err)
	}
	return r
}

const batchSize = 1000

// batches sequences n batches of 1,000 conversations.
func batches(b *testing.B, n int) []*daybook.Batch {
	w := storetest.NewWriter(storetest.NewModel())
	var list []*daybook.Batch
	for i := range n {
		var records []daybook.Record
		for j := range batchSize {
			records = append(records, conversation(b, i*batchSize+j))
		}
		batch, tree := w.Batch(records...)
		w.Wrote(batch, tree)
		list = append(list, batch)
	}
	return list
}

func open(b *testing.B) *sqlite.Store {
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "ledger.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

func fill(b *testing.B, s *sqlite.Store, list []*daybook.Batch) {
	for _, batch := range list {
		err := s.Append(b.Context(), func(daybook.View) (*daybook.Batch, error) { return batch, nil })
		if err != nil {
			b.Fatal(err)
		}
	}
}

func perRow(b *testing.B, rows int) {
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkAppend appends batches of 1,000 conversations, each durable before
// the next.
func BenchmarkAppend(b *testing.B) {
	list := batches(b, b.N)
	s := open(b)
	b.ResetTimer()
	fill(b, s, list)
	perRow(b, b.N*batchSize)
}

// BenchmarkRawInsert is what the driver alone takes for the same rows: one
// prepared INSERT into a table of the same columns and indexes.
func BenchmarkRawInsert(b *testing.B) {
	list := batches(b, b.N)
	conn, err := raw.OpenConn(filepath.Join(b.TempDir(), "raw.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	k := daybook.MustKind("conversations")
	columns, marks := "seq INTEGER PRIMARY KEY", "?"
	for _, c := range k.Columns {
		columns += `, "` + c.Name + `"`
		marks += ", ?"
	}
	for _, sql := range []string{
		"PRAGMA synchronous = FULL", "PRAGMA cache_size = -65536", "PRAGMA wal_autocheckpoint = 4000", "CREATE TABLE t (" + columns + ")",
		"CREATE UNIQUE INDEX a ON t (conversation_id, revision)", "CREATE INDEX b ON t (agent_position, started_at)",
	} {
		if err := sqlitex.ExecuteTransient(conn, sql, nil); err != nil {
			b.Fatal(err)
		}
	}
	insert := conn.Prep("INSERT INTO t VALUES (" + marks + ")")
	b.ResetTimer()
	for _, batch := range list {
		rawBatch(b, conn, insert, batch)
	}
	perRow(b, b.N*batchSize)
}

func rawBatch(b *testing.B, conn *raw.Conn, insert *raw.Stmt, batch *daybook.Batch) {
	var err error
	defer sqlitex.Save(conn)(&err)
	for _, e := range batch.Entries {
		_ = insert.ClearBindings()
		insert.BindInt64(1, e.Seq)
		for i, v := range e.Values {
			switch c := &e.Kind.Columns[i]; {
			case !v.IsSet():
			case c.Type == daybook.TypeInt:
				insert.BindInt64(i+2, v.Int())
			case c.Type == daybook.TypeFloat:
				insert.BindFloat(i+2, v.Float())
			default:
				insert.BindText(i+2, v.Text())
			}
		}
		if _, err := insert.Step(); err != nil {
			b.Fatal(err)
		}
		_ = insert.Reset()
	}
}

// BenchmarkScan reads rows back; with hashing, as verify does, and without.
func BenchmarkScan(b *testing.B) {
	s := open(b)
	fill(b, s, batches(b, 50))
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
