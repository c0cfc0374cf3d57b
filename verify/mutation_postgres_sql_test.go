package verify_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

var pgClasses = []pgClass{
	{name: "a value of a body", named: true, edit: func(i *intruder) string { return i.cell(i.body()) }},
	{name: "a value of the spine", named: true, edit: func(i *intruder) string { return i.cell("ledger.spine") }},
	{name: "rows of bodies", named: true, edit: func(i *intruder) string { return i.edited(i.body()) }},
	{name: "rows of the spine", named: true, edit: func(i *intruder) string { return i.edited("ledger.spine") }},
	{name: "entries", named: true, edit: (*intruder).entries},
	{name: "tiles", named: true, edit: (*intruder).tiles},
	{name: "tiles beyond the tree", edit: (*intruder).tilesBeyond},
	{name: "the head", edit: func(i *intruder) string { return i.single("ledger.head") }},
	{name: "the checkpoint", edit: func(i *intruder) string { return i.single("ledger.checkpoint") }},
	{name: "an older ledger put back", edit: (*intruder).older},
	{name: "columns and tables", edit: (*intruder).shape},
	{name: "indexes", edit: (*intruder).indexes, remarked: true},
	{name: "triggers, rules and policies", edit: (*intruder).guarding, remarked: true},
	{name: "views and functions", edit: (*intruder).reading, remarked: true},
}

// body is a table that holds bodies, and has some.
func (i *intruder) body() string {
	for range 100 {
		table := i.bodies[i.IntN(len(i.bodies))]
		if len(i.texts("SELECT 'x' FROM "+table+" LIMIT 1")) > 0 {
			return table
		}
	}
	return i.bodies[0]
}

// column is a column of a table and its type.
func (i *intruder) column(table string) (name, typ string) {
	found := i.one(`SELECT format('%I', attname) || ' ' || format_type(atttypid, NULL) FROM pg_attribute
		WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`, table)
	name, typ, _ = strings.Cut(found, " ")
	return name, typ
}

// changes are SQL for other values of a type than a column has.
var changes = map[string][]string{
	"bigint":           {"%[1]s + 1", "-%[1]s - 1", "NULL", "0", "9223372036854775807"},
	"smallint":         {"%[1]s + 1", "NULL", "0"},
	"integer":          {"%[1]s + 1", "NULL", "0"},
	"double precision": {"%[1]s + 0.5", "'NaN'", "'Infinity'", "NULL", "%[1]s * 1.0000000000000002"},
	"boolean":          {"NOT %[1]s", "NULL"},
	"text":             {"%[1]s || ' '", "upper(%[1]s) || 'x'", "''", "NULL", "'null'", "replace(%[1]s, ' ', '')", "' ' || %[1]s"},
	"text[]": {
		"%[1]s || ''::text", "'{}'", "NULL", "ARRAY[%[1]s, %[1]s]", "ARRAY[NULL]::text[] || %[1]s",
		"(SELECT array_agg(e ORDER BY n DESC) FROM unnest(%[1]s) WITH ORDINALITY AS u(e, n))", "array_fill(''::text, ARRAY[2], ARRAY[0])",
	},
	"uuid":                     {"gen_random_uuid()", "NULL"},
	"bytea":                    {"%[1]s || '\\x00'", "set_byte(%[1]s, 0, get_byte(%[1]s, 0) # 1)", "''", "NULL"},
	"timestamp with time zone": {"%[1]s + interval '1 microsecond'", "%[1]s - interval '1 month'", "NULL", "'infinity'", "'-infinity'", "'0044-03-15 00:00:00 BC'"},
	"date":                     {"%[1]s + 1", "NULL", "'infinity'"},
}

func (i *intruder) change(column, typ string) string {
	list := changes[typ]
	if len(list) == 0 {
		i.err = fmt.Errorf("nobody knows another value of %s", typ)
		return "NULL"
	}
	return strings.ReplaceAll(list[i.IntN(len(list))], "%[1]s", column)
}

// cell changes one value of a table. What a constraint forbids is left alone.
func (i *intruder) cell(table string) string {
	column, typ := i.column(table)
	where, what := i.some(table)
	sql := fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s", table, column, i.change(column, typ), where)
	return i.allowed(sql, fmt.Sprintf("%s of %s", sql, what))
}

// allowed does what no constraint forbids.
func (i *intruder) allowed(sql, what string) string {
	i.do("BEGIN")
	if i.err != nil {
		return what
	}
	i.do(sql)
	if i.err == nil {
		i.do("COMMIT")
		return what
	}
	i.err = nil
	i.do("ROLLBACK")
	return ""
}

// some is a condition that one row fulfils.
func (i *intruder) some(table string) (where, what string) {
	at := i.one("SELECT ctid::text FROM " + table)
	return "ctid = '" + at + "'", at
}

