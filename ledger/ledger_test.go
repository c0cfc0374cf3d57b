package ledger_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/storetest"
)

// book is a ledger over a model store with the intake before it.
type book struct {
	t     *testing.T
	store *storetest.Model
	o     ledger.Options
	l     *ledger.Ledger
	in    daybook.Recorder
}

func open(t *testing.T) *book {
	t.Helper()
	b := &book{t: t, store: storetest.NewModel()}
	head, err := b.store.Head(t.Context())
	must(t, err)
	private, _, err := merkle.GenerateKey(daybook.OriginPrefix + head.LedgerID)
	must(t, err)
	signer, err := merkle.NewSigner(private)
	must(t, err)
	b.o = ledger.Options{Signer: signer, Anchor: filepath.Join(t.TempDir(), "anchor"), SignEvery: time.Hour}
	b.start()
	t.Cleanup(func() { _ = b.l.Close(context.Background()) })
	return b
}

func (b *book) start() {
	b.t.Helper()
	l, err := ledger.Open(b.t.Context(), b.store, b.o)
	must(b.t, err)
	b.l, b.in = l, intake.New(l, intake.Limits{})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func decode(t *testing.T, input string) []daybook.Record {
	t.Helper()
	d := daybook.NewDecoder(strings.NewReader(input), nil)
	var out []daybook.Record
	for {
		r, err := d.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		must(t, err)
		out = append(out, r)
	}
}

func (b *book) try(input string) ([]daybook.Receipt, error) {
	return b.in.Record(b.t.Context(), daybook.Local, decode(b.t, input))
}

func (b *book) write(input string) []daybook.Receipt {
	b.t.Helper()
	receipts, err := b.try(input)
	must(b.t, err)
	return receipts
}

func (b *book) refuse(input string, code daybook.Code, path string) {
	b.t.Helper()
	before, _ := b.store.Head(b.t.Context())
	_, err := b.try(input)
	var e *daybook.Error
	if !errors.As(err, &e) || e.Code != code || e.Path != path {
		b.t.Errorf("%s: got %v (%s), want %s at %s", input, err, daybook.CodeOf(err), code, path)
	}
	if after, _ := b.store.Head(b.t.Context()); after.Size != before.Size {
		b.t.Errorf("%s: a refused request left %d entries", input, after.Size-before.Size)
	}
}

func (b *book) current(kind, id string) *daybook.Entry {
	b.t.Helper()
	entries, err := b.store.Select(b.t.Context(), daybook.Query{Kind: daybook.MustKind(kind), IDs: []string{id}})
	must(b.t, err)
	if len(entries) != 1 {
		b.t.Fatalf("%s %s: %d current entries", kind, id, len(entries))
	}
	return entries[0]
}

// sound checks the whole state: seqs without gaps, hashes, tree, receipts.
func (b *book) sound(receipts ...daybook.Receipt) {
	b.t.Helper()
	head, err := b.store.Head(b.t.Context())
	must(b.t, err)
	tree, seq := merkle.New(), int64(0)
	byLogID := map[string]*daybook.Entry{}
	last := ""
	must(b.t, b.store.Scan(b.t.Context(), 0, func(r daybook.Row) error {
		if r.Spine == nil || r.Entry == nil || r.Spine.Seq != seq {
			return fmt.Errorf("row %d: %+v", seq, r)
		}
		if canon.Hash(r.Entry.AppendCanonical(nil)) != r.Spine.LogHash {
			return fmt.Errorf("row %d does not hash", seq)
		}
		if r.Spine.LoggedAt < last {
			return fmt.Errorf("row %d: logged_at goes back", seq)
		}
		last = r.Spine.LoggedAt
		tree.Append(merkle.LeafHash(r.Spine.AppendLeaf(nil)))
		byLogID[r.Spine.LogID] = r.Entry
		seq++
		return nil
	}))
	if head.Size != seq || head.Size > 0 && head.Root != tree.Root() {
		b.t.Fatalf("head of %d does not match %d rows", head.Size, seq)
	}
	for _, r := range receipts {
		e := byLogID[r.LogID]
		if e == nil || e.Seq != r.Seq || hex.EncodeToString(e.LogHash[:]) != r.LogHash || e.SubjectID() != r.ID || e.Revision() != r.Revision {
			b.t.Errorf("receipt %+v does not match entry %+v", r, e)
		}
	}
}

const logID = "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"

func TestWritesAndRepeats(t *testing.T) {
	t.Parallel()
	b := open(t)
	record := `{"kind":"conversations","log_id":"` + logID + `","conversation_id":"c1","agent_position":"CFO","input_tokens":5}`
	first := b.write(record)
	again := b.write(record)
	if first[0].Duplicate || !again[0].Duplicate {
		t.Errorf("duplicate: first %v, again %v", first[0].Duplicate, again[0].Duplicate)
	}
	again[0].Duplicate = false
	if first[0] != again[0] {
		t.Errorf("the receipt is not the first one: %+v %+v", first[0], again[0])
	}
	b.refuse(strings.Replace(record, ":5", ":6", 1), daybook.CodeConflict, "/0/log_id")
	b.refuse(strings.Replace(record, `,"input_tokens":5`, "", 1), daybook.CodeConflict, "/0/log_id")
	b.refuse(`{"kind":"conversations","conversation_id":"c1","agent_position":"CFO"}`, daybook.CodeConflict, "/0/conversation_id")
	both := b.write("[" + strings.ReplaceAll(strings.Replace(record, "9b01", "9b02", 1), "c1", "c2") + "," + strings.ReplaceAll(strings.Replace(record, "9b01", "9b02", 1), "c1", "c2") + "]")
	if both[0].Duplicate || !both[1].Duplicate || both[0].Seq != both[1].Seq {
		t.Errorf("a record twice in one batch: %+v", both)
	}
	b.sound(first[0], both[0])
}

func TestAmendsByTheRules(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.write(`{"kind":"conversations","conversation_id":"c1","agent_position":"CFO","started_at":"2026-01-01T10:00:00Z","input_tokens":5}`)
	b.write(`{"kind":"conversations","amend":true,"conversation_id":"c1","input_tokens":9,"ended_at":"2026-01-01T10:01:30Z","status":"completed"}`)
	e := b.current("conversations", "c1")
	if e.Revision() != 2 || e.Get("input_tokens").Int() != 9 || e.Get("duration_seconds").Int() != 90 {
		t.Errorf("merged state: %s", e.AppendExport(nil))
	}
	for input, path := range map[string]string{
		`"input_tokens":8`:     "/0/input_tokens",
		`"status":"error"`:     "/0/status",
		`"model_name":"x"`:     "/0/model_name",
		`"agent_position":"x"`: "/0/agent_position",
	} {
		b.refuse(`{"kind":"conversations","amend":true,"conversation_id":"c1",`+input+`}`, daybook.CodeConflict, path)
	}
	b.refuse(`{"kind":"conversations","amend":true,"conversation_id":"c9","input_tokens":8}`, daybook.CodeNotFound, "/0/conversation_id")
	if again := b.write(`{"kind":"conversations","amend":true,"conversation_id":"c1","status":"completed"}`)[0]; !again.Duplicate || again.Revision != 2 {
		t.Errorf("an amendment that changes nothing: %+v", again)
	}
	b.write(`{"kind":"decision_logs","decision_id":"d1","agent_position":"CFO","decided_at":"2026-01-01T10:00:00Z","requires_human_review":true}`)
	b.refuse(`{"kind":"decision_logs","amend":true,"decision_id":"d1","human_reviewed":true,"human_review_at":"2025-01-01T10:00:00Z"}`, daybook.CodeInvalid, "/0/human_review_at")
	b.write(`{"kind":"decision_logs","amend":true,"decision_id":"d1","human_reviewed":true,"human_reviewer":"ann"}`)
	b.refuse(`{"kind":"decision_logs","amend":true,"decision_id":"d1","human_reviewed":false}`, daybook.CodeConflict, "/0/human_reviewed")
	b.write(`{"kind":"escalation_logs","escalation_id":"e1","source_agent":"CFO","escalated_at":"2026-01-01T10:00:00Z","sla_target":"2026-01-01T11:00:00Z"}`)
	b.write(`{"kind":"escalation_logs","amend":true,"escalation_id":"e1","resolved_at":"2026-01-01T12:00:00Z","resolved_by":"ann"}`)
	if met := b.current("escalation_logs", "e1").Get("sla_met"); !met.IsSet() || met.Bool() {
		t.Error("sla_met does not follow from the times")
	}
	b.sound()
}

const sid = "0190f3c2-7b1e-7a40-8c11-3a5d2f6e0001"

func session(id string) string {
	return `{"kind":"transformation_session","id":"` + id + `","agent_id":"a","source_tables":["bronze.t"]}`
}

func within(kind, id, fields string) string {
	return `{"kind":"` + kind + `","session_id":"` + id + `",` + fields + `}`
}

func checkin(id, status string) string {
	return `{"kind":"transformation_session","amend":true,"id":"` + id + `","status":"` + status + `"}`
}

func TestCheckinCountsAndPutsIntoEffect(t *testing.T) {
	t.Parallel()
	for _, oneBatch := range []bool{true, false} {
		b := open(t)
		ids := []string{sid, sid[:35] + "2", sid[:35] + "3"}
		for i, id := range ids {
			status := "COMPLETED"
			if i == 1 {
				status = "FAILED"
			}
			lines := []string{
				session(id),
				within("transformation_operation", id, `"operation_type":"SELECT"`),
				within("transformation_operation", id, `"operation_type":"JOIN","operation_order":7`),
				within("transformation_operation", id, `"operation_type":"FILTER"`),
				within("output_artifact", id, `"artifact_type":"TABLE","artifact_name":"silver.t","id":"`+id[:34]+"a"+id[35:]+`"`),
				within("lineage_edge", id, `"source_type":"TABLE","source_schema":"bronze","source_name":"t","target_type":"TABLE","target_schema":"silver","target_name":"t","relationship_type":"COPIES"`),
				checkin(id, status),
			}
			if oneBatch {
				b.write("[" + strings.Join(lines, ",") + "]")
			} else {
				for _, line := range lines {
					b.write(line)
				}
			}
			e := b.current("transformation_session", id)
			if e.Get("operations_count").Int() != 3 || e.Get("outputs_count").Int() != 1 || !e.Get("completed_at").IsSet() || e.Text("status") != status {
				t.Errorf("after checkin: %s", e.AppendExport(nil))
			}
		}
		b.refuse(within("transformation_operation", sid, `"operation_type":"SELECT"`), daybook.CodeConflict, "/0/session_id")
		b.refuse(checkin(sid, "FAILED"), daybook.CodeConflict, "/0/status")
		ops, err := b.store.Select(t.Context(), daybook.Query{Kind: daybook.MustKind("transformation_operation"), Filters: []daybook.Filter{daybook.Is("session_id", sid)}, Oldest: true})
		must(t, err)
		for i, want := range []int64{1, 7, 8} {
			if got := ops[i].Get("operation_order").Int(); got != want || ops[i].Get("id").Int() != ops[i].Seq {
				t.Errorf("operation %d has order %d, want %d", i, got, want)
			}
		}
		first, failed, last := b.current("output_artifact", sid[:34]+"a1"), b.current("output_artifact", sid[:34]+"a2"), b.current("output_artifact", sid[:34]+"a3")
		if v := first.Get("is_current"); !v.IsSet() || v.Bool() || first.Text("superseded_by_id") != last.SubjectID() {
			t.Errorf("the first artifact was not superseded by the last: %s", first.AppendExport(nil))
		}
		if failed.Get("is_current").IsSet() || !last.Get("is_current").Bool() {
			t.Error("the failed session's artifact took effect, or the last did not")
		}
		edges, err := b.store.Select(t.Context(), daybook.Query{Kind: daybook.MustKind("lineage_edge"), Oldest: true})
		must(t, err)
		var current []bool
		for _, e := range edges {
			current = append(current, e.Get("is_current").IsSet() && e.Get("is_current").Bool())
		}
		if fmt.Sprint(current) != "[true false false]" {
			t.Errorf("current edges: %v", current)
		}
		b.sound()
	}
}

func TestEdgesOutsideSessions(t *testing.T) {
	t.Parallel()
	b := open(t)
	edge := `{"kind":"lineage_edge","source_type":"TABLE","source_name":"t","target_type":"TABLE","target_name":"u","relationship_type":"COPIES"}`
	first := b.write(edge)[0]
	second := b.write(edge)[0]
	if !second.Duplicate || second.Seq != first.Seq {
		t.Errorf("an edge that is current added an entry: %+v", second)
	}
	b.write(`{"kind":"lineage_edge","amend":true,"id":` + first.ID + `,"is_current":false}`)
	if !b.current("lineage_edge", first.ID).Get("invalidated_at").IsSet() {
		t.Error("invalidated_at was not filled in")
	}
	if third := b.write(edge)[0]; third.Duplicate {
		t.Error("an edge that is no longer current is not written again")
	}
	b.sound()
}

func TestReferencesAreEnforced(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.refuse(within("transformation_operation", sid, `"operation_type":"SELECT"`), daybook.CodeInvalid, "/0/session_id")
	b.refuse("["+session(sid)+","+within("transformation_operation", sid[:35]+"9", `"operation_type":"SELECT"`)+"]", daybook.CodeInvalid, "/1/session_id")
	b.refuse(`{"kind":"transformation_session","agent_id":"a","parent_session_id":"`+sid+`"}`, daybook.CodeInvalid, "/0/parent_session_id")
	b.write(`{"kind":"thinking_logs","agent_position":"CFO","conversation_id":"not yet written"}`)
	b.sound()
}

func TestManyWritersEveryBatchTwice(t *testing.T) {
	t.Parallel()
	b := open(t)
	var wg sync.WaitGroup
	all := make([][]daybook.Receipt, 8)
	for w := range 8 {
		wg.Go(func() {
			for batch := range 5 {
				records := make([]daybook.Record, 40)
				for i := range records {
					r, err := daybook.RecordOf(daybook.ThinkingLog{ConversationID: "c", AgentPosition: fmt.Sprint(w), StepNumber: new(int64(batch*40 + i))})
					if err != nil {
						t.Error(err)
					}
					records[i] = r
				}
				for range 2 {
					receipts, err := b.in.Record(t.Context(), daybook.Local, records)
					if err != nil {
						t.Error(err)
						return
					}
					all[w] = append(all[w], receipts...)
				}
			}
		})
	}
	wg.Wait()
	if head, _ := b.store.Head(t.Context()); head.Size != 8*5*40 {
		t.Errorf("%d entries, want 1600", head.Size)
	}
	for _, receipts := range all {
		b.sound(receipts...)
	}
}

func TestFailedAndUnansweredCommits(t *testing.T) {
	t.Parallel()
	b := open(t)
	records := decode(t, session(sid))
	b.store.FailNext(errors.New("disk full"))
	if _, err := b.in.Record(t.Context(), daybook.Local, records); daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("a failed append: %v", err)
	}
	b.sound()
	b.store.LoseAck(errors.New("connection lost"))
	if _, err := b.in.Record(t.Context(), daybook.Local, records); daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("an unanswered append: %v", err)
	}
	receipts, err := b.in.Record(t.Context(), daybook.Local, records)
	must(t, err)
	if !receipts[0].Duplicate {
		t.Error("the repeat of an unanswered write wrote again")
	}
	b.write(within("transformation_operation", sid, `"operation_type":"SELECT"`))
	b.sound(receipts...)
}

