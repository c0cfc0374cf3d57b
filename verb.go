package daybook

import (
	"strings"
	"time"

	"github.com/daybook-audit/daybook/canon"
)

// Verb is an amendment with a name of its own: what it means, and what it
// fills in where the caller says nothing.
type Verb struct {
	Name string
	Kind string
	Doc  string
	fill func(r *Record, by string, now string)
}

var verbs = []Verb{
	{Name: "checkin", Kind: "transformation_session", Doc: "End a session: COMPLETED unless status says otherwise.", fill: func(r *Record, _, _ string) {
		setAbsent(r, "status", "COMPLETED")
	}},
	{Name: "review", Kind: "decision_logs", Doc: "A human has looked at the decision.", fill: func(r *Record, by, now string) {
		fillAbsent(r, "human_reviewed", BoolValue(true))
		setAbsent(r, "human_reviewer", by)
		setAbsent(r, "human_review_at", now)
	}},
	{Name: "acknowledge", Kind: "escalation_logs", Doc: "The target has taken the escalation up.", fill: func(r *Record, _, now string) {
		setAbsent(r, "acknowledged_at", now)
	}},
	{Name: "resolve", Kind: "escalation_logs", Doc: "The escalation is settled.", fill: func(r *Record, by, now string) {
		setAbsent(r, "resolved_at", now)
		setAbsent(r, "resolved_by", by)
	}},
	{Name: "end", Kind: "conversations", Doc: "The conversation is over: completed, or error where it has an error_message.", fill: func(r *Record, _, now string) {
		setAbsent(r, "ended_at", now)
		if r.Get("error_message").set {
			setAbsent(r, "status", "error")
		}
		setAbsent(r, "status", "completed")
	}},
}

// Verbs lists the verbs. The slice is shared: do not change it.
func Verbs() []Verb { return verbs }

// VerbNamed gives the verb of a kind by name, or an error that lists the
// kind's verbs.
func VerbNamed(k *Kind, name string) (*Verb, error) {
	var names []string
	for i := range verbs {
		if verbs[i].Kind != k.Name {
			continue
		}
		if verbs[i].Name == name {
			return &verbs[i], nil
		}
		names = append(names, verbs[i].Name)
	}
	hint := k.Name + " has no verbs; fill its fields with amend"
	if names != nil {
		hint = k.Name + " has " + strings.Join(names, ", ") + " and amend"
	}
	return nil, &Error{Code: CodeNotFound, Message: "no such verb: " + Clip(name), Hint: hint}
}

// Apply makes r the verb's amendment by a principal's name: what the caller
// gave stands, the rest is filled in.
func (v *Verb) Apply(r *Record, by string, now time.Time) {
	r.Amend = true
	v.fill(r, by, canon.FormatTime(now))
}

func setAbsent(r *Record, column, text string) {
	if text != "" {
		fillAbsent(r, column, TextValue(text))
	}
}

func fillAbsent(r *Record, column string, v Value) {
	if i, ok := r.Kind.Column(column); ok && !r.Values[i].set {
		r.Fill(i, v)
	}
}
