package lineage

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"pgregory.net/rapid"
)

// A warehouse is a book in which jobs write tables, as a ledger would keep them.
type warehouse struct {
	*book
	current map[string]*daybook.Entry // artifacts, by name
	edges   map[string]bool
}

func newWarehouse(t testing.TB) *warehouse {
	return &warehouse{book: newBook(t), current: map[string]*daybook.Entry{}, edges: map[string]bool{}}
}

// runs writes a session of operations that completes: their outputs become artifacts
// that take the place of others, and edges from their inputs.
func (w *warehouse) runs(of daybook.TransformationSession, operations ...daybook.TransformationOperation) string {
	w.t.Helper()
	session := w.job(of, operations...)
	made := map[string]*daybook.Entry{}
	for _, o := range operations {
		for _, in := range o.InputTables {
			e := edgeOf(w.t, in, o.OutputTable, "DERIVES_FROM")
			e.SessionID = session.SubjectID()
			if key := in + ">" + o.OutputTable; !w.edges[key] {
				w.edges[key] = true
				e.IsCurrent = new(true)
			}
			w.add(e)
		}
		if o.OutputTable != "" && made[o.OutputTable] == nil {
			made[o.OutputTable] = w.add(daybook.OutputArtifact{SessionID: session.SubjectID(), ArtifactType: "TABLE", ArtifactName: o.OutputTable, RowCount: new(int64(1))})
		}
	}
	w.checkin(session, "COMPLETED")
	for name, a := range made {
		if old := w.current[name]; old != nil {
			w.amend(old, map[string]daybook.Value{"is_current": daybook.BoolValue(false), "superseded_by_id": daybook.TextValue(a.SubjectID())})
		}
		w.current[name] = w.amend(a, currently(true))
	}
	return session.SubjectID()
}

// makes is an operation that makes a table anew of others.
func makes(output string, inputs ...string) daybook.TransformationOperation {
	o := sql("JOIN", "CREATE OR REPLACE TABLE "+output+" AS SELECT * FROM "+strings.Join(inputs, ", "), output)
	o.InputTables, o.LifecycleStateChange = inputs, "OVERWRITE"
	return o
}

func (w *warehouse) plan(q RollbackQuery) *Rollback {
	w.t.Helper()
	plan, err := RollbackPlan(w.t.Context(), w.reader(), anyone, q)
	if err != nil {
		w.t.Fatal(err)
	}
	return plan
}

// drawTables and drawSteps write a plan down; names are what sessions are called.
func drawTables(p *Rollback, names map[string]string) (lines []string) {
	for _, t := range p.Tables {
		line := fmt.Sprintf("%d %s", t.Depth, t.Table)
		if t.Before != nil {
			line += " before " + names[t.Before.SessionID]
		}
		for _, l := range t.Later {
			line += " later " + names[l.SessionID]
		}
		if t.Build != nil {
			line += " as " + names[t.Build.ID]
		}
		lines = append(lines, line)
	}
	return lines
}

func drawSteps(p *Rollback, names map[string]string) (lines []string) {
	for _, s := range p.Steps {
		line := names[s.Session.ID] + " " + strings.Join(s.Writes, "+")
		if !s.Affected {
			line += " (stands)"
		}
		lines = append(lines, line)
	}
	return lines
}

func wantMissing(t *testing.T, p *Rollback, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !slices.ContainsFunc(p.Missing, func(m string) bool { return strings.Contains(m, part) }) {
			t.Errorf("%q\nsays nothing of %q", p.Missing, part)
		}
	}
	if len(p.Missing) != len(parts) {
		t.Errorf("%d are missing, want %d: %q", len(p.Missing), len(parts), p.Missing)
	}
}

