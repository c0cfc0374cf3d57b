package daybook

import (
	"slices"
	"time"
)

// Type is the type of a column's values. Every store keeps a value of a type
// in such a way that it reads back to the same canonical bytes.
type Type uint8

// The types of columns.
const (
	TypeText    Type = iota // UTF-8 without NUL
	TypeUUID                // lower-case text of 36 characters
	TypeHex                 // lower-case hexadecimal digits of raw bytes
	TypeInt                 // int64
	TypeFloat               // finite float64, never -0.0
	TypeBool                // true or false
	TypeTime                // RFC 3339 UTC with six digits: 2026-01-31T09:00:00.000000Z
	TypeDate                // 2026-01-31
	TypeJSON                // canonical JSON of any shape
	TypeTexts               // canonical JSON array of strings, never empty
	TypeOptions             // canonical JSON array of Option, never empty
)

var typeNames = [...]string{"text", "uuid", "hex", "integer", "float", "boolean", "timestamp", "date", "json", "text[]", "option[]"}

// String gives the type's name as the reference page shows it.
func (t Type) String() string { return typeNames[t] }

// IsText says that values of the type are held as text (in Value.Text).
func (t Type) IsText() bool { return t != TypeInt && t != TypeFloat && t != TypeBool }

// IsJSON says that the canonical text of a value stands unquoted in an entry.
func (t Type) IsJSON() bool { return t == TypeJSON || t == TypeTexts || t == TypeOptions }

// Rule says how an amendment may fill a column.
type Rule uint8

// The rules of amendment.
const (
	RuleNone     Rule = iota // never: what the first entry says stands
	RuleOnce                 // filled once, where absent
	RuleGrow                 // a number may not shrink, an array gains members
	RuleOneWay               // from absent to any, from the open word to a closing one, true → false or false → true as Opens says
	RuleEarliest             // a time may only become earlier
)

var ruleNames = [...]string{"", "once", "grow", "oneway", "earliest"}

// String gives the rule's name as a tag has it.
func (r Rule) String() string { return ruleNames[r] }

// Span names the columns a derived column follows from.
type Span struct{ From, To string }

// Column is one column of a kind, as its struct tag declares it.
type Column struct {
	Name     string
	Type     Type
	Envelope bool     // given by the ledger on every kind, not by the client
	Required bool     // a record without it is refused
	Subject  bool     // names the subject
	Serial   bool     // given by the ledger: a seq; of a subject, that of its first entry
	Filled   bool     // Daybook may fill it where the client gave none
	Long     bool     // free text, to MaxLong characters; others to MaxName
	Preview  bool     // cut to PreviewLength characters
	Index    bool     // questions look it up, so stores index it
	Default  string   // the value where none is given
	Closed   []string // the only words allowed; the first is the open one
	Known    []string // the words expected; others are kept with a warning
	Min, Max *float64 // the range of a number, inclusive
	Amend    Rule
	Opens    bool   // of a truth that goes one way: what it goes from
	Ref      string // the kind whose subject it must name
	After    string // the column it may not come before
	Span     Span   // a duration: whole units from From to To, where absent
	Met      Span   // a verdict: whether From came no later than To, where absent
	Computed string // the column that says, where it has a value, that this one was computed: then both give way to what is said next

	key   []byte // `"name": `
	field []int  // where the Go struct has it
}

// Lengths in characters.
const (
	PreviewLength = 500
	MaxName       = 1024
	MaxLong       = 1 << 20
)

// Retention is how long the body of an entry stays at the least. What it
// promises stands in the leaf; later policies can only extend it.
type Retention struct {
	Years, Days  int
	Forever      bool
	WhileCurrent bool // the floor holds only after a revision has ended it
}

// Forever is the retain_until of what never goes.
const Forever = "9999-12-31T23:59:59.999999Z"

// Until gives the canonical retain_until of an entry logged at t.
func (r Retention) Until(t time.Time) string {
	if r.Forever {
		return Forever
	}
	return t.UTC().AddDate(r.Years, 0, r.Days).Format(timeLayout)
}

const timeLayout = "2006-01-02T15:04:05.000000Z"

// Kind is one of the named record types. Kinds are declared once, in this
// package, and never change at run time.
type Kind struct {
	Name       string
	Number     int      // what the spine says for it; never used again for another
	Columns    []Column // sorted by name, envelope included
	Retention  Retention
	Restricted bool // written by Daybook itself or an admin, not by agents

	subject, time, agent int
	envelope             envelope
	byName               map[string]int
}

// envelope is where the ledger's own columns stand; -1 where the kind has none.
type envelope struct {
	kind, logID, loggedAt, revision, principal, retainUntil, salt, warnings, business int
}

// Declared lists the kind's columns in the order in which they are declared,
// which is the order to read them in, without those of the envelope.
func (k *Kind) Declared() []*Column {
	var list []*Column
	for i := range k.Columns {
		if c := &k.Columns[i]; !c.Envelope {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *Column) int { return slices.Compare(a.field, b.field) })
	return list
}

// Column gives the place of a column by name.
func (k *Kind) Column(name string) (int, bool) {
	i, ok := k.byName[name]
	return i, ok
}

// Subject gives the column that names the subject.
func (k *Kind) Subject() *Column { return &k.Columns[k.subject] }

// Time gives the column that says when it happened.
func (k *Kind) Time() *Column { return &k.Columns[k.time] }

// Agent gives the column that names the agent, or nil.
func (k *Kind) Agent() *Column {
	if k.agent < 0 {
		return nil
	}
	return &k.Columns[k.agent]
}

// Amendable says whether any column may be filled by an amendment.
func (k *Kind) Amendable() bool {
	for i := range k.Columns {
		if k.Columns[i].Amend != RuleNone {
			return true
		}
	}
	return false
}
