package sqlite

import (
	"strings"
	"unicode/utf8"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// sidePrefix begins the names of the columns of a side.
var sidePrefix = [...]string{daybook.SourceSide: "source_", daybook.TargetSide: "target_"}

// A placeList is places that are looked up in one way: an array, yet to be
// closed, of arrays of schema, name and column, as far as the way needs them.
type placeList struct {
	where  string // how; $ begins the names of the side's columns
	places []byte
	count  int
	sorted bool // many are read in the order of their rows
}

// from gives what statements read rows r of edges from: j is the list.
func (l *placeList) from() string {
	const each = "json_each(?) AS j CROSS JOIN "
	edges := tableName(lineageEdge)
	if l.sorted && l.count >= manyPlaces {
		return "(SELECT x.seq, j.value->>0 AS schema FROM " + each + edges + " AS x ON x.is_current = 1 AND " +
			strings.ReplaceAll(whereName+ofColumn, "$", "x.$") + " ORDER BY x.seq LIMIT -1) AS k CROSS JOIN " +
			edges + " AS r ON r.seq = k.seq AND r.$schema = k.schema"
	}
	return each + edges + " AS r ON r.is_current = 1 AND " + strings.ReplaceAll(l.where, "$", "r.$")
}

// manyPlaces are so many that their edges often share pages. It pays to find
// out by the index alone which rows they are, and to read these in their order.
const manyPlaces = 400

// An edge may have the name of a table in one piece, and may be of all columns.
// Both are rare, and every walk asks for them at every step, so each has a
// small index of its own, in which it is soon seen that there are none, or none
// at all. SQLite takes the index for its condition, which must stand in both
// word for word.
const (
	whereName   = "$name = j.value->>1"
	whereParted = whereName + " AND $schema = j.value->>0"
	wherePiece  = whereName + " AND " + onePiece
	onePiece    = "coalesce($schema, '') = ''"
	ofColumn    = " AND $column IS j.value->>2"
	whereStar   = whereName + " AND " + ofAll + " AND coalesce($schema, '') = j.value->>0"
	ofAll       = "coalesce($column, '') = '*'"
)

// rarities are the rare ways that a side of any edge at all is in; the lists for
// others need not be looked through.
type rarities struct{ piece, star bool }

// rarities looks into the small indexes. What fails, such as that somebody
// dropped one, is for the statements behind it to tell: those find the edges
// without an index too.
func (c *conn) rarities(side daybook.Side) rarities {
	table := tableName(lineageEdge)
	in := func(index, where string) string {
		return "EXISTS (SELECT 1 FROM " + table + " INDEXED BY " + table + "_$" + index + " WHERE " + where + ")"
	}
	stmt, err := c.prepare(strings.ReplaceAll("SELECT "+in("piece", onePiece)+", "+in("all", ofAll), "$", sidePrefix[side]))
	if err != nil {
		return rarities{piece: true, star: true}
	}
	defer stmt.Reset()
	if _, err := stmt.Step(); err != nil {
		return rarities{piece: true, star: true}
	}
	return rarities{piece: stmt.ColumnBool(0), star: stmt.ColumnBool(1)}
}

// listsOf gives the lists that together have the places of a query, but for
// those that are rare and that no edge is in.
func listsOf(q daybook.EdgesQuery, has rarities) []*placeList {
	parted, piece := &placeList{where: whereParted + ofColumn, sorted: true}, &placeList{where: wherePiece + ofColumn}
	star := &placeList{where: whereStar}
	for _, p := range q.Places {
		switch {
		case !utf8.ValidString(p.Column): // nothing stored equals it
		case p.Column == daybook.AllColumns:
			add(p.Table, "", star, star)
		case p.Column == "": // which some hold as an empty text
			add(p.Table, ",null", parted, piece)
			fallthrough
		default:
			add(p.Table, string(canon.AppendString([]byte{','}, p.Column)), parted, piece)
		}
	}
	wholeParted, wholePiece := &placeList{where: whereParted}, &placeList{where: wherePiece}
	for _, table := range q.Tables {
		add(table, "", wholeParted, wholePiece)
	}
	lists := []*placeList{parted, wholeParted}
	if has.piece {
		lists = append(lists, piece, wholePiece)
	}
	if has.star {
		lists = append(lists, star)
	}
	return lists
}

// add adds a table in each of the ways to part its name.
func add(table, column string, parted, piece *placeList) {
	if !utf8.ValidString(table) {
		return
	}
	for i, way := range daybook.SplitTable(table) {
		list := parted
		if i == 0 {
			list = piece
		}
		between := byte(',')
		if len(list.places) == 0 {
			between = '['
		}
		list.count++
		list.places = canon.AppendString(append(list.places, between, '['), way[0])
		list.places = canon.AppendString(append(list.places, ','), way[1])
		list.places = append(append(list.places, column...), ']')
	}
}
