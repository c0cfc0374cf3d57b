package postgres

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
	"github.com/google/uuid"
)

// spoilt gives a store of conversations 0 to 9 and operations 10 to 19, of
// which a superuser has changed something.
func spoilt(t *testing.T, sql string) *Store {
	t.Helper()
	s := testStore(t)
	w := storetest.NewWriter(s)
	var records []daybook.Record
	for n := range 10 {
		records = append(records, conversation(t, n))
	}
	for n := range 10 {
		records = append(records, operation(t, n))
	}
	if _, err := w.Write(t.Context(), records...); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"conversations", "spine", "transformation_operation", "transformation_operation_default", "transformation_operation_2026_01"} {
		sql = "ALTER TABLE IF EXISTS {{ledger}}." + table + " DISABLE TRIGGER ALL;" + sql
	}
	exec(t, s, sql)
	return s
}

// faultsOf describes the rows of a scan that are not sound.
func faultsOf(t *testing.T, s *Store) (faults []string, sound int) {
	t.Helper()
	for _, r := range rowsOf(t, s) {
		switch {
		case r.Spine == nil:
			faults = append(faults, fmt.Sprintf("%s %d has no place; %s", r.Entry.Kind.Name, r.Entry.Seq, r.Fault))
		case r.Entry == nil:
			faults = append(faults, fmt.Sprintf("%d has no body; %s", r.Spine.Seq, r.Fault))
		case r.Fault != "":
			faults = append(faults, fmt.Sprintf("%d: %s", r.Spine.Seq, r.Fault))
		default:
			sound++
		}
	}
	return faults, sound
}

func TestScanFindsFault(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql   string
		want  string // the faults, joined by newlines
		sound int
	}{
		"nothing":                  {"", "", 20},
		"a body is gone":           {"DELETE FROM {{ledger}}.conversations WHERE seq = 3", "3 has no body; ", 19},
		"a place is gone":          {"DELETE FROM {{ledger}}.spine WHERE seq = 3", "conversations 3 has no place; ", 19},
		"the last places are gone": {"DELETE FROM {{ledger}}.spine WHERE seq >= 18", "transformation_operation 18 has no place; \ntransformation_operation 19 has no place; ", 18},
		"a body far behind": {
			"UPDATE {{ledger}}.conversations SET seq = 9223372036854775807 WHERE seq = 3",
			"3 has no body; \nconversations 9223372036854775807 has no place; ", 19,
		},
		"a body before all": {
			"UPDATE {{ledger}}.conversations SET seq = -9223372036854775808 WHERE seq = 3",
			"conversations -9223372036854775808 has no place; \n3 has no body; ", 19,
		},
		"another time of a body": {
			"UPDATE {{ledger}}.conversations SET logged_at = '2026-03-01Z' WHERE seq = 3",
			"3: conversations.logged_at is 2026-03-01T00:00:00.000000Z, but the spine says 2026-01-31T09:00:01.000000Z", 19,
		},
		"another time in another partition": {
			"UPDATE {{ledger}}.transformation_operation SET logged_at = '2031-03-01Z' WHERE seq = 13",
			"13: transformation_operation.logged_at is 2031-03-01T00:00:00.000000Z, but the spine says 2026-01-31T09:00:01.000000Z", 19,
		},
		"two bodies of a seq": {
			"INSERT INTO {{ledger}}.transformation_operation (seq, logged_at, revision) VALUES (13, '2031-03-01Z', 7), (13, '2025-03-01Z', 8)",
			"transformation_operation 13 has no place; \ntransformation_operation 13 has no place; ", 20,
		},
		"another kind": {"UPDATE {{ledger}}.spine SET kind = 2 WHERE seq = 3", "3 has no body; \nconversations 3 has no place; ", 19},
		"no kind":      {"UPDATE {{ledger}}.spine SET kind = 99 WHERE seq = 3", "3 has no body; spine.kind holds 99, which is no kind's number\nconversations 3 has no place; ", 19},
		"a hash that is none": {
			`UPDATE {{ledger}}.spine SET log_hash = '\x00' WHERE seq = 3`, "3: spine.log_hash does not hold 32 bytes", 19,
		},
		"a time that is none":        {"UPDATE {{ledger}}.conversations SET ended_at = 'infinity' WHERE seq = 3", "3: conversations.ended_at does not hold a time", 19},
		"a time before all years":    {"UPDATE {{ledger}}.spine SET retain_until = '0044-03-15 BC' WHERE seq = 3", "3: spine.retain_until does not hold a time", 19},
		"a number that is none":      {"UPDATE {{ledger}}.conversations SET cost_usd = 'NaN' WHERE seq = 3", "3: conversations.cost_usd holds a number that no entry has", 19},
		"another zero":               {"UPDATE {{ledger}}.conversations SET cost_usd = '-0' WHERE seq = 3", "3: conversations.cost_usd holds a number that no entry has", 19},
		"an array that is empty":     {"UPDATE {{ledger}}.transformation_operation SET input_tables = '{}' WHERE seq = 13", "13: transformation_operation.input_tables holds an array that no Daybook writes", 19},
		"an array with a null":       {"UPDATE {{ledger}}.transformation_operation SET input_tables = '{a,NULL}' WHERE seq = 13", "13: transformation_operation.input_tables holds an array with a null", 19},
		"an array from 0 on":         {"UPDATE {{ledger}}.transformation_operation SET input_tables = '[0:0]={a}' WHERE seq = 13", "13: transformation_operation.input_tables holds an array that no Daybook writes", 19},
		"JSON in another form":       {"UPDATE {{ledger}}.transformation_operation SET parameters = '{\"b\":1}' WHERE seq = 13", "13: transformation_operation.parameters holds JSON that is not canonical", 19},
		"what verify's hashes find":  {"UPDATE {{ledger}}.conversations SET model_name = 'another' WHERE seq = 3", "", 20},
		"a salt of another length":   {`UPDATE {{ledger}}.conversations SET salt = '\x00' WHERE seq = 3`, "3: conversations.salt does not hold 16 bytes", 19},
		"a log_id twice, by its key": {"UPDATE {{ledger}}.spine SET log_id = '" + uuid.Nil.String() + "' WHERE seq = 3", "", 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults, sound := faultsOf(t, spoilt(t, c.sql))
			if got := strings.Join(faults, "\n"); got != c.want || sound != c.sound {
				t.Errorf("%d rows are sound, want %d; the others:\n%s\nwant:\n%s", sound, c.sound, got, c.want)
			}
		})
	}
}

