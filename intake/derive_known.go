package intake

import (
	"context"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

// tableKey names a table of a business whatever the case of its name, and its quotes.
type tableKey struct{ business, table string }

func keyOf(business, table string) tableKey {
	return tableKey{business, strings.ToLower(daybook.PlainTable(table))}
}

// learned is what was found out of a table in a call.
type learned struct {
	columns []string // nil where it is not known, or no longer
	table   string   // its name as it is to be kept
	fresh   bool     // a record of the call says so: to be kept once it is written
	at      int      // which record
}

// Columns implements [sqllineage.Catalog] for the SQL of the operation.
func (x *reading) Columns(t sqllineage.Table) ([]string, bool) {
	if t.Path {
		return nil, false
	}
	name, other := x.names.resolve(t, reads), x.names.resolve(t, writes)
	if name.node != other.node { // what the SQL means by it depends on where it stands
		return nil, false
	}
	found := x.columnsOf(x.r.Business(), name.text)
	return found, len(found) > 0
}

// columnsOf gives the columns of a table; none where it is not known.
func (d *derivation) columnsOf(business, table string) []string {
	table = daybook.PlainTable(table)
	key := keyOf(business, table)
	if l, ok := d.tables[key]; ok {
		return l.columns
	}
	l := &learned{table: table, columns: d.lookUp(business, table)}
	d.tables[key] = l
	return l.columns
}

// lookUp asks what is known beyond the call: what was kept, then the newest
// artifact of the table's name that has columns.
func (d *derivation) lookUp(business, table string) []string {
	if d.lookUps--; d.lookUps < 0 {
		return nil
	}
	columns, err := d.o.Known.ColumnsOf(d.ctx, business, table)
	if err != nil {
		d.o.Logger.Warn("the columns of a table could not be looked up", "error", err)
	}
	if len(columns) > 0 || d.o.Entries == nil {
		return columns
	}
	const newest = 3 // of which one may have none
	entries, err := d.o.Entries.Select(d.ctx, daybook.Query{
		Kind: artifact.kind, Business: business, Filters: []daybook.Filter{daybook.Is("artifact_name", table)}, Limit: newest,
	})
	if err != nil {
		d.o.Logger.Warn("the artifacts of a table could not be looked up", "error", err)
		return nil
	}
	for _, e := range entries {
		if list, err := daybook.Texts(e.Values[artifact.columns]); err == nil && len(list) > 0 {
			return list
		}
	}
	return nil
}

// tablesOfSession gives the source_tables of a session, of the call or the
// ledger.
func (d *derivation) tablesOfSession(id, business string) []string {
	if found, ok := d.session[id]; ok {
		return found
	}
	found := d.findSession(id, business)
	d.session[id] = found
	return found
}

func (d *derivation) findSession(id, business string) []string {
	for i := range d.records {
		if r := &d.records[i]; r.Kind == sessionKind && !r.Amend && r.SubjectID() == id {
			list, _ := daybook.Texts(r.Values[sessionTables])
			return list
		}
	}
	if d.lookUps--; d.lookUps < 0 || d.o.Entries == nil {
		return nil
	}
	entries, err := d.o.Entries.Select(d.ctx, daybook.Query{Kind: sessionKind, IDs: []string{id}, Business: business})
	if err != nil {
		d.o.Logger.Warn("a session could not be looked up", "error", err)
	}
	if err != nil || len(entries) == 0 {
		return nil
	}
	list, _ := daybook.Texts(entries[0].Values[sessionTables])
	return list
}

var (
	sessionKind   = daybook.MustKind("transformation_session")
	sessionTables = place(sessionKind, "source_tables")
)

// learn takes note of the columns of tables that the SQL makes, and of those
// that it drops or alters, whose columns are not known any more.
func (x *reading) learn() {
	for i := range x.result.Statements {
		s := &x.result.Statements[i]
		switch {
		case i == x.bare:
			if len(x.columnsOf(x.r.Business(), x.output.text)) == 0 {
				x.learned(x.output, x.outputColumns(s))
			}
		case len(s.Targets) != 1 || s.Temporary:
		case s.IfMissing && x.isKnown(s.Targets[0]): // it stays as it was
		case s.Change == sqllineage.Drop, s.Change == sqllineage.Rename, s.Change == sqllineage.Alter:
			x.learned(x.names.resolve(s.Targets[0], writes), nil)
		case s.Change == sqllineage.Create, strings.HasPrefix(s.Kind, "CREATE"):
			x.learned(x.names.resolve(s.Targets[0], writes), s.Columns)
		}
	}
}

func (x *reading) isKnown(t sqllineage.Table) bool {
	return len(x.columnsOf(x.r.Business(), x.names.resolve(t, writes).text)) > 0
}

func (x *reading) outputColumns(s *sqllineage.Statement) []string {
	columns := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		columns[i] = x.outputColumn(c, i)
	}
	return columns
}

func (x *reading) learned(t *named, columns []string) {
	if t.path || !isName(t.text) {
		return
	}
	x.note(x.r.Business(), t.text, columns)
}

// artifact takes note of the columns that an artifact tells.
func (d *derivation) artifact(r *daybook.Record) {
	if columns, err := daybook.Texts(r.Values[artifact.columns]); err == nil {
		d.note(r.Business(), r.Values[artifact.name].Text(), columns)
	}
}

// note remembers the columns of a table, if they are all names; else that they
// are not known.
func (d *derivation) note(business, table string, columns []string) {
	if len(columns) > mostNames || slices.ContainsFunc(columns, func(c string) bool { return c == "" || c == "*" || !isName(c) }) {
		columns = nil
	}
	table = daybook.PlainTable(table)
	before := d.columnsOf(business, table)
	if !slices.Equal(before, columns) {
		d.tables[keyOf(business, table)] = &learned{columns: slices.Clone(columns), table: table, fresh: true, at: d.at}
	}
}

// keep remembers what the records of the call tell, now that they are written.
// What was written before tells nothing new.
func (d *derivation) keep(ctx context.Context, receipts []daybook.Receipt) {
	fresh := map[string]map[string][]string{}
	for key, l := range d.tables {
		if !l.fresh || l.at >= len(receipts) || receipts[l.at].Duplicate {
			continue
		}
		if fresh[key.business] == nil {
			fresh[key.business] = map[string][]string{}
		}
		fresh[key.business][l.table] = l.columns
	}
	d.keepPasts(receipts)
	for business, columns := range fresh {
		if err := d.o.Known.KeepColumns(ctx, business, columns); err != nil {
			d.o.Logger.Warn("the columns of tables could not be kept", "error", err)
		}
	}
}
