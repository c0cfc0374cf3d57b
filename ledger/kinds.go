package ledger

import (
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// The kinds that have rules of their own.
var (
	kindSession   = daybook.MustKind("transformation_session")
	kindOperation = daybook.MustKind("transformation_operation")
	kindArtifact  = daybook.MustKind("output_artifact")
	kindEdge      = daybook.MustKind("lineage_edge")
	kindErasure   = daybook.MustKind("erasure")
)

// standing is where a kind has what every record of it is looked at for.
type standing struct{ logID, subject, salt int }

// standings has the standing of each kind under its number.
var standings = func() []standing {
	var all []standing
	for _, k := range daybook.Kinds() {
		for len(all) <= k.Number {
			all = append(all, standing{})
		}
		all[k.Number] = standing{logID: place(k, "log_id"), subject: place(k, k.Subject().Name), salt: place(k, "salt")}
	}
	return all
}()

func place(k *daybook.Kind, column string) int {
	i, ok := k.Column(column)
	if !ok {
		panic("ledger: " + k.Name + " has no column " + column)
	}
	return i
}

func setCurrent(e *daybook.Entry, is bool) {
	e.Values[place(e.Kind, "is_current")] = daybook.BoolValue(is)
}

func setAbsent(e *daybook.Entry, column, text string) {
	if i := place(e.Kind, column); !e.Values[i].IsSet() {
		e.Values[i] = daybook.TextValue(text)
	}
}

// complete fills the durations and verdicts that follow from times.
func complete(e *daybook.Entry) {
	for i := range e.Kind.Columns {
		c := &e.Kind.Columns[i]
		if e.Values[i].IsSet() {
			continue
		}
		if c.Span.From != "" {
			if d, ok := between(e, c.Span); ok {
				unit := time.Second
				if c.Name == "duration_ms" {
					unit = time.Millisecond
				}
				e.Values[i] = daybook.IntValue(int64(d / unit))
			}
		}
		if c.Met.From != "" {
			if d, ok := between(e, c.Met); ok {
				e.Values[i] = daybook.BoolValue(d >= 0)
			}
		}
	}
}

func between(e *daybook.Entry, span daybook.Span) (time.Duration, bool) {
	from, to := e.Text(span.From), e.Text(span.To)
	if from == "" || to == "" {
		return 0, false
	}
	start, err := canon.ParseTime(from)
	if err != nil {
		return 0, false
	}
	end, err := canon.ParseTime(to)
	if err != nil {
		return 0, false
	}
	return end.Sub(start), true
}
