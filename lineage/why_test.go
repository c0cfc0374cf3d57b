package lineage

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
)

// A run is a session as a book has it, with what was made in it.
type run struct {
	book *book
	id   string
	open *daybook.Entry
}

func (b *book) run(s daybook.TransformationSession) *run {
	b.t.Helper()
	e := b.add(s)
	return &run{b, e.SubjectID(), e}
}

func (r *run) operation(output, logic string, in, out int64) *daybook.Entry {
	r.book.t.Helper()
	return r.book.add(daybook.TransformationOperation{
		SessionID: r.id, OperationType: "AGGREGATE", OutputTable: output, TransformationLogic: logic, InputRowCount: &in, OutputRowCount: &out,
	})
}

// edge writes an edge of the run; one that is not new stays pending.
func (r *run) edge(source, target string, isNew bool) *daybook.Entry {
	r.book.t.Helper()
	e := edgeOf(r.book.t, source, target, "TRANSFORMS")
	e.SessionID = r.id
	if isNew {
		e.IsCurrent = new(true)
	}
	return r.book.add(e)
}

func (r *run) artifact(name string, rows int64) *daybook.Entry {
	r.book.t.Helper()
	return r.book.add(daybook.OutputArtifact{SessionID: r.id, ArtifactType: "TABLE", ArtifactName: name, RowCount: &rows, IsCurrent: new(true)})
}

func (r *run) end(status string) *daybook.Entry {
	r.book.t.Helper()
	return r.book.amend(r.open, map[string]daybook.Value{
		"status": daybook.TextValue(status), "completed_at": daybook.TextValue(r.book.now.Format("2006-01-02T15:04:05.000000Z")),
	})
}

func whyOf(t *testing.T, b *book, q daybook.WhyQuery) *daybook.Why {
	t.Helper()
	w, err := b.reader().Why(t.Context(), anyone, q)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int64]bool{}
	for v := range w.All() {
		if seen[v.Entry.Seq] {
			t.Errorf("%s %d stands in the answer twice", v.Entry.Kind.Name, v.Entry.Seq)
		}
		seen[v.Entry.Seq] = true
	}
	if len(seen) != w.Totals.Entries {
		t.Errorf("%d entries, and the totals say %d", len(seen), w.Totals.Entries)
	}
	return w
}

func tablesIn(w *daybook.Why) (tables []string) {
	for _, h := range w.Hops {
		tables = append(tables, h.Table)
	}
	return tables
}

func hasGap(w *daybook.Why, text string) bool {
	return slices.ContainsFunc(w.Gaps, func(g string) bool { return strings.Contains(g, text) })
}

func wantGap(t *testing.T, w *daybook.Why, text string) {
	t.Helper()
	if !hasGap(w, text) {
		t.Errorf("no gap says %q: %q", text, w.Gaps)
	}
}

func seqs(list []daybook.Evidence) (all []int64) {
	for _, v := range list {
		all = append(all, v.Entry.Seq)
	}
	return all
}

