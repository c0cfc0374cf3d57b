package lineage

import (
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// A tableName is a table as somebody asks for it. Writers do not agree on the
// case of names, and some leave the schema away.
type tableName struct {
	full string
	bare string // without its schema, "" where it has none
}

func nameOf(table string) tableName {
	n := tableName{full: table}
	if dot := strings.LastIndexByte(table, '.'); dot > 0 && !strings.ContainsAny(table, `/\`) {
		n.bare = table[dot+1:]
	}
	return n
}

// is says that a name as it was logged is this table's, whatever its case.
func (n tableName) is(logged string) bool { return strings.EqualFold(logged, n.full) }

// maybe says that a name as it was logged is this table's, or the same without
// a schema. That may be another table of that name, unless something else beside it
// names this one.
func (n tableName) maybe(logged string) bool {
	return n.is(logged) || n.bare != "" && strings.EqualFold(logged, n.bare)
}

// spellings are the ways to write the name that an index is asked for: as it
// came, in lower case and in upper case. What is written in another mixture of
// cases is found by the sessions that it belongs to alone.
func (n tableName) spellings() []string { return spellings(n.full) }

// scanned are the ways to write the name that are looked for where there is
// no index, one scan each: as it came, and in lower case.
func (n tableName) scanned() []string { return distinct([]string{n.full, strings.ToLower(n.full)}) }

// allSpellings are those, and those without the schema.
func (n tableName) allSpellings() []string {
	if n.bare == "" {
		return n.spellings()
	}
	return distinct(append(n.spellings(), spellings(n.bare)...))
}

// mentioned says that an operation reads or writes the table.
func (n tableName) mentioned(operation *daybook.Entry) bool {
	if n.maybe(operation.Text("output_table")) {
		return true
	}
	inputs, err := daybook.Texts(operation.Get("input_tables"))
	return err == nil && slices.ContainsFunc(inputs, n.maybe)
}
