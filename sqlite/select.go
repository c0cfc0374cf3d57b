package sqlite

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

// Select implements [daybook.Store]. A row that cannot be read as an entry is
// an error of CodeDamaged.
func (s *Store) Select(ctx context.Context, q daybook.Query) (found []*daybook.Entry, err error) {
	err = s.read(ctx, "select", func(c *conn) error {
		found, err = s.selectOn(c, q)
		return err
	})
	return found, err
}

func (s *Store) selectOn(c *conn, q daybook.Query) ([]*daybook.Entry, error) {
	if q.Kind == nil {
		return nil, daybook.Invalidf("/kind", "a query wants a kind")
	}
	t := s.tables[q.Kind]
	b := &selection{table: t}
	if err := b.conditions(q); err != nil {
		return nil, err
	}
	if b.none || t.missing {
		return nil, nil
	}
	if err := b.since(c, q); err != nil {
		return nil, err
	}
	if err := b.choose(c, q); err != nil {
		return nil, err
	}
	stmt, err := c.prepare(b.sql(q))
	if err != nil {
		return nil, err
	}
	defer stmt.Reset()
	bindAll(stmt, b.binds)
	return t.entries(stmt)
}

// entries reads what a selection gives.
func (t *table) entries(stmt *sqlite.Stmt) ([]*daybook.Entry, error) {
	var found []*daybook.Entry
	var spines spineReader
	var bodies reader
	for {
		more, err := stmt.Step()
		if err != nil || !more {
			return found, err
		}
		row, fault := spines.read(stmt, 0)
		values, bodyFault := bodies.read(t, stmt, spineWidth+1)
		if fault == "" {
			fault = bodyFault
		}
		if fault != "" {
			return nil, damagedf("entry %d: %s", row.Seq, fault)
		}
		found = append(found, t.entry(row, values))
	}
}

// entry joins a body with its place in the spine.
func (t *table) entry(row daybook.Spine, values []daybook.Value) *daybook.Entry {
	values[t.logID] = daybook.TextValue(row.LogID)
	values[t.loggedAt] = daybook.TextValue(row.LoggedAt)
	values[t.retainUntil] = daybook.TextValue(row.RetainUntil)
	return &daybook.Entry{Kind: t.kind, Seq: row.Seq, LogHash: row.LogHash, Values: values}
}

// selection is a query as it becomes SQL. However many values it has, the SQL
// is one of few, so that prepared statements are found again: a list is one
// parameter, an array in JSON.
type selection struct {
	table *table
	none  bool     // nothing can match
	agent []string // conditions on agent and time, where there is one on the agent; so of the ends of edges
	where []string // all others
	first bool     // the agent's seqs are put in order first
	// What to bind, in the order of the conditions.
	agentBinds, binds []bind
}

// bind binds a value to a parameter.
type bind func(stmt *sqlite.Stmt, param int)

func bindAll(stmt *sqlite.Stmt, binds []bind) {
	for i, bind := range binds {
		bind(stmt, i+1)
	}
}

// Parameters are wrapped, because SQLite plans a statement anew for each value
// that it is bound to where a bare one limits it, or stands in a join.
const (
	param      = "(SELECT ?)"
	limitParam = " LIMIT ? + 0"
)

// rare is how many entries of an agent are put in order rather than walked by.
const rare = 20_000

// choose decides how to find an agent's entries in the order of their seqs,
// which its index has not. Few are put in order by the index alone before rows
// are looked up. Of many, the first are soon found among all rows. SQLite by
// itself would look up all of the agent's rows and sort them.
func (b *selection) choose(c *conn, q daybook.Query) error {
	b.first = len(b.agent) > 0
	if !b.first || q.Limit == 0 {
		return nil
	}
	stmt, err := c.prepare("SELECT count(*) FROM (SELECT 1 FROM " + tableName(q.Kind) + " AS r" + whereAll(b.agent) + limitParam + ")")
	if err != nil {
		return err
	}
	defer stmt.Reset()
	bindAll(stmt, append(slices.Clone(b.agentBinds), intParam(rare)))
	_, err = stmt.Step()
	b.first = err == nil && stmt.ColumnInt64(0) < rare
	return err
}

