package sqlite

import (
	"fmt"
	"strings"

	"github.com/daybook-audit/daybook"
)

// applicationID tells our files from those of other programs: "Dayb".
const applicationID = 0x44617962

// schemaVersion is the file's user_version. It goes up when an older Daybook
// could no longer write the file rightly; new columns alone do not.
const schemaVersion = 2

// object is one table, index, trigger or view of the schema.
type object struct {
	kind string // as sqlite_schema.type has it
	name string
	sql  string
}

// Schema gives the statements that make an empty ledger, for
// `daybook schema --dialect sqlite`.
func Schema() string {
	var b strings.Builder
	b.WriteString("-- Daybook ledger in SQLite. Generated from the catalog of kinds; do not edit.\n")
	fmt.Fprintf(&b, "PRAGMA application_id = %d;\nPRAGMA user_version = %d;\n", applicationID, schemaVersion)
	for _, o := range objects() {
		b.WriteString("\n" + o.sql + ";\n")
	}
	return b.String()
}

// objects gives the schema in an order in which it can be made.
func objects() []object {
	list := []object{
		{"table", "spine", spineTable},
		{"table", "tile", tileTable},
		{"table", "head", headTable},
		{"table", "checkpoint", checkpointTable},
		{"table", "token", tokenTable},
		{"table", "known_columns", knownTable},
		{"table", "known_pattern", patternTable},
		{"table", "transfer", transferTable},
	}
	list = append(list, appendOnly("spine", "the spine is kept for ever")...)
	list = append(list, appendOnly("tile", "tiles are kept for ever")...)
	for _, k := range daybook.Kinds() {
		list = append(list, object{"table", tableName(k), kindTable(k)})
		list = append(list, kindIndexes(k)...)
		list = append(list, appendOnly(tableName(k), "append an amendment instead")...)
	}
	list = append(list, object{"view", "entries", entriesView()})
	for _, k := range daybook.Kinds() {
		list = append(list, object{"view", k.Name, kindView(k)})
	}
	return append(list, object{"view", "transformation_activity", activityView()})
}

const spineTable = `CREATE TABLE spine (
  seq INTEGER PRIMARY KEY, -- the entry's place in the ledger, from 0 without gaps
  log_id BLOB NOT NULL UNIQUE, -- the 16 bytes of the UUID
  kind INTEGER NOT NULL, -- the number that the catalog gives the kind
  logged_at INTEGER NOT NULL, -- microseconds since 1970
  retain_until INTEGER NOT NULL, -- days from logged_at, or microseconds since 1970: see the view entries
  log_hash BLOB NOT NULL -- SHA-256 of the entry's canonical form
) STRICT`

const tileTable = `CREATE TABLE tile (
  level INTEGER NOT NULL,
  tile_index INTEGER NOT NULL,
  hashes BLOB NOT NULL, -- 256 hashes of 32 bytes
  PRIMARY KEY (level, tile_index)
) STRICT, WITHOUT ROWID`

const headTable = `CREATE TABLE head (
  id INTEGER PRIMARY KEY CHECK (id = 1), -- one row, replaced by each commit
  ledger_id TEXT NOT NULL,
  size INTEGER NOT NULL, -- entries in the ledger
  root BLOB NOT NULL, -- of the Merkle tree over them
  logged_at TEXT -- of the newest
) STRICT`

const checkpointTable = `CREATE TABLE checkpoint (
  id INTEGER PRIMARY KEY CHECK (id = 1), -- one row, replaced by each checkpoint
  signed BLOB NOT NULL -- a C2SP signed note
) STRICT`

// appendOnly gives the triggers that refuse to change or delete rows.
func appendOnly(table, instead string) []object {
	var list []object
	for _, verb := range []string{"UPDATE", "DELETE"} {
		name := table + "_no_" + strings.ToLower(verb)
		list = append(list, object{"trigger", name, fmt.Sprintf(
			"CREATE TRIGGER %s BEFORE %s ON %s BEGIN\n  SELECT RAISE(ABORT, '%s is append-only, no %s: %s');\nEND",
			name, verb, table, table, verb, instead)})
	}
	return list
}

