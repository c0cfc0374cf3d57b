package ledger_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/lineage"
	"github.com/prometheus/client_golang/prometheus"
)

// A world is a ledger with all that leads to it, on a clock of its own.
type world struct {
	*book
	sampling *intake.Sampling // nil for none
	now      time.Time
}

func newWorld(t *testing.T, sampling *intake.Sampling) *world {
	t.Helper()
	w := &world{sampling: sampling, now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	w.book = open(t)
	must(t, w.l.Close(t.Context()))
	w.o.Now = func() time.Time { return w.now }
	w.restart()
	return w
}

// restart opens the ledger anew, with nothing remembered but by the store.
func (w *world) restart() {
	w.t.Helper()
	must(w.t, w.l.Close(w.t.Context()))
	l, err := ledger.Open(w.t.Context(), w.store, w.o)
	must(w.t, err)
	w.l = l
	in := intake.New(l, intake.Limits{Now: w.o.Now}).Deriving(intake.NewDeriver(intake.Derivation{Entries: w.store, Known: intake.NewMemory(1000)}))
	if w.sampling != nil {
		in = in.Sampling(intake.NewSampler(*w.sampling))
	}
	w.in = in
}

// operations gives the operations in the order of the ledger, those that repeat
// another as the id of that.
func (w *world) operations() string {
	w.t.Helper()
	entries, err := w.store.Select(w.t.Context(), daybook.Query{Kind: daybook.MustKind("transformation_operation"), Oldest: true})
	must(w.t, err)
	var list []string
	for _, e := range entries {
		if first, ok := e.Repeats(); ok {
			list = append(list, fmt.Sprintf("as %d", first))
		} else {
			list = append(list, e.SubjectID())
		}
	}
	return strings.Join(list, ", ")
}

// currents gives the edges that are current.
func (w *world) currents() (list []string, ids map[string]int64) {
	w.t.Helper()
	entries, err := w.store.Select(w.t.Context(), daybook.Query{Kind: daybook.MustKind("lineage_edge")})
	must(w.t, err)
	ids = map[string]int64{}
	for _, e := range entries {
		if !e.Get("is_current").Bool() {
			continue
		}
		var said []string
		for _, c := range []string{
			"source_schema", "source_name", "source_column", "target_schema", "target_name", "target_column", "relationship_type", "session_id",
			"transformation_description", "created_at", "origin", "subtype", "resolution", "extractor_version", "logged_at", "principal",
		} {
			said = append(said, e.Text(c))
		}
		line := strings.Join(said, "|")
		list, ids[line] = append(list, line), e.Get("id").Int()
	}
	slices.Sort(list)
	return list, ids
}

func (w *world) reader() *lineage.Reader { return lineage.NewReader(w.store, nil) }

var asIn = regexp.MustCompile(` \(as in \d+\)`)

// history gives what happened to a table, without what tells repeats apart.
func (w *world) history(table string) (list []string) {
	w.t.Helper()
	events, err := w.reader().History(w.t.Context(), daybook.Local, daybook.HistoryQuery{Table: table, Limit: lineage.MaxEvents})
	must(w.t, err)
	for _, e := range events {
		var fields map[string]any
		must(w.t, json.Unmarshal(e.Fields, &fields))
		for _, name := range []string{"seq", "log_id", "log_hash", "salt", "id", "pattern_id", "first_occurrence", "retain_until", "revision", "changes"} {
			delete(fields, name)
		}
		if e.Kind == "lineage_edge" { // one of those that took effect at a time is shown for all
			fields = map[string]any{"at": e.At, "agent": e.Agent, "session": e.SessionID, "type": e.Type}
		}
		fields["summary"] = asIn.ReplaceAllString(e.Summary, "")
		text, err := json.Marshal(fields)
		must(w.t, err)
		list = append(list, string(text))
	}
	slices.Sort(list) // what happened at one time comes in the order of the ledger, in which other entries stand
	return list
}

// why gives how a table came to hold what it holds.
func (w *world) why(table string) (list []string) {
	w.t.Helper()
	why, err := w.reader().Why(w.t.Context(), daybook.Local, daybook.WhyQuery{Node: table, Limit: daybook.MaxWhyList})
	if daybook.CodeOf(err) == daybook.CodeNotFound {
		return nil
	}
	must(w.t, err)
	logic := map[string]string{} // by operation
	for v := range why.All() {
		logic[v.Entry.SubjectID()] = v.Entry.Text("transformation_logic")
	}
	for _, h := range why.Hops {
		slices.Sort(h.Others)
		list = append(list, fmt.Sprint("hop ", h.Table, " by ", h.SessionID, " and ", h.Others))
		var edges []string
		for _, e := range h.Edges {
			edges = append(edges, fmt.Sprint("  edge ", e.Source, " ", e.Target, " ", e.RelationshipType, " ", e.SessionID, " ", e.SeenBy, " ", e.Since))
		}
		slices.Sort(edges)
		list = append(list, edges...)
		for _, o := range h.Operations {
			by := o.Entry.SubjectID()
			if first, ok := o.Entry.Repeats(); ok {
				by = fmt.Sprint(first)
			}
			list = append(list, fmt.Sprint("  operation ", o.Entry.Text("session_id"), " ", o.Entry.Time(), " ", logic[by]))
		}
	}
	gaps := slices.Clone(why.Gaps)
	slices.Sort(gaps)
	return append(list, gaps...)
}

// A play is a random script of sessions, the same on every ledger.
type play struct {
	*rand.Rand
	n    int
	open []string
	told []string // records that were written
}

var texts = []string{
	"CREATE OR REPLACE TABLE gold.p AS SELECT commodity, avg(value) AS price FROM silver.o GROUP BY commodity",
	"CREATE OR REPLACE TABLE gold.p AS SELECT commodity, max(value) AS price FROM silver.o GROUP BY commodity",
	"CREATE OR REPLACE TABLE gold.p AS SELECT commodity, price FROM silver.q",
	"INSERT INTO gold.p SELECT commodity, value FROM silver.o WHERE day = 1",
	"INSERT INTO gold.p SELECT commodity, value FROM silver.o WHERE day = 2",
	"INSERT INTO gold.p (price) SELECT value FROM silver.o",
	"TRUNCATE TABLE gold.p; INSERT INTO gold.p SELECT commodity, value FROM silver.r",
	"CREATE TABLE silver.o AS SELECT * FROM bronze.b",
	"CREATE OR REPLACE TABLE silver.o AS SELECT commodity, value FROM bronze.b",
	"INSERT INTO silver.o SELECT commodity, value FROM bronze.b; INSERT INTO silver.q SELECT commodity, price FROM bronze.b",
	"INSERT OVERWRITE gold.z SELECT price FROM gold.p",
	"SELECT count(*) FROM gold.p WHERE price > 100000000000000000 AND commodity IN ('corn', 'wheat', 'soy')",
	"CREATE TEMP TABLE tmp AS SELECT commodity, value FROM silver.o WHERE value > 0",
	"INSERT INTO gold.p SELECT commodity, value FROM tmp",
}

func (p *play) id(kind int) string {
	p.n++
	return fmt.Sprintf("0190f3c2-7b1e-7a40-%04x-%012x", 0x8000+kind, p.n)
}

func (p *play) operation(at string) string {
	text, _ := json.Marshal(texts[p.IntN(len(texts))])
	warned := ""
	if p.IntN(4) == 0 {
		warned = `,"warnings":["late"]`
	}
	return within("transformation_operation", p.open[p.IntN(len(p.open))], fmt.Sprintf(
		`"log_id":%q,"operation_type":"JOIN","output_row_count":%d,"created_at":%q,"transformation_logic":%s%s`, p.id(1), p.IntN(99), at, text, warned))
}

// scene gives the next records, and the status of the session that ends with
// them.
func (p *play) scene(now time.Time) string {
	at := func() string { // of each record another
		p.n++
		return canon.FormatTime(now.Add(time.Duration(p.n) * time.Microsecond))
	}
	what := p.IntN(12)
	switch {
	case len(p.open) == 0 || what == 0:
		id := p.id(0)
		p.open = append(p.open, id)
		agent := []string{"nightly", "hourly"}[p.IntN(2)]
		return fmt.Sprintf(`{"kind":"transformation_session","id":%q,"log_id":%q,"agent_id":%q,"started_at":%q}`, id, p.id(2), agent, at())
	case what <= 3:
		i := p.IntN(len(p.open))
		id := p.open[i]
		p.open = slices.Delete(p.open, i, i+1)
		status := []string{"COMPLETED", "COMPLETED", "COMPLETED", "FAILED"}[p.IntN(4)]
		return fmt.Sprintf(`{"kind":"transformation_session","amend":true,"log_id":%q,"id":%q,"status":%q}`, p.id(3), id, status)
	case what == 4:
		return within("lineage_edge", p.open[p.IntN(len(p.open))], fmt.Sprintf(
			`"log_id":%q,"created_at":%q,"source_type":"TABLE","source_schema":"silver","source_name":%q,"target_type":"TABLE","target_schema":"gold","target_name":"p","relationship_type":"DERIVES_FROM"`,
			p.id(4), at(), []string{"o", "q"}[p.IntN(2)]))
	case what == 5 && len(p.told) > 0: // something is sent again
		return p.told[p.IntN(len(p.told))]
	default:
		var lines []string
		for range 1 + p.IntN(4) {
			lines = append(lines, p.operation(at()))
		}
		return strings.Join(lines, "\n")
	}
}

// TestSamplingChangesNothingOfLineage plays random scripts on a ledger that
// samples and on one that does not. What is current, what history tells and why
// answers is the same.
func TestSamplingChangesNothingOfLineage(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			whole, sampled := newWorld(t, nil), newWorld(t, &intake.Sampling{})
			worlds := []*world{whole, sampled}
			p := &play{Rand: rand.New(rand.NewPCG(seed, 7))}
			for range 60 {
				step(t, p, worlds)
			}
			for _, table := range []string{"gold.p", "gold.z", "silver.o", "silver.q", "bronze.b"} {
				wantSame(t, "the history of "+table, whole.history(table), sampled.history(table))
				wantSame(t, "why "+table, whole.why(table), sampled.why(table))
			}
			sampled.sound()
		})
	}
}

