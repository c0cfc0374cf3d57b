package daybook

import "context"

// KnownColumns is the part of a store that remembers which columns tables
// have, so that a star in SQL can be told apart. It is state and no evidence:
// it follows from what was logged, and may be made anew from it.
type KnownColumns interface {
	// ColumnsOf gives the columns of a table of a business in their order; none
	// for a table that is not known. The case of the table's name does not matter.
	ColumnsOf(ctx context.Context, business, table string) ([]string, error)
	// KeepColumns keeps the columns of tables of a business in the place of
	// those kept before, durably. A table without columns is forgotten.
	KeepColumns(ctx context.Context, business string, columns map[string][]string) error
}