func TestWhyJoinsAll(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	ingest := b.add(daybook.IngestRun{JobType: "j", TargetTable: "bronze.cell", Status: "COMPLETED", AgentID: "collector"})
	talk := b.add(daybook.Conversation{ConversationID: "c1", AgentPosition: "analyst", CostUSD: new(0.1), InputTokens: new(int64(7)), OutputTokens: new(int64(5))})
	late := b.add(daybook.ThinkingLog{ConversationID: "c1", AgentPosition: "analyst", StepNumber: new(int64(2))})
	early := b.add(daybook.ThinkingLog{ConversationID: "c1", AgentPosition: "analyst", StepNumber: new(int64(1))})
	failed := b.run(daybook.TransformationSession{AgentID: "etl", ConversationID: "c1"})
	fault := failed.end("FAILED")
	clean := b.run(daybook.TransformationSession{AgentID: "etl", ConversationID: "c1", ParentSessionID: failed.id, IngestRunID: ingest.SubjectID()})
	cleaning := clean.operation("silver.cell", "INSERT …", 9, 8)
	clean.edge("bronze.cell.value", "silver.cell.value", true)
	clean.end("COMPLETED")
	sum := b.run(daybook.TransformationSession{AgentID: "analyst", ConversationID: "c1", ParentSessionID: clean.id})
	summing := sum.operation("gold.sheet", "INSERT …", 8, 2)
	sheet := sum.artifact("gold.sheet", 2)
	edge := sum.edge("silver.cell.value", "gold.sheet.total", true)
	sum.edge("silver.cell.year", "gold.sheet.year", true)
	sum.end("COMPLETED")
	verdict := b.add(daybook.ValidationStatus{ValidationType: "v", TableName: "gold.sheet", SessionID: sum.id, Status: "PASSED", AgentID: "checker"})
	of := b.add(daybook.ValidationStatus{ValidationType: "w", SessionID: sum.id, Status: "WARNING"})
	decision := b.add(daybook.DecisionLog{ConversationID: "c1", AgentPosition: "analyst", HumanReviewed: new(true), HumanReviewer: "desk"})
	inSession := b.add(daybook.ActionLog{AgentPosition: "analyst", ConversationID: "c1", SessionID: sum.id, CostUSD: new(0.02)})
	inTalk := b.add(daybook.ActionLog{AgentPosition: "analyst", ConversationID: "c1", CostUSD: new(0.004)})
	call := b.add(daybook.MCPUsageLog{AgentPosition: "etl", SessionID: failed.id, ServerName: "s", ToolName: "t", CostUSD: new(0.3)})
	twice := b.add(daybook.ActionLog{AgentPosition: "etl", SessionID: failed.id, ActionType: "mcp_call", CostUSD: new(0.3)})
	escalation := b.add(daybook.EscalationLog{SourceAgent: "analyst", SourceConversationID: "c1"})
	b.add(daybook.Conversation{ConversationID: "c2", AgentPosition: "somebody else", CostUSD: new(9.0)})

	w := whyOf(t, b, daybook.WhyQuery{Node: "gold.sheet.total"})
	if got, want := tablesIn(w), []string{"gold.sheet", "silver.cell", "bronze.cell"}; w.Node != "gold.sheet.total" || !slices.Equal(got, want) {
		t.Fatalf("%s: tables %q, want %q", w.Node, got, want)
	}
	gold, silver, bronze := &w.Hops[0], &w.Hops[1], &w.Hops[2]
	if len(gold.Edges) != 1 || gold.Edges[0].Evidence.Entry.Seq != edge.Seq || !slices.Equal(gold.Columns, []string{"total"}) {
		t.Errorf("edges %+v into columns %q", gold.Edges, gold.Columns)
	}
	if gold.SessionID != sum.id || silver.SessionID != clean.id || bronze.SessionID != "" {
		t.Errorf("sessions %s, %s and %q", gold.SessionID, silver.SessionID, bronze.SessionID)
	}
	if gold.RowsIn == nil || *gold.RowsIn != 8 || gold.RowsOut == nil || *gold.RowsOut != 2 {
		t.Errorf("rows %v and %v", gold.RowsIn, gold.RowsOut)
	}
	for name, c := range map[string]struct {
		got  []daybook.Evidence
		want []*daybook.Entry
	}{
		"operations":    {gold.Operations, []*daybook.Entry{summing}},
		"of silver":     {silver.Operations, []*daybook.Entry{cleaning}},
		"artifacts":     {gold.Artifacts, []*daybook.Entry{sheet}},
		"verdicts":      {gold.Validations, []*daybook.Entry{verdict, of}},
		"ingest runs":   {bronze.IngestRuns, []*daybook.Entry{ingest}},
		"thinking":      {w.Conversations[0].Thinking, []*daybook.Entry{early, late}},
		"decisions":     {w.Conversations[0].Decisions, []*daybook.Entry{decision}},
		"actions":       {w.Conversations[0].Actions, []*daybook.Entry{inTalk}},
		"escalations":   {w.Conversations[0].Escalations, []*daybook.Entry{escalation}},
		"conversation":  {[]daybook.Evidence{*w.Conversations[0].Conversation}, []*daybook.Entry{talk}},
		"in session":    {w.Sessions[0].Actions, []*daybook.Entry{inSession}},
		"failed before": {[]daybook.Evidence{w.Sessions[2].Session}, []*daybook.Entry{fault}},
		"call":          {w.Sessions[2].MCPCalls, []*daybook.Entry{call}},
		"call, twice":   {w.Sessions[2].Actions, []*daybook.Entry{twice}},
	} {
		var want []int64
		for _, e := range c.want {
			want = append(want, e.Seq)
		}
		if got := seqs(c.got); !slices.Equal(got, want) {
			t.Errorf("%s: entries %d, want %d", name, got, want)
		}
	}
	if got := len(w.Conversations); got != 1 {
		t.Errorf("%d conversations, want the one that led to the sessions", got)
	}
	totals := w.Totals
	totals.Agents, totals.Reviewers = nil, nil
	want := daybook.WhyTotals{
		CostUSD: 0.424, Tokens: 12, RowsIn: 17, RowsOut: 10, Sessions: 3, Conversations: 1, Decisions: 1, Approved: 1, Entries: w.Totals.Entries,
	}
	if fmt.Sprintf("%+v", totals) != fmt.Sprintf("%+v", want) {
		t.Errorf("totals\n%+v, want\n%+v", totals, want)
	}
	if agents := slices.Sorted(slices.Values(w.Totals.Agents)); !slices.Equal(agents, []string{"analyst", "checker", "collector", "etl"}) {
		t.Errorf("agents %q", agents)
	}
	wantGap(t, w, "not held against a checkpoint")
	wantGap(t, w, "no artifact is registered for silver.cell")
	if len(w.Gaps) != 2 {
		t.Errorf("gaps %q", w.Gaps)
	}
	again, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	var read daybook.Why
	if err := json.Unmarshal(again, &read); err != nil {
		t.Fatal(err)
	}
	if twice, err := json.Marshal(read); err != nil || string(twice) != string(again) {
		t.Errorf("read back it is %s, %v, want %s", twice, err, again)
	}
}