func (i *intruder) seqOf(table string) string { return i.one("SELECT seq::text FROM " + table) }

// free is a seq at which no entry stands.
func (i *intruder) free() string {
	return []string{"-1", fmt.Sprint(inPast), fmt.Sprint(inPast + 1), "1099511627776", "9223372036854775807"}[i.IntN(5)]
}

// edited deletes, adds, moves and swaps rows of a table.
func (i *intruder) edited(table string) string {
	from, to, other := i.seqOf(table), i.free(), i.seqOf(table)
	return i.any(func() string {
		return i.allowed("DELETE FROM "+table+" WHERE seq = "+from, table+": row "+from+" deleted")
	}, func() string {
		return i.allowed(fmt.Sprintf("UPDATE %s SET seq = %s WHERE seq = %s", table, to, from), table+": row "+from+" moved to "+to)
	}, func() string {
		return i.allowed(i.copying(table, from, to), table+": row "+from+" copied to "+to)
	}, func() string {
		if from == other {
			return ""
		}
		return i.allowed(swapping(table, from, other), table+": rows "+from+" and "+other+" swapped")
	})
}

func swapping(table, a, b string) string {
	const move = "UPDATE %s SET seq = %s WHERE seq = %s; "
	return fmt.Sprintf("DO $$ BEGIN "+move+move+move+"END $$", table, "-77", a, table, a, b, table, b, "-77")
}

// copying is SQL that copies a row to another seq; what must be unique is.
func (i *intruder) copying(table, from, to string) string {
	var into, values []string
	for _, name := range i.texts("SELECT format('%I', attname) FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped", table) {
		into = append(into, name)
		switch name {
		case "seq":
			values = append(values, to)
		case "revision":
			values = append(values, "revision + 1000")
		case "log_id":
			values = append(values, "gen_random_uuid()")
		default:
			values = append(values, name)
		}
	}
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s WHERE seq = %s", table, strings.Join(into, ", "), strings.Join(values, ", "), table, from)
}

// entries takes entries away altogether, or puts one in another's place.
func (i *intruder) entries() string {
	from, to := i.seqOf("ledger.spine"), i.seqOf("ledger.spine")
	each := func(sql func(table string) string) {
		for _, table := range append(slices.Clone(i.bodies), "ledger.spine") {
			i.do(sql(table))
		}
	}
	return i.any(func() string {
		each(func(table string) string { return "DELETE FROM " + table + " WHERE seq = " + from })
		return "entry " + from + " deleted"
	}, func() string {
		each(func(table string) string { return "DELETE FROM " + table + " WHERE seq >= " + from })
		return "entries from " + from + " on deleted"
	}, func() string {
		if from == to {
			return ""
		}
		each(func(table string) string { return swapping(table, from, to) })
		return "entries " + from + " and " + to + " swapped"
	})
}

func (i *intruder) tiles() string {
	at := i.IntN(2)
	return i.any(func() string {
		return i.cell("ledger.tile")
	}, func() string {
		i.do(fmt.Sprintf("DELETE FROM ledger.tile WHERE tile_index = %d", at))
		return fmt.Sprintf("tile %d deleted", at)
	}, func() string {
		i.do("UPDATE ledger.tile SET tile_index = tile_index + 10")
		i.do("UPDATE ledger.tile SET tile_index = 11 - tile_index")
		return "tiles swapped"
	})
}

func (i *intruder) tilesBeyond() string {
	at := 2 + i.IntN(5)
	i.do(fmt.Sprintf("INSERT INTO ledger.tile (level, tile_index, hashes) SELECT level, %d, hashes FROM ledger.tile WHERE tile_index = 0", at))
	return fmt.Sprintf("tile %d added", at)
}

// single changes a table that has one row.
func (i *intruder) single(table string) string {
	return i.any(func() string {
		return i.cell(table)
	}, func() string {
		return i.cell(table)
	}, func() string {
		i.do("DELETE FROM " + table)
		return table + " emptied"
	})
}

// older takes away what has come to the ledger since, with tiles, head and
// checkpoint as they were.
func (i *intruder) older() string {
	const then = inPast - 100
	for _, table := range append(slices.Clone(i.bodies), "ledger.spine") {
		i.do(fmt.Sprintf("DELETE FROM %s WHERE seq >= %d", table, then))
	}
	i.do(fmt.Sprintf("DELETE FROM ledger.tile WHERE level = 0 AND (tile_index + 1) * 256 > %d", then))
	i.do(fmt.Sprintf("UPDATE ledger.head SET size = %d, logged_at = (SELECT max(logged_at) FROM ledger.spine)", then))
	return "an older ledger put back"
}