// TestScanOfLargeEntries reads entries of which a stretch would not fit into
// memory, beside small ones.
func TestScanOfLargeEntries(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	w := storetest.NewWriter(s)
	var want []*daybook.Entry
	for n := range 40 {
		large := record(t, daybook.ThinkingLog{ThinkingID: fmt.Sprint(n), ConversationID: "c", AgentPosition: "CFO", ThinkingContent: strings.Repeat(fmt.Sprint(n), 500_000)})
		entries, err := w.Write(t.Context(), large, conversation(t, n))
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, entries...)
	}
	rows := rowsOf(t, s)
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for i, r := range rows {
		if r.Fault != "" || string(r.Entry.AppendExport(nil)) != string(want[i].AppendExport(nil)) {
			t.Errorf("row %d differs; %s", i, r.Fault)
		}
	}
}

// writerURL gives the URL of a store's database for a login that may write,
// as servers have it: no superuser, and no member of the owner.
func writerURL(t *testing.T, s *Store) string {
	t.Helper()
	name := "writer_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	exec(t, s, "CREATE ROLE "+name+" LOGIN PASSWORD 'secret' IN ROLE daybook_writer")
	u, err := url.Parse(s.target.config.ConnString())
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(name, "secret")
	return u.String()
}

// TestAsServersDo writes and reads as a login that may do no more.
func TestAsServersDo(t *testing.T) {
	t.Parallel()
	owner := testStore(t)
	s := openStore(t, writerURL(t, owner), Options{})
	w := storetest.NewWriter(s)
	for n := range 2 {
		if _, err := w.Write(t.Context(), conversation(t, n), operation(t, n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SaveCheckpoint(t.Context(), []byte("signed")); err != nil {
		t.Error(err)
	}
	if err := s.Room(t.Context(), 1<<20); err != nil {
		t.Error(err)
	}
	if faults, sound := faultsOf(t, s); faults != nil || sound != 4 {
		t.Errorf("%d rows are sound, the others %v", sound, faults)
	}

	// Somebody has a policy hide rows: it must not look like a shorter ledger.
	exec(t, owner, "ALTER TABLE {{ledger}}.spine ENABLE ROW LEVEL SECURITY")
	if rows, err := s.Spine(t.Context(), 0, 10); err == nil {
		t.Errorf("of 4 rows, all hidden, %d were found", len(rows))
	}
	exec(t, owner, "ALTER TABLE {{ledger}}.spine DISABLE ROW LEVEL SECURITY")
}