func TestClockGoingBack(t *testing.T) {
	t.Parallel()
	b := open(t)
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	must(t, b.l.Close(t.Context()))
	b.o.Now = func() time.Time { now = now.Add(-time.Hour); return now }
	b.start()
	for range 5 {
		b.write(`{"kind":"ledger_event","event_type":"key_created"}`)
	}
	b.sound()
}

func TestReopensAndRefusesARollback(t *testing.T) {
	t.Parallel()
	b := open(t)
	for range 300 {
		b.write(`{"kind":"ledger_event","event_type":"key_created"}`)
	}
	must(t, b.l.Close(t.Context()))
	b.start()
	receipt := b.write(`{"kind":"ledger_event","event_type":"key_created"}`)[0]
	if receipt.Seq != 300 {
		t.Errorf("the first entry after reopening is %d", receipt.Seq)
	}
	proof, err := b.l.Inclusion(t.Context(), receipt.LogID)
	must(t, err)
	p, err := merkle.ParseProof([]byte(proof.Proof))
	must(t, err)
	e := b.current("ledger_event", receipt.ID)
	spine := daybook.SpineOf(e)
	_, err = p.Verify(merkle.LeafHash(spine.AppendLeaf(nil)), b.o.Signer.Public())
	must(t, err)
	c, err := b.l.Consistency(t.Context(), 100, 301)
	must(t, err)
	if c.From != 100 || len(c.Hashes) == 0 {
		t.Errorf("consistency: %+v", c)
	}
	must(t, b.l.Close(t.Context()))
	b.sound(receipt)

	b.store.Damage(func(rows []daybook.Row) []daybook.Row {
		rows[5].Spine.LogHash[0] ^= 1
		return rows
	})
	// The tile that holds entry 5 is stored, so only verify sees this one; the
	// opening sees what it stands on: the head and what was signed.
	other := open(t)
	o := b.o
	o.Signer = other.o.Signer
	if _, err := ledger.Open(t.Context(), b.store, o); daybook.CodeOf(err) != daybook.CodeConflict {
		t.Errorf("opened with another ledger's key: %v", err)
	}
	fresh := storetest.NewModel()
	o = b.o
	if _, err := ledger.Open(t.Context(), fresh, o); err == nil {
		t.Error("opened another store under this key and anchor")
	}
}