// TestWhyNamesTheNewestMaker has a job run night after night: the edges stay
// those of the first night, by whatever the later ones show.
func TestWhyNamesTheNewestMaker(t *testing.T) {
	t.Parallel()
	for name, night := range map[string]func(r *run){
		"by its artifact":  func(r *run) { r.artifact("gold.sheet", 1) },
		"by its operation": func(r *run) { r.operation("gold.sheet", "", 1, 1) },
		"by its edges":     func(r *run) { r.edge("silver.cell.value", "gold.sheet.total", false) },
		"in capitals":      func(r *run) { r.operation("GOLD.SHEET", "", 1, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBook(t)
			first := b.run(daybook.TransformationSession{AgentID: "job"})
			edge := first.edge("silver.cell.value", "gold.sheet.total", true)
			first.edge("silver.cell.year", "gold.sheet.year", true)
			first.end("COMPLETED")
			var last *run
			for range 3 {
				last = b.run(daybook.TransformationSession{AgentID: "job"})
				night(last)
				last.end("COMPLETED")
			}
			for range makersPage + 1 { // failures do not hide who made it
				fails := b.run(daybook.TransformationSession{AgentID: "job"})
				fails.operation("gold.sheet", "", 1, 1)
				fails.edge("silver.cell.value", "gold.sheet.total", false)
				fails.end("FAILED")
			}
			w := whyOf(t, b, daybook.WhyQuery{Node: "gold.sheet.total"})
			h := &w.Hops[0]
			if h.SessionID != last.id || len(w.Sessions) != 1 {
				t.Fatalf("made by %s of %d sessions, want %s", h.SessionID, len(w.Sessions), last.id)
			}
			if e := h.Edges[0]; e.SessionID != first.id || e.Since != edge.LoggedAt() {
				t.Errorf("the edge holds since %s by %s, want %s by %s", e.Since, e.SessionID, edge.LoggedAt(), first.id)
			}
			want := ""
			if name == "by its edges" {
				want = last.id
			}
			if h.Edges[0].SeenBy != want {
				t.Errorf("seen by %q, want %q", h.Edges[0].SeenBy, want)
			}
		})
	}
}

