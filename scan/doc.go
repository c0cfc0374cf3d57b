// Package scan documents the lineage of the tables of a PostgreSQL database
// that exist already: which tables and views there are, which columns they
// have, and which columns each column of a view comes from.
//
// It goes three steps. [Read] takes a snapshot of the system catalog in one
// read-only transaction. [NewPlan], a pure function, makes the records that
// say what is in the snapshot. [Run] compares them with what the ledger says
// already and writes the difference: nothing where nothing has changed.
//
// PostgreSQL itself knows which columns a view depends on, and that is what
// decides. Which column of the view each of them flows into, and how, is read
// from the view's definition by [sqllineage]. Where the two disagree, what
// PostgreSQL says is kept as an edge to the view as a whole, and a note says
// so.
//
// What functions and triggers do is not in the catalog, and is left out. So is
// all that is in the tables: no row of them is read.
package scan