func TestRollbackPlan(t *testing.T) {
	t.Parallel()
	w := newWarehouse(t)
	nightly := func() string {
		return w.runs(daybook.TransformationSession{}, makes("silver.x", "bronze.a"), makes("silver.y", "silver.x", "silver.z"))
	}
	z := w.runs(daybook.TransformationSession{}, makes("silver.z", "bronze.b"))
	first := nightly()
	gold := w.runs(daybook.TransformationSession{}, makes("gold.g", "silver.y"), makes("gold.other", "silver.z"))
	second := nightly()
	report := w.runs(daybook.TransformationSession{}, makes("gold.report", "gold.g"))
	names := map[string]string{z: "z", first: "first", second: "second", gold: "gold", report: "report"}

	plan := w.plan(RollbackQuery{Session: second})
	wantLines(t, drawTables(plan, names),
		"0 silver.x before first as first", "0 silver.y before first as first", "1 gold.g as gold", "2 gold.report as report")
	wantLines(t, drawSteps(plan, names), "z silver.z (stands)", "first silver.x", "first silver.y", "gold gold.g", "report gold.report")
	wantMissing(t, plan)
	if s := plan.Steps[1]; !s.Runs || s.Text != "CREATE OR REPLACE TABLE silver.x AS SELECT * FROM bronze.a" || s.Operation.Order != 1 || len(s.Notes) != 0 {
		t.Errorf("got %+v", s)
	}
	plan = w.plan(RollbackQuery{Session: second, Affected: true})
	wantLines(t, drawSteps(plan, names), "first silver.x", "first silver.y", "gold gold.g", "report gold.report")
	plan = w.plan(RollbackQuery{Session: second, Depth: 1, Affected: true})
	wantLines(t, drawSteps(plan, names), "first silver.x", "first silver.y", "gold gold.g")
	wantMissing(t, plan, "more than 1 edge downstream, and so not in the plan: gold.report, and")

	// What came since, what has nothing before it, and what has nothing behind it.
	plan = w.plan(RollbackQuery{Session: first})
	wantLines(t, drawTables(plan, names), "0 silver.x later second", "0 silver.y later second", "1 gold.g as gold", "2 gold.report as report")
	wantLines(t, drawSteps(plan, names), "gold gold.g", "report gold.report")
	wantMissing(t, plan, "silver.x has been made anew since", "silver.y has been made anew since",
		"before this one wrote silver.x", "before this one wrote silver.y")
	plan = w.plan(RollbackQuery{Session: report})
	wantLines(t, drawTables(plan, names), "0 gold.report")

	for _, q := range []RollbackQuery{{Session: first, Depth: -1}, {Session: first, Depth: 101}} {
		_, err := RollbackPlan(t.Context(), w.reader(), anyone, q)
		wantCode(t, err, daybook.CodeInvalid)
	}
	_, err := RollbackPlan(t.Context(), w.reader(), acme, RollbackQuery{Session: first})
	wantCode(t, err, daybook.CodeNotFound)
}

func TestRollbackPlanOfWhatDidNotComplete(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"ACTIVE", "FAILED", "ABANDONED"} {
		w := newWarehouse(t)
		w.runs(daybook.TransformationSession{}, makes("silver.x", "bronze.a"))
		session := w.job(daybook.TransformationSession{}, makes("silver.x", "bronze.a"))
		w.add(daybook.OutputArtifact{SessionID: session.SubjectID(), ArtifactType: "TABLE", ArtifactName: "silver.x"})
		if status != "ACTIVE" {
			w.checkin(session, status)
		}
		plan := w.plan(RollbackQuery{Session: session.SubjectID()})
		if plan.Changed || len(plan.Steps) != 0 || len(plan.Tables) != 1 || plan.Logged != (RollbackLogged{1, 1, 0}) {
			t.Errorf("%s: got %+v", status, plan)
		}
		wantMissing(t, plan, "the session is "+status+", so nothing that it logged ever was current", "may have changed the tables themselves")
	}
}

func TestRollbackSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWarehouse(t)
	python := daybook.TransformationOperation{OperationType: "CLEAN", TransformationType: "PYTHON", TransformationLogic: "df.dropna()", OutputTable: "silver.python"}
	silent := daybook.TransformationOperation{OperationType: "CLEAN", OutputTable: "silver.silent"}
	adds := sql("JOIN", "INSERT INTO silver.adds SELECT 1", "silver.adds")
	self := makes("silver.self", "silver.self")
	broken := sql("JOIN", "CREATE TABLE silver.broken AS SELECT FROM WHERE ((", "silver.broken")
	broken.InputTables = []string{"bronze.a"}
	sampled := daybook.TransformationOperation{OperationType: "JOIN", PatternID: new(int64(1))} // the first operation
	lost := daybook.TransformationOperation{OperationType: "JOIN", PatternID: new(int64(9999)), OutputTable: "silver.lost"}
	run := func() string {
		return w.runs(daybook.TransformationSession{}, adds, python, silent, self, broken, sampled, lost)
	}
	run()
	session := run()
	only := w.job(daybook.TransformationSession{})
	w.add(daybook.OutputArtifact{SessionID: only.SubjectID(), ArtifactType: "CHART", ArtifactName: "chart"})
	w.checkin(only, "COMPLETED")
	w.edge("silver.adds", "chart", "DERIVES_FROM")
	w.edge("silver.adds", "gold.unknown", "DERIVES_FROM")

	plan := w.plan(RollbackQuery{Session: session})
	wantMissing(t, plan, "on silver.python is PYTHON, not SQL", "on silver.silent does not say what it did",
		"repeats operation 9999, which is not in the ledger", "made chart, and recorded no operation that writes it",
		"recorded how it wrote gold.unknown, which comes from what this one wrote")
	notes := map[string][]string{}
	for _, s := range plan.Steps {
		notes[strings.Join(s.Writes, "+")+" "+s.Operation.PatternID] = s.Notes
	}
	for of, want := range map[string]string{
		"silver.adds ": "it adds to silver.adds or alters it", "silver.self ": "it reads what it writes", "silver.broken ": "was not understood whole",
		"silver.adds 1": "it repeats operation 1", "silver.python ": "",
	} {
		if got := strings.Join(notes[of], "\n"); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("the notes of %s are %q, want %q", of, got, want)
		}
	}
}