// TestWhyNamesAllWhoFillATable has two jobs fill one table, each night one after
// the other, and a third that has ceased to.
func TestWhyNamesAllWhoFillATable(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	fill := func(agent, source string, isNew bool) (*run, *daybook.Entry) {
		r := b.run(daybook.TransformationSession{AgentID: agent})
		op := r.operation("gold.sheet", "INSERT", 1, 1)
		r.edge(source, "gold.sheet.total", isNew)
		r.end("COMPLETED")
		return r, op
	}
	fill("old", "silver.old.value", true)
	fill("corn", "silver.corn.value", true)
	fill("wheat", "silver.wheat.value", true)
	for range 3 {
		fill("corn", "silver.corn.value", false)
	}
	corn, cornOp := fill("corn", "silver.corn.value", false)
	wheat, wheatOp := fill("wheat", "silver.wheat.value", false)

	w := whyOf(t, b, daybook.WhyQuery{Node: "gold.sheet.total"})
	h := &w.Hops[0]
	if h.SessionID != wheat.id || len(h.Others) != 2 || h.Others[0] != corn.id {
		t.Fatalf("made by %s, and %s", h.SessionID, h.Others)
	}
	by := map[string]string{}
	for _, e := range h.Edges {
		by[e.Source] = e.SeenBy
	}
	if by["silver.wheat.value"] != wheat.id || by["silver.corn.value"] != corn.id || by["silver.old.value"] != h.Others[1] {
		t.Errorf("edges seen by %v", by)
	}
	if got := seqs(h.Operations); len(got) != 3 || got[0] != wheatOp.Seq || got[1] != cornOp.Seq {
		t.Errorf("operations %d, want %d and %d, and one more", got, wheatOp.Seq, cornOp.Seq)
	}
	if len(w.Sessions) != 3 || !slices.Equal(w.Totals.Agents, []string{"wheat", "corn", "old"}) {
		t.Errorf("%d sessions of %q", len(w.Sessions), w.Totals.Agents)
	}
}

func TestWhySaysThatATableWasAddedTo(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	write := func(change string) {
		r := b.run(daybook.TransformationSession{AgentID: "job"})
		b.add(daybook.TransformationOperation{
			SessionID: r.id, OperationType: "SELECT", TransformationType: "SQL", OutputTable: "gold.sheet", LifecycleStateChange: change,
		})
		r.end("COMPLETED")
	}
	const gap = "added to gold.sheet or altered it: what "
	said := func() string {
		for _, g := range whyOf(t, b, daybook.WhyQuery{Node: "gold.sheet"}).Gaps {
			if _, rest, ok := strings.Cut(g, gap); ok {
				return rest
			}
		}
		return ""
	}
	write("CREATE")
	if got := said(); got != "" {
		t.Errorf("a table that was created: %q", got)
	}
	write("")
	write("")
	if got := said(); !strings.HasPrefix(got, "2 earlier sessions wrote before") {
		t.Errorf("a table that was created and added to twice: %q", got)
	}
	write("OVERWRITE")
	if got := said(); got != "" {
		t.Errorf("a table that was made anew: %q", got)
	}
	write("")
	if got := said(); !strings.HasPrefix(got, "1 earlier session wrote before") {
		t.Errorf("a table that was made anew and added to: %q", got)
	}
}

func TestWhyAsOf(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	first := b.run(daybook.TransformationSession{AgentID: "job", ConversationID: "c1"})
	first.operation("gold.sheet", "one", 1, 1)
	first.edge("silver.cell", "gold.sheet", true)
	first.end("COMPLETED")
	decision := b.add(daybook.DecisionLog{ConversationID: "c1", AgentPosition: "a"})
	before := b.now.Add(-time.Minute)
	b.amend(decision, map[string]daybook.Value{"human_reviewed": daybook.BoolValue(true)})
	second := b.run(daybook.TransformationSession{AgentID: "job"})
	second.operation("gold.sheet", "two", 1, 1)
	second.end("COMPLETED")

	w := whyOf(t, b, daybook.WhyQuery{Node: "gold.sheet", AsOf: before})
	if w.Hops[0].SessionID != first.id || w.Totals.Approved != 0 || w.Totals.Decisions != 1 || w.AsOf == "" {
		t.Errorf("as of %s it is made by %s, with %+v", w.AsOf, w.Hops[0].SessionID, w.Totals)
	}
	if w = whyOf(t, b, daybook.WhyQuery{Node: "gold.sheet"}); w.Hops[0].SessionID != second.id {
		t.Errorf("now it is made by %s", w.Hops[0].SessionID)
	}
	for _, at := range []time.Time{noon.Add(-time.Minute), noon} {
		_, err := b.reader().Why(t.Context(), anyone, daybook.WhyQuery{Node: "gold.sheet", AsOf: at})
		wantCode(t, err, daybook.CodeNotFound)
	}
}

func TestWhySaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.edge("bronze.cell.value", "silver.cell.value", "COPIES") // of no session
	guessed := edgeOf(t, "silver.cell.value", "gold.sheet.total", "COPIES")
	lone := b.run(daybook.TransformationSession{AgentID: "job", ParentSessionID: "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9999", IngestRunID: "0190f3c2-7b1e-7a40-8c11-3a5d2f6e8888"})
	guessed.SessionID, guessed.IsCurrent, guessed.Resolution = lone.id, new(true), "guessed"
	b.add(guessed)
	lone.end("COMPLETED")
	talker := b.run(daybook.TransformationSession{AgentID: "job", ConversationID: "gone"})
	talker.edge("gold.sheet.total", "gold.report.total", true)
	b.add(daybook.TransformationOperation{SessionID: talker.id, OperationType: "SELECT", OutputTable: "gold.report", PatternID: new(int64(999))})
	talker.end("COMPLETED")
	open := b.run(daybook.TransformationSession{AgentID: "job"})
	open.operation("gold.draft", "", 1, 1)
	b.add(daybook.TransformationOperation{SessionID: open.id, OperationType: "SELECT", OutputTable: "gold.draft", InputTables: []string{"silver.cell"}})

	w := whyOf(t, b, daybook.WhyQuery{Node: "gold.report.total"})
	for _, gap := range []string{
		"the conversation gone, which session " + talker.id + " names, is not in the ledger",
		"session " + lone.id + " of job names no conversation",
		"1 edge into silver.cell: no session is named",
		"1 edge into gold.sheet: the names are not sure, but guessed",
		"the session 0190f3c2-7b1e-7a40-8c11-3a5d2f6e9999, which " + lone.id + " goes on from, is not in the ledger",
		"the ingest run 0190f3c2-7b1e-7a40-8c11-3a5d2f6e8888, which session " + lone.id + " names",
		"no operation of session " + lone.id + " says that it wrote gold.sheet",
		"repeats operation 999, which is not in the ledger",
		"nothing says how data came into bronze.cell",
	} {
		wantGap(t, w, gap)
	}
	if c := w.Conversations[0]; c.ConversationID != "gone" || c.Conversation != nil {
		t.Errorf("conversation %+v", c)
	}
	w = whyOf(t, b, daybook.WhyQuery{Node: "gold.draft"})
	wantGap(t, w, "no session that wrote gold.draft has ended well: the newest, "+open.id+", is ACTIVE")
	wantGap(t, w, "no edge leads into gold.draft, though its operation read silver.cell")
	archived := edgeOf(t, "bronze.cell", "gold.old", "COPIES")
	archived.SessionID, archived.IsCurrent = "0190f3c2-7b1e-7a40-8c11-3a5d2f6e7777", new(true)
	b.add(archived)
	wantGap(t, whyOf(t, b, daybook.WhyQuery{Node: "gold.old"}), "the session 0190f3c2-7b1e-7a40-8c11-3a5d2f6e7777, which wrote gold.old, is not in the ledger")
	w = whyOf(t, b, daybook.WhyQuery{Node: "gold.report.total", Depth: 1})
	wantGap(t, w, "the walk ends 1 edge away from gold.report.total")
	if got := tablesIn(w); !slices.Equal(got, []string{"gold.report", "gold.sheet"}) {
		t.Errorf("tables %q", got)
	}
}

