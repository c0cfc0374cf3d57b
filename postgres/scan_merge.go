package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// merge reads the spine and the tables of all kinds side by side.
type merge struct {
	store  *Store
	conn   *pgx.Conn
	tables []*table // of kinds, in their order
	reader reader
	seqs   int64 // in the next stretch
}

func (s *Store) newMerge(ctx context.Context, c *pgx.Conn) (*merge, error) {
	m := &merge{store: s, conn: c, seqs: mostSeqs / 8}
	const between = " WHERE r.seq >= $1 AND r.seq <= $2 ORDER BY r.seq"
	if err := m.prepare(ctx, "spine", strings.ReplaceAll("SELECT "+spineColumns+" FROM {{ledger}}.spine AS s"+between, "r.", "s.")); err != nil {
		return nil, err
	}
	for _, k := range daybook.Kinds() {
		t := s.tables[k]
		m.tables = append(m.tables, t)
		if err := m.prepare(ctx, k.Name, "SELECT "+t.list("r.")+" FROM {{ledger}}."+tableName(k)+" AS r"+between); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// statement is the name of a statement that reads a stretch of a table. A
// connection keeps it: to plan a score of them takes longer than a small ledger
// to read.
func statement(table string) string { return "daybook_scan_" + table }

func (m *merge) prepare(ctx context.Context, table, sql string) error {
	_, err := m.conn.Prepare(ctx, statement(table), m.store.sql(sql))
	return err
}

// least gives the least seq behind from that any table has.
func (m *merge) least(ctx context.Context, from int64) (seq int64, more bool, err error) {
	tables := []string{"spine"}
	for _, t := range m.tables {
		tables = append(tables, tableName(t.kind))
	}
	var each []string
	for _, name := range tables {
		each = append(each, "(SELECT min(seq) FROM {{ledger}}."+name+" WHERE seq >= "+strconv.FormatInt(from, 10)+")")
	}
	var found *int64
	err = m.conn.QueryRow(ctx, m.store.sql("SELECT least("+strings.Join(each, ", ")+")"), pgx.QueryExecModeExec).Scan(&found)
	if err != nil || found == nil {
		return 0, false, err
	}
	return *found, true, nil
}

// last gives the last seq of the stretch that begins at from.
func (m *merge) last(from int64) int64 {
	if last := from + m.seqs - 1; last >= from {
		return last
	}
	return math.MaxInt64
}

// stretch reads the rows of seqs from first to last, in order.
func (m *merge) stretch(ctx context.Context, first, last int64) ([]daybook.Row, error) {
	var between [2][]byte
	between[0] = binary.BigEndian.AppendUint64(nil, uint64(first))
	between[1] = binary.BigEndian.AppendUint64(nil, uint64(last))
	p := m.conn.PgConn().StartPipeline(ctx)
	binaries := []int16{pgx.BinaryFormatCode}
	p.SendQueryPrepared(statement("spine"), between[:], binaries, binaries)
	for _, t := range m.tables {
		p.SendQueryPrepared(statement(t.kind.Name), between[:], binaries, binaries)
	}
	err := p.Sync()
	var rows []daybook.Row
	if err == nil {
		rows, err = m.receive(p)
	}
	return rows, errors.Join(err, p.Close())
}

// receive reads what a stretch answers: the spine, then the table of each kind.
func (m *merge) receive(p *pgconn.Pipeline) ([]daybook.Row, error) {
	bytes := 0
	var spine []spineRow
	err := results(p, func(raw [][]byte) {
		s, fault := m.reader.spine(raw)
		spine = append(spine, spineRow{s, fault})
	})
	bodies := make([][]body, len(m.tables))
	for i, t := range m.tables {
		if err != nil {
			return nil, err
		}
		err = results(p, func(raw [][]byte) {
			for _, field := range raw {
				bytes += len(field)
			}
			seq, _ := int64Of(raw[0])
			values, fault := m.reader.body(t, raw)
			bodies[i] = append(bodies[i], body{seq, values, fault})
		})
	}
	switch {
	case bytes > stretchBytes:
		m.seqs = max(1, m.seqs/4)
	case bytes < stretchBytes/4:
		m.seqs = min(mostSeqs, m.seqs*2)
	}
	return m.join(spine, bodies), err
}

// results calls fn with each row of the next result. A row is good until fn
// returns.
func results(p *pgconn.Pipeline, fn func(raw [][]byte)) error {
	result, err := p.GetResults()
	if err != nil {
		return err
	}
	reader, ok := result.(*pgconn.ResultReader)
	if !ok {
		return internalf("the server answered with %T", result)
	}
	for reader.NextRow() {
		fn(reader.Values())
	}
	_, err = reader.Close()
	return err
}

// spineRow is a row of the spine, body one of a kind's table.
type (
	spineRow struct {
		daybook.Spine
		fault string
	}
	body struct {
		seq    int64
		values []daybook.Value
		fault  string
	}
)

// join puts together what stands at each seq: the spine row with the body of
// its kind, then bodies that have no place.
func (m *merge) join(spine []spineRow, bodies [][]body) []daybook.Row {
	rows := make([]daybook.Row, 0, len(spine))
	for {
		seq, more := next(spine, bodies)
		if !more {
			return rows
		}
		if len(spine) > 0 && spine[0].Seq == seq {
			rows = append(rows, m.pair(spine[0], bodies))
			spine = spine[1:]
		}
		for i, t := range m.tables {
			for len(bodies[i]) > 0 && bodies[i][0].seq == seq {
				b := bodies[i][0]
				if b.values != nil { // a pair has taken it
					rows = append(rows, daybook.Row{Entry: &daybook.Entry{Kind: t.kind, Seq: seq, Values: b.values}, Fault: b.fault})
				}
				bodies[i] = bodies[i][1:]
			}
		}
	}
}

// next is the least seq of any row that is not taken yet.
func next(spine []spineRow, bodies [][]body) (seq int64, more bool) {
	if len(spine) > 0 {
		seq, more = spine[0].Seq, true
	}
	for _, of := range bodies {
		if len(of) > 0 && (!more || of[0].seq < seq) {
			seq, more = of[0].seq, true
		}
	}
	return seq, more
}

// pair joins a place with the body of its kind. In a table of partitions there
// may be several of one seq: that which was logged when the place says is the
// one.
func (m *merge) pair(at spineRow, bodies [][]body) daybook.Row {
	row := daybook.Row{Spine: &at.Spine, Fault: at.fault}
	for i, t := range m.tables {
		if t.kind != at.Kind {
			continue
		}
		var found *body
		for j := range bodies[i] {
			b := &bodies[i][j]
			if b.seq != at.Seq {
				break
			}
			if found == nil || b.values[t.loggedAt].Text() == at.LoggedAt {
				found = b
			}
		}
		if found == nil {
			return row
		}
		fault := found.fault
		if said := found.values[t.loggedAt].Text(); fault == "" && said != at.LoggedAt {
			fault = t.kind.Name + ".logged_at is " + said + ", but the spine says " + at.LoggedAt
		}
		row.Entry, found.values = t.entry(at.Spine, found.values), nil
		if row.Fault == "" {
			row.Fault = fault
		}
	}
	return row
}
