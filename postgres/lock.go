package postgres

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
)

// idleTime is how long an append may do nothing while it has the ledger's
// lock. A server that has lost its connection without the database hearing of
// it holds up others for no longer.
const idleTime = time.Minute

// lockSQL takes the ledger's lock, until the transaction ends. It is a table's,
// which only who may write to the ledger can take: of an advisory lock anybody
// can who may log in to the database, and so stop all writes.
const lockSQL = "SELECT {{ledger}}.take_turn()"

// begin begins a transaction, takes the ledger's lock, and reads the head under
// it: all in one message. Each statement sees what was committed before it
// began, whatever isolation the role has by default, so the head is that of
// whoever had the lock before. elsewhere says where the ledger goes on, if not
// here.
func (s *Store) begin(ctx context.Context, c *pgconn.PgConn) (head daybook.Head, elsewhere string, err error) {
	results, err := c.Exec(ctx, fmt.Sprintf("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; "+
		"SET LOCAL idle_in_transaction_session_timeout = %d; ", idleTime.Milliseconds())+
		s.sql(lockSQL+"; SELECT h.ledger_id, h.size, encode(h.root, 'hex'), (extract(epoch FROM h.logged_at) * 1000000)::bigint - 946684800000000, encode(c.signed, 'hex'), "+
			"(SELECT t.peer FROM {{ledger}}.transfer AS t WHERE t.state <> '') "+
			"FROM {{ledger}}.head AS h LEFT JOIN {{ledger}}.checkpoint AS c ON true")).ReadAll()
	if err != nil {
		return head, "", err
	}
	rows := results[len(results)-1].Rows
	if len(rows) != 1 {
		return head, "", damagedf("the head is missing")
	}
	head, err = parseHead(rows[0])
	return head, string(rows[0][5]), err
}

// parseHead reads what begin selects, as text.
func parseHead(row [][]byte) (head daybook.Head, err error) {
	broken := damagedf("the head cannot be read")
	head.LedgerID = string(row[0])
	if head.Size, err = strconv.ParseInt(string(row[1]), 10, 64); err != nil || head.Size < 0 || uuid.Validate(head.LedgerID) != nil {
		return head, broken
	}
	if n, err := hex.Decode(head.Root[:], row[2][:min(len(row[2]), 2*len(head.Root))]); err != nil || n != len(head.Root) || len(row[2]) != 2*n {
		return head, broken
	}
	if row[3] != nil {
		micros, err := strconv.ParseInt(string(row[3]), 10, 64)
		at, ok := timeText(micros)
		if err != nil || !ok {
			return head, broken
		}
		head.LoggedAt = at
	}
	if row[4] != nil {
		if head.Checkpoint, err = hex.DecodeString(string(row[4])); err != nil {
			return head, broken
		}
	}
	return head, nil
}
