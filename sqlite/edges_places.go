package sqlite

import (
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
}

// An edge may have the name of a table in one piece, and may be of all columns.
// Both are rare, and every walk asks for them at every step, so each has a
// small index of its own, in which it is soon seen that there are none. SQLite
// takes the index for its condition, which must stand in both word for word.
const (
	whereParted = "$name = j.value->>1 AND $schema = j.value->>0"
	wherePiece  = "$name = j.value->>1 AND " + onePiece
	onePiece    = "coalesce($schema, '') = ''"
	ofColumn    = " AND $column IS j.value->>2"
	whereStar   = "$name = j.value->>1 AND " + ofAll + " AND coalesce($schema, '') = j.value->>0"
	ofAll       = "coalesce($column, '') = '*'"
)

// listsOf gives the lists that together have the places of a query.
func listsOf(q daybook.EdgesQuery) []*placeList {
	parted, piece := &placeList{where: whereParted + ofColumn}, &placeList{where: wherePiece + ofColumn}
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
	return []*placeList{parted, piece, star, wholeParted, wholePiece}
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
		list.places = canon.AppendString(append(list.places, between, '['), way[0])
		list.places = canon.AppendString(append(list.places, ','), way[1])
		list.places = append(append(list.places, column...), ']')
	}
}
