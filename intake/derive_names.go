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
	inputs, output []candidate
	session        func() []candidate // looked up only where need be
	resolved       map[nameKey]*named
	ambiguous      []string // names with several candidates
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

// candidates reads names that a client gave; those that say the same are one.
func candidates(texts []string) []candidate {
	var list []candidate
	seen := map[string]bool{}
	for _, text := range texts {
		c := candidate{text: text, parts: partsOf(text)}
		key := strings.ToLower(strings.Join(c.parts, "\x00"))
		if len(c.parts) > 0 && !seen[key] && len(list) < mostNames {
			seen[key] = true
			list = append(list, c)
		}
	}
	return list
}

// partsOf parts a table's name as people write it at its dots, and takes the
// quotes off. What holds a slash is a path or URL, and one part.
func partsOf(text string) []string {
	text = strings.TrimSpace(text)
	if strings.Contains(text, "/") {
		return []string{text}
	}
	var parts []string
	var part strings.Builder
	var quote rune
	for _, c := range text {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '`'):
			quote = c
		case quote == 0 && c == '[':
			quote = ']'
		case c == '.' && (quote == 0 || quote == '`'): // BigQuery quotes a whole path
			parts = appendPart(parts, part.String())
			part.Reset()
		default:
			part.WriteRune(c)
		}
	}
	return appendPart(parts, part.String())
}

func appendPart(parts []string, part string) []string {
	if part = strings.TrimSpace(part); part != "" {
		parts = append(parts, part)
	}
	return parts
}

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
	found := n.find(t, as)
	n.resolved[key] = found
	return found
}

func (n *names) find(t sqllineage.Table, as role) *named {
	if t.Path {
		for _, c := range n.tiers(as)[0] {
			if strings.EqualFold(c.text, t.Name) {
				return &named{node: daybook.Node{Name: c.text}, text: c.text, path: true}
			}
		}
		return &named{node: daybook.Node{Name: t.Name}, text: t.Name, path: true}
	}
	parts := tableParts(t)
	for _, tier := range n.tiers(as) {
		if found := n.among(tier, parts); found != nil {
			return found
		}
	}
	if len(parts) < wholeName { // which costs a look-up
		if found := n.among(n.session(), parts); found != nil {
			return found
		}
	}
	return &named{node: nodeOf(parts), text: strings.Join(parts, ".")}
}

// tiers are the names that the operation gives, those that are likelier first.
func (n *names) tiers(as role) [][]candidate {
	if as == writes {
		return [][]candidate{n.output, n.inputs}
	}
	return [][]candidate{n.inputs, n.output}
}

// among finds the candidate that ends in these parts; the first of several is
// a guess.
func (n *names) among(tier []candidate, parts []string) *named {
	var found *named
	for _, c := range tier {
		if !endsIn(c.parts, parts) {
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
