package sqllineage

import (
	"slices"
	"strings"
)

// Tables is a Catalog of tables by their dotted names, with their columns in
// order. A table of it is found by its whole name, or by as many last parts as
// it and the name asked for both have, if no second one has them.
func Tables(columns map[string][]string) Catalog {
	c := knownTables{whole: map[string][]string{}, last: map[string][]listed{}}
	names := make([]string, 0, len(columns))
	for name := range columns {
		names = append(names, name)
	}
	slices.Sort(names) // of names that differ in case alone, the same one always wins
	for _, name := range names {
		parts := foldName(name)
		c.whole[parts] = columns[name]
		last := parts[strings.LastIndexByte(parts, '.')+1:]
		c.last[last] = append(c.last[last], listed{name: parts, columns: columns[name]})
	}
	return c
}

// knownTables is the Catalog that Tables makes.
type knownTables struct {
	whole map[string][]string
	last  map[string][]listed
}

// listed is a table that has a certain last part.
type listed struct {
	name    string
	columns []string
}

// Columns implements Catalog.
func (c knownTables) Columns(t Table) ([]string, bool) {
	name := foldName(t.String())
	if columns, ok := c.whole[name]; ok {
		return columns, true
	}
	var found *listed
	same := c.last[name[strings.LastIndexByte(name, '.')+1:]]
	for i := range same {
		if !strings.HasSuffix("."+same[i].name, "."+name) && !strings.HasSuffix("."+name, "."+same[i].name) {
			continue
		}
		if found != nil {
			return nil, false
		}
		found = &same[i]
	}
	if found == nil {
		return nil, false
	}
	return found.columns, true
}

// foldName is a name in lower case and without quotes.
func foldName(name string) string {
	if strings.ContainsAny(name, "\"`") {
		name = strings.NewReplacer(`"`, "", "`", "").Replace(name)
	}
	return strings.ToLower(name)
}
