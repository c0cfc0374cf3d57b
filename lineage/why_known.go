package lineage

import (
	"context"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// known settles what a node is that no edge leads to: a table, or a column of
// one, that something else was said of. What nobody has said anything of is
// CodeNotFound, with names that are near.
func (w *inquiry) known(ctx context.Context) error {
	for i, may := range daybook.PlacesNamed(w.q.Node) {
		if i > 1 {
			break
		}
		table := may.Table
		said, columns, err := w.said(ctx, table)
		if err != nil {
			return err
		}
		if !said {
			continue
		}
		column := strings.TrimPrefix(w.q.Node[len(table):], ".")
		if column != "" && len(columns) > 0 && !slices.Contains(columns, column) {
			return unknownColumn(table, column, columns)
		}
		w.table = table
		return nil
	}
	return w.unknown(ctx)
}

// said finds out whether anything was said of a table, and which of its columns
// were named.
func (w *inquiry) said(ctx context.Context, table string) (said bool, columns []string, err error) {
	for _, q := range []struct {
		kind           *daybook.Kind
		column, naming string
	}{
		{artifactKind, "artifact_name", "columns"},
		{operationKind, "output_table", "output_columns"},
		{ingestKind, "target_table", ""},
		{validationKind, "table_name", ""},
	} {
		entries, _, err := w.listNamed(ctx, q.kind, q.column, table)
		if err != nil {
			return false, nil, err
		}
		for _, e := range entries {
			said = true
			if listed, err := daybook.Texts(e.Get(q.naming)); err == nil {
				columns = append(columns, listed...)
			}
		}
	}
	for _, side := range []daybook.Side{daybook.SourceSide, daybook.TargetSide} {
		flows, err := daybook.EdgesOf(w.reader.store).Edges(ctx, daybook.EdgesQuery{
			Side: side, Tables: []string{table}, Snapshot: w.size, Business: w.principal.Business, Limit: mostEnds,
		})
		if err != nil {
			return false, nil, wrap(err)
		}
		for i := range flows {
			said = true
			if column := side.Of(&flows[i]).Column; column != "" {
				columns = append(columns, column)
			}
		}
	}
	return said, distinct(columns), nil
}

// mostEnds bounds the edges that are looked through for names.
const mostEnds = 1000

// ends gives the places on a side of edges, those not in effect included.
func (w *inquiry) ends(ctx context.Context, s side, queries [][]daybook.Filter) ([]place, error) {
	var places []place
	for _, filters := range queries {
		entries, err := w.find(ctx, daybook.Query{Kind: edgeKind, Filters: filters, Limit: mostEnds})
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			places = append(places, s.place(e))
		}
	}
	return places, nil
}

func unknownColumn(table, column string, columns []string) error {
	const most = 12
	columns = lines(columns)
	shown := strings.Join(columns[:min(most, len(columns))], ", ")
	if more := len(columns) - most; more > 0 {
		shown += " and " + group(int64(more)) + " more"
	}
	return &daybook.Error{
		Code: daybook.CodeNotFound, Message: "nothing is known of a column " + daybook.Clip(column) + " of " + line(table),
		Hint: daybook.HintNear(column, columns, "its columns are "+shown),
	}
}

// lines brings names that agents chose each onto one line that is not too long.
func lines(names []string) []string {
	clean := make([]string, len(names))
	for i, name := range names {
		clean[i] = line(name)
	}
	return clean
}

// unknown is the error for a node that nobody has said anything of.
func (w *inquiry) unknown(ctx context.Context) error {
	near, err := w.near(ctx)
	if err != nil {
		return err
	}
	hint := "name a table as it was logged, such as gold.us_corn_balance_sheet, or a column of one"
	if len(near) > 0 {
		hint = "did you mean " + strings.Join(lines(near), ", ") + "?"
	}
	return &daybook.Error{Code: daybook.CodeNotFound, Message: "nothing is known of " + daybook.Clip(w.q.Node), Hint: hint}
}

// near gives tables of the same name in other schemas.
func (w *inquiry) near(ctx context.Context) ([]string, error) {
	const most = 3
	parts := strings.Split(w.q.Node, ".")
	names := spellings(parts[len(parts)-1])
	if len(parts) > 1 {
		names = append(names, spellings(parts[len(parts)-2])...)
	}
	var tables []string
	for _, s := range []side{targetSide, sourceSide} {
		places, err := w.ends(ctx, s, [][]daybook.Filter{{daybook.Is(s.name, names...)}})
		if err != nil {
			return nil, err
		}
		for _, p := range places {
			tables = append(tables, p.table)
		}
	}
	tables = distinct(tables)
	return tables[:min(most, len(tables))], nil
}
