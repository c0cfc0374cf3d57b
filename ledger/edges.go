package ledger

import (
	"slices"

	"github.com/daybook-audit/daybook"
)

// currentInto gives the edges that are current into what has one of the names,
// in whatever schema.
func (s *sequencer) currentInto(names ...string) (map[daybook.EdgeKey]*daybook.Entry, error) {
	edges, err := s.among(kindEdge, daybook.Is("target_name", names...), isCurrent)
	if err != nil {
		return nil, err
	}
	there := make(map[daybook.EdgeKey]*daybook.Entry, len(edges))
	for _, e := range edges {
		if isTrue(e) {
			there[daybook.EdgeKeyOf(e.Values)] = e
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
