package ledger

import (
	"slices"

	"github.com/daybook-audit/daybook"
)

// identityColumns make an edge the same edge: a unique constraint, null-safe,
// within one business. The subtype is one of them: a column may both sort a
// table's rows and choose their values, which have one relationship_type.
var identityColumns = [...]string{
	"business_id", "source_type", "source_schema", "source_name", "source_column",
	"target_type", "target_schema", "target_name", "target_column", "relationship_type", "subtype",
}

// identity is what an edge says, but for who said it and how.
type identity [len(identityColumns)]daybook.Value

var identityPlaces = func() (at [len(identityColumns)]int) {
	for i, column := range identityColumns {
		at[i] = place(kindEdge, column)
	}
	return at
}()

func identityOf(e *daybook.Entry) (key identity) {
	for i, at := range identityPlaces {
		key[i] = e.Values[at]
	}
	return key
}

// currentInto gives the edges that are current into what has one of the names,
// in whatever schema.
func (s *sequencer) currentInto(names ...string) (map[identity]*daybook.Entry, error) {
	edges, err := s.among(kindEdge, daybook.Is("target_name", names...), isCurrent)
	if err != nil {
		return nil, err
	}
	there := make(map[identity]*daybook.Entry, len(edges))
	for _, e := range edges {
		if isTrue(e) {
			there[identityOf(e)] = e
		}
	}
	return there, nil
}

var isCurrent = daybook.Filter{Column: "is_current", Op: daybook.OpIn, Values: []daybook.Value{daybook.BoolValue(true)}}

// targetsOf gives the names of what edges go to, each once.
func targetsOf(edges []*daybook.Entry) []string {
	names := make([]string, len(edges))
	for i, e := range edges {
		names[i] = e.Text("target_name")
	}
	slices.Sort(names)
	return slices.Compact(names)
}
