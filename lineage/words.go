package lineage

import (
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// checkWords refuses to walk along origins and relationships that there are
// none of, which are mostly misspelt.
func checkWords(q *daybook.LineageQuery) error {
	if err := checkKnown("/origin", "origin", q.Origins); err != nil {
		return err
	}
	return checkKnown("/relationship", "relationship_type", q.Relationships)
}

func checkKnown(path, column string, words []string) error {
	i, _ := edgeKind.Column(column)
	known := edgeKind.Columns[i].Known
	for _, word := range words {
		if !slices.Contains(known, word) {
			e := daybook.Invalidf(path, "%q is no %s of an edge", daybook.Clip(word), column)
			e.Hint = "use " + strings.Join(known[:len(known)-1], ", ") + " or " + known[len(known)-1]
			return e
		}
	}
	return nil
}

// isIndirect says that an edge is from a column that decides on rows alone. One
// without a subtype is that where it joins or filters a table as a whole. A
// column that decides which value another has, by a CASE or a window, is where
// that value comes from as much as those that it chooses among.
func isIndirect(f *daybook.Flow) bool {
	if f.Target.Column != "" && (f.Subtype == "CONDITIONAL" || f.Subtype == "WINDOW") {
		return false
	}
	if f.Subtype == "" && f.Target.Column == "" && (f.Relationship == "JOINS" || f.Relationship == "FILTERS") {
		return f.Source.Column != ""
	}
	return f.Source.Column != "" && daybook.IsIndirect(f.Subtype)
}

// isDerived says that the edge was found by a program that reads all there is
// to read, and was not told by somebody who tells as much as they like.
func isDerived(f *daybook.Flow) bool {
	return slices.Contains([]string{"PARSED", "INFERRED", "IMPORTED"}, f.Origin)
}

// betweenColumns says that a value goes from a column to a column.
func betweenColumns(f *daybook.Flow) bool {
	return f.Source.Column != "" && f.Target.Column != "" && !isIndirect(f)
}

// betweenTables says that the edge names no columns.
func betweenTables(f *daybook.Flow) bool { return f.Source.Column == "" && f.Target.Column == "" }

// isStar says that all columns of a table go on under their names.
func isStar(f *daybook.Flow) bool {
	return f.Source.Column == daybook.AllColumns && f.Target.Column == daybook.AllColumns && !isIndirect(f)
}

// strengths orders relationships by how much they tell, the most first. What
// changes the data tells more than that it goes on unchanged, and that more
// than what decides on rows; DERIVES_FROM tells nothing but that it does.
var strengths = []string{"AGGREGATES", "TRANSFORMS", "COPIES", "JOINS", "FILTERS"}

// strength is lower for what tells more. What is indirect under the name of
// what is not, such as an order of rows, comes behind all of those; words of
// others come behind that, before DERIVES_FROM.
func strength(relationship, subtype string) int {
	i := slices.Index(strengths, relationship)
	switch {
	case relationship == "DERIVES_FROM":
		return len(strengths) + 2
	case i < 0:
		return len(strengths) + 1
	case daybook.IsIndirect(subtype) && i < slices.Index(strengths, "JOINS"):
		return len(strengths)
	}
	return i
}
