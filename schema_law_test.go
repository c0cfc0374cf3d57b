package daybook_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/storetest"
)

// check says what the server says of a record as far as it can be said without
// a ledger: the decoder, then the intake.
func check(k *daybook.Kind, form daybook.SchemaForm, text string) error {
	r, err := daybook.NewDecoder(strings.NewReader(text), k).Next()
	if err != nil {
		return err
	}
	if r.Amend != (form == daybook.SchemaAmendment) {
		return fmt.Errorf("amend is %t", r.Amend)
	}
	return roomy.Check(daybook.Local, r)
}

// roomy takes records of any size, which no schema can bound.
var roomy = intake.New(nil, intake.Limits{MaxRecordBytes: 1 << 30})

// The exceptions: where schema and server part, because JSON Schema has no word
// for it, or because its words for it would hide the rest. Each has an input of
// its own, so that one that is no exception any more is found.
var schemaExceptions = []struct {
	why    string
	kind   string
	form   daybook.SchemaForm
	text   string
	server bool // takes it, and the schema does not; else the other way round
}{
	{
		why: "an end is not before its start", kind: "conversations",
		text: `{"agent_position": "x", "started_at": "2026-01-02T00:00:00Z", "ended_at": "2026-01-01T00:00:00Z"}`,
	},
	{why: "no text holds NUL", kind: "conversations", text: `{"agent_position": "x\u0000"}`},
	{why: "no text in JSON holds NUL", kind: "action_logs", text: `{"agent_position": "x", "action_details": ["\u0000"]}`},
	{why: "integers have 64 bits", kind: "conversations", text: `{"agent_position": "x", "input_tokens": 9223372036854775808}`},
	{why: "integers in JSON have 64 bits", kind: "action_logs", text: `{"agent_position": "x", "action_details": 9223372036854775808}`},
	{why: "numbers are within a 64-bit float", kind: "conversations", text: `{"agent_position": "x", "cost_usd": 1e400}`},
	{why: "numbers are read as floats", kind: "conversations", text: `{"agent_position": "x", "input_tokens": 1e-400}`, server: true},
	{why: "JSON nests to 100", kind: "action_logs", text: `{"agent_position": "x", "action_details": ` + strings.Repeat("[", 101) + strings.Repeat("]", 101) + `}`},
	{why: "there are no leap seconds", kind: "conversations", text: `{"agent_position": "x", "started_at": "2016-12-31T23:59:60Z"}`},
	{why: "there is no year 0", kind: "conversations", text: `{"agent_position": "x", "started_at": "0000-01-01T00:00:00Z"}`},
	{why: "fractions have nine digits", kind: "conversations", text: `{"agent_position": "x", "started_at": "2026-01-01T00:00:00.0123456789Z"}`},
	{why: "a space may part date and time", kind: "conversations", text: `{"agent_position": "x", "started_at": "2026-01-01 00:00:00Z"}`, server: true},
	{why: "null is absence, of any field", kind: "lineage_edge", text: `{"source_type": "TABLE", "source_name": "a", "target_type": "TABLE", "target_name": "b", "relationship_type": "COPIES", "id": null}`, server: true},
	{why: "null is absence, of any field", kind: "action_logs", form: daybook.SchemaAmendment, text: `{"amend": true, "action_id": "a", "success": true, "agent_position": null}`, server: true},
	{why: "an amendment fills something", kind: "action_logs", form: daybook.SchemaAmendment, text: `{"amend": true, "action_id": "a", "success": null}`},
	{why: "an amendment fills something", kind: "transformation_session", form: daybook.SchemaAmendment, text: `{"amend": true, "id": "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01", "source_tables": []}`},
}

func TestSchemaExceptions(t *testing.T) {
	t.Parallel()
	for _, c := range schemaExceptions {
		form := c.form
		if form == "" {
			form = daybook.SchemaRecord
		}
		k := daybook.MustKind(c.kind)
		schema := fits(compiled(t, k, form), c.text)
		server := check(k, form, c.text)
		if c.server && (server != nil || schema == nil) || !c.server && (server == nil || schema != nil) {
			t.Errorf("%s is no exception: %s: the schema says %v, the server %v", c.why, c.text, schema, server)
		}
	}
}

func compiled(t testing.TB, k *daybook.Kind, form daybook.SchemaForm) *jsonschema.Schema {
	t.Helper()
	text, err := k.SchemaText(form)
	if err != nil {
		t.Fatal(err)
	}
	return schemaOf(t, text)
}

