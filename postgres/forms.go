package postgres

import "github.com/daybook-audit/daybook"

// sqlType is the type of a column in the kind's table. JSON stands there as the
// canonical text: jsonb would write its numbers anew, and costs a third of an
// insert. The views of the schema audit show it as jsonb. Texts are ordered by
// their bytes, as everywhere in Daybook: an index of another order would have
// to be made anew whenever the machine's locales change.
func sqlType(c *daybook.Column) string {
	switch c.Type {
	case daybook.TypeUUID:
		return "uuid"
	case daybook.TypeHex:
		return "bytea"
	case daybook.TypeInt:
		return "bigint"
	case daybook.TypeFloat:
		return "double precision"
	case daybook.TypeBool:
		return "boolean"
	case daybook.TypeTime:
		return "timestamptz"
	case daybook.TypeDate:
		return "date"
	case daybook.TypeTexts:
		return `text[] COLLATE "C"`
	default:
		return `text COLLATE "C"`
	}
}

// inSpine says that a column stands in the spine instead of the kind's table.
// logged_at stands in both: partitions are told by it, so the table needs it.
func inSpine(c *daybook.Column) bool {
	switch c.Name {
	case "kind", "log_id", "retain_until":
		return c.Envelope
	}
	return false
}

// bodyColumns gives the places in Kind.Columns of what stands in the kind's
// table behind seq and logged_at, in order.
func bodyColumns(k *daybook.Kind) []int {
	var places []int
	for i := range k.Columns {
		if c := &k.Columns[i]; !inSpine(c) && (c.Name != "logged_at" || !c.Envelope) {
			places = append(places, i)
		}
	}
	return places
}
