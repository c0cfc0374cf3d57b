package postgres

import (
	"fmt"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// partitioned are the kinds whose tables are parted by the month of logged_at:
// those of most rows, which are never amended, so that no question about the
// current state has to look into every month.
var partitioned = map[string]bool{"transformation_operation": true, "thinking_logs": true}

func isPartitioned(k *daybook.Kind) bool { return partitioned[k.Name] }

var lineageEdge = daybook.MustKind("lineage_edge")

// ledgerSchema gives the statements of the first migration: the tables and
// their indexes.
func ledgerSchema() []string {
	list := []string{
		"CREATE SCHEMA IF NOT EXISTS {{ledger}}", spineTable, tileTable, headTable, firstHead(), checkpointTable, tokenTable, knownColumnsTable, knownPatternTable,
	}
	for _, k := range daybook.Kinds() {
		list = append(list, kindTable(k))
		if isPartitioned(k) {
			list = append(list, fmt.Sprintf("CREATE TABLE {{ledger}}.%s PARTITION OF {{ledger}}.%s DEFAULT", quoted(k.Name+"_default"), tableName(k)))
		}
		list = append(list, kindIndexes(k)...)
	}
	return list
}

const spineTable = `CREATE TABLE {{ledger}}.spine (
  seq bigint PRIMARY KEY, -- the entry's place in the ledger, from 0 without gaps
  log_id uuid NOT NULL UNIQUE,
  kind smallint NOT NULL, -- the number that the catalog gives the kind
  logged_at timestamptz NOT NULL,
  retain_until timestamptz NOT NULL,
  log_hash bytea NOT NULL -- SHA-256 of the entry's canonical form
)`

const tileTable = `CREATE TABLE {{ledger}}.tile (
  level smallint NOT NULL,
  tile_index bigint NOT NULL,
  hashes bytea NOT NULL, -- 256 hashes of 32 bytes
  PRIMARY KEY (level, tile_index)
)`

const headTable = `CREATE TABLE {{ledger}}.head (
  id smallint PRIMARY KEY CHECK (id = 1), -- one row
  ledger_id uuid NOT NULL,
  size bigint NOT NULL, -- entries in the ledger
  root bytea NOT NULL, -- of the Merkle tree over them
  logged_at timestamptz -- of the newest
)`

const checkpointTable = `CREATE TABLE {{ledger}}.checkpoint (
  id smallint PRIMARY KEY CHECK (id = 1), -- one row
  size bigint NOT NULL, -- of the ledger that was signed
  signed bytea NOT NULL -- a C2SP signed note
)`

// firstHead is where a ledger begins.
func firstHead() string {
	root := merkle.New().Root()
	return fmt.Sprintf(`INSERT INTO {{ledger}}.head (id, ledger_id, size, root) VALUES (1, gen_random_uuid(), 0, '\x%x')`, root[:])
}

const tokenTable = `CREATE TABLE {{ledger}}.token (
  id text COLLATE "C" PRIMARY KEY, -- the public part of the token's text
  name text NOT NULL, -- the principal's
  role text NOT NULL,
  business text NOT NULL, -- '' for all
  agent text NOT NULL, -- '' for any
  hash bytea NOT NULL, -- SHA-256 of the secret
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz,
  mac bytea NOT NULL, -- HMAC-SHA256 over all of the above
  last_used_at timestamptz
);
CREATE UNIQUE INDEX token_name ON {{ledger}}.token (lower(name COLLATE "C"))`

const knownColumnsTable = `CREATE TABLE {{ledger}}.known_columns (
  business text COLLATE "C" NOT NULL,
  table_name text COLLATE "C" NOT NULL, -- in lower case
  columns text[] NOT NULL, -- their names in order
  PRIMARY KEY (business, table_name)
)`

const knownPatternTable = `CREATE TABLE {{ledger}}.known_pattern (
  first bigint PRIMARY KEY, -- the seq of the entry that others repeat
  pattern bytea NOT NULL UNIQUE -- 16 bytes that stand for what was done, by whom
)`

// kindTable declares a kind's table. What a record must have the ledger checks:
// an entry of an older catalog may lack what later ones must have.
func kindTable(k *daybook.Kind) string {
	defs := []string{"seq bigint NOT NULL", "logged_at timestamptz NOT NULL"}
	for _, i := range bodyColumns(k) {
		c := &k.Columns[i]
		defs = append(defs, quoted(c.Name)+" "+sqlType(c))
	}
	key, parted := "PRIMARY KEY (seq)", ""
	if isPartitioned(k) {
		key, parted = "PRIMARY KEY (seq, logged_at)", " PARTITION BY RANGE (logged_at)"
	}
	return fmt.Sprintf("CREATE TABLE {{ledger}}.%s (\n  %s,\n  %s\n)%s", tableName(k), strings.Join(defs, ",\n  "), key, parted)
}