func TestOpeningBringsTheAnchorUp(t *testing.T) {
	t.Parallel()
	b := open(t)
	empty, err := merkle.ReadAnchor(b.o.Anchor)
	must(t, err)
	b.write(`{"kind":"ledger_event","event_type":"key_created"}`)
	must(t, b.l.Close(t.Context()))
	newest, err := merkle.ReadAnchor(b.o.Anchor)
	must(t, err)
	for name, put := range map[string]func() error{
		"an older one": func() error { return os.WriteFile(b.o.Anchor, empty, 0o600) },
		"none":         func() error { return os.Remove(b.o.Anchor) },
	} {
		must(t, put())
		b.start()
		got, err := merkle.ReadAnchor(b.o.Anchor)
		if err != nil || string(got) != string(newest) {
			t.Errorf("%s: after opening the anchor is %q, %v", name, got, err)
		}
		must(t, b.l.Close(t.Context()))
	}
}

// A proof may be asked for the moment that the receipt is there.
func TestProofAtOnce(t *testing.T) {
	t.Parallel()
	b := open(t)
	for range 300 {
		receipt := b.write(`{"kind":"ledger_event","event_type":"key_created"}`)[0]
		if _, err := b.l.Inclusion(t.Context(), receipt.LogID); err != nil {
			t.Fatal(err)
		}
	}
}