func step(t *testing.T, p *play, worlds []*world) {
	t.Helper()
	scene := p.scene(worlds[0].now)
	p.told = append(p.told, strings.Split(scene, "\n")...)
	restart, end := p.IntN(20) == 0, p.IntN(15) == 0
	pick := p.Int()
	var list [2][]string
	for i, w := range worlds {
		w.now = w.now.Add(time.Hour)
		if restart {
			w.restart()
		}
		w.write(scene)
		said, ids := w.currents()
		if end && len(said) > 0 { // somebody ends an edge by hand
			w.write(fmt.Sprintf(`{"kind":"lineage_edge","amend":true,"id":%d,"is_current":false}`, ids[said[pick%len(said)]]))
			said, _ = w.currents()
		}
		list[i] = said
	}
	wantSame(t, "what is current after\n"+scene+"\n", list[0], list[1])
}

func wantSame(t *testing.T, what string, want, got []string) {
	t.Helper()
	if slices.Equal(want, got) {
		return
	}
	only := func(a, b []string) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) }), "\n  ")
	}
	t.Fatalf("%s differs.\nonly in full:\n  %s\nonly sampled:\n  %s", what, only(want, got), only(got, want))
}

// A job is a nightly one: a session with one operation, warnings aside.
func (w *world) night(n int, agent, text string) (receipt daybook.Receipt) {
	w.t.Helper()
	id := fmt.Sprintf("0190f3c2-7b1e-7a40-8c11-%012d", n)
	w.write(`{"kind":"transformation_session","id":"` + id + `","agent_id":"` + agent + `"}`)
	receipt = w.write(done(id, "", text))[0]
	w.write(checkin(id, "COMPLETED"))
	return receipt
}

