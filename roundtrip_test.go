package daybook_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// packing is what a test does with the struct of one kind.
type packing struct {
	entries   *rapid.Generator[*daybook.Entry]
	roundTrip func(*rapid.T)
}

func packingOf[T any](kind string) (string, packing) {
	k := daybook.MustKind(kind)
	return kind, packing{
		entries: rapid.Custom(func(t *rapid.T) *daybook.Entry { return packed(t, drawStruct[T](t, k)) }),
		roundTrip: func(t *rapid.T) {
			v := drawStruct[T](t, k)
			back, err := daybook.As[T](packed(t, v))
			if err != nil || !reflect.DeepEqual(back, v) {
				t.Errorf("%+v\nreads back as\n%+v\n%v", v, back, err)
			}
		},
	}
}

// packings has every kind's struct.
func packings() map[string]packing {
	all := map[string]packing{}
	add := func(name string, p packing) { all[name] = p }
	add(packingOf[daybook.Conversation]("conversations"))
	add(packingOf[daybook.ThinkingLog]("thinking_logs"))
	add(packingOf[daybook.DecisionLog]("decision_logs"))
	add(packingOf[daybook.ActionLog]("action_logs"))
	add(packingOf[daybook.EscalationLog]("escalation_logs"))
	add(packingOf[daybook.MCPUsageLog]("mcp_usage_logs"))
	add(packingOf[daybook.TransformationSession]("transformation_session"))
	add(packingOf[daybook.TransformationOperation]("transformation_operation"))
	add(packingOf[daybook.OutputArtifact]("output_artifact"))
	add(packingOf[daybook.LineageEdge]("lineage_edge"))
	add(packingOf[daybook.IngestRun]("ingest_run"))
	add(packingOf[daybook.ValidationStatus]("validation_status"))
	add(packingOf[daybook.LogAccessAudit]("log_access_audit"))
	add(packingOf[daybook.LedgerEvent]("ledger_event"))
	add(packingOf[daybook.RetentionRun]("retention_run"))
	add(packingOf[daybook.RetentionHold]("retention_hold"))
	add(packingOf[daybook.Erasure]("erasure"))
	add(packingOf[daybook.TransformationSessionArchive]("transformation_session_archive"))
	add(packingOf[daybook.TransformationSessionSummary]("transformation_session_summary"))
	return all
}

func TestEveryStructReadsBack(t *testing.T) {
	t.Parallel()
	all := packings()
	for _, k := range daybook.Kinds() {
		p, ok := all[k.Name]
		if !ok {
			t.Errorf("%s has no struct here", k.Name)
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, p.roundTrip)
		})
	}
}

func TestEveryEntryReadsBackFromItsExport(t *testing.T) {
	t.Parallel()
	for name, p := range packings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				e := p.entries.Draw(t, "entry")
				line := e.AppendExport(nil)
				if !json.Valid(line) {
					t.Fatalf("%s is not JSON", line)
				}
				back, err := daybook.DecodeEntry(line)
				if err != nil || !reflect.DeepEqual(back, e) {
					t.Fatalf("%s\nreads back as\n%s\n%v", line, back.AppendExport(nil), err)
				}
			})
		})
	}
}

// packed makes an entry of a kind's struct, with an envelope drawn.
func packed(t *rapid.T, v any) *daybook.Entry {
	r, err := daybook.RecordOf(v)
	if err != nil {
		t.Fatalf("%+v: %v", v, err)
	}
	for range rapid.IntRange(0, 2).Draw(t, "warnings") {
		if r.Kind.Name != "transformation_operation" {
			r.Warn(drawText(t, "warning"))
		}
	}
	e := &daybook.Entry{Kind: r.Kind, Seq: rapid.Int64Min(0).Draw(t, "seq"), Values: r.Values}
	e.Seal(daybook.Envelope{
		LogID: drawUUID(t), LoggedAt: canon.FormatTime(drawTime(t)), Principal: drawText(t, "principal"), RetainUntil: canon.FormatTime(drawTime(t)),
		Salt: strings.ReplaceAll(drawUUID(t), "-", ""), Revision: rapid.Int64Min(1).Draw(t, "revision"),
	})
	e.LogHash = sha256.Sum256(e.AppendCanonical(nil))
	return e
}

