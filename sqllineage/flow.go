package sqllineage

import "slices"

// A flowKind is what a source column does to a value. Direct kinds come first,
// the strongest last.
type flowKind uint8

const (
	flowIdentity flowKind = iota
	flowTransformation
	flowAggregation
	flowConditional
	flowWindow
	flowSort
	flowFilter
	flowJoin
	flowGroupBy
)

var flowSubtypes = [...]Subtype{
	flowIdentity: Identity, flowTransformation: Transformation, flowAggregation: Aggregation,
	flowConditional: Conditional, flowWindow: Window, flowSort: Sort, flowFilter: Filter,
	flowJoin: Join, flowGroupBy: GroupBy,
}

func (k flowKind) direct() bool { return k <= flowAggregation }

// through gives the kind of a flow that goes through a reference of the outer
// kind: of direct kinds the stronger one, else the indirect one that is met
// last on the way.
func (k flowKind) through(outer flowKind) flowKind {
	switch {
	case !outer.direct():
		return outer
	case !k.direct():
		return k
	}
	return max(k, outer)
}

// A certainty is a Resolution as a number, the surest first.
type certainty uint8

const (
	certain certainty = iota
	guessed
	throughStar
	unknown
)

var resolutions = [...]Resolution{certain: Exact, guessed: Guessed, throughStar: Star, unknown: Unknown}

// A flow is what a value takes from a column of a table.
type flow struct {
	column    int32 // into resolver.columns
	kind      flowKind
	certainty certainty
}

// key orders flows, and is one for those that are one edge: a pair has one
// direct edge, and one for each way it is indirect.
func (f flow) key() int64 {
	k := f.kind
	if k.direct() {
		k = 0
	}
	return int64(f.column)<<8 | int64(k)
}

// unite sorts flows and makes one of those that are one edge.
func unite(flows []flow) []flow {
	if len(flows) < 2 {
		return flows
	}
	slices.SortFunc(flows, func(a, b flow) int {
		switch ka, kb := a.key(), b.key(); {
		case ka < kb:
			return -1
		case ka > kb:
			return 1
		}
		return 0
	})
	kept := flows[:1]
	for _, f := range flows[1:] {
		last := &kept[len(kept)-1]
		if last.key() != f.key() {
			kept = append(kept, f)
			continue
		}
		last.kind, last.certainty = max(last.kind, f.kind), min(last.certainty, f.certainty)
	}
	return kept
}

// appendThrough appends flows that go through a reference of a kind.
func appendThrough(to, flows []flow, outer flowKind) []flow {
	for _, f := range flows {
		f.kind = f.kind.through(outer)
		to = append(to, f)
	}
	return to
}