func TestWhyOfRepeatedOperations(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	first := b.run(daybook.TransformationSession{AgentID: "job"})
	original := first.operation("gold.sheet", "INSERT INTO gold.sheet …", 1, 1)
	first.end("COMPLETED")
	second := b.run(daybook.TransformationSession{AgentID: "job"})
	id := original.Get("id").Int()
	b.add(daybook.TransformationOperation{SessionID: second.id, OperationType: "AGGREGATE", OutputTable: "gold.sheet", PatternID: &id})
	second.end("COMPLETED")
	op := whyOf(t, b, daybook.WhyQuery{Node: "gold.sheet"}).Hops[0].Operations[0]
	if op.First == nil || op.First.Entry.Seq != original.Seq {
		t.Errorf("the first occurrence is %+v", op.First)
	}
}

func TestWhyOfNodesWithoutEdges(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.edge("bronze.cell.value", "silver.cell.value", "COPIES")
	b.edge("bronze.cell", "silver.whole", "DERIVES_FROM")
	made := b.run(daybook.TransformationSession{AgentID: "job"})
	made.artifact("gold.sheet", 3)
	made.end("COMPLETED")
	for node, table := range map[string]string{
		"bronze.cell": "bronze.cell", "bronze.cell.value": "bronze.cell", "gold.sheet": "gold.sheet", "gold.sheet.total": "gold.sheet",
	} {
		if w := whyOf(t, b, daybook.WhyQuery{Node: node}); len(w.Hops) != 1 || w.Hops[0].Table != table {
			t.Errorf("%s: tables %q", node, tablesIn(w))
		}
	}
	w := whyOf(t, b, daybook.WhyQuery{Node: "silver.whole.value"})
	wantGap(t, w, "no edge names the column value of silver.whole")
	if got := tablesIn(w); !slices.Equal(got, []string{"silver.whole", "bronze.cell"}) {
		t.Errorf("tables %q", got)
	}
	for node, hint := range map[string]string{
		"gold.cell":          "did you mean bronze.cell, silver.cell?",
		"CELL":               "did you mean bronze.cell, silver.cell?",
		"silver.cell.valeu":  "did you mean value?",
		"silver.cell.amount": "its columns are value",
		"nobody.knows":       "name a table as it was logged",
		"a.b.c.d.e":          "name a table as it was logged",
	} {
		_, err := b.reader().Why(t.Context(), anyone, daybook.WhyQuery{Node: node})
		wantCode(t, err, daybook.CodeNotFound)
		var e *daybook.Error
		if !errors.As(err, &e) || !strings.Contains(e.Hint, hint) {
			t.Errorf("%s: %+v, want the hint %q", node, err, hint)
		}
	}
}

// A hint is one line, whatever agents called their tables and columns.
func TestWhyHintsAreOneLine(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	long := strings.Repeat("long", 50_000)
	for _, column := range []string{"total\nof all", long} {
		b.add(daybook.LineageEdge{
			SourceType: "COLUMN", SourceSchema: "s", SourceName: "a", SourceColumn: column, TargetType: "COLUMN", TargetSchema: "s", TargetName: "b\nc", TargetColumn: column,
			RelationshipType: "COPIES", IsCurrent: new(true),
		})
	}
	for node, hint := range map[string]string{"s.a.nothing of it": "total of all", "s.b\nc.nothing of it": "total of all", "q.b\nc": "did you mean s.b c?"} {
		_, err := b.reader().Why(t.Context(), anyone, daybook.WhyQuery{Node: node})
		var e *daybook.Error
		if !errors.As(err, &e) || !strings.Contains(e.Hint, hint) || strings.Contains(e.Hint, "\n") || len(e.Hint) > 500 {
			t.Errorf("%q: %v, %.200q, want the hint %q", node, err, e.Hint, hint)
		}
	}
}

