package postgres

import (
	"fmt"

	"github.com/daybook-audit/daybook"
)

// walked are the columns that the indexes of edges by the names of their ends
// have besides, so that a walk looks up the rows of edges that it goes along
// and no others.
var walked = map[string][]string{
	"source_name": {"is_current", "source_column"},
	"target_name": {"is_current", "target_column"},
}

// searched are the arrays that questions look for a member in: which sessions
// and operations read a table. New members wait in a list that each search
// reads whole, so it is kept short.
var searched = map[string]string{
	"transformation_session":   "source_tables",
	"transformation_operation": "input_tables",
}

// kindIndexes gives an index for each question that stores are asked: a
// subject's revisions, an agent's entries by time, and what the catalog says
// is looked up. A subject that the ledger numbers is the seq of its first
// entry, so only the revisions behind that need an index. In a table of
// partitions an index cannot hold subjects apart, as it would need logged_at:
// there the ledger alone does.
func kindIndexes(k *daybook.Kind) []string {
	var list []string
	index := func(unique, name, columns, where string) {
		list = append(list, fmt.Sprintf("CREATE %sINDEX %s ON {{ledger}}.%s (%s)%s", unique, quoted(k.Name+"_"+name), tableName(k), columns, where))
	}
	switch subject := k.Subject(); {
	case !subject.Serial && isPartitioned(k):
		index("", "subject", quoted(subject.Name)+", revision", "")
	case !subject.Serial:
		index("UNIQUE ", "subject", quoted(subject.Name)+", revision", "")
	case k.Amendable():
		index("UNIQUE ", "subject", quoted(subject.Name)+", revision", " WHERE revision > 1")
	}
	if a := k.Agent(); a != nil {
		index("", "agent", quoted(a.Name)+", "+quoted(k.Time().Name), "")
	}
	for i := range k.Columns {
		c := &k.Columns[i]
		if !c.Index {
			continue
		}
		columns, where := quoted(c.Name), ""
		if !c.Required {
			where = " WHERE " + quoted(c.Name) + " IS NOT NULL"
		}
		if k == lineageEdge {
			for _, more := range walked[c.Name] {
				columns += ", " + quoted(more)
			}
		}
		index("", c.Name, columns, where)
	}
	if column, ok := searched[k.Name]; ok {
		list = append(list, fmt.Sprintf("CREATE INDEX %s ON {{ledger}}.%s USING gin (%s) WITH (gin_pending_list_limit = 512)",
			quoted(k.Name+"_"+column), tableName(k), quoted(column)))
	}
	return append(list, timesIndex(k))
}

// timesIndex is for questions about a time, whoever's it is. Rows stand in the
// order in which they were logged, so an index that says of each megabyte
// from when to when its rows are takes some kilobytes, and next to nothing to write.
func timesIndex(k *daybook.Kind) string {
	return fmt.Sprintf("CREATE INDEX %s ON {{ledger}}.%s USING brin (logged_at, %s) WITH (autosummarize = on)",
		quoted(k.Name+"_times"), tableName(k), quoted(k.Time().Name))
}
