package daybook

import (
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook/canon"
)

// declaration is a kind as it is declared: everything else follows from the
// struct and its tags.
type declaration struct {
	number     int
	name       string
	of         any
	retention  Retention
	restricted bool
}

var (
	sevenYears = Retention{Years: 7}
	twoYears   = Retention{Years: 2}
	hot        = Retention{Days: 30}
	forever    = Retention{Forever: true}
)

var declarations = []declaration{
	{number: 1, name: "conversations", of: Conversation{}, retention: sevenYears},
	{number: 2, name: "thinking_logs", of: ThinkingLog{}, retention: twoYears},
	{number: 3, name: "decision_logs", of: DecisionLog{}, retention: sevenYears},
	{number: 4, name: "action_logs", of: ActionLog{}, retention: twoYears},
	{number: 5, name: "escalation_logs", of: EscalationLog{}, retention: sevenYears},
	{number: 6, name: "mcp_usage_logs", of: MCPUsageLog{}, retention: Retention{Years: 1}},
	{number: 7, name: "transformation_session", of: TransformationSession{}, retention: hot},
	{number: 8, name: "transformation_operation", of: TransformationOperation{}, retention: hot},
	{number: 9, name: "output_artifact", of: OutputArtifact{}, retention: Retention{Days: 30, WhileCurrent: true}},
	{number: 10, name: "lineage_edge", of: LineageEdge{}, retention: Retention{Years: 1, WhileCurrent: true}},
	{number: 11, name: "ingest_run", of: IngestRun{}, retention: twoYears},
	{number: 12, name: "validation_status", of: ValidationStatus{}, retention: twoYears},
	{number: 13, name: "log_access_audit", of: LogAccessAudit{}, retention: sevenYears, restricted: true},
	{number: 14, name: "ledger_event", of: LedgerEvent{}, retention: forever, restricted: true},
	{number: 15, name: "retention_run", of: RetentionRun{}, retention: forever, restricted: true},
	{number: 16, name: "retention_hold", of: RetentionHold{}, retention: forever, restricted: true},
	{number: 17, name: "erasure", of: Erasure{}, retention: forever, restricted: true},
	{number: 18, name: "transformation_session_archive", of: TransformationSessionArchive{}, retention: forever, restricted: true},
	{number: 19, name: "transformation_session_summary", of: TransformationSessionSummary{}, retention: forever, restricted: true},
}

var (
	kinds        []*Kind
	kindByName   = map[string]*Kind{}
	kindByNumber = map[int]*Kind{}
	kindByType   = map[reflect.Type]*Kind{}
)

func init() {
	for _, d := range declarations {
		k := d.kind()
		kinds = append(kinds, k)
		kindByName[k.Name] = k
		kindByNumber[k.Number] = k
		kindByType[reflect.TypeOf(d.of)] = k
	}
}

// Kinds lists the catalog in the order of kind numbers. The slice is shared:
// do not change it.
func Kinds() []*Kind { return kinds }

// KindNamed gives the kind of that name, or an error that lists the names.
func KindNamed(name string) (*Kind, error) {
	if k, ok := kindByName[name]; ok {
		return k, nil
	}
	return nil, Under("/kind", unknownKind(name))
}

func unknownKind(name string) *Error {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Name
	}
	return &Error{
		Code: CodeInvalid, Message: "unknown kind " + strconv.Quote(Clip(name)),
		Hint: HintNear(name, names, "the kinds are "+strings.Join(names, ", ")),
	}
}

// MustKind is KindNamed for names known to be right; it panics on others.
func MustKind(name string) *Kind {
	k, err := KindNamed(name)
	if err != nil {
		panic(err)
	}
	return k
}

// KindNumbered gives the kind that the spine calls n, or nil.
func KindNumbered(n int) *Kind { return kindByNumber[n] }