// drawStruct draws a value for about three fields of four.
func drawStruct[T any](t *rapid.T, k *daybook.Kind) T {
	var out T
	at := reflect.ValueOf(&out).Elem()
	for i := range at.NumField() {
		name, _, _ := strings.Cut(at.Type().Field(i).Tag.Get("daybook"), ";")
		place, ok := k.Column(name)
		if !ok {
			t.Fatalf("%s has no column %s", k.Name, name)
		}
		if rapid.IntRange(0, 3).Draw(t, "given") > 0 {
			drawField(t, at.Field(i).Addr().Interface(), &k.Columns[place])
		}
	}
	return out
}

func drawField(t *rapid.T, field any, c *daybook.Column) {
	switch p := field.(type) {
	case *string:
		*p = drawTextOf(t, c)
	case *int64:
		*p = rapid.Int64().Draw(t, c.Name)
	case **int64:
		*p = new(rapid.Int64().Draw(t, c.Name))
	case **float64:
		*p = new(rapid.Float64().Draw(t, c.Name))
	case **bool:
		*p = new(rapid.Bool().Draw(t, c.Name))
	case *time.Time:
		*p = drawTime(t)
	case *[]string:
		*p = drawTexts(t, c.Name)
	case *[]daybook.Option:
		*p = rapid.SliceOfN(rapid.Custom(drawOption), 1, 3).Draw(t, c.Name)
	case *json.RawMessage:
		*p = drawJSON(t, c.Name)
	default:
		t.Fatalf("%s: no drawing of a %T", c.Name, field)
	}
}

var text = rapid.StringOf(rapid.Rune().Filter(func(r rune) bool { return r != 0 }))

func drawText(t *rapid.T, name string) string { return text.Draw(t, name) }

func drawTextOf(t *rapid.T, c *daybook.Column) string {
	switch c.Type {
	case daybook.TypeUUID:
		return drawUUID(t)
	case daybook.TypeDate:
		return drawTime(t).Format(time.DateOnly)
	default:
		return drawText(t, c.Name)
	}
}

func drawTexts(t *rapid.T, name string) []string { return rapid.SliceOfN(text, 1, 4).Draw(t, name) }

func drawUUID(t *rapid.T) string {
	b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "uuid")
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// drawTime draws a microsecond of the years 1 to 9999 that is not the zero time.
func drawTime(t *rapid.T) time.Time {
	const first, last = -62135596800_000_000 + 1, 253402300799_999_999
	return time.UnixMicro(rapid.Int64Range(first, last).Draw(t, "time")).UTC()
}

func drawOption(t *rapid.T) daybook.Option {
	o := daybook.Option{Option: drawText(t, "option")}
	if rapid.Bool().Draw(t, "argued") {
		o.Pros, o.Cons = drawTexts(t, "pros"), drawTexts(t, "cons")
	}
	if rapid.Bool().Draw(t, "scored") {
		o.Score = new(rapid.Float64().Draw(t, "score"))
	}
	return o
}

// drawJSON draws a canonical value of JSON.
func drawJSON(t *rapid.T, name string) json.RawMessage {
	var value any = map[string]any{
		drawText(t, "key"): rapid.Int64().Draw(t, "int"), "f": rapid.Float64().Draw(t, "float"),
		"a": []any{drawText(t, "text"), nil, rapid.Bool().Draw(t, "bool"), map[string]any{}},
	}
	if rapid.Bool().Draw(t, "scalar") {
		value = rapid.Float64().Draw(t, name)
	}
	raw, err := json.Marshal(value)
	if err == nil {
		raw, err = canon.AppendStoredJSON(nil, raw) // Go writes 1e19 as an integer
	}
	if err != nil {
		t.Fatalf("%v: %v", value, err)
	}
	return raw
}