// What ends within a comment or string would take what follows it in a script
// for more of that, so it is no SQL to run.
func TestRollbackOfSQLThatIsCutShort(t *testing.T) {
	t.Parallel()
	for text, runs := range map[string]bool{
		"CREATE TABLE silver.a AS SELECT x FROM bronze.b /* why":     false,
		"CREATE TABLE silver.a AS SELECT x FROM bronze.b -- '/*":     true,
		"CREATE TABLE silver.a AS SELECT 'x FROM bronze.b":           false,
		"CREATE TABLE silver.a AS SELECT \"x FROM bronze.b":          false,
		"CREATE TABLE silver.a AS SELECT 'it''s' FROM bronze.b":      true,
		"CREATE TABLE silver.a AS SELECT x FROM bronze.b /* '\" */;": true,
	} {
		w := newWarehouse(t)
		w.runs(daybook.TransformationSession{}, sql("JOIN", text, "silver.a"))
		plan := w.plan(RollbackQuery{Session: w.runs(daybook.TransformationSession{}, sql("JOIN", text, "silver.a"))})
		if len(plan.Steps) != 1 || plan.Steps[0].Runs != runs {
			t.Errorf("%s: runs is not %v in %+v", text, runs, plan.Steps)
		}
		if !runs {
			wantMissing(t, plan, "has SQL that ends within a comment, string or name")
		}
	}
}

// Quotes in what a client calls its output do not hide what made the table.
func TestRollbackOfAQuotedOutput(t *testing.T) {
	t.Parallel()
	w := newWarehouse(t)
	run := func() string {
		session := w.job(daybook.TransformationSession{}, sql("JOIN", "CREATE TABLE a AS SELECT x FROM bronze.b", `"silver"."a"`))
		e := edgeOf(t, "bronze.b", "silver.a", "DERIVES_FROM")
		e.SessionID = session.SubjectID()
		w.add(e)
		w.checkin(session, "COMPLETED")
		return session.SubjectID()
	}
	first := run()
	plan := w.plan(RollbackQuery{Session: run()})
	if len(plan.Steps) != 1 || plan.Steps[0].Session.ID != first {
		t.Errorf("the steps are %+v", plan.Steps)
	}
}

func TestRollbackOfBronze(t *testing.T) {
	t.Parallel()
	w := newWarehouse(t)
	w.runs(daybook.TransformationSession{}, makes("silver.x", "bronze.a"))
	w.add(daybook.IngestRun{JobType: "fetch", TargetTable: "bronze.a", Status: "COMPLETED", CompletedAt: w.now})
	collected := w.runs(daybook.TransformationSession{}, makes("bronze.a", "s3.file"))
	plan := w.plan(RollbackQuery{Session: collected})
	if got := drawSteps(plan, map[string]string{}); len(got) != 1 || got[0] != " silver.x" {
		t.Errorf("got %q", got)
	}
	wantMissing(t, plan, "bronze.a holds what was collected")
}

// What the steps read and do not rebuild may hold something else by now.
func TestRollbackSaysWhatChangedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWarehouse(t)
	filled := func(table string) {
		w.add(daybook.IngestRun{JobType: "fetch", TargetTable: table, Status: "COMPLETED", CompletedAt: w.now, StartedAt: w.now})
	}
	filled("bronze.a")
	filled("bronze.same")
	x := makes("silver.x", "bronze.a", "bronze.same", "bronze.late", "bronze.never")
	w.runs(daybook.TransformationSession{}, x)
	filled("bronze.a")
	filled("bronze.late")
	plan := w.plan(RollbackQuery{Session: w.runs(daybook.TransformationSession{}, x)})
	wantMissing(t, plan, "bronze.a has changed since session", "bronze.late was filled on")
}

