package local_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
)

// Both businesses speak of these, so that whoever asks by a name meets both.
const (
	sharedAgent  = "shared_agent"
	sharedTable  = "shared.table"
	sharedSource = "shared.source"
)

// tenant is a business with an entry of every kind, in which everything that
// can says whose it is.
type tenant struct {
	name     string
	number   int64                      // in every number
	session  string                     // ended, with all that belongs to it
	open     string                     // a session that goes on
	plain    string                     // a session whose id does not say whose it is
	receipts map[string]daybook.Receipt // by kind, of the first entry
	all      []daybook.Receipt
}

// uuid makes an id that says whose it is, by its first digits.
func (b *tenant) uuid(what string) string {
	id := uuid.NewSHA1(uuid.Nil, []byte(b.name+what)).String()
	return fmt.Sprintf("%08d", b.number)[:8] + id[8:]
}

// secrets are what nobody of another business may be told.
func (b *tenant) secrets() []string {
	secrets := []string{b.name, strings.ToUpper(b.name), fmt.Sprint(b.number)}
	for _, r := range b.all {
		hash := r.LogHash
		secrets = append(secrets, r.LogID, hash, rawHash(hash))
	}
	return secrets
}

func rawHash(digits string) string {
	raw, _ := hex.DecodeString(digits)
	return string(raw)
}

// fill writes an entry of every kind for a business, in the name of one of its
// principals, and brings what can be amended to a second revision.
func fill(t *testing.T, l *local.Local, name string, number int64) *tenant {
	t.Helper()
	b := &tenant{name: name, number: number, receipts: map[string]daybook.Receipt{}}
	b.session, b.open, b.plain = b.uuid("session"), b.uuid("open"), uuid.NewSHA1(uuid.Nil, []byte("plain "+name)).String()
	by := daybook.Principal{Name: name + "-writer", Role: daybook.RoleAdmin}
	b.write(t, l, by, b.record(t, "transformation_session", "session"), b.record(t, "transformation_session", "open"))
	plain := b.record(t, "transformation_session", "plain")
	plain.Set("id", daybook.TextValue(b.plain))
	b.write(t, l, by, plain)
	for _, k := range daybook.Kinds() {
		if k.Name == "transformation_session" {
			continue
		}
		b.write(t, l, by, b.record(t, k.Name, "1"))
	}
	b.write(t, l, by, b.edge(t, "", ""), b.edge(t, b.session, ""), b.edge(t, b.session, "value"))
	b.write(t, l, by, b.amendment(t, "transformation_session", b.session, `{"status": "COMPLETED", "error_message": "`+name+`"}`),
		b.amendment(t, "decision_logs", b.receipts["decision_logs"].ID, `{"human_override": "`+name+`"}`),
		b.amendment(t, "conversations", b.receipts["conversations"].ID, `{"output_tokens": `+fmt.Sprint(number)+`}`))
	return b
}

// refer has an entry of this business name the session of another, in a column
// that is no reference that the ledger holds.
func (b *tenant) refer(t *testing.T, l *local.Local, other *tenant) {
	t.Helper()
	r := b.record(t, "action_logs", "refers")
	r.Set("session_id", daybook.TextValue(other.plain))
	b.write(t, l, daybook.Principal{Name: b.name + "-writer", Role: daybook.RoleAdmin}, r)
}

func (b *tenant) write(t *testing.T, l *local.Local, by daybook.Principal, records ...daybook.Record) {
	t.Helper()
	for i := range records {
		records[i].SetLogID(b.uuid(fmt.Sprint("log", len(b.all)+i)))
	}
	receipts := must[[]daybook.Receipt](t)(l.Recorder.Record(t.Context(), by, records))
	for _, r := range receipts {
		if _, ok := b.receipts[r.Kind]; !ok {
			b.receipts[r.Kind] = r
		}
	}
	b.all = append(b.all, receipts...)
}

// record fills in every column that a client may give.
func (b *tenant) record(t *testing.T, kind, which string) daybook.Record {
	t.Helper()
	k := daybook.MustKind(kind)
	r := daybook.NewRecord(k)
	for i := range k.Columns {
		c := &k.Columns[i]
		if c.Envelope && c.Name != "business_id" || c.Serial || c.Opens || c.Name == "is_current" || c.Span.From != "" {
			continue
		}
		text := b.text(c, which)
		if text == "" {
			continue
		}
		v, err := c.ParseText(text)
		if err != nil {
			t.Fatalf("%s.%s: %q: %v", kind, c.Name, text, err)
		}
		r.Values[i] = v
	}
	return r
}

func (b *tenant) text(c *daybook.Column, which string) string {
	switch c.Name {
	case "business_id":
		return b.name
	case "agent_id", "agent_position", "source_agent":
		return sharedAgent
	case "output_table", "artifact_name", "artifact_location", "target_table", "table_name":
		return sharedTable
	case "session_id":
		return b.session
	case "source_tables", "input_tables":
		return `["` + sharedSource + `"]`
	case "parent_session_id", "superseded_by_id", "completed_at", "human_reviewed", "resolved_at", "acknowledged_at", "invalidated_at", "error_message", "human_override", "output_tokens":
		return ""
	}
	switch {
	case len(c.Closed) > 0:
		return c.Closed[0]
	case c.Type == daybook.TypeUUID && c.Subject:
		return b.uuid(which)
	case c.Type == daybook.TypeUUID:
		return b.uuid(c.Name)
	case c.Type == daybook.TypeTime:
		return "2026-01-31T09:00:00.000000Z"
	case c.Type == daybook.TypeDate:
		return "2026-01-31"
	case c.Type == daybook.TypeInt:
		return fmt.Sprint(b.number)
	case c.Type == daybook.TypeFloat:
		return fmt.Sprintf("0.%d", b.number)
	case c.Type == daybook.TypeBool:
		return "false"
	case c.Type == daybook.TypeJSON:
		return `{"` + b.name + `": ` + fmt.Sprint(b.number) + `}`
	case c.Type == daybook.TypeTexts:
		return `["` + b.name + `"]`
	case c.Type == daybook.TypeOptions:
		return `[{"option": "` + b.name + `"}]`
	}
	return b.name + "-" + c.Name + "-" + which
}

// edge is a flow between the shared tables, by a session or by none.
func (b *tenant) edge(t *testing.T, session, column string) daybook.Record {
	t.Helper()
	return must[daybook.Record](t)(daybook.RecordOf(daybook.LineageEdge{
		BusinessID: b.name, SourceType: "TABLE", SourceSchema: "shared", SourceName: "source", SourceColumn: column,
		TargetType: "TABLE", TargetSchema: "shared", TargetName: "table", TargetColumn: column,
		RelationshipType: "DERIVES_FROM", SessionID: session, TransformationDescription: b.name,
	}))
}

func (b *tenant) amendment(t *testing.T, kind, id, fields string) daybook.Record {
	t.Helper()
	k := daybook.MustKind(kind)
	r := must[daybook.Record](t)(daybook.NewDecoder(strings.NewReader(fields), k).Next())
	v := must[daybook.Value](t)(k.Subject().ParseText(id))
	r.Set(k.Subject().Name, v)
	r.Amend = true
	return r
}