// What a crash left unsigned is looked at before it is signed.
func TestUnsignedTailIsChecked(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(rows []daybook.Row) []daybook.Row{
		"nothing": func(rows []daybook.Row) []daybook.Row { return rows },
		"a hash":  func(rows []daybook.Row) []daybook.Row { rows[4].Spine.LogHash[0] ^= 1; return rows },
		"a body": func(rows []daybook.Row) []daybook.Row {
			rows[4].Entry.Values[0] = daybook.TextValue("forged")
			return rows
		},
		"a row":                     func(rows []daybook.Row) []daybook.Row { return append(rows[:4:4], rows[5:]...) },
		"a row that cannot be read": func(rows []daybook.Row) []daybook.Row { rows[4].Fault = "it is torn"; return rows },
		"a body where the spine ends": func(rows []daybook.Row) []daybook.Row {
			e := *rows[0].Entry
			e.Seq = int64(len(rows))
			return append(rows, daybook.Row{Entry: &e})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			b.write(`{"kind":"ledger_event","event_type":"key_created"}`)
			must(t, b.l.Close(t.Context()))
			crashed := b.o
			crashed.Signer, crashed.Anchor = nil, "" // which signs nothing
			l, err := ledger.Open(t.Context(), b.store, crashed)
			must(t, err)
			b.in = intake.New(l, intake.Limits{})
			for range 5 {
				b.write(`{"kind":"ledger_event","event_type":"key_created"}`)
			}
			must(t, l.Close(t.Context()))
			b.store.Damage(damage)
			again, err := ledger.Open(t.Context(), b.store, b.o)
			if name == "nothing" {
				must(t, err)
				must(t, again.Close(t.Context()))
				return
			}
			if daybook.CodeOf(err) != daybook.CodeDamaged {
				t.Errorf("opened: %v", err)
			}
		})
	}
}
