package lineage

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
)

// job writes a session that ends well, of the operations given.
func (b *book) job(of daybook.TransformationSession, operations ...daybook.TransformationOperation) *daybook.Entry {
	b.t.Helper()
	if of.AgentID == "" {
		of.AgentID = "etl"
	}
	of.Status = "ACTIVE"
	session := b.add(of)
	for i, o := range operations {
		o.SessionID, o.OperationOrder = session.SubjectID(), new(int64(i+1))
		b.add(o)
	}
	return session
}

func (b *book) checkin(session *daybook.Entry, status string) *daybook.Entry {
	b.t.Helper()
	return b.amend(session, map[string]daybook.Value{
		"status": daybook.TextValue(status), "completed_at": daybook.TextValue(b.now.Format("2006-01-02T15:04:05.000000Z")),
	})
}

// sql is an operation with its statement.
func sql(kind, text, output string) daybook.TransformationOperation {
	return daybook.TransformationOperation{OperationType: kind, TransformationType: "SQL", TransformationLogic: text, OutputTable: output}
}

func diffOf(t *testing.T, b *book, was, is *daybook.Entry) *SessionDiff {
	t.Helper()
	d, err := Diff(t.Context(), b.reader(), anyone, was.SubjectID(), is.SubjectID())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// drawPairs writes down which operations were paired, by their order, and how
// their logic differs.
func drawPairs(d *SessionDiff) string {
	var parts []string
	for _, o := range d.Operations {
		a, b, change := "-", "-", ""
		if o.A != nil {
			a = fmt.Sprint(o.A.Order)
		}
		if o.B != nil {
			b = fmt.Sprint(o.B.Order)
		}
		if o.Logic != nil {
			change = " " + o.Logic.Change
		}
		parts = append(parts, a+":"+b+change)
	}
	return strings.Join(parts, ", ")
}

func TestDiffPairsOperations(t *testing.T) {
	t.Parallel()
	x := sql("SELECT", "CREATE TABLE silver.x AS SELECT a FROM bronze.b WHERE d = '1'", "silver.x")
	y := sql("JOIN", "INSERT INTO silver.y SELECT * FROM silver.x", "silver.y")
	z := sql("AGGREGATE", "INSERT INTO gold.z SELECT sum(v) FROM silver.y", "gold.z")
	other := x
	other.TransformationLogic = strings.ReplaceAll(x.TransformationLogic, "'1'", "'2'")
	spaced := y
	spaced.TransformationLogic = strings.ReplaceAll(y.TransformationLogic, " ", "\n ")
	changed := z
	changed.TransformationLogic = "MERGE INTO gold.z USING silver.y ON true WHEN NOT MATCHED THEN INSERT (v) VALUES (1)"
	moved := x
	moved.OutputTable = "silver.elsewhere"
	bare := daybook.TransformationOperation{OperationType: "CLEAN"}
	python := daybook.TransformationOperation{OperationType: "CLEAN", TransformationType: "PYTHON", TransformationLogic: "df.dropna(1)"}
	python2 := python
	python2.TransformationLogic = "df.dropna(2)"
	type list = []daybook.TransformationOperation
	for _, c := range []struct {
		a, b list
		want string
	}{
		{list{x, y, z}, list{x, y, z}, "1:1 same, 2:2 same, 3:3 same"},
		{list{x, y, z}, list{other, spaced, changed}, "1:1 literals, 2:2 layout, 3:3 changed"},
		{list{x, y}, list{y, x}, "2:1 same, 1:2 same"},
		{list{x, y, z}, list{z}, "1:- removed, 2:- removed, 3:1 same"},
		{list{z}, list{x, z}, "-:1 added, 1:2 same"},
		{list{x, x}, list{x, x, x}, "1:1 same, 2:2 same, -:3 added"},
		{list{x}, list{moved}, "1:1 same"},
		{list{bare, x}, list{bare, x}, "1:1, 2:2 same"},
		{list{python}, list{python2}, "1:1 changed"},
		{list{bare}, list{python}, "1:1 added"},
		{list{python}, list{bare}, "1:1 removed"},
		{list{x, z}, list{y}, "-:1 added, 1:- removed, 2:- removed"},
		{nil, nil, ""},
	} {
		b := newBook(t)
		was, is := b.job(daybook.TransformationSession{}, c.a...), b.job(daybook.TransformationSession{}, c.b...)
		if got := drawPairs(diffOf(t, b, was, is)); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestDiffOfOperations(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	o := sql("JOIN", "CREATE TABLE silver.x AS\nSELECT a\nFROM bronze.b\n", "silver.x")
	o.InputTables, o.InputColumns, o.InputRowCount, o.OutputRowCount = []string{"bronze.b"}, []string{"a"}, new(int64(10)), new(int64(0))
	p := sql("JOIN", "CREATE OR REPLACE VIEW silver.x AS\nSELECT a\nFROM bronze.c", "silver.x")
	p.InputTables, p.InputRowCount, p.OutputRowCount, p.ExecutionTimeMS = []string{"bronze.c"}, new(int64(5)), new(int64(4)), new(int64(7))
	p.Warnings, p.LifecycleStateChange, p.Parameters = []string{"slow"}, "OVERWRITE", json.RawMessage(`{"dialect": "snowflake"}`)
	d := diffOf(t, b, b.job(daybook.TransformationSession{}, o), b.job(daybook.TransformationSession{}, p)).Operations[0]
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"fields":[{"name":"lifecycle_state_change","b":"OVERWRITE"},{"name":"parameters","b":{"dialect":"snowflake"}}]`,
		`{"name":"rows in","a":10,"b":5,"change":-5,"percent":-50}`,
		`{"name":"rows out","a":0,"b":4,"change":4}`, // of nothing there is no percentage
		`{"name":"execution ms","b":7}`,
		`{"name":"input tables","added":["bronze.c"],"removed":["bronze.b"]}`,
		`{"name":"input columns","added":[],"removed":["a"]}`,
		`{"name":"warnings","added":["slow"],"removed":[]}`,
		`-FROM bronze.b\n+FROM bronze.c\n`,
	} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s\nhas no %s", raw, want)
		}
	}
	if got := d.Logic.Statements; len(got.Added) != 1 || len(got.Removed) != 1 || !strings.Contains(got.Added[0], "VIEW") {
		t.Errorf("got the statements %+v", got)
	}
}

// Long texts are compared as wholes alone.
func TestDiffOfLongTexts(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	long := func(literal string) daybook.TransformationOperation {
		return sql("JOIN", "SELECT "+strings.Repeat("'a'\n,", 200_000)+literal, "silver.x")
	}
	d := diffOf(t, b, b.job(daybook.TransformationSession{}, long("1"), long("1"), long("1")), b.job(daybook.TransformationSession{}, long("2"), long("2"), long("2")))
	var got []bool
	for _, o := range d.Operations {
		got = append(got, o.Logic.TooLong)
		if (o.Logic.Diff == "") != o.Logic.TooLong || o.Logic.Change == LogicSame {
			t.Errorf("got %s of %d bytes", o.Logic.Change, len(o.Logic.Diff))
		}
	}
	if fmt.Sprint(got) != "[false false true]" {
		t.Errorf("got %v", got)
	}
}

// A sampled operation says what the one says that it repeats.
func TestDiffOfSampledOperations(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	o := sql("JOIN", "INSERT INTO silver.x SELECT 1", "silver.x")
	was := b.job(daybook.TransformationSession{}, o)
	first := b.seq - 1
	is := b.job(daybook.TransformationSession{}, daybook.TransformationOperation{OperationType: "JOIN", PatternID: new(first)},
		daybook.TransformationOperation{OperationType: "JOIN", PatternID: new(int64(999))})
	d := diffOf(t, b, was, is)
	if got := drawPairs(d); got != "1:1 same, -:2" {
		t.Errorf("got %s", got)
	}
	if side := d.Operations[0].B; side.PatternID != fmt.Sprint(first) || side.OutputTable != "silver.x" {
		t.Errorf("got %+v", side)
	}
}

func TestDiffOfSources(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	made := func(name string, rows int64, status string) string {
		s := b.job(daybook.TransformationSession{AgentID: "loader"})
		a := b.add(daybook.OutputArtifact{SessionID: s.SubjectID(), ArtifactType: "TABLE", ArtifactName: name, RowCount: &rows})
		b.checkin(s, status)
		return a.SubjectID()
	}
	first := made("silver.x", 1, "COMPLETED")
	steady := made("SILVER.STEADY", 5, "COMPLETED")
	run := b.add(daybook.IngestRun{JobType: "fetch", TargetTable: "bronze.raw", Status: "COMPLETED", CompletedAt: b.now, RecordsInserted: new(int64(9))})
	was := b.job(daybook.TransformationSession{SourceTables: []string{"silver.x", "silver.steady", "silver.gone", "bronze.raw"}})
	second := made("silver.x", 2, "COMPLETED")
	made("silver.x", 3, "FAILED") // nobody ever read that
	is := b.job(daybook.TransformationSession{SourceTables: []string{"silver.x", "silver.steady", "bronze.raw"}},
		daybook.TransformationOperation{OperationType: "JOIN", InputTables: []string{"silver.more"}, OutputTable: "silver.tmp"},
		daybook.TransformationOperation{OperationType: "JOIN", InputTables: []string{"Silver.Tmp"}, OutputTable: "gold.y"})
	var got []string
	for _, s := range diffOf(t, b, was, is).Sources {
		line := s.Table + " " + s.Change
		for _, v := range []*SourceVersion{s.A, s.B} {
			if v == nil {
				line += " -"
			} else {
				line += fmt.Sprintf(" %s/%d", v.ID, *v.Rows)
			}
		}
		got = append(got, line)
	}
	wantLines(t, got,
		"bronze.raw same "+run.SubjectID()+"/9 "+run.SubjectID()+"/9",
		"silver.gone removed - -",
		"silver.more added - -",
		"silver.steady same "+steady+"/5 "+steady+"/5",
		"silver.x other version "+first+"/1 "+second+"/2",
	)
}

func TestDiffOfTheRest(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.add(daybook.Conversation{ConversationID: "c", AgentPosition: "etl", CostUSD: new(0.1), TotalTokens: new(int64(10))})
	run := func(version, conversation string) *daybook.Entry {
		return b.job(daybook.TransformationSession{AgentVersion: version, ConversationID: conversation})
	}
	was, is := run("1", "c"), run("2", "c")
	strange := run("3", "nobody")
	for _, s := range []*daybook.Entry{was, is} {
		e := edgeOf(t, "silver.x.a", "gold.y.a", "TRANSFORMS")
		e.SessionID, e.Subtype = s.SubjectID(), "IDENTITY"
		b.add(e)
		b.add(daybook.ActionLog{AgentPosition: "etl", ActionType: "mcp_call", SessionID: s.SubjectID(), CostUSD: new(0.25)})
		b.add(daybook.MCPUsageLog{AgentPosition: "etl", ServerName: "s", ToolName: "t", SessionID: s.SubjectID()})
		b.add(daybook.OutputArtifact{SessionID: s.SubjectID(), ArtifactType: "TABLE", ArtifactName: "gold.y", Columns: []string{"a", s.Text("agent_version")}, RowCount: new(int64(1))})
	}
	more := edgeOf(t, "silver.z", "gold.y", "DERIVES_FROM")
	more.SessionID = is.SubjectID()
	b.add(more)
	b.add(daybook.ActionLog{AgentPosition: "etl", ActionType: "mcp_call", SessionID: is.SubjectID(), CostUSD: new(0.5)})
	b.add(daybook.OutputArtifact{SessionID: is.SubjectID(), ArtifactType: "CHART", ArtifactName: "chart"})
	d := diffOf(t, b, was, is)
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"fields":[{"name":"agent_version","a":"1","b":"2"}]`,
		`"edges":{"added":["silver.z → gold.y DERIVES_FROM"],"removed":[]},"same_edges":1`,
		`{"name":"cost of actions","a":0.25,"b":0.75,"change":0.5,"percent":200}`,
		`{"name":"cost of the conversation","a":0.1,"b":0.1,"change":0,"percent":0}`,
		`"fields":[],"columns":{"added":["2"],"removed":["1"]},"rows":{"name":"rows","a":1,"b":1,"change":0,"percent":0}`,
		`"name":"chart","b":"`,
		`"notes":["both sessions came of one conversation, so its tokens and cost are those of both"]`,
	} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s\nhas no %s", raw, want)
		}
	}
	notes := diffOf(t, b, was, strange).Notes
	if len(notes) != 1 || notes[0] != "conversation nobody of session "+strange.SubjectID()+" is not in the ledger" {
		t.Errorf("got the notes %q", notes)
	}
	_, err = Diff(t.Context(), b.reader(), acme, was.SubjectID(), is.SubjectID())
	wantCode(t, err, daybook.CodeNotFound)
	_, err = Diff(t.Context(), b.reader(), anyone, was.SubjectID(), "nobody")
	wantCode(t, err, daybook.CodeNotFound)
}