// law is the schema of a form of a kind, and the record that a test changes.
type law struct {
	kind   *daybook.Kind
	form   daybook.SchemaForm
	schema *jsonschema.Schema
}

func laws(t testing.TB) []law {
	t.Helper()
	var all []law
	for _, k := range daybook.Kinds() {
		for _, form := range k.SchemaForms() {
			all = append(all, law{k, form, compiled(t, k, form)})
		}
	}
	return all
}

// draw makes a record or an amendment that the server takes, as members.
func (l law) draw(t *rapid.T) map[string]json.RawMessage {
	r := storetest.Records(l.kind).Draw(t, "record")
	members := map[string]json.RawMessage{}
	for i := range l.kind.Columns {
		c := &l.kind.Columns[i]
		v := r.Values[i]
		if l.form == daybook.SchemaAmendment && c.Subject && !v.IsSet() {
			v = daybook.IntValue(7)
		}
		if !v.IsSet() || l.form == daybook.SchemaAmendment && c.Amend == daybook.RuleNone && !c.Subject && c.Name != "business_id" {
			continue
		}
		if c.After != "" && r.Get(c.After).IsSet() && v.Text() < r.Get(c.After).Text() {
			v = r.Get(c.After)
		}
		members[c.Name] = daybook.AppendValue(nil, c.Type, v)
	}
	if l.form == daybook.SchemaAmendment {
		members["amend"] = json.RawMessage("true")
	}
	if rapid.Bool().Draw(t, "names its kind") {
		members["kind"] = json.RawMessage(`"` + l.kind.Name + `"`)
	}
	return members
}

func textOf(members map[string]json.RawMessage) string {
	var b strings.Builder
	for i, name := range slices.Sorted(maps.Keys(members)) {
		b.WriteString(map[bool]string{true: "{", false: ", "}[i == 0])
		fmt.Fprintf(&b, "%q: %s", name, members[name])
	}
	return b.String() + "}"
}

// TestSchemasAgreeWithTheServer draws records that the server takes, and
// changes them in any way: what one side takes, the other takes.
func TestSchemasAgreeWithTheServer(t *testing.T) {
	t.Parallel()
	all := slices.DeleteFunc(laws(t), func(l law) bool { return l.form == daybook.SchemaEntry })
	taken, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		l := rapid.SampledFrom(all).Draw(t, "law")
		members := l.draw(t)
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			l.change(t, members)
		}
		if l.agree(t, members) {
			taken++
		} else {
			refused++
		}
	})
	if taken == 0 || refused == 0 {
		t.Errorf("%d taken and %d refused: the test shows nothing", taken, refused)
	}
}

// TestSchemasAgreeOnEverySortOfColumn puts every scrap into a column of every
// sort.
func TestSchemasAgreeOnEverySortOfColumn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, l := range laws(t) {
		if l.form == daybook.SchemaEntry {
			continue
		}
		for i := range l.kind.Columns {
			c := &l.kind.Columns[i]
			if seen[l.sortOf(c)] {
				continue
			}
			seen[l.sortOf(c)] = true
			l.try(t, c)
		}
	}
}

// sortOf tells what columns that are checked alike have in common.
func (l law) sortOf(c *daybook.Column) string {
	return fmt.Sprint(l.form, c.Type, c.Required, c.Subject, c.Envelope, c.Long, c.Preview, c.Closed, c.Min == nil, c.Max == nil, c.Amend != daybook.RuleNone)
}

// try puts every scrap into a column of the kind's example.
func (l law) try(t *testing.T, c *daybook.Column) {
	for _, scrap := range scraps {
		if l.isException(c.Name, scrap) || len(scrap) > daybook.MaxLong && !c.Long {
			continue
		}
		l.agree(t, l.exampleWith(t, c.Name, scrap))
	}
}

// exampleWith is the kind's example with a scrap in one member.
func (l law) exampleWith(t *testing.T, name, scrap string) map[string]json.RawMessage {
	t.Helper()
	members := map[string]json.RawMessage{}
	for name, value := range l.kind.Example(l.form) {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		members[name] = text
	}
	members[name] = json.RawMessage(scrap)
	return members
}

// agree holds the server against the schema, and says whether they take it.
func (l law) agree(t rapid.TB, members map[string]json.RawMessage) bool {
	if l.form == daybook.SchemaAmendment && l.fillsNothing(members) {
		delete(members, "amend") // see schemaExceptions
	}
	text := textOf(members)
	server, schema := check(l.kind, l.form, text), fits(l.schema, text)
	if (server == nil) == (schema == nil) {
		return server == nil
	}
	if server == nil || !strings.Contains(server.Error(), " is before ") { // see schemaExceptions
		t.Fatalf("%s of %s: the server says %v, the schema %v:\n%.500s", l.form, l.kind.Name, server, schema, text)
	}
	return false
}

