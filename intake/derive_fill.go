package intake

import (
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

// mostNames and mostNameBytes bound a list that is filled in. A longer one is
// left out, since a part would be taken for the whole.
const (
	mostNames     = 2_000
	mostNameBytes = 256 << 10
)

// fill fills in what the client left out of what is read and written.
func (x *reading) fill() {
	x.fillTexts(operation.inputTables, x.tablesRead())
	x.fillTexts(operation.inputColumns, x.columnsRead())
	target := x.output
	if target == nil {
		target = x.written()
		if target != nil && isName(target.text) {
			x.r.Fill(operation.outputTable, daybook.TextValue(target.text))
		} else {
			x.leaveOut(operation.outputTable)
			target = nil
		}
	}
	if target == nil {
		x.leaveOut(operation.outputColumns)
		x.leaveOut(operation.change)
		return
	}
	columns, change := x.done(target)
	x.fillTexts(operation.outputColumns, columns)
	if change != "" && x.result.Status == sqllineage.Parsed && !given(x.r, operation.change).IsSet() {
		x.r.Fill(operation.change, daybook.TextValue(string(change)))
	} else {
		x.leaveOut(operation.change)
	}
}

// leaveOut takes away what an earlier attempt filled in.
func (x *reading) leaveOut(at int) {
	if x.r.Filled(at) {
		x.r.Fill(at, daybook.Value{})
	}
}

func (x *reading) fillTexts(at int, list []string) {
	if given(x.r, at).IsSet() {
		return
	}
	bytes := 0
	for _, name := range list {
		bytes += len(name)
	}
	if len(list) > mostNames || bytes > mostNameBytes {
		x.troubles.add("%s left out: there are %d of them", x.r.Kind.Columns[at].Name, len(list))
		list = nil
	}
	list = slices.DeleteFunc(list, func(name string) bool { return name == "" || !isName(name) })
	if len(list) == 0 {
		x.leaveOut(at)
		return
	}
	x.r.Fill(at, daybook.TextsValue(list))
}

// tablesRead are the tables that the SQL reads, by their names.
func (x *reading) tablesRead() []string {
	var list []string
	for _, source := range x.inputs() {
		list = append(list, source.text)
	}
	return unique(list)
}

// inputs are the tables that the SQL reads, but for those that it has made
// itself before.
func (x *reading) inputs() []*named {
	var list []*named
	made, seen := map[sqllineage.Table]bool{}, map[sqllineage.Table]bool{}
	for _, t := range x.result.Sources {
		seen[t] = true // and is no temporary table
	}
	x.addPassing(seen)
	for i := range x.result.Statements {
		s := &x.result.Statements[i]
		for _, t := range s.Sources {
			if seen[t] && !made[t] {
				delete(seen, t)
				list = append(list, x.names.resolve(t, reads))
			}
		}
		for _, t := range s.Targets {
			made[t] = made[t] || s.Change == sqllineage.Create
		}
	}
	return list
}

// addPassing adds the tables that are read of those that the session made to
// pass away, and those that such tables are made from here.
func (x *reading) addPassing(to map[sqllineage.Table]bool) {
	made := map[sqllineage.Table]bool{}
	for _, h := range x.result.After {
		made[h.Table] = true
	}
	for i := range x.result.Statements {
		s := &x.result.Statements[i]
		if slices.ContainsFunc(s.Targets, func(t sqllineage.Table) bool { return made[t] }) {
			for _, t := range s.Sources {
				to[t] = to[t] || !made[t]
			}
		}
	}
	for _, h := range x.result.Before {
		to[h.Table] = true
	}
}

// columnsOfTables are the columns that the statements read, but for those of
// tables that the text makes to pass away.
func (x *reading) columnsOfTables() []string {
	var list []string
	own := map[sqllineage.Table]bool{{Name: sqllineage.Unresolved}: true}
	for i := range x.result.Statements {
		for _, t := range x.result.Statements[i].Targets {
			own[t] = !slices.Contains(x.result.Targets, t)
		}
	}
	for _, h := range x.result.Before {
		own[h.Table] = false
	}
	for i := range x.result.Statements {
		for _, e := range x.result.Statements[i].Edges {
			if c := e.Source; c.Name != "" && !own[c.Table] {
				list = append(list, x.names.resolve(c.Table, reads).text+"."+c.Name)
			}
		}
	}
	return unique(list)
}

// columnsRead are the columns that the SQL reads, wherever it uses them.
func (x *reading) columnsRead() []string {
	if len(x.result.Before)+len(x.result.After) > 0 {
		return x.columnsOfTables()
	}
	var list []string
	for i := range x.result.Edges {
		c := &x.result.Edges[i].Source
		if c.Name != "" && c.Table.Name != sqllineage.Unresolved {
			list = append(list, x.names.resolve(c.Table, reads).text+"."+c.Name)
		}
	}
	return unique(list)
}

// written is the table that the SQL writes: where it writes several, the one
// that it does not read again. nil where that is none, or not only one.
func (x *reading) written() *named {
	var ends, all []*named
	read, seen := map[daybook.Node]bool{}, map[daybook.Node]bool{}
	for _, t := range x.result.Sources {
		read[x.names.resolve(t, reads).node] = true
	}
	for _, t := range x.result.Targets {
		target := x.names.resolve(t, writes)
		if seen[target.node] {
			continue
		}
		seen[target.node] = true
		all = append(all, target)
		if !read[target.node] {
			ends = append(ends, target)
		}
	}
	switch {
	case len(all) == 1:
		return all[0]
	case len(ends) == 1:
		return ends[0]
	case len(all) > 1:
		var texts []string
		for _, target := range all {
			texts = append(texts, target.text)
		}
		x.troubles.add("output_table left out: the SQL writes %s", some(texts))
	}
	return nil
}

// done is what the SQL does to a table: the columns that it writes, none where
// they are not all known, and what becomes of the table as a whole.
func (x *reading) done(target *named) (columns []string, change sqllineage.Change) {
	whole := true
	for i := range x.result.Statements {
		s := &x.result.Statements[i]
		if i != x.bare && !x.isTarget(s, target) {
			continue
		}
		for at, c := range s.Columns {
			whole = whole && c != "*" && c != ""
			if i == x.bare {
				c = x.outputColumn(c, at)
			}
			columns = append(columns, c)
		}
		if !remakes(change) && s.Change != "" && !s.IfMissing { // where it is there already, it stays as it was
			change = s.Change
		}
	}
	if !whole {
		columns = nil
	}
	return unique(columns), change
}

// remakes says that a change makes a table anew.
func remakes(c sqllineage.Change) bool {
	return c == sqllineage.Create || c == sqllineage.Overwrite || c == sqllineage.Truncate
}

func (x *reading) isTarget(s *sqllineage.Statement, target *named) bool {
	return slices.ContainsFunc(s.Targets, func(t sqllineage.Table) bool {
		found := x.names.resolve(t, writes)
		return found.node == target.node || isSame(partsOfNode(found), partsOfNode(target))
	})
}

// outputColumn is the name of a column of the output table: as the client wrote
// it, where it is among the output_columns but for its case, or in its place
// where a SELECT gives as many columns as are listed there.
func (x *reading) outputColumn(name string, ordinal int) string {
	if c, ok := x.columns.byName[strings.ToLower(name)]; ok {
		return c
	}
	if list := x.columns.list; x.bare >= 0 && ordinal >= 0 && ordinal < len(list) && len(list) == len(x.result.Statements[x.bare].Columns) && name != "*" {
		return list[ordinal]
	}
	return name
}

// listed are columns as the client listed them.
type listed struct {
	list   []string
	byName map[string]string // in lower case
}

func newListed(list []string) listed {
	l := listed{list: list, byName: make(map[string]string, len(list))}
	for _, c := range list {
		l.byName[strings.ToLower(c)] = c
	}
	return l
}

// unique keeps the first of each.
func unique(list []string) []string {
	seen := make(map[string]bool, len(list))
	return slices.DeleteFunc(list, func(s string) bool {
		was := seen[s]
		seen[s] = true
		return was
	})
}
