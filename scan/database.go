package scan

import "time"

// A Database is a snapshot of what the catalog of a database says.
type Database struct {
	Location  string // postgres://host:port/name
	Name      string
	Version   string // of the server
	Taken     time.Time
	Relations []*Relation
}

// Kind is what a relation is.
type Kind string

// The kinds of relations, as the system catalog writes them.
const (
	Table            Kind = "r"
	View             Kind = "v"
	MaterializedView Kind = "m"
	ForeignTable     Kind = "f"
	PartitionedTable Kind = "p"
)

// IsView says that the relation has a definition that its rows come from.
func (k Kind) IsView() bool { return k == View || k == MaterializedView }

// A Name names a relation.
type Name struct{ Schema, Table string }

// String is schema.table.
func (n Name) String() string { return n.Schema + "." + n.Table }

// A Relation is a table or view.
type Relation struct {
	Name
	Kind       Kind
	Comment    string
	Definition string // of a view: the statement that would make it anew
	Rows       *int64 // about how many, where PostgreSQL has counted
	Columns    []Column
	PrimaryKey []string
	Keys       []ForeignKey
	Reads      []Dependency // of a view: what its definition depends on
	Generated  []Generated
	Parents    []Name // tables that it is a partition of, or inherits from
	Partition  Partition
	Foreign    Foreign
}

// A Column is a column of a relation.
type Column struct {
	Name      string
	Type      string // as PostgreSQL formats it
	NotNull   bool
	Generated string // the expression that it is generated from
	Comment   string
}

// A ForeignKey is a note that columns refer to those of another table.
type ForeignKey struct {
	Constraint string   `json:"constraint"`
	Columns    []string `json:"columns"`
	Table      string   `json:"references"`
	To         []string `json:"referenced_columns"`
}

// A Dependency is a column that a view's definition depends on; Column is ""
// for the relation as a whole.
type Dependency struct {
	Source Name
	Kind   Kind
	Column string
}

// Generated says that a generated column comes from another of its table.
type Generated struct{ Column, Source string }

// Partition says how a table is parted, or which part of its parent it is.
type Partition struct{ Key, Bound string }

// Foreign says where the rows of a foreign table are. It holds no option but
// those that name a table or file there: others may be secrets.
type Foreign struct {
	Server  string            `json:"server"`
	Wrapper string            `json:"wrapper"`
	Options map[string]string `json:"options,omitempty"`
}

// column gives a column by name; nil for none.
func (r *Relation) column(name string) *Column {
	for i := range r.Columns {
		if r.Columns[i].Name == name {
			return &r.Columns[i]
		}
	}
	return nil
}

func (r *Relation) columnNames() []string {
	names := make([]string, len(r.Columns))
	for i := range r.Columns {
		names[i] = r.Columns[i].Name
	}
	return names
}