func (d declaration) kind() *Kind {
	k := &Kind{
		Name: d.name, Number: d.number, Retention: d.retention, Restricted: d.restricted,
		Columns: envelopeColumns(), subject: -1, time: -1, agent: -1, byName: map[string]int{},
	}
	var timeName, agentName string
	t := reflect.TypeOf(d.of)
	for i := range t.NumField() {
		c, flags := parseField(t.Field(i))
		if flags["time"] {
			timeName = c.Name
		}
		if flags["agent"] {
			agentName = c.Name
		}
		k.Columns = append(k.Columns, c)
	}
	k.Columns = withoutShadowed(k.Columns)
	sort.Slice(k.Columns, func(i, j int) bool { return k.Columns[i].Name < k.Columns[j].Name })
	for i := range k.Columns {
		c := &k.Columns[i]
		c.key = canon.AppendKey(nil, c.Name)
		k.byName[c.Name] = i
		if c.Subject {
			k.subject = i
		}
	}
	k.time, k.agent = k.place(timeName), k.place(agentName)
	k.envelope = envelope{
		kind: k.place("kind"), logID: k.place("log_id"), loggedAt: k.place("logged_at"),
		revision: k.place("revision"), principal: k.place("principal"), retainUntil: k.place("retain_until"),
		salt: k.place("salt"), warnings: k.place("warnings"), business: k.place("business_id"),
	}
	return k
}

func (k *Kind) place(name string) int {
	if i, ok := k.byName[name]; ok {
		return i
	}
	return -1
}

func envelopeColumns() []Column {
	return []Column{
		{Name: "kind", Type: TypeText, Envelope: true},
		{Name: "log_id", Type: TypeUUID, Envelope: true},
		{Name: "logged_at", Type: TypeTime, Envelope: true},
		{Name: "principal", Type: TypeText, Envelope: true},
		{Name: "retain_until", Type: TypeTime, Envelope: true},
		{Name: "revision", Type: TypeInt, Envelope: true},
		{Name: "salt", Type: TypeHex, Envelope: true},
		{Name: "warnings", Type: TypeTexts, Envelope: true},
	}
}

// withoutShadowed drops an envelope column where the kind's own has its name:
// transformation_operation has warnings of its own, and those of the intake
// are added to them.
func withoutShadowed(columns []Column) []Column {
	own := map[string]bool{}
	for _, c := range columns {
		if !c.Envelope {
			own[c.Name] = true
		}
	}
	kept := columns[:0]
	for _, c := range columns {
		if !c.Envelope || !own[c.Name] {
			kept = append(kept, c)
		}
	}
	return kept
}

// parseField reads the tag of a field: the column's name, then flags and
// settings separated by semicolons.
func parseField(f reflect.StructField) (Column, map[string]bool) {
	parts := strings.Split(f.Tag.Get("daybook"), ";")
	c := Column{Name: parts[0], Type: typeOf(f.Type), field: f.Index}
	flags := map[string]bool{}
	for _, part := range parts[1:] {
		name, value, isSetting := strings.Cut(part, "=")
		if isSetting {
			c.set(name, value)
		} else {
			flags[name] = true
		}
	}
	c.Subject, c.Serial, c.Required = flags["subject"], flags["serial"], flags["required"]
	c.Long, c.Preview, c.Index = flags["long"], flags["preview"], flags["index"]
	c.Filled = flags["filled"] || c.Subject || flags["time"] || c.Default != "" || c.Span.From != "" || c.Met.From != ""
	switch {
	case flags["uuid"]:
		c.Type = TypeUUID
	case flags["date"]:
		c.Type = TypeDate
	}
	return c, flags
}

func (c *Column) set(name, value string) {
	switch name {
	case "default":
		c.Default = value
	case "closed":
		c.Closed = strings.Split(value, "|")
	case "known":
		c.Known = strings.Split(value, "|")
	case "min":
		c.Min = mustNumber(value)
	case "max":
		c.Max = mustNumber(value)
	case "amend":
		c.Amend = ruleNamed(value)
	case "opens":
		c.Opens = value == "true"
	case "ref":
		c.Ref = value
	case "after":
		c.After = value
	case "computed":
		c.Computed = value
	case "span":
		c.Span.From, c.Span.To, _ = strings.Cut(value, ",")
	case "met":
		c.Met.From, c.Met.To, _ = strings.Cut(value, ",")
	default:
		panic("daybook: unknown setting in tag: " + name)
	}
}

func ruleNamed(name string) Rule {
	for i, n := range ruleNames {
		if n == name {
			return Rule(i)
		}
	}
	panic("daybook: unknown rule in tag: " + name)
}

func mustNumber(s string) *float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(fmt.Sprintf("daybook: number in tag: %v", err))
	}
	return &f
}