// scraps are values that a member may come with: good ones of each type, bad
// ones, and those at a limit.
var scraps = []string{
	`null`, `true`, `false`, `0`, `1`, `-1`, `0.5`, `1.0`, `1.000000001`, `-0.0`, `1e3`, `1e17`, `9223372036854775807`,
	`""`, `"word"`, `"ACTIVE"`, `"completed"`, `"high"`, `"critical"`, `"PASSED"`, `"BRONZE"`, `"RUNNING"`, `"conversations"`, `"\u7389\ud83c\udf3d\n"`,
	`"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"`, `"0190F3C2-7B1E-7A40-8C11-3A5D2F6E9B01"`, `"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b0"`,
	`"{0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01}"`, `"urn:uuid:0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"`, `"0190f3c27b1e7a408c113a5d2f6e9b01"`,
	`"9999-12-31T23:59:59.999999999Z"`, `"9998-01-30T09:00:00+02:00"`, `"9998-01-30t09:00:00z"`, `"9998-01-30T09:00:00"`, `"9998-01-30"`, `"2026-02-30"`,
	`"2026-1-1"`, `"2026-02-30T00:00:00Z"`, `"2026-01-01T24:00:00Z"`, `"2026-01-01T00:00:00+2:00"`, `"2026-01-01T00:00Z"`, `"today"`,
	`"` + strings.Repeat("é", 1024) + `"`, `"` + strings.Repeat("🙂", 1025) + `"`, `"` + strings.Repeat("x", 1<<20+1) + `"`,
	`[]`, `["a", "b"]`, `[""]`, `[null]`, `[1]`, `[["a"]]`, `["` + strings.Repeat("é", 1025) + `"]`, `{}`, `{"a": [1, null, {"b": "c"}]}`,
	`[{"option": "a"}]`, `[{"option": ""}]`, `[{"option": null}]`, `[{"pros": ["p"]}]`, `[{"option": "a", "pros": null, "cons": [], "score": null}]`,
	`[{"option": "a", "pros": ["p"], "cons": ["c", ""], "score": -1.5}]`, `[{"option": "a", "rank": 1}]`, `[{"option": 1}]`, `[{"option": "a", "pros": [null]}]`,
	`[{"option": "a", "score": "1"}]`, `[{"option": "a", "pros": "p"}]`, `[null, {"option": "a"}]`,
}

// change puts a scrap in the place of a member, takes one away, or adds one
// that is none of a record's.
func (l law) change(t *rapid.T, members map[string]json.RawMessage) {
	names := []string{"kind", "amend", "log_id"}
	for i := range l.kind.Columns {
		names = append(names, l.kind.Columns[i].Name)
	}
	strange := []string{"seq", "log_hash", "cost", "Kind", "", "agent"}
	switch rapid.SampledFrom([]string{"put", "put", "put", "drop", "add"}).Draw(t, "change") {
	case "drop":
		delete(members, rapid.SampledFrom(names).Draw(t, "dropped"))
	case "add":
		members[rapid.SampledFrom(strange).Draw(t, "added")] = json.RawMessage(rapid.SampledFrom(scraps).Draw(t, "value"))
	default:
		name := rapid.SampledFrom(names).Draw(t, "member")
		scrap := rapid.SampledFrom(scraps).Draw(t, "scrap")
		members[name] = json.RawMessage(scrap)
		if l.isException(name, scrap) {
			members[name] = json.RawMessage(`"word"`)
		}
	}
}

// isException says that a member would be one of schemaExceptions, which the
// test of the agreement leaves out.
func (l law) isException(name, scrap string) bool {
	i, isColumn := l.kind.Column(name)
	if !isColumn {
		return false
	}
	c := &l.kind.Columns[i]
	if scrap != "null" && scrap != "[]" {
		return false
	}
	return c.Serial || l.form == daybook.SchemaAmendment && c.Amend == daybook.RuleNone
}

// fillsNothing says that all that an amendment may fill is null or empty.
func (l law) fillsNothing(members map[string]json.RawMessage) bool {
	for i := range l.kind.Columns {
		c := &l.kind.Columns[i]
		if value := string(members[c.Name]); c.Amend != daybook.RuleNone && value != "" && value != "null" && value != "[]" {
			return false
		}
	}
	return true
}