// sql gives the statement, and settles what to bind to it.
func (b *selection) sql(q daybook.Query) string {
	order := " ORDER BY r.seq ASC"
	if !q.Oldest {
		order = " ORDER BY r.seq DESC"
	}
	from, where := place(q.Kind), b.where
	if !q.Revisions && q.Kind.Amendable() {
		where = append(where, b.current(q))
	}
	if b.first {
		// LIMIT -1 keeps SQLite from dropping the inner order, CROSS JOIN from turning the loops round.
		from = "(SELECT r.seq FROM " + tableName(q.Kind) + " AS r" + whereAll(b.agent) + order + " LIMIT -1) AS c CROSS JOIN " + from
		where = append([]string{"r.seq = c.seq"}, where...)
		order = ""
		b.binds = append(b.agentBinds, b.binds...)
	} else {
		for _, condition := range b.agent {
			where = append(where, "+"+condition) // which keeps SQLite from using an index
		}
		b.binds = append(b.binds, b.agentBinds...)
	}
	sql := "SELECT " + spineColumns + ", " + b.table.list("r") + " FROM " + from + whereAll(where) + order
	if q.Limit > 0 {
		sql += limitParam
		b.binds = append(b.binds, intParam(int64(q.Limit)))
	}
	return sql
}

// current is the condition that a row has no next revision, or had none in the
// query's snapshot.
func (b *selection) current(q daybook.Query) string {
	if q.Snapshot == 0 {
		return isCurrent(q.Kind)
	}
	b.binds = append(b.binds, intParam(q.Snapshot))
	return noNext(q.Kind, " AND n.seq < "+param)
}

func whereAll(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(conditions, " AND ")
}

func (b *selection) conditions(q daybook.Query) error {
	if q.Seqs != nil {
		b.seqs(q.Seqs)
	}
	if q.IDs != nil {
		b.ids(q.IDs)
	}
	if q.Business != "" {
		i, _ := q.Kind.Column("business_id")
		b.condition(b.operand(i)+" = "+param, valueParam(&q.Kind.Columns[i], daybook.TextValue(q.Business)))
	}
	b.span(q)
	var of string // the index's first column, and those that it has besides
	var besides []string
	for _, f := range q.Filters {
		if more, ok := unordered(q.Kind, f); ok && of == "" && q.IDs == nil && q.Seqs == nil {
			of, besides = f.Column, more
		}
	}
	agent := &selection{table: b.table}
	for _, f := range q.Filters {
		into := b
		if of != "" && (f.Column == of || slices.Contains(besides, f.Column)) {
			into = agent
		}
		if err := into.filter(f); err != nil {
			return err
		}
	}
	b.agent, b.agentBinds, b.none = agent.where, agent.binds, b.none || agent.none
	return nil
}

// span keeps the rows within the snapshot and behind the page before. There is
// one bound at the most on either side, because SQLite seeks by one alone, and
// of two may take the farther.
func (b *selection) span(q daybook.Query) {
	end, ends := q.Snapshot, q.Snapshot != 0
	switch {
	case q.After == nil:
	case q.Oldest:
		b.condition("r.seq > "+param, intParam(*q.After))
	case !ends || *q.After < end:
		end, ends = *q.After, true
	}
	if ends {
		b.condition("r.seq < "+param, intParam(end))
	}
}

