package intake

import (
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

// A named table is a table by the name that the ledger knows it by.
type named struct {
	node    daybook.Node
	text    string // the node as text; of a table that the client named, as the client wrote it
	guessed bool   // the name in the SQL could mean another as well
	path    bool   // a file, stage or location
}

// role is what a statement does with a table.
type role uint8

const (
	reads role = iota
	writes
)

// names gives tables of the SQL the names that the client knows them by. A
// bare or partly qualified name is the end of one that the client gave: of
// input_tables for what is read, of output_table for what is written, then of
// the other, then of the session's source_tables. The case does not matter.
type names struct {
	inputs, output candidates
	session        func() candidates // looked up only where need be
	said           map[string]bool   // by the SQL, as far as it is read: names in lower case
	resolved       map[nameKey]*named
	earlier        map[sqllineage.Table]*named // as operations before have called what they read
	own            map[sqllineage.Table]bool   // those that the SQL itself names; nil until it is read
	ambiguous      []string                    // names with several candidates
}

// read takes note of the tables that the SQL names. What was resolved while it
// was read is resolved again.
func (n *names) read(result *sqllineage.Result) {
	n.said = map[string]bool{}
	for _, list := range [][]sqllineage.Table{result.Sources, result.Targets} {
		for _, t := range list {
			n.said[foldName(tableParts(t))] = true
		}
	}
	if n.earlier != nil {
		n.own = map[sqllineage.Table]bool{}
		for i := range result.Statements {
			for _, list := range [][]sqllineage.Table{result.Statements[i].Sources, result.Statements[i].Targets} {
				for _, t := range list {
					n.own[t] = true
				}
			}
		}
	}
	n.ambiguous = nil
	clear(n.resolved)
}

type nameKey struct {
	table sqllineage.Table
	role  role
}

// A candidate is a table that the client named.
type candidate struct {
	text  string
	parts []string
}

// candidates are tables that the client named, by the last part of their names
// in lower case.
type candidates map[string][]candidate

// candidatesOf reads names that a client gave; those that say the same are one.
func candidatesOf(texts []string) candidates {
	list := candidates{}
	seen := map[string]bool{}
	for _, text := range texts {
		c := candidate{text: text, parts: daybook.TableParts(text)}
		key := foldName(c.parts)
		if len(c.parts) > 0 && !seen[key] && len(seen) < mostNames {
			seen[key] = true
			list[lastOf(c.parts)] = append(list[lastOf(c.parts)], c)
		}
	}
	return list
}

func lastOf(parts []string) string { return strings.ToLower(parts[len(parts)-1]) }

// foldName is what names are the same by.
func foldName(parts []string) string { return strings.ToLower(strings.Join(parts, "\x00")) }

// nodeOf is the node of a table by the parts of its name.
func nodeOf(parts []string) daybook.Node {
	last := len(parts) - 1
	return daybook.Node{Schema: strings.Join(parts[:last], "."), Name: parts[last]}
}

// namedTable is a table that the client named.
func namedTable(c candidate) *named {
	return &named{node: nodeOf(c.parts), text: c.text, path: strings.Contains(c.text, "/")}
}

// wholeName is how many parts a name has that nobody could write longer.
const wholeName = 3

// resolve gives a table of the SQL its name.
func (n *names) resolve(t sqllineage.Table, as role) *named {
	key := nameKey{t, as}
	if found, ok := n.resolved[key]; ok {
		return found
	}
	found := n.earlier[t]
	if found == nil || n.own[t] {
		found = n.find(t, as)
	}
	n.resolved[key] = found
	return found
}

func (n *names) find(t sqllineage.Table, as role) *named {
	if t.Path {
		for _, c := range n.tiers(as)[0][strings.ToLower(t.Name)] {
			return &named{node: daybook.Node{Name: c.text}, text: c.text, path: true}
		}
		return &named{node: daybook.Node{Name: t.Name}, text: t.Name, path: true}
	}
	parts := tableParts(t)
	for i, tier := range n.tiers(as) {
		if found := n.among(tier, parts, i > 0); found != nil {
			return found
		}
	}
	if len(parts) < wholeName { // which costs a look-up
		if found := n.among(n.session(), parts, as == writes); found != nil {
			return found
		}
	}
	return &named{node: nodeOf(parts), text: strings.Join(parts, ".")}
}

// tiers are the names that the operation gives, those that are likelier first.
func (n *names) tiers(as role) []candidates {
	if as == writes {
		return []candidates{n.output, n.inputs}
	}
	return []candidates{n.inputs, n.output}
}

// among finds the candidate that ends in these parts; the first of several is
// a guess. What the client named for another role is not meant where the SQL
// itself gives it a longer name elsewhere: INSERT INTO a SELECT … FROM bronze.a
// fills another a.
func (n *names) among(tier candidates, parts []string, other bool) *named {
	var found *named
	for _, c := range tier[lastOf(parts)] {
		if !endsIn(c.parts, parts) || other && n.saysLonger(c, parts) {
			continue
		}
		if found != nil {
			found.guessed = true
			n.ambiguous = append(n.ambiguous, strings.Join(parts, "."))
			return found
		}
		found = namedTable(c)
	}
	return found
}

// saysLonger says that the SQL names a candidate by more parts than these.
func (n *names) saysLonger(c candidate, parts []string) bool {
	for more := len(parts) + 1; more <= len(c.parts); more++ {
		if n.said[foldName(c.parts[len(c.parts)-more:])] {
			return true
		}
	}
	return false
}

// endsIn says that a name ends in the parts of another.
func endsIn(name, parts []string) bool {
	from := len(name) - len(parts)
	if from < 0 {
		return false
	}
	for i, part := range parts {
		if !strings.EqualFold(name[from+i], part) {
			return false
		}
	}
	return true
}

// isSame says that two names may mean one table: one ends in the other.
func isSame(a, b []string) bool { return endsIn(a, b) || endsIn(b, a) }

func tableParts(t sqllineage.Table) []string {
	parts := make([]string, 0, 4)
	if t.Catalog != "" {
		parts = append(parts, strings.Split(t.Catalog, ".")...)
	}
	if t.Schema != "" {
		parts = append(parts, t.Schema)
	}
	return append(parts, t.Name)
}
