package sqlite

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

// Edges implements [daybook.EdgeReader]: by the indexes that have an edge's
// name, whether it is current, and its column, and without the rest of the row.
// A row that cannot be read is an error of CodeDamaged.
//
// Many places are looked up in parts, each on a connection of its own: all of
// them see the ledger as of the snapshot.
func (s *Store) Edges(ctx context.Context, q daybook.EdgesQuery) ([]daybook.Flow, error) {
	t := s.tables[lineageEdge]
	if t.missing || q.Snapshot <= 0 {
		return nil, nil
	}
	parts := partsOf(q)
	found, errs := make([][]daybook.Flow, len(parts)), make([]error, len(parts))
	var others sync.WaitGroup
	for i := 1; i < len(parts); i++ {
		others.Go(func() { found[i], errs[i] = s.edgesOf(ctx, t, parts[i]) })
	}
	found[0], errs[0] = s.edgesOf(ctx, t, parts[0])
	others.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	all := slices.Concat(found...)
	if q.Limit > 0 && len(all) > q.Limit {
		all = all[:q.Limit]
	}
	return all, nil
}

// fewPlaces are looked up sooner than another connection is at hand.
const fewPlaces = 40

// partsOf parts a query of many places by the processors there are.
func partsOf(q daybook.EdgesQuery) []daybook.EdgesQuery {
	n := min(runtime.GOMAXPROCS(0), readers/2, max(1, len(q.Places)/fewPlaces))
	if n < 2 {
		return []daybook.EdgesQuery{q}
	}
	parts := make([]daybook.EdgesQuery, n)
	for i := range parts {
		parts[i] = q
		parts[i].Places = q.Places[i*len(q.Places)/n : (i+1)*len(q.Places)/n]
		if i > 0 {
			parts[i].Tables = nil
		}
	}
	return parts
}

