package daybook

import (
	"crypto/sha256"
	"sync"
)

// edgeColumns make an edge the same edge: a unique constraint, null-safe,
// within one business.
var edgeColumns = sync.OnceValue(func() []int {
	k := MustKind("lineage_edge")
	var at []int
	for _, name := range []string{
		"business_id", "source_type", "source_schema", "source_name", "source_column",
		"target_type", "target_schema", "target_name", "target_column", "relationship_type",
	} {
		i, ok := k.Column(name)
		if !ok {
			panic("daybook: lineage_edge has no column " + name)
		}
		at = append(at, i)
	}
	return at
})

// EdgeKey stands for what an edge says: two edges with the same key are the
// same flow, whoever says so and however it is known.
type EdgeKey [16]byte

// EdgeKeyOf gives the key of an edge's values.
func EdgeKeyOf(values []Value) EdgeKey {
	var scratch [512]byte
	text := scratch[:0]
	for _, i := range edgeColumns() {
		if values[i].IsSet() {
			text = append(text, '+')
			text = append(text, values[i].Text()...)
		}
		text = append(text, 0) // which no text holds
	}
	sum := sha256.Sum256(text)
	return EdgeKey(sum[:16])
}