func TestPreviousRun(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	run := func(of daybook.TransformationSession, status string, artifacts ...string) *daybook.Entry {
		s := b.job(of)
		for _, name := range artifacts {
			b.add(daybook.OutputArtifact{SessionID: s.SubjectID(), ArtifactType: "TABLE", ArtifactName: name})
		}
		return b.checkin(s, status)
	}
	silver := daybook.TransformationSession{Purpose: "silver", SessionType: "BRONZE_TO_SILVER"}
	first := run(silver, "COMPLETED")
	run(daybook.TransformationSession{Purpose: "silver", SessionType: "BRONZE_TO_SILVER", AgentID: "other"}, "COMPLETED")
	run(daybook.TransformationSession{Purpose: "gold", SessionType: "BRONZE_TO_SILVER"}, "COMPLETED", "gold.x")
	run(daybook.TransformationSession{Purpose: "silver", SessionType: "GOLD_VISUALIZATION"}, "COMPLETED")
	run(silver, "FAILED")
	late := silver
	late.StartedAt = noon.Add(-time.Hour)
	run(late, "COMPLETED") // logged later, but it began before all
	this := run(silver, "COMPLETED")
	quiet := run(daybook.TransformationSession{SessionType: "BRONZE_TO_SILVER"}, "COMPLETED", "gold.y", "gold.x")
	again := run(daybook.TransformationSession{SessionType: "BRONZE_TO_SILVER", Purpose: "anew"}, "ACTIVE", "gold.x", "gold.y")
	for _, c := range []struct{ of, want *daybook.Entry }{{this, first}, {again, quiet}} {
		got, err := PreviousRun(t.Context(), b.reader(), anyone, c.of.SubjectID())
		if err != nil || got != c.want.SubjectID() {
			t.Errorf("got %s, %v; want %s", got, err, c.want.SubjectID())
		}
	}
	_, err := PreviousRun(t.Context(), b.reader(), anyone, quiet.SubjectID())
	wantCode(t, err, daybook.CodeNotFound)
	_, err = PreviousRun(t.Context(), b.reader(), anyone, "nobody")
	wantCode(t, err, daybook.CodeNotFound)
}