// edgesOf finds the edges of a query on one connection.
func (s *Store) edgesOf(ctx context.Context, t *table, q daybook.EdgesQuery) (found []daybook.Flow, err error) {
	err = s.read(ctx, "read edges", func(c *conn) error {
		r := newFlowReader(t)
		found = make([]daybook.Flow, 0, flowsExpected(q))
		for _, list := range listsOf(q, c.rarities(q.Side)) {
			if len(list.places) == 0 || q.Limit > 0 && len(found) == q.Limit {
				continue
			}
			if found, err = c.edges(r, q, list, found); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

// flowsExpected guesses how many edges a query finds, for their memory alone.
func flowsExpected(q daybook.EdgesQuery) int {
	n := 2*len(q.Places) + 4*len(q.Tables)
	if q.Limit > 0 {
		n = min(n, q.Limit)
	}
	return n
}

var lineageEdge = daybook.MustKind("lineage_edge")

// edges reads the edges at a list of places, and puts them behind those found.
func (c *conn) edges(r *flowReader, q daybook.EdgesQuery, list *placeList, found []daybook.Flow) ([]daybook.Flow, error) {
	stmt, err := c.prepare(r.sql(q.Side, list.from(), q.Business != ""))
	if err != nil {
		return found, err
	}
	defer stmt.Reset()
	limit := int64(-1)
	if q.Limit > 0 {
		limit = int64(q.Limit - len(found))
	}
	binds := []bind{textParam(string(list.places) + "]"), intParam(q.Snapshot), intParam(q.Snapshot)}
	if q.Business != "" {
		i, _ := lineageEdge.Column("business_id")
		binds = append(binds, valueParam(&lineageEdge.Columns[i], daybook.TextValue(q.Business)))
	}
	bindAll(stmt, append(binds, intParam(limit)))
	for {
		more, err := stmt.Step()
		if err != nil || !more {
			return found, err
		}
		f, fault := r.read(stmt)
		if fault != "" {
			return found, damagedf("entry %d: %s", stmt.ColumnInt64(0), fault)
		}
		found = append(found, f)
	}
}

// sql gives the statement that finds edges r from some tables. CROSS JOIN keeps
// SQLite looking up one place after the other.
func (r *flowReader) sql(side daybook.Side, from string, business bool) string {
	sql := "SELECT r.seq, s.log_id" + r.list + " FROM " + strings.ReplaceAll(from, "$", sidePrefix[side]) +
		" CROSS JOIN spine AS s ON s.seq = r.seq AND s.kind = " + strconv.Itoa(lineageEdge.Number) +
		" WHERE r.seq < " + param + " AND " + noNext(lineageEdge, " AND n.seq < "+param)
	if business {
		sql += " AND r.business_id = " + param
	}
	return sql + limitParam
}

// flowColumns are the columns that a flow is made of.
var flowColumns = [...]string{
	"id", "source_schema", "source_name", "source_column", "target_schema", "target_name", "target_column",
	"relationship_type", "subtype", "origin", "resolution", "extractor_version", "session_id", "transformation_description", "created_at",
}

// flowsFrom is the first of them in a result, behind seq and log_id.
const flowsFrom = 2

// flowReader reads flows. Edges that meet share their names, so each text is
// kept once.
type flowReader struct {
	list    string // the columns, for SELECT
	columns [len(flowColumns)]*daybook.Column
	body    reader
	texts   map[string]string
}

func newFlowReader(t *table) *flowReader {
	r := &flowReader{texts: map[string]string{}}
	for n, name := range flowColumns {
		i, _ := lineageEdge.Column(name)
		r.columns[n] = &lineageEdge.Columns[i]
		if t.has(i) {
			r.list += ", r." + quoted(name)
		} else {
			r.list += ", NULL"
		}
	}
	return r
}

// read reads the current row. The fault, if there is one, says which column
// does not hold what it should.
func (r *flowReader) read(stmt *sqlite.Stmt) (f daybook.Flow, fault string) {
	note := func(text, why string) string {
		if fault == "" {
			fault = why
		}
		return text
	}
	text := func(n int) string { return note(r.text(stmt, n)) }
	f = daybook.Flow{
		ID: stmt.ColumnInt64(flowsFrom), LogID: note(r.logID(stmt)),
		Source:       daybook.Place{Table: r.joined(text(1), text(2)), Column: text(3)},
		Target:       daybook.Place{Table: r.joined(text(4), text(5)), Column: text(6)},
		Relationship: text(7), Subtype: text(8), Origin: text(9), Resolution: text(10), ExtractorVersion: text(11),
		SessionID: text(12), Description: text(13), CreatedAt: text(14),
	}
	return f, fault
}

func (r *flowReader) logID(stmt *sqlite.Stmt) (id, fault string) {
	r.body.text = r.body.text[:0]
	if stmt.ColumnType(1) != sqlite.TypeBlob || r.body.appendUUID(stmt, 1) != "" {
		return "", "spine.log_id does not hold 16 bytes"
	}
	return string(r.body.text), ""
}

// text reads the n-th column, which is text to the rest of Daybook; "" where it
// holds none.
func (r *flowReader) text(stmt *sqlite.Stmt, n int) (text, fault string) {
	c, at := r.columns[n], flowsFrom+n
	held := stmt.ColumnType(at)
	if held == sqlite.TypeNull {
		return "", ""
	}
	form := formOf(c)
	r.body.text = r.body.text[:0]
	if !form.holds(held) || r.body.appendForm(c, form, stmt, at) != "" {
		return "", tableName(lineageEdge) + "." + c.Name + " does not hold what it should"
	}
	if form == formTime {
		return string(r.body.text), "" // as good as never twice the same
	}
	return r.kept(r.body.text), ""
}

// joined gives the name of a table.
func (r *flowReader) joined(schema, name string) string {
	if schema == "" {
		return name
	}
	r.body.text = append(append(append(r.body.text[:0], schema...), '.'), name...)
	return r.kept(r.body.text)
}

func (r *flowReader) kept(text []byte) string {
	if kept, ok := r.texts[string(text)]; ok {
		return kept
	}
	kept := string(text)
	r.texts[kept] = kept
	return kept
}
