package main

import (
	"fmt"
	"slices"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/lineage"
	store "github.com/daybook-audit/daybook/sqlite"
)

// walks measures walks over a large graph of columns, in the store, beside a
// recursive query on the same file: the limit of what it stands on.
func (b *bench) walks(edges, walks int) error {
	w := warehouseOf(edges)
	b.heading("Walks over %d column edges, %d into each column", w.edges(), fanIn)
	s, err := store.Open(b.ctx, b.path("walks"), store.Options{Logger: quiet})
	if err != nil {
		return err
	}
	defer s.Close()
	begun := time.Now()
	if err := w.fill(b.ctx, s); err != nil {
		return err
	}
	b.line("edges appended, past intake and ledger", w.edges(), time.Since(begun), 0)
	conn, err := sqlite.OpenConn(b.path("walks"), sqlite.OpenReadOnly)
	if err != nil {
		return err
	}
	defer conn.Close()
	m := &walking{bench: b, warehouse: w, reader: lineage.NewReader(s, s), conn: conn}
	if err := m.upstream(walks); err != nil {
		return err
	}
	return m.impact(max(3, walks/50))
}

// walking is the measurement of walks.
type walking struct {
	*bench
	warehouse
	reader *lineage.Reader
	conn   *sqlite.Conn
}

// upstream walks from columns at random, to the default depth.
func (m *walking) upstream(n int) error {
	roots := make([]daybook.Node, n)
	for i := range roots {
		roots[i] = m.column(daybook.DefaultDepth + m.random.IntN(m.layers-daybook.DefaultDepth+1))
	}
	q := daybook.LineageQuery{Direction: daybook.Upstream, Columns: true}
	for _, asOf := range []time.Time{{}, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)} {
		q.AsOf = asOf
		what := "upstream to depth 5"
		if !asOf.IsZero() {
			what += ", as of a time"
		}
		if err := m.compare(what, roots, q); err != nil {
			return err
		}
	}
	return nil
}

// impact walks downstream from columns that 10,000 others depend on, or as many
// as there are in a small warehouse.
func (m *walking) impact(n int) error {
	q := daybook.LineageQuery{Direction: daybook.Downstream, Columns: true, Depth: 8}
	want := min(10_000, m.tables*m.columns)
	var roots []daybook.Node
	for tries := 0; len(roots) < n && tries < 100*n; tries++ {
		root := m.column(0)
		q.Node = root.String()
		g, err := m.reader.Lineage(m.ctx, daybook.Local, q)
		if err != nil {
			return err
		}
		if len(g.Nodes) >= want && (want < 10_000 || len(g.Nodes) < want*3/2) {
			roots = append(roots, root)
		}
	}
	if len(roots) == 0 {
		return fmt.Errorf("no column has %d others depending on it", want)
	}
	return m.compare("impact: downstream to depth 8", roots, q)
}

// compare times walks and the recursive query, and wants them to find the same.
func (m *walking) compare(what string, roots []daybook.Node, q daybook.LineageQuery) error {
	var walks, queries []time.Duration
	nodes, edges := 0, 0
	for _, root := range roots {
		q.Node = root.String()
		begun := time.Now()
		g, err := m.reader.Lineage(m.ctx, daybook.Local, q)
		walks = append(walks, time.Since(begun))
		if err != nil {
			return err
		}
		begun = time.Now()
		found, err := m.recursive(root, q.Direction, g.Depth)
		queries = append(queries, time.Since(begun))
		if err != nil {
			return err
		}
		if found != len(g.Nodes) {
			return fmt.Errorf("a walk from %s found %d nodes, the query %d", root, len(g.Nodes), found)
		}
		nodes, edges = nodes+len(g.Nodes), edges+len(g.Edges)
	}
	fmt.Fprintf(m.w, "  %s: %d walks of %d nodes, %d edges\n", what, len(roots), nodes/len(roots), edges/len(roots))
	limit := m.times("recursive SQL, nodes and depths alone", queries, 0)
	m.times("walk, with all that edges say", walks, limit)
	return nil
}

// times prints the middle and the slowest of some times, and the ratio of the
// middle to a limit; 0 for no limit.
func (m *walking) times(what string, took []time.Duration, limit time.Duration) (middle time.Duration) {
	slices.Sort(took)
	middle = took[len(took)/2]
	ratio := ""
	if limit > 0 {
		ratio = fmt.Sprintf("%6.1f ×", float64(middle)/float64(limit))
	}
	fmt.Fprintf(m.w, "    %-50s p50 %7.2f ms, p99 %7.2f ms %s\n", what, ms(middle), ms(took[len(took)*99/100]), ratio)
	return middle
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// recursive counts the nodes of a walk by one query.
func (m *walking) recursive(root daybook.Node, d daybook.Direction, depth int) (nodes int, err error) {
	near, far := "target", "source"
	if d == daybook.Downstream {
		near, far = far, near
	}
	stmt, err := m.conn.Prepare(fmt.Sprintf(`WITH RECURSIVE walk (schema, name, column, depth) AS (
  VALUES (?, ?, ?, 0)
  UNION
  SELECT r.%[2]s_schema, r.%[2]s_name, r.%[2]s_column, walk.depth + 1
  FROM walk CROSS JOIN ledger_lineage_edge AS r
  ON r.%[1]s_name = walk.name AND r.is_current = 1 AND r.%[1]s_column = walk.column AND r.%[1]s_schema = walk.schema
  WHERE walk.depth < ?
)
SELECT schema, name, column, min(depth) FROM walk GROUP BY name, column, schema`, near, far))
	if err != nil {
		return 0, err
	}
	defer stmt.Reset()
	for i, text := range []string{root.Schema, root.Name, root.Column} {
		stmt.BindText(i+1, text)
	}
	stmt.BindInt64(4, int64(depth))
	for {
		more, err := stmt.Step()
		if err != nil || !more {
			return nodes, err
		}
		nodes++
	}
}
