package daybook_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/daybook-audit/daybook"
)

// The catalog says what a kind is, what its columns take, and what may still be
// filled in after an entry was written.
func ExampleKind() {
	k := daybook.MustKind("decision_logs")
	fmt.Println(k.Name, "are about a", k.Subject().Name+", happen at", k.Time().Name, "and are of an", k.Agent().Name)
	for _, c := range k.Columns {
		if c.Amend != daybook.RuleNone {
			fmt.Printf("%s %s may be filled %s\n", c.Name, c.Type, c.Amend)
		}
	}
	// Output:
	// decision_logs are about a decision_id, happen at decided_at and are of an agent_position
	// human_override text may be filled once
	// human_review_at timestamp may be filled once
	// human_reviewed boolean may be filled oneway
	// human_reviewer text may be filled once
}

// Every list of kinds, columns and rules follows from the catalog.
func ExampleKinds() {
	for _, k := range daybook.Kinds()[:3] {
		fmt.Println(k.Number, k.Name, "stay", k.Retention)
	}
	// Output:
	// 1 conversations stay 7 years
	// 2 thinking_logs stay 2 years
	// 3 decision_logs stay 7 years
}

// A word that is not in the catalog is refused with the one that was meant.
func ExampleKindNamed() {
	_, err := daybook.KindNamed("conversation")
	fmt.Println(err)
	var e *daybook.Error
	if errors.As(err, &e) {
		fmt.Println(e.Hint)
	}
	// Output:
	// /kind: unknown kind "conversation"
	// did you mean conversations?
}

// A closed list of words takes no other; of a list of known ones others are
// kept, with a warning.
func ExampleColumn() {
	k := daybook.MustKind("transformation_session")
	i, _ := k.Column("status")
	fmt.Println(k.Columns[i].Closed)
	k = daybook.MustKind("transformation_operation")
	i, _ = k.Column("transformation_type")
	fmt.Println(k.Columns[i].Known)
	// Output:
	// [ACTIVE COMPLETED FAILED ABANDONED]
	// [SQL PYTHON FORMULA MANUAL VIEW_DEFINITION FAILED_SQL]
}

// The type of a column says how text is read, and how it is written down.
func ExampleColumn_ParseText() {
	k := daybook.MustKind("conversations")
	i, _ := k.Column("started_at")
	v, err := k.Columns[i].ParseText("2026-01-31 10:00:00.5+01:00")
	fmt.Println(v.Text(), err)
	i, _ = k.Column("input_tokens")
	_, err = k.Columns[i].ParseText("many")
	fmt.Println(err)
	// Output:
	// 2026-01-31T09:00:00.500000Z <nil>
	// want an integer, got many
}

// A verb says what an amendment fills in, by whom and when.
func ExampleVerb_Apply() {
	k := daybook.MustKind("decision_logs")
	verb, err := daybook.VerbNamed(k, "review")
	if err != nil {
		fmt.Println(err)
		return
	}
	r := daybook.NewRecord(k)
	r.Set("decision_id", daybook.TextValue("hold-the-budget"))
	r.Amend = true
	verb.Apply(&r, "ana", time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC))
	for i, c := range r.Kind.Columns {
		if r.Values[i].IsSet() {
			fmt.Printf("%s = %s\n", c.Name, daybook.AppendValue(nil, c.Type, r.Values[i]))
		}
	}
	// Output:
	// decision_id = "hold-the-budget"
	// human_review_at = "2026-01-31T12:00:00.000000Z"
	// human_reviewed = true
	// human_reviewer = "ana"
}

// How long a body stays is promised when its entry is written.
func ExampleRetention_Until() {
	written := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)
	for _, name := range []string{"conversations", "mcp_usage_logs", "ledger_event"} {
		fmt.Println(name, daybook.MustKind(name).Retention.Until(written))
	}
	// Output:
	// conversations 2033-01-31T09:00:00.000000Z
	// mcp_usage_logs 2027-01-31T09:00:00.000000Z
	// ledger_event 9999-12-31T23:59:59.999999Z
}
