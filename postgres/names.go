package postgres

import (
	"regexp"
	"strings"

	"github.com/daybook-audit/daybook"
)

// names are the schemas that a ledger stands in, quoted as SQL has them.
type names struct {
	prefix              string
	ledger, audit, gold string
	fill                *strings.Replacer
}

// prefixForm keeps the names of schemas plain, and short enough for the names
// of partitions to stay whole.
var prefixForm = regexp.MustCompile(`^([a-z_][a-z0-9_]{0,29})?$`)

// newNames gives the schemas ledger, audit and gold with a prefix, "" for none.
func newNames(prefix string) (names, error) {
	if !prefixForm.MatchString(prefix) || strings.HasPrefix(prefix, "pg_") {
		return names{}, &daybook.Error{
			Code: daybook.CodeInvalid, Message: "postgres: " + daybook.Clip(prefix) + " cannot begin the name of a schema",
			Hint: "take at most 30 lower-case letters, digits and underscores, such as daybook_",
		}
	}
	n := names{prefix: prefix, ledger: quoted(prefix + "ledger"), audit: quoted(prefix + "audit"), gold: quoted(prefix + "gold")}
	n.fill = strings.NewReplacer(n.pairs()...)
	return n, nil
}

// pairs are what a text says, and what that stands for.
func (n names) pairs() []string {
	return []string{"{{ledger}}", n.ledger, "{{audit}}", n.audit, "{{gold}}", n.gold, "{{prefix}}", n.prefix}
}

// render puts the names of the schemas into a text that says {{ledger}},
// {{audit}} and {{gold}}; {{prefix}} is what they begin with, unquoted.
func (n names) render(sql string) string { return n.fill.Replace(sql) }

// quoted is a name as SQL has it: kinds name their columns with words that SQL
// has taken, such as timestamp and action.
func quoted(name string) string { return `"` + name + `"` }

// tableName is the name of a kind's table, without its schema.
func tableName(k *daybook.Kind) string { return quoted(k.Name) }