func TestWhyIsBounded(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	big := strings.Repeat("x", 1<<20-1)
	r := b.run(daybook.TransformationSession{AgentID: "job", ConversationID: "c1"})
	for i := range 25 {
		r.edge(fmt.Sprintf("silver.t%02d.value", i), "gold.sheet.total", true)
		r.operation("gold.sheet", big, 1, 1)
		b.add(daybook.ThinkingLog{ConversationID: "c1", AgentPosition: "a"})
	}
	r.end("COMPLETED")
	w := whyOf(t, b, daybook.WhyQuery{Node: "gold.sheet.total", Limit: 7})
	h := &w.Hops[0]
	if len(h.Edges) != 7 || len(h.Operations) != 7 || !slices.Equal(h.More, []string{"edges", "operations"}) {
		t.Errorf("%d edges and %d operations, and more %q", len(h.Edges), len(h.Operations), h.More)
	}
	if c := w.Conversations[0]; len(c.Thinking) != 7 || !slices.Equal(c.More, []string{"thinking"}) {
		t.Errorf("%d thoughts, and more %q", len(c.Thinking), c.More)
	}
	w = whyOf(t, b, daybook.WhyQuery{Node: "gold.sheet.total", Limit: 25})
	if n := len(w.Hops[0].Operations); n != 15 || len(w.Conversations[0].Thinking) != 25 {
		t.Errorf("%d operations of 1 MB, want 15, and the small entries too", n)
	}
	wantGap(t, w, "those that are shown make 16 MB already")
	for i := range MaxWhyHops + 20 {
		b.edge(fmt.Sprintf("bronze.t%03d", i), "silver.wide", "JOINS")
	}
	w = whyOf(t, b, daybook.WhyQuery{Node: "silver.wide"})
	if len(w.Hops) != MaxWhyHops {
		t.Errorf("%d tables, want %d", len(w.Hops), MaxWhyHops)
	}
	wantGap(t, w, "21 more than 100 tables are upstream")
}