// unordered says that a filter is looked up in an index that has its entries
// not in the order of their seqs, and which columns they are ordered by first:
// that of a kind's agents, or those of the ends of edges.
func unordered(k *daybook.Kind, f daybook.Filter) (besides []string, ok bool) {
	switch {
	case f.Op != daybook.OpIn:
		return nil, false
	case k.Agent() != nil && f.Column == k.Agent().Name:
		return []string{k.Time().Name}, true
	case k == lineageEdge && walked[f.Column] != nil:
		return walked[f.Column], true
	}
	return nil, false
}

func (b *selection) condition(sql string, binds ...bind) {
	b.where = append(b.where, sql)
	b.binds = append(b.binds, binds...)
}

func textParam(s string) bind {
	return func(stmt *sqlite.Stmt, param int) { stmt.BindText(param, s) }
}

func intParam(n int64) bind {
	return func(stmt *sqlite.Stmt, param int) { stmt.BindInt64(param, n) }
}

func (b *selection) seqs(seqs []int64) {
	members := make([]string, len(seqs))
	for i, n := range seqs {
		members[i] = strconv.FormatInt(n, 10)
	}
	b.in("r.seq", members, nil)
}

func (b *selection) ids(ids []string) {
	subject := b.table.kind.Subject()
	if subject.Type != daybook.TypeInt {
		values := make([]daybook.Value, len(ids))
		for i, id := range ids {
			values[i] = daybook.TextValue(id)
		}
		b.oneOf(subject, formOf(subject), "r."+quoted(subject.Name), values)
		return
	}
	var members []string
	for _, id := range ids {
		if n, err := strconv.ParseInt(id, 10, 64); err == nil && strconv.FormatInt(n, 10) == id {
			members = append(members, id)
		}
	}
	b.serials(members)
}

// appendQuoted adds a text as JSON. One that is not UTF-8 equals no text that
// is stored.
func appendQuoted(members []string, s string) []string {
	if !utf8.ValidString(s) {
		return members
	}
	text, err := json.Marshal(s)
	if err != nil {
		return members
	}
	return append(members, string(text))
}

// in wants an expression to be one of some integers or texts, as JSON has
// them, or of some bytes, in quoted hexadecimal digits.
func (b *selection) in(expr string, members, hexes []string) {
	var any []string
	for _, list := range []struct {
		value   string
		members []string
	}{{"value", members}, {"unhex(value)", hexes}} {
		if len(list.members) > 0 {
			any = append(any, expr+" IN (SELECT "+list.value+" FROM json_each(?))")
			b.binds = append(b.binds, textParam("["+strings.Join(list.members, ",")+"]"))
		}
	}
	if any == nil {
		b.none = true
		return
	}
	b.where = append(b.where, "("+strings.Join(any, " OR ")+")")
}

// logIDs looks the entries up in the spine, which has an index of log_ids.
func (b *selection) logIDs(values []daybook.Value) {
	var ids []string
	for _, v := range values {
		ids = append(ids, v.Text())
	}
	sql, binds := logIDsIn(ids)
	b.condition("r.seq IN (SELECT seq FROM spine WHERE "+sql+")", binds...)
}

// logIDsIn wants log_id to be one of some UUIDs.
func logIDsIn(ids []string) (sql string, binds []bind) {
	list := append(make([]byte, 0, 35*len(ids)+2), '[')
	for _, id := range ids {
		if u, ok := parseUUID(id); ok {
			if len(list) > 1 {
				list = append(list, ',')
			}
			list = append(hex.AppendEncode(append(list, '"'), u[:]), '"')
		}
	}
	return "log_id IN (SELECT unhex(value) FROM json_each(?))", []bind{textParam(string(append(list, ']')))}
}

// spinesOf gives the spine rows of those log_ids that exist.
func (c *conn) spinesOf(ids []string) ([]daybook.Spine, error) {
	sql, binds := logIDsIn(ids)
	return c.spines("SELECT "+spineColumns+" FROM spine AS s WHERE s."+sql+" ORDER BY s.seq", func(stmt *sqlite.Stmt) {
		for i, bind := range binds {
			bind(stmt, i+1)
		}
	})
}
