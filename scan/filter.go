package scan

import (
	"path"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// A Filter says which relations are documented; the zero Filter all of them.
type Filter struct {
	Schemas []string // only those in one of these; nil for any
	Exclude []string // none that one of these patterns matches: schema.table, or a schema, with * and ?
}

// Check refuses patterns that cannot be read.
func (f Filter) Check() error {
	for _, pattern := range f.Exclude {
		if _, err := path.Match(pattern, ""); err != nil || pattern == "" {
			return &daybook.Error{
				Code: daybook.CodeInvalid, Message: "scan: cannot read the pattern " + daybook.Clip(pattern),
				Hint: "exclude tables by schema.table and whole schemas by their name, with * and ? for what varies, such as staging.tmp_*",
			}
		}
	}
	return nil
}

// takes says whether a relation is documented.
func (f Filter) takes(n Name) bool {
	if len(f.Schemas) > 0 && !slices.Contains(f.Schemas, n.Schema) {
		return false
	}
	return !slices.ContainsFunc(f.Exclude, func(pattern string) bool { return matches(pattern, n) })
}

func matches(pattern string, n Name) bool {
	subject := n.Schema
	if strings.Contains(pattern, ".") {
		subject = n.String()
	}
	matched, err := path.Match(pattern, subject)
	return matched && err == nil
}

// check refuses what Check does, and to document a schema that is not there.
func (f Filter) check(db *Database) error {
	if err := f.Check(); err != nil {
		return err
	}
	var there []string
	for _, r := range db.Relations {
		if !slices.Contains(there, r.Schema) {
			there = append(there, r.Schema)
		}
	}
	for _, schema := range f.Schemas {
		if !slices.Contains(there, schema) {
			hint := "there are no tables in the database"
			if len(there) > 0 {
				hint = "those with tables are " + strings.Join(there[:min(len(there), 20)], ", ")
			}
			return &daybook.Error{Code: daybook.CodeNotFound, Message: "scan: no table is in a schema " + daybook.Clip(schema) + " of " + db.Location, Hint: hint}
		}
	}
	return nil
}