func tableName(k *daybook.Kind) string { return "ledger_" + k.Name }

// inSpine says that a column stands in the spine instead of the kind's table.
func inSpine(c *daybook.Column) bool {
	switch c.Name {
	case "kind", "log_id", "logged_at", "retain_until":
		return c.Envelope
	}
	return false
}

// quoted is a column's name as SQL has it: kinds name their columns with
// words that SQL has taken, such as timestamp and action.
func quoted(name string) string { return `"` + name + `"` }

// columnDef declares a column; one that is added to an older table later
// cannot be NOT NULL.
func columnDef(c *daybook.Column) string {
	def := quoted(c.Name) + " " + formOf(c).sqlType()
	if c.Subject || c.Required || c.Envelope && c.Name != "warnings" {
		def += " NOT NULL"
	}
	return def
}

func kindTable(k *daybook.Kind) string {
	defs := []string{`"seq" INTEGER PRIMARY KEY`}
	for i := range k.Columns {
		if c := &k.Columns[i]; !inSpine(c) {
			defs = append(defs, columnDef(c))
		}
	}
	return fmt.Sprintf("CREATE TABLE %s (\n  %s\n) STRICT", tableName(k), strings.Join(defs, ",\n  "))
}

// walked are the columns that the indexes of edges by the names of their ends
// have besides, so that a walk looks up the rows of edges that it goes along
// and no others: not those that wait or have ended, nor those of other columns.
// They are 10 to 15 bytes an edge.
var walked = map[string][]string{
	"source_name": {"is_current", "source_column"},
	"target_name": {"is_current", "target_column"},
}

// rareEnds gives the indexes of edges whose ends are named in a way that is
// rare; see [listsOf].
func rareEnds() []object {
	var list []object
	for _, side := range sidePrefix {
		for _, rare := range [][3]string{{"piece", "$name, is_current, $column", onePiece}, {"all", "$name, is_current", ofAll}} {
			name := tableName(lineageEdge) + "_" + side + rare[0]
			list = append(list, object{"index", name, strings.ReplaceAll(fmt.Sprintf("CREATE INDEX %s ON %s (%s) WHERE %s",
				name, tableName(lineageEdge), rare[1], rare[2]), "$", side)})
		}
	}
	return list
}

// kindIndexes gives an index for each question that stores are asked: a
// subject's revisions, an agent's entries by time, and what the catalog says
// is looked up. A subject that the ledger numbers is the seq of its first
// entry, so only the revisions behind that need an index, where there can be
// any. What holds no value is not looked up.
func kindIndexes(k *daybook.Kind) []object {
	table := tableName(k)
	var list []object
	switch subject := k.Subject(); {
	case !subject.Serial:
		list = append(list, object{"index", table + "_subject", fmt.Sprintf(
			"CREATE UNIQUE INDEX %s_subject ON %s (%s, %s)", table, table, quoted(subject.Name), quoted("revision"))})
	case k.Amendable():
		list = append(list, object{"index", table + "_subject", fmt.Sprintf(
			"CREATE UNIQUE INDEX %s_subject ON %s (%s, %s) WHERE revision > 1", table, table, quoted(subject.Name), quoted("revision"))})
	}
	if a := k.Agent(); a != nil {
		list = append(list, object{"index", table + "_agent", fmt.Sprintf(
			"CREATE INDEX %s_agent ON %s (%s, %s)", table, table, quoted(a.Name), quoted(k.Time().Name))})
	}
	if k == lineageEdge {
		list = append(list, rareEnds()...)
	}
	for i := range k.Columns {
		if c := &k.Columns[i]; c.Index {
			name, where := table+"_"+c.Name, ""
			if !c.Required {
				where = " WHERE " + quoted(c.Name) + " IS NOT NULL"
			}
			columns := quoted(c.Name)
			if k == lineageEdge {
				for _, more := range walked[c.Name] {
					columns += ", " + quoted(more)
				}
			}
			list = append(list, object{"index", name, fmt.Sprintf("CREATE INDEX %s ON %s (%s)%s", name, table, columns, where)})
		}
	}
	return list
}