// done is an operation in JSON; logID may be "".
func done(session, logID, text string) string {
	quoted, _ := json.Marshal(text)
	if logID != "" {
		logID = fmt.Sprintf(`"log_id":%q,`, logID)
	}
	return within("transformation_operation", session, logID+`"operation_type":"AGGREGATE","transformation_logic":`+string(quoted))
}

func (w *world) wants(operations string) {
	w.t.Helper()
	if got := w.operations(); got != operations {
		w.t.Errorf("the operations are %s; want %s", got, operations)
	}
}

func TestWhatIsARepeat(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &intake.Sampling{})
	w.night(1, "nightly", texts[0]) // seqs 0 to 11: it has four edges
	w.wants("1")
	w.night(2, "nightly", texts[0])
	w.wants("1, as 1")
	w.night(3, "hourly", texts[0])  // another agent
	w.night(4, "nightly", texts[1]) // another function
	w.night(5, "nightly", strings.Replace(texts[0], "commodity", "Commodity", 1))
	if got := w.operations(); strings.Count(got, "as ") != 1 {
		t.Errorf("what differs is a repeat: %s", got)
	}
	w.night(6, "hourly", texts[0])
	if got := w.operations(); strings.Count(got, "as ") != 2 {
		t.Errorf("what is alike is none: %s", got)
	}
	w.sound()
}