func TestRollbackByOtherSpellings(t *testing.T) {
	t.Parallel()
	w := newWarehouse(t)
	bare := sql("JOIN", "CREATE OR REPLACE TABLE observation AS SELECT * FROM wasde_cell", "observation")
	bare.LifecycleStateChange = "OVERWRITE"
	run := func(table string) string {
		session := w.job(daybook.TransformationSession{SourceTables: []string{"bronze.wasde_cell"}}, bare)
		w.add(daybook.OutputArtifact{SessionID: session.SubjectID(), ArtifactType: "TABLE", ArtifactName: table})
		w.checkin(session, "COMPLETED")
		return session.SubjectID()
	}
	run("SILVER.OBSERVATION")
	elsewhere := w.job(daybook.TransformationSession{BusinessID: "other"}, makes("silver.observation", "bronze.wasde_cell"))
	w.checkin(elsewhere, "COMPLETED")
	plan := w.plan(RollbackQuery{Session: run("silver.observation")})
	if len(plan.Tables) != 1 || plan.Tables[0].Table != "silver.observation" || len(plan.Steps) != 1 || fmt.Sprint(plan.Steps[0].Reads) != "[bronze.wasde_cell]" {
		t.Errorf("got %+v", plan)
	}
	wantMissing(t, plan)
}

func TestRollbackOfCycles(t *testing.T) {
	t.Parallel()
	w := newWarehouse(t)
	w.runs(daybook.TransformationSession{}, makes("silver.seed", "bronze.a"))
	w.runs(daybook.TransformationSession{}, makes("silver.x", "silver.y", "silver.seed"))
	w.runs(daybook.TransformationSession{}, makes("silver.y", "silver.x"))
	w.runs(daybook.TransformationSession{}, makes("gold.g", "silver.y"))
	plan := w.plan(RollbackQuery{Session: w.runs(daybook.TransformationSession{}, makes("silver.seed", "bronze.a"))})
	wantLines(t, drawSteps(plan, map[string]string{}), " silver.seed", " silver.x", " silver.y", " gold.g")
	wantMissing(t, plan, "silver.x and silver.y are made of one another")
}

// Whatever was made of what, each step comes behind those that make what it reads.
func TestRollbackOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWarehouse(t)
		tables := rapid.IntRange(1, 8).Draw(rt, "tables")
		var jobs [][]daybook.TransformationOperation
		var numbered []int
		for i := range tables {
			numbered = append(numbered, i)
			inputs := []string{"bronze.a"}
			for j := range i {
				if rapid.Bool().Draw(rt, "reads") {
					inputs = append(inputs, fmt.Sprintf("silver.t%d", j))
				}
			}
			jobs = append(jobs, []daybook.TransformationOperation{makes(fmt.Sprintf("silver.t%d", i), inputs...)})
		}
		at := rapid.IntRange(0, tables-1).Draw(rt, "undone")
		w.runs(daybook.TransformationSession{}, jobs[at]...)
		for _, i := range rapid.Permutation(numbered).Draw(rt, "order") { // in whatever order they ran last
			w.runs(daybook.TransformationSession{}, jobs[i]...)
		}
		plan := w.plan(RollbackQuery{Session: w.runs(daybook.TransformationSession{}, jobs[at]...)})
		if strings.Contains(strings.Join(plan.Missing, "\n"), "made of one another") {
			rt.Fatalf("there is no cycle: %q", plan.Missing)
		}
		done := map[string]bool{"bronze.a": true}
		for _, s := range plan.Steps {
			for _, r := range s.Reads {
				if !done[r] {
					rt.Fatalf("%v reads %s before it is made, in %q", s.Writes, r, drawSteps(plan, map[string]string{}))
				}
			}
			done[s.Writes[0]] = true
		}
		for _, table := range plan.Tables {
			if !done[table.Table] {
				rt.Fatalf("%s is not made in %q", table.Table, drawSteps(plan, map[string]string{}))
			}
		}
	})
}

// A view that a scan found follows what it reads: nobody has to run its
// definition, and nothing is missing.
func TestRollbackOfViewsThatWereScanned(t *testing.T) {
	t.Parallel()
	w := newWarehouse(t)
	first := w.runs(daybook.TransformationSession{}, makes("silver.x", "bronze.a"))
	view := daybook.TransformationOperation{
		OperationType: "SELECT", TransformationType: "VIEW_DEFINITION", TransformationLogic: "CREATE VIEW gold.v (a) AS SELECT x.a FROM silver.x",
		InputTables: []string{"silver.x"}, OutputTable: "gold.v",
	}
	scanned := w.runs(daybook.TransformationSession{AgentID: "daybook-scan"}, view)
	second := w.runs(daybook.TransformationSession{}, makes("silver.x", "bronze.a"))
	plan := w.plan(RollbackQuery{Session: second})
	wantLines(t, drawSteps(plan, map[string]string{first: "first", scanned: "scan"}), "first silver.x", "scan gold.v")
	wantMissing(t, plan)
	if s := plan.Steps[1]; s.Runs || len(s.Notes) != 1 || !strings.HasPrefix(s.Notes[0], "a view, as a scan found it") {
		t.Errorf("%+v", s)
	}
}
