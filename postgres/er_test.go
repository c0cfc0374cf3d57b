package postgres

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

const erFile = "../docs/reference/er.md"

const erHead = `# Entities and relationships

<!-- Generated from the catalog: go test ./postgres -run EntitiesAndRelationships -update -->

What stands in a ledger in PostgreSQL, and what names what. The entities of the first diagrams are the views of the schema
` + "`audit`" + `, one a kind, with the columns that people ask for; [kinds](kinds.md) says what each column means. Every view has besides
what the ledger gives each entry: ` + "`seq`, `log_id`, `log_hash`, `logged_at`, `retain_until`, `revision`, `principal`, `kind`, `salt`, `warnings`" + `.

A solid line is a reference that the ledger enforces: what is named must be there first. A dotted one is enforced by nobody, since agents'
records arrive in any order. The database itself has no foreign keys: the ledger checks before it writes, and entries never go
before those that name them.
`

// erDiagrams are the kinds that a reader looks at together.
var erDiagrams = []struct {
	title, about string
	kinds        []string
}{
	{"What was done to data", "Sessions, their operations, what they made, and how data flows.", []string{
		"ingest_run", "validation_status", "transformation_session", "transformation_operation", "output_artifact", "lineage_edge",
		"transformation_session_archive", "transformation_session_summary",
	}},
	{"What agents thought, decided and did", "", []string{
		"conversations", "thinking_logs", "decision_logs", "action_logs", "escalation_logs", "mcp_usage_logs",
	}},
	{"What is kept about the ledger itself", "Written by Daybook and by those who run it.", []string{
		"log_access_audit", "ledger_event", "retention_run", "retention_hold", "erasure",
	}},
}

// erLedger is how entries stand: what verify reads.
const erLedger = `
## How an entry stands

The views read the tables of the schema ` + "`ledger`" + `. An entry is a row in the table of its kind and a place in the spine; both say when it was
logged, and must agree. The tables of operations and thinking have a partition a month.

` + "```mermaid" + `
erDiagram
  head ||--o{ spine : "says how far it goes"
  head ||--o| checkpoint : "signed of it"
  spine ||--|| entry : "seq, logged_at"
  spine }|--|| tile : "256 hashes each"
  entry }o--o| known_pattern : pattern_id
  spine {
    bigint seq PK
    uuid log_id UK
    smallint kind "its number in the catalog"
    timestamptz logged_at
    timestamptz retain_until
    bytea log_hash "SHA-256 of the canonical form"
  }
  entry {
    bigint seq PK
    timestamptz logged_at "what partitions go by"
    text the_columns_of_the_kind
    bigint revision
    text principal
    bytea salt
  }
  head {
    uuid ledger_id
    bigint size
    bytea root
    timestamptz logged_at
  }
  checkpoint {
    bigint size
    bytea signed "a C2SP signed note"
  }
  tile {
    smallint level PK
    bigint tile_index PK
    bytea hashes
  }
  known_pattern {
    bigint first PK
    bytea pattern UK
  }
  token {
    text id PK
    text name UK
    bytea hash "of the secret"
  }
  reader {
    name role PK "a login, or a role of logins"
    text business PK
  }
` + "```" + `
`

// erTypes are the columns' types in the views, in one word each.
var erTypes = map[daybook.Type]string{
	daybook.TypeText: "text", daybook.TypeUUID: "uuid", daybook.TypeHex: "text", daybook.TypeInt: "bigint", daybook.TypeFloat: "float8",
	daybook.TypeBool: "boolean", daybook.TypeTime: "timestamptz", daybook.TypeDate: "date", daybook.TypeJSON: "jsonb",
	daybook.TypeTexts: "text[]", daybook.TypeOptions: "jsonb",
}

// named are columns that name a subject of another kind by the name of its
// column, and are not references of the catalog.
var named = map[string]string{
	"conversation_id": "conversations", "session_id": "transformation_session", "ingest_run_id": "ingest_run",
	"pattern_id": "transformation_operation", "decision_id": "decision_logs", "action_id": "action_logs",
}

// erTarget gives the kind that a column names, and the line to it; "" for none.
func erTarget(c *daybook.Column) (kind, line string) {
	switch {
	case c.Envelope || c.Subject:
		return "", ""
	case c.Ref != "":
		return c.Ref, "--"
	}
	return named[c.Name], ".."
}

func erDiagram(b *bytes.Buffer, kinds []string) {
	b.WriteString("```mermaid\nerDiagram\n")
	for _, name := range kinds {
		k := daybook.MustKind(name)
		for _, c := range viewColumns(k) {
			if to, line := erTarget(c); to != "" {
				one := "||"
				if !c.Required {
					one = "|o"
				}
				fmt.Fprintf(b, "  %s %s%so{ %s : %s\n", to, one, line, name, c.Name)
			}
		}
	}
	for _, name := range kinds {
		k := daybook.MustKind(name)
		fmt.Fprintf(b, "  %s {\n", name)
		for _, c := range viewColumns(k) {
			if c.Envelope {
				continue
			}
			key := ""
			if c.Subject {
				key = " PK"
			} else if to, _ := erTarget(c); to != "" {
				key = " FK"
			}
			fmt.Fprintf(b, "    %s %s%s\n", erTypes[c.Type], c.Name, key)
		}
		b.WriteString("  }\n")
	}
	b.WriteString("```\n")
}

// TestEntitiesAndRelationshipsAreUpToDate holds the page with the diagrams
// against the catalog.
func TestEntitiesAndRelationshipsAreUpToDate(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	b.WriteString(erHead)
	shown := map[string]bool{}
	for _, d := range erDiagrams {
		fmt.Fprintf(&b, "\n## %s\n\n", d.title)
		if d.about != "" {
			b.WriteString(d.about + "\n\n")
		}
		erDiagram(&b, d.kinds)
		for _, name := range d.kinds {
			shown[name] = true
		}
	}
	b.WriteString(erLedger)
	for _, k := range daybook.Kinds() {
		if !shown[k.Name] {
			t.Errorf("no diagram shows %s; add it to erDiagrams", k.Name)
		}
	}
	if *update {
		if err := os.WriteFile(erFile, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	held, err := os.ReadFile(erFile)
	if err != nil || !bytes.Equal(held, b.Bytes()) {
		t.Errorf("%s is not what the catalog wants (%v); run go test ./postgres -run EntitiesAndRelationships -update", erFile, err)
	}
}

// TestTheLedgersDiagramIsTrue holds the diagram that is written by hand against
// the tables.
func TestTheLedgersDiagramIsTrue(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	found := map[string]bool{}
	for _, column := range query[[]string](t, s, `SELECT array_agg(c.relname || ' ' || replace(format_type(a.atttypid, NULL), 'timestamp with time zone', 'timestamptz') || ' ' || a.attname)
		FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid WHERE c.relnamespace = '{{ledger}}'::regnamespace AND a.attnum > 0`) {
		found[column] = true
	}
	entity := ""
	for _, line := range strings.Split(erLedger, "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && words[1] == "{":
			entity = words[0]
		case len(words) == 1 && words[0] == "}":
			entity = ""
		case entity == "" || len(words) < 2 || words[1] == "the_columns_of_the_kind":
		default:
			table := entity
			if table == "entry" {
				table = "decision_logs"
			}
			if !found[table+" "+words[0]+" "+words[1]] {
				t.Errorf("%s has no column %s of type %s", entity, words[1], words[0])
			}
		}
	}
}
