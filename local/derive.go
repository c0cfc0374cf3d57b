package local

import (
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/sqllineage"
)

// NoLineage is the dialect of a ledger that derives no lineage from SQL.
const NoLineage = "none"

// CheckDialect refuses what [Options] do not take as their Dialect.
func CheckDialect(name string) error {
	if _, ok := sqllineage.ParseDialect(name); !ok && name != NoLineage {
		names := append(sqllineage.Dialects(), NoLineage)
		return &daybook.Error{
			Code: daybook.CodeInvalid, Message: strconv.Quote(daybook.Clip(name)) + " is no dialect of SQL",
			Hint: daybook.HintNear(name, names, "those there are: "+strings.Join(names, ", ")),
		}
	}
	return nil
}

// deriverOf makes what derives lineage; nil where none is wanted.
func deriverOf(s Store, o Options) (*intake.Deriver, error) {
	if err := CheckDialect(o.Dialect); err != nil || o.Dialect == NoLineage {
		return nil, err
	}
	return intake.NewDeriver(intake.Derivation{Dialect: dialectOf(o), Known: s, Entries: s, Logger: o.Logger}), nil
}

// dialectOf is the dialect of SQL that names none; the generic one where no
// lineage is wanted.
func dialectOf(o Options) sqllineage.Dialect {
	dialect, _ := sqllineage.ParseDialect(o.Dialect)
	return dialect
}