// What was written is a duplicate whatever is remembered when it comes again.
// A repeat that adds to a table ends nothing of what others add to it, also where
// session, operation and checkin come in one call.
func TestRepeatsThatAddEndNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &intake.Sampling{})
	w.night(1, "nightly", "INSERT INTO gold.g (a) SELECT a FROM silver.x")
	w.night(2, "nightly", "INSERT INTO gold.g (a) SELECT b FROM silver.y")
	before, _ := w.currents()
	const id = "0190f3c2-7b1e-7a40-8c11-000000000003"
	w.write(`{"kind":"transformation_session","id":"` + id + `","agent_id":"nightly"}` + "\n" +
		done(id, "", "INSERT INTO gold.g (a) SELECT a FROM silver.x") + "\n" + checkin(id, "COMPLETED"))
	if got := w.operations(); strings.Count(got, "as ") != 1 {
		t.Fatalf("the operations are %s", got)
	}
	after, _ := w.currents()
	wantSame(t, "what is current", before, after)
	w.sound()
}

func TestRepeatedWritesOfSampledOperations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &intake.Sampling{})
	w.write(session(sid))
	inFull, repeat := done(sid, first, texts[0]), done(sid, second, texts[0])
	told := w.write(inFull + repeat)
	again := func(why string) {
		t.Helper()
		for i, line := range []string{inFull, repeat} {
			if got := w.write(line)[0]; !got.Duplicate || got.Seq != told[i].Seq {
				t.Errorf("%s: record %d sent again: %+v", why, i, got)
			}
		}
		for i, line := range []string{done(sid, first, texts[1]), done(sid, second, texts[1])} {
			if _, err := w.try(line); daybook.CodeOf(err) != daybook.CodeConflict {
				t.Errorf("%s: record %d sent again with another text: %v", why, i, err)
			}
		}
	}
	again("in the next batch")
	w.write(repeat + repeat + done(sid, third, texts[0]) + inFull)
	w.restart()
	again("after a restart")
	must(t, w.store.ForgetPatterns(t.Context()))
	w.restart()
	again("after the patterns were forgotten")
	w.sampling = nil
	w.restart()
	again("without sampling")
	if got := w.operations(); strings.Count(got, "as ") != 2 {
		t.Errorf("the operations are %s", got)
	}
	w.sound()
}

// A request that is refused leaves no pattern behind.
func TestRefusedOperationsBeginNoPattern(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &intake.Sampling{})
	w.write(session(sid))
	w.refuse(done(sid, "", texts[0])+done("0190f3c2-7b1e-7a40-8c11-3a5d2f6e0fff", "", texts[0]), daybook.CodeInvalid, "/1/session_id")
	w.store.FailNext(fmt.Errorf("disk full"))
	if _, err := w.try(done(sid, "", texts[0])); err == nil {
		t.Error("the store failed, and nobody was told")
	}
	w.write(done(sid, "", texts[0]))
	w.wants("1")
	w.write(done(sid, "", texts[0]))
	w.wants("1, as 1")
	w.sound()
}

// A pattern begins anew where the body of its first operation may have gone.
func TestPatternsBeginAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &intake.Sampling{})
	w.night(1, "nightly", texts[0])
	w.now = w.now.AddDate(0, 0, 29)
	w.night(2, "nightly", texts[0])
	w.wants("1, as 1")
	w.now = w.now.AddDate(0, 0, 1)
	w.night(3, "nightly", texts[0])
	w.restart()
	w.night(4, "nightly", texts[0])
	entries := strings.Split(w.operations(), ", ")
	if entries[2] == "as 1" || entries[3] != "as "+entries[2] {
		t.Errorf("after 30 days: %v", entries)
	}
	w.write(`{"kind":"erasure","target_kind":"transformation_session","target_id":"x","reason":"asked for"}`)
	w.night(5, "nightly", texts[0])
	if entries = strings.Split(w.operations(), ", "); strings.HasPrefix(entries[4], "as ") {
		t.Errorf("after an erasure: %v", entries)
	}
	w.sound()
}

