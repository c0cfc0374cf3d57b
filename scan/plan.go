package scan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

// Extractor names the version of what made the edges of a scan, on each.
const Extractor = "scan/1 sqllineage/" + sqllineage.Version

// definitionType is the transformation_type of the operation that holds a
// view's definition. It is not SQL, from which the intake would derive the
// edges that the scan writes itself, and knows better.
const definitionType = "VIEW_DEFINITION"

// A Plan is what a scan has to say of a database, a part for each relation.
type Plan struct {
	Database *Database
	Filter   Filter
	Parts    []Part
	Notes    []Note
}

// A Part is what there is to say of one relation: that it is there, what a view
// is defined as, and what flows into it. Its records have no session yet.
type Part struct {
	Artifact  daybook.OutputArtifact
	Operation *daybook.TransformationOperation // nil but of a view
	Edges     []daybook.LineageEdge
}

// A Note is something about a relation that people should know.
type Note struct {
	Relation string `json:"relation"`
	Text     string `json:"note"`
}

// NewPlan makes the plan for the relations of a snapshot that a filter takes.
// It depends on nothing else, so equal snapshots give equal plans. A view
// comes behind those that it reads, so that its operations, in their order,
// would build all views anew. A schema that the filter names and that has no
// relation is of CodeNotFound.
func NewPlan(db *Database, f Filter) (*Plan, error) {
	if err := f.check(db); err != nil {
		return nil, err
	}
	p := &planner{db: db, known: map[Name]*Relation{}, plan: &Plan{Database: db, Filter: f}}
	for _, r := range db.Relations {
		p.known[r.Name] = r
	}
	for _, r := range inOrder(db.Relations, p.known) {
		if f.takes(r.Name) {
			p.plan.Parts = append(p.plan.Parts, p.part(r))
		}
	}
	return p.plan, nil
}

// planner makes a plan.
type planner struct {
	db    *Database
	known map[Name]*Relation
	plan  *Plan
}

func (p *planner) note(r *Relation, format string, args ...any) {
	p.plan.Notes = append(p.plan.Notes, Note{Relation: r.String(), Text: fmt.Sprintf(format, args...)})
}

// inOrder gives tables first, then views behind those that they read. The
// catalog has no cycles of views that work, and one that does not ends here too.
func inOrder(relations []*Relation, known map[Name]*Relation) []*Relation {
	var ordered []*Relation
	placed := map[*Relation]bool{}
	var place func(r *Relation)
	place = func(r *Relation) {
		if r == nil || placed[r] {
			return
		}
		placed[r] = true
		for _, d := range r.Reads {
			place(known[d.Source])
		}
		ordered = append(ordered, r)
	}
	for _, views := range []bool{false, true} {
		for _, r := range relations {
			if r.Kind.IsView() == views {
				place(r)
			}
		}
	}
	return ordered
}

func (p *planner) part(r *Relation) Part {
	part := Part{Artifact: p.artifact(r)}
	if r.Kind.IsView() {
		part.Operation = operation(r)
		part.Edges = p.viewEdges(r)
		return part
	}
	part.Edges = append(p.parentEdges(r), generatedEdges(r)...)
	return part
}

var artifactTypes = map[Kind]string{
	Table: "TABLE", PartitionedTable: "TABLE", ForeignTable: "TABLE", View: "VIEW", MaterializedView: "MATERIALIZED_VIEW",
}

func (p *planner) artifact(r *Relation) daybook.OutputArtifact {
	return daybook.OutputArtifact{
		ArtifactType: artifactTypes[r.Kind], ArtifactName: r.String(), ArtifactLocation: within(p.db.Location, r.Name),
		SourceTables: sources(r), Columns: r.columnNames(), RowCount: r.Rows, Description: r.Comment, Metadata: metadata(r),
	}
}

// within names a relation by where it is: behind the database, and before what
// a location ends with where that is a socket.
func within(location string, n Name) string {
	base, query, found := strings.Cut(location, "?")
	if found {
		query = "?" + query
	}
	return base + "/" + n.String() + query
}

// sources are the relations that a view's definition reads, each once.
func sources(r *Relation) []string {
	var names []string
	for i, d := range r.Reads { // those of one relation stand together
		if i == 0 || r.Reads[i-1].Source != d.Source {
			names = append(names, d.Source.String())
		}
	}
	return names
}

// columnNote is what the metadata of an artifact says of a column.
type columnNote struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	NotNull   bool   `json:"not_null,omitempty"`
	Generated string `json:"generated,omitempty"`
	Comment   string `json:"description,omitempty"`
}

// relationNote is the metadata of an artifact: what has no field of its own.
type relationNote struct {
	Columns      []columnNote `json:"columns"`
	PrimaryKey   []string     `json:"primary_key,omitempty"`
	Keys         []ForeignKey `json:"foreign_keys,omitempty"`
	PartitionOf  []string     `json:"partition_of,omitempty"`
	Inherits     []string     `json:"inherits,omitempty"`
	PartitionKey string       `json:"partition_key,omitempty"`
	Bound        string       `json:"partition_bound,omitempty"`
	Foreign      *Foreign     `json:"foreign_table,omitempty"`
	Definition   string       `json:"definition_sha256,omitempty"`
}

func metadata(r *Relation) json.RawMessage {
	note := relationNote{Columns: []columnNote{}, PrimaryKey: r.PrimaryKey, Keys: r.Keys, PartitionKey: r.Partition.Key, Bound: r.Partition.Bound}
	for _, c := range r.Columns {
		note.Columns = append(note.Columns, columnNote(c))
	}
	for _, parent := range r.Parents {
		if r.isPartition() {
			note.PartitionOf = append(note.PartitionOf, parent.String())
		} else {
			note.Inherits = append(note.Inherits, parent.String())
		}
	}
	if r.Kind == ForeignTable {
		note.Foreign = &r.Foreign
	}
	if r.Kind.IsView() {
		sum := sha256.Sum256([]byte(r.Definition))
		note.Definition = hex.EncodeToString(sum[:])
	}
	text, err := json.Marshal(note)
	if err != nil {
		panic(err) // it is made of texts
	}
	return text
}

func (r *Relation) isPartition() bool { return r.Partition.Bound != "" }

// operation is what defines a view.
func operation(r *Relation) *daybook.TransformationOperation {
	op := &daybook.TransformationOperation{
		OperationType: "SELECT", TransformationType: definitionType, TransformationLogic: r.Definition,
		InputTables: sources(r), OutputTable: r.String(), OutputColumns: r.columnNames(),
		Parameters: json.RawMessage(`{"dialect":"postgres"}`),
	}
	for _, d := range r.Reads {
		if d.Column != "" {
			op.InputColumns = append(op.InputColumns, d.Source.String()+"."+d.Column)
		}
	}
	return op
}
