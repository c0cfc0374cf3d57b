package sqllineage

import "strings"

// foldsUpper says that the dialect reads unquoted names in upper case, so that
// a quoted one that is all upper case means the same.
func (d Dialect) foldsUpper() bool { return d == Snowflake || d == Oracle }

// caseOfTables says that the dialect heeds the case of the names of tables.
func (d Dialect) caseOfTables() bool { return d == BigQuery || d == ClickHouse || d == MySQL }

// useNamesSchema says that USE names a schema, there being no catalogs or none
// that it could name.
func (d Dialect) useNamesSchema() bool {
	return d == MySQL || d == Hive || d == Spark || d == Databricks || d == ClickHouse
}

// column folds a name as that of a column or an alias.
func (d Dialect) column(i ident) string {
	if !i.quoted || d.foldsUpper() && isUpper(i.text) {
		return strings.ToLower(i.text)
	}
	return i.text
}

// tableName folds a name as that of a table, a schema or a catalog.
func (d Dialect) tableName(i ident) string {
	if d.caseOfTables() {
		return i.text
	}
	return d.column(i)
}

// isUpper says that a name has no letter that is not upper case.
func isUpper(s string) bool { return strings.ToUpper(s) == s }

// fold gives what names are compared by.
func fold(s string) string { return strings.ToLower(s) }

// A namespace is what names of tables are completed by.
type namespace struct {
	catalog, schema string
}

// firstNamespace is that of the options. Where a dialect has no catalogs, the
// default catalog names a schema.
func firstNamespace(o Options) namespace {
	n := namespace{o.DefaultCatalog, o.DefaultSchema}
	twoLevels := o.Dialect == MySQL || o.Dialect == Hive || o.Dialect == ClickHouse
	if twoLevels && n.schema == "" {
		n = namespace{schema: n.catalog}
	}
	return n
}

// use changes it as USE and SET search_path do.
func (n *namespace) use(d Dialect, u *use, kind string) {
	parts := d.parts(u.name)
	if len(parts) == 0 {
		return
	}
	last := parts[len(parts)-1]
	switch {
	case len(parts) > 1:
		n.catalog, n.schema = parts[len(parts)-2], last
	case u.schema || d.useNamesSchema() && kind != "USE CATALOG":
		n.schema = last
	default:
		n.catalog = last
		if d != TSQL {
			n.schema = ""
		}
	}
}

// parts folds the parts of a table's name. In BigQuery one pair of backticks
// may hold several.
func (d Dialect) parts(n name) []string {
	parts := make([]string, 0, 4)
	for _, i := range n {
		text := d.tableName(i)
		if d == BigQuery && i.quoted && strings.Contains(text, ".") {
			parts = append(parts, strings.Split(text, ".")...)
			continue
		}
		parts = append(parts, text)
	}
	return parts
}

// table completes a name. A table that is the session's by its name is in no
// schema, whatever stands before it: tempdb..#t.
func (n namespace) table(d Dialect, written name) Table {
	parts := d.parts(written)
	if isPassing(d, written) {
		return Table{Name: parts[len(parts)-1]}
	}
	switch len(parts) {
	case 0:
		return Table{}
	case 1:
		return Table{Catalog: n.catalog, Schema: n.schema, Name: parts[0]}
	case 2:
		t := Table{Catalog: n.catalog, Schema: parts[0], Name: parts[1]}
		if t.Schema == "" {
			t.Schema = n.schema
		}
		if n.schema == "" && strings.EqualFold(t.Schema, n.catalog) {
			t.Catalog = "" // the catalog's name was the schema's
		}
		return t
	}
	k := len(parts)
	t := Table{Catalog: strings.Join(parts[:k-2], "."), Schema: parts[k-2], Name: parts[k-1]}
	if t.Schema == "" {
		t.Schema = n.schema
	}
	return t
}