func (i *intruder) shape() string {
	table := i.body()
	column, typ := i.column(table)
	return i.any(func() string {
		return i.declared("ALTER TABLE " + i.root(table) + " ADD COLUMN extra text")
	}, func() string {
		return i.declared("CREATE TABLE ledger.extra (x int)")
	}, func() string {
		return i.declared(fmt.Sprintf("ALTER TABLE %s RENAME COLUMN %s TO extra", i.root(table), column))
	}, func() string {
		if typ != "text" {
			return ""
		}
		return i.allowed(fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s TYPE char(2000)", i.root(table), column), "schema: "+column+" of "+table+" made char")
	}, func() string {
		return i.declared("DROP TABLE " + i.root(table) + " CASCADE")
	}, func() string {
		return i.declared("ALTER TABLE " + i.root(table) + " RENAME TO extra")
	}, func() string {
		parted := i.one("SELECT inhrelid::regclass::text FROM pg_inherits JOIN pg_class c ON c.oid = inhparent WHERE c.relkind = 'p' AND c.relname NOT LIKE 'shown%' AND c.relnamespace = 'ledger'::regnamespace")
		return i.declared(fmt.Sprintf("ALTER TABLE %s DETACH PARTITION %s", i.root(parted), parted))
	})
}

// declared changes what is declared. A table that is not there any more cannot
// be guarded again.
func (i *intruder) declared(sql string) string { return i.allowed(sql, "schema: "+sql) }

// root is the table that a partition belongs to.
func (i *intruder) root(table string) string {
	return i.one(`SELECT coalesce((SELECT inhparent FROM pg_inherits JOIN pg_class c ON c.oid = inhparent
		WHERE inhrelid = $1::regclass AND c.relname NOT LIKE 'shown%'), $1::regclass)::regclass::text`, table)
}

func (i *intruder) indexes() string {
	found := i.one(`SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class c ON c.oid = indexrelid
		WHERE c.relnamespace = 'ledger'::regnamespace AND NOT c.relispartition AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid) ORDER BY 1`)
	def := i.one("SELECT pg_get_indexdef($1::regclass)", found)
	return i.any(func() string {
		return i.declared("DROP INDEX " + found)
	}, func() string {
		if strings.Contains(def, " WHERE ") {
			return ""
		}
		i.do("DROP INDEX " + found)
		return i.declared(def + " WHERE seq > 5")
	}, func() string {
		i.do("UPDATE pg_index SET indisvalid = false WHERE indexrelid = $1::regclass", found)
		return "schema: index " + found + " made invalid"
	}, func() string {
		return i.declared("CREATE INDEX extra ON ledger.spine (kind)")
	})
}

func (i *intruder) guarding() string {
	table := i.root(i.body())
	trigger := i.one("SELECT format('%I', tgname) FROM pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal", table)
	function := i.one("SELECT tgfoid::regproc::text FROM pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal", table)
	return i.any(func() string {
		return i.declared(fmt.Sprintf("DROP TRIGGER %s ON %s", trigger, table))
	}, func() string {
		i.after = append(i.after, fmt.Sprintf("ALTER TABLE %s DISABLE TRIGGER %s", table, trigger))
		return "schema: trigger " + trigger + " of " + table + " turned off"
	}, func() string {
		i.after = append(i.after, fmt.Sprintf("ALTER TABLE %s ENABLE TRIGGER %s", table, trigger)) // no longer always
		return "schema: trigger " + trigger + " of " + table + " turned off for replicas"
	}, func() string {
		return i.declared(fmt.Sprintf("CREATE RULE extra AS ON INSERT TO %s DO INSTEAD NOTHING", table))
	}, func() string {
		return i.declared(fmt.Sprintf("ALTER TABLE %s ENABLE ROW LEVEL SECURITY", table))
	}, func() string {
		return i.declared(fmt.Sprintf("CREATE FUNCTION ledger.extra() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER extra BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION ledger.extra()", table))
	}, func() string {
		return i.declared(fmt.Sprintf("CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'", function))
	})
}

func (i *intruder) reading() string {
	kinds := daybook.Kinds()
	view := "audit." + kinds[i.IntN(len(kinds))].Name
	return i.any(func() string {
		return i.declared("DROP VIEW " + view + " CASCADE")
	}, func() string {
		def := strings.TrimSuffix(i.one("SELECT pg_get_viewdef($1::regclass)", view), ";")
		return i.declared(fmt.Sprintf("CREATE OR REPLACE VIEW %s AS %s LIMIT 7", view, def))
	}, func() string {
		return i.declared("ALTER TABLE ledger.shown_" + strings.TrimPrefix(view, "audit.") + " DISABLE ROW LEVEL SECURITY")
	}, func() string {
		return i.declared("CREATE OR REPLACE FUNCTION ledger.sees_all() RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true'")
	})
}