// What the store remembers is held against the entries before it is believed.
func TestPatternsOfTheStoreAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &intake.Sampling{})
	w.night(1, "nightly", texts[0])
	other := w.night(2, "nightly", texts[1])
	w.restart()
	known, err := w.store.Patterns(t.Context())
	must(t, err)
	if len(known) != 2 {
		t.Fatalf("the store knows %v", known)
	}
	wrong := map[daybook.PatternKey]int64{}
	for key, seq := range known {
		wrong[key] = map[int64]int64{1: other.Seq, other.Seq: 4}[seq]
	}
	must(t, w.store.KeepPatterns(t.Context(), wrong, 10))
	w.restart()
	w.night(3, "nightly", texts[0])
	w.night(4, "nightly", texts[1])
	if got := w.operations(); strings.Contains(got, "as ") {
		t.Errorf("the store was believed: %s", got)
	}
	w.night(5, "nightly", texts[0])
	if got := w.operations(); strings.Count(got, "as ") != 1 {
		t.Errorf("what was found out is forgotten: %s", got)
	}
}

// Many writers at once: each operation is in full, or repeats one that is.
func TestConcurrentFirstOccurrences(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &intake.Sampling{})
	const writers, each = 8, 60
	var group sync.WaitGroup
	for i := range writers {
		id := fmt.Sprintf("0190f3c2-7b1e-7a40-8c11-%012d", i)
		w.write(`{"kind":"transformation_session","id":"` + id + `","agent_id":"nightly"}`)
		group.Go(func() {
			for n := range each {
				if _, err := w.try(done(id, "", texts[n%3]) + done(id, "", texts[(n+i)%4])); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	full := map[string]bool{}
	for _, o := range strings.Split(w.operations(), ", ") {
		if of, ok := strings.CutPrefix(o, "as "); !ok {
			full[o] = true
		} else if !full[of] {
			t.Errorf("an operation repeats %s, which is not in full before it", of)
		}
	}
	if len(full) > 40 {
		t.Errorf("%d of %d operations are in full", len(full), 2*writers*each)
	}
	w.sound()
}

// A session whose repeats nobody remembers, because the program began anew, says
// their edges all the same.
func TestRepeatsOverRestarts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &intake.Sampling{})
	w.night(1, "nightly", texts[0])
	w.night(2, "nightly", texts[1]) // takes its place
	w.write(session(sid) + done(sid, "", "SELECT '"+strings.Repeat("long ", 30)+"' FROM silver.o"))
	w.night(3, "nightly", texts[2])
	for range 2 {
		w.restart()
		w.write(done(sid, "", texts[0]))
	}
	w.restart()
	w.write(checkin(sid, "COMPLETED"))
	said, _ := w.currents()
	if len(said) != 4 || !strings.Contains(strings.Join(said, "\n"), "avg(value)") {
		t.Errorf("current are %q", said)
	}
	w.sound()
}

func TestSampledMetrics(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &intake.Sampling{})
	registry := prometheus.NewPedanticRegistry()
	w.o.Registry = registry
	w.restart()
	w.night(1, "nightly", texts[0])
	w.night(2, "nightly", texts[1])
	w.night(3, "nightly", texts[0])
	w.refuse(done(sid[:35]+"f", "", texts[0]), daybook.CodeInvalid, "/0/session_id")
	families, err := registry.Gather()
	must(t, err)
	got := map[string]float64{}
	for _, f := range families {
		got[f.GetName()] = f.GetMetric()[0].GetCounter().GetValue() + f.GetMetric()[0].GetGauge().GetValue()
	}
	columns := len(`["silver.o.value", "silver.o.commodity"]`) + len(`["commodity", "price"]`)
	for name, want := range map[string]float64{
		"daybook_ledger_sampled_operations_total": 1, "daybook_ledger_patterns": 2, "daybook_ledger_sampled_bytes_total": float64(len(texts[0]) + columns),
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
}