func TestWhyStaysInTheBusiness(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	for _, business := range []string{"acme", "zeta"} {
		r := b.run(daybook.TransformationSession{AgentID: business, BusinessID: business, ConversationID: "c1"})
		e := edgeOf(t, "bronze."+business, "gold.sheet", "JOINS")
		e.SessionID, e.IsCurrent, e.BusinessID = r.id, new(true), business
		b.add(e)
		b.add(daybook.DecisionLog{ConversationID: "c1", AgentPosition: business, BusinessID: business})
		r.end("COMPLETED")
	}
	w, err := b.reader().Why(t.Context(), daybook.Principal{Name: "a", Business: "acme"}, daybook.WhyQuery{Node: "gold.sheet"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(w.Totals.Agents, []string{"acme"}) || !slices.Equal(tablesIn(w), []string{"gold.sheet", "bronze.acme"}) {
		t.Errorf("agents %q, tables %q", w.Totals.Agents, tablesIn(w))
	}
	_, err = b.reader().Why(t.Context(), daybook.Principal{Name: "a", Business: "acme"}, daybook.WhyQuery{Node: "bronze.zeta"})
	wantCode(t, err, daybook.CodeNotFound)
}

func TestWhyRefuses(t *testing.T) {
	t.Parallel()
	r := newBook(t).reader()
	for name, q := range map[string]daybook.WhyQuery{
		"no node": {}, "too deep": {Node: "a.b", Depth: daybook.MaxDepth + 1}, "negative": {Node: "a.b", Limit: -1},
		"too many": {Node: "a.b", Limit: daybook.MaxWhyList + 1},
	} {
		if _, err := r.Why(t.Context(), anyone, q); daybook.CodeOf(err) != daybook.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhyFindsWhatIsNamedOtherwise(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	older := b.add(daybook.IngestRun{JobType: "j", TargetTable: "bronze.cell", Status: "COMPLETED"})
	ingest := b.add(daybook.IngestRun{JobType: "j", TargetTable: "bronze.cell", Status: "PARTIAL", RecordsInserted: new(int64(9))})
	b.add(daybook.IngestRun{JobType: "j", TargetTable: "bronze.cell", Status: "FAILED"})
	before := b.run(daybook.TransformationSession{AgentID: "job"})
	before.edge("bronze.cell", "gold.sheet", true)
	before.end("COMPLETED")
	verdict := b.add(daybook.ValidationStatus{ValidationType: "v", TableName: "gold.sheet", SessionID: before.id, Status: "PASSED"})
	r := b.run(daybook.TransformationSession{AgentID: "job"})
	op := r.operation("sheet", "", 1, 1) // within the session it can only be this table
	r.operation("other", "", 1, 1)
	r.edge("bronze.cell", "gold.sheet", false)
	sheet := b.add(daybook.OutputArtifact{SessionID: r.id, ArtifactType: "TABLE", ArtifactName: "The corn sheet", ArtifactLocation: "gold.sheet", RowCount: new(int64(4)), IsCurrent: new(true)})
	b.add(daybook.OutputArtifact{SessionID: r.id, ArtifactType: "CHART", ArtifactName: "A chart", IsCurrent: new(true)})
	r.end("COMPLETED")

	w := whyOf(t, b, daybook.WhyQuery{Node: "gold.sheet"})
	gold, bronze := &w.Hops[0], &w.Hops[1]
	for name, c := range map[string]struct {
		got  []daybook.Evidence
		want *daybook.Entry
	}{
		"operation by its bare name": {gold.Operations, op}, "artifact by its place": {gold.Artifacts, sheet},
		"verdict on an earlier version": {gold.Validations, verdict}, "newest run that brought something": {bronze.IngestRuns, ingest},
	} {
		if got := seqs(c.got); !slices.Equal(got, []int64{c.want.Seq}) {
			t.Errorf("%s: %d, want %d", name, got, c.want.Seq)
		}
	}
	if bronze.RowsOut == nil || *bronze.RowsOut != 9 || older.Seq != 0 {
		t.Errorf("%v rows came into bronze", bronze.RowsOut)
	}
	wantGap(t, w, "the newest verdict on gold.sheet is of an earlier version of it")
	wantGap(t, w, "no session says which ingest run fed bronze.cell: the newest is shown")
}

func TestWhyBoundsChains(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	parent := ""
	for range maxParents + 3 {
		r := b.run(daybook.TransformationSession{AgentID: "job", ParentSessionID: parent})
		r.end("FAILED")
		parent = r.id
	}
	for i := range mostOthers + 3 {
		r := b.run(daybook.TransformationSession{AgentID: "job", ParentSessionID: parent})
		r.edge(fmt.Sprintf("silver.t%d.value", i), "gold.sheet.total", true)
		r.end("COMPLETED")
	}
	w := whyOf(t, b, daybook.WhyQuery{Node: "gold.sheet.total"})
	if n := len(w.Hops[0].Others); n != mostOthers {
		t.Errorf("%d other sessions, want %d", n, mostOthers)
	}
	if n := len(w.Sessions); n != 1+mostOthers+maxParents {
		t.Errorf("%d sessions, want the %d of the table, and the %d before", n, 1+mostOthers, maxParents)
	}
	wantGap(t, w, "more than 6 sessions wrote what gold.sheet holds")
	wantGap(t, w, "more than 10 sessions go on from one another")
}

func TestWhyOfSessionsInTheArchive(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	const parent, session = "0190f3c2-7b1e-7a40-8c11-3a5d2f6e1111", "0190f3c2-7b1e-7a40-8c11-3a5d2f6e2222"
	archive := func(id string) {
		b.add(daybook.TransformationSessionArchive{ID: id, AgentID: "job", Status: "COMPLETED", CompletedAt: b.now, Purpose: "Monthly ETL"})
	}
	archive(parent)
	archive(session)
	e := edgeOf(t, "bronze.cell", "gold.sheet", "COPIES")
	e.SessionID, e.IsCurrent = session, new(true)
	b.add(e)
	w := whyOf(t, b, daybook.WhyQuery{Node: "gold.sheet"})
	if h := w.Hops[0]; h.SessionID != session || len(w.Sessions) != 1 || w.Sessions[0].Session.Entry.Text("purpose") != "Monthly ETL" {
		t.Errorf("made by %q of %+v", h.SessionID, w.Sessions)
	}
	later := b.run(daybook.TransformationSession{AgentID: "job", ParentSessionID: parent})
	later.operation("gold.sheet", "", 1, 1)
	later.end("COMPLETED")
	if w = whyOf(t, b, daybook.WhyQuery{Node: "gold.sheet"}); len(w.Sessions) != 2 || w.Sessions[1].Session.Entry.SubjectID() != parent {
		t.Errorf("sessions %+v, want the later one and the archived one that it goes on from", w.Sessions)
	}
}
