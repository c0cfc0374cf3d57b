package scan_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/scan"
)

func TestAScanDocumentsEveryTable(t *testing.T) {
	t.Parallel()
	b, url := newBook(t), warehouse(t)
	p := planOf(t, url, scan.Filter{})
	r := b.run(p)
	if len(r.Sessions) != 1 {
		t.Fatalf("%d sessions", len(r.Sessions))
	}
	artifacts := current[daybook.OutputArtifact](b)
	if len(artifacts) != len(p.Database.Relations) {
		t.Errorf("%d artifacts of %d relations", len(artifacts), len(p.Database.Relations))
	}
	byName := map[string]daybook.OutputArtifact{}
	for _, a := range artifacts {
		byName[a.ArtifactName] = a
		if strings.Contains(a.ArtifactLocation, "@") || strings.Contains(string(a.Metadata), "hunter2") {
			t.Errorf("%s holds a secret: %s %s", a.ArtifactName, a.ArtifactLocation, a.Metadata)
		}
	}
	for name, want := range map[string]string{
		"bronze.wasde_cell": "TABLE", "bronze.price": "TABLE", "bronze.price_2026": "TABLE", "bronze.customer": "TABLE",
		"silver.observation": "VIEW", "gold.summary": "MATERIALIZED_VIEW",
	} {
		if got := byName[name].ArtifactType; got != want {
			t.Errorf("%s is a %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"bronze.numbers", "bronze.order_line_id_seq", "pg_catalog.pg_class"} {
		if _, there := byName[name]; there {
			t.Errorf("%s is documented", name)
		}
	}
	a := byName["bronze.wasde_cell"]
	if a.Description != "Cells of the monthly report, as they came" || !slices.Equal(a.Columns, []string{"report_month", "region", "item", "value", "unit", "loaded_at"}) {
		t.Errorf("%+v", a)
	}
	if edges := current[daybook.LineageEdge](b); len(edges) != len(readEdges(t)) {
		t.Errorf("%d edges are current, want %d", len(edges), len(readEdges(t)))
	}
	session := list[daybook.TransformationSession](b)[0]
	if session.Status != "COMPLETED" || session.AgentID != scan.Agent || !strings.Contains(session.Purpose, "postgres://127.0.0.1:") || strings.Contains(session.Purpose, "@") {
		t.Errorf("%+v", session)
	}
}

func TestMetadataSaysWhatHasNoField(t *testing.T) {
	t.Parallel()
	p := planOf(t, warehouse(t), scan.Filter{Schemas: []string{"bronze"}})
	for name, want := range map[string]string{
		"bronze.order_line": `"foreign_keys":[{"constraint":"at_rate","columns":["day","currency"],"references":"bronze.exchange","referenced_columns":["day","currency"]},` +
			`{"constraint":"order_line_region_fkey","columns":["region"],"references":"bronze.Region Map","referenced_columns":["Code"]}]`,
		"bronze.exchange":      `"primary_key":["day","currency"]`,
		"bronze.price":         `"partition_key":"RANGE (day)"`,
		"bronze.price_2026":    `"partition_of":["bronze.price"],"partition_bound":"FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"`,
		"bronze.field_reading": `"inherits":["bronze.reading"]`,
		"bronze.customer":      `"foreign_table":{"server":"erp","wrapper":"elsewhere","options":{"schema_name":"sales","table_name":"cust"}}`,
		"bronze.wasde_cell":    `{"name":"unit","type":"text","description":"MMT or USD/bu"}`,
		"bronze.Region Map":    `{"name":"Code","type":"text","not_null":true},{"name":"Full Name","type":"text"},{"name":"select","type":"integer"}`,
	} {
		i := slices.IndexFunc(p.Parts, func(p scan.Part) bool { return p.Artifact.ArtifactName == name })
		if i < 0 {
			t.Errorf("there is no %s", name)
		} else if got := string(p.Parts[i].Artifact.Metadata); !strings.Contains(got, want) {
			t.Errorf("%s: %s\nwithout %s", name, got, want)
		}
	}
}

// The definition of a view is an operation of the session, from which nothing
// else is derived, and which would make the view anew.
func TestDefinitionsWouldMakeTheViewsAnew(t *testing.T) {
	t.Parallel()
	b, url := newBook(t), warehouse(t)
	b.run(planOf(t, url, scan.Filter{}))
	operations := list[daybook.TransformationOperation](b)
	slices.SortFunc(operations, func(a, b daybook.TransformationOperation) int { return int(a.ID - b.ID) })
	for _, op := range operations {
		if op.TransformationType != "VIEW_DEFINITION" || len(op.Warnings) > 0 {
			t.Errorf("%+v", op)
		}
	}
	var again strings.Builder
	again.WriteString("DROP SCHEMA silver CASCADE; DROP SCHEMA gold CASCADE; CREATE SCHEMA silver; CREATE SCHEMA gold;" +
		"CREATE FUNCTION gold.twice(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';")
	for _, op := range operations {
		again.WriteString(op.TransformationLogic + "\n")
	}
	pgtest.Exec(t, url, again.String())
	pgtest.Exec(t, url, `COMMENT ON VIEW silver.observation IS 'One row a month, region and item'`)
	if r := b.run(planOf(t, url, scan.Filter{})); !r.Difference.Empty() {
		t.Errorf("the views made anew differ: %+v", r.Difference)
	}
}

func TestASecondScanWritesWhatHasChanged(t *testing.T) {
	t.Parallel()
	b, url := newBook(t), warehouse(t)
	b.run(planOf(t, url, scan.Filter{}))
	size := b.size()
	if r := b.run(planOf(t, url, scan.Filter{})); !r.Difference.Empty() || b.size() != size {
		t.Fatalf("nothing has changed, and %d entries were written: %+v", b.size()-size, r.Difference)
	}
	pgtest.Exec(t, url, `
		DROP VIEW gold.running;
		CREATE OR REPLACE VIEW gold.signs AS SELECT value AS signed FROM bronze.wasde_cell;
		ALTER TABLE bronze.node ADD COLUMN note text;
		CREATE VIEW gold.notes AS SELECT note FROM bronze.node;
		INSERT INTO bronze.node SELECT n FROM generate_series(1, 100) n; ANALYZE bronze.wasde_cell;`)
	r := b.run(planOf(t, url, scan.Filter{}))
	var written []string
	for _, a := range r.Difference.Artifacts {
		written = append(written, a.ArtifactName)
	}
	slices.Sort(written)
	if want := []string{"bronze.node", "gold.notes", "gold.signs"}; !slices.Equal(written, want) {
		t.Errorf("written: %q, want %q", written, want)
	}
	if len(r.Difference.Gone) != 1 || r.Difference.Gone[0].ArtifactName != "gold.running" {
		t.Errorf("gone: %+v", r.Difference.Gone)
	}
	var edges []string
	for _, e := range current[daybook.LineageEdge](b, daybook.Is("target_schema", "gold"), daybook.Is("target_name", "running", "signs", "notes")) {
		edges = append(edges, edgeText(&e))
	}
	slices.Sort(edges)
	if want := []string{
		"gold.notes <- bronze.node DERIVES_FROM", "gold.notes.note <- bronze.node.note COPIES IDENTITY",
		"gold.signs <- bronze.wasde_cell DERIVES_FROM", "gold.signs.signed <- bronze.wasde_cell.value COPIES IDENTITY",
	}; !slices.Equal(edges, want) {
		t.Errorf("current:\n%s", strings.Join(edges, "\n"))
	}
	if current := current[daybook.OutputArtifact](b, daybook.Is("artifact_name", "gold.running")); len(current) != 0 {
		t.Error("what is gone is current")
	}
	size = b.size()
	if r := b.run(planOf(t, url, scan.Filter{})); !r.Difference.Empty() || b.size() != size {
		t.Errorf("and then nothing had changed: %+v", r.Difference)
	}
}

// A scan of a part of the database says nothing of the rest.
func TestFiltersLeaveTheRestAlone(t *testing.T) {
	t.Parallel()
	b, url := newBook(t), warehouse(t)
	all := len(b.run(planOf(t, url, scan.Filter{})).Difference.Artifacts)
	r := b.run(planOf(t, url, scan.Filter{Schemas: []string{"gold"}, Exclude: []string{"gold.s*", "silver"}}))
	if !r.Difference.Empty() || len(current[daybook.OutputArtifact](b)) != all {
		t.Errorf("%+v", r.Difference)
	}
	for i := range r.Plan.Parts {
		if name := r.Plan.Parts[i].Artifact.ArtifactName; !strings.HasPrefix(name, "gold.") || strings.HasPrefix(name, "gold.s") {
			t.Errorf("%s is in the plan", name)
		}
	}
}

func TestWhatOthersSaidStays(t *testing.T) {
	t.Parallel()
	b, url := newBook(t), warehouse(t)
	const session = "0190f3c2-7b1e-7a40-8c11-3a5d2f6e0001"
	b.log(
		daybook.TransformationSession{ID: session, AgentID: "etl", Status: "ACTIVE"},
		daybook.OutputArtifact{SessionID: session, ArtifactType: "VIEW", ArtifactName: "gold.balance"},
		daybook.OutputArtifact{SessionID: session, ArtifactType: "TABLE", ArtifactName: "gold.elsewhere"},
		daybook.LineageEdge{SessionID: session, SourceType: "TABLE", SourceName: "x", TargetType: "TABLE", TargetSchema: "gold", TargetName: "balance", RelationshipType: "DERIVES_FROM"},
		daybook.LineageEdge{
			SessionID: session, SourceType: "COLUMN", SourceSchema: "silver", SourceName: "latest", SourceColumn: "region",
			TargetType: "COLUMN", TargetSchema: "gold", TargetName: "balance", TargetColumn: "region", RelationshipType: "COPIES",
		},
	)
	r, err := daybook.RecordOf(daybook.TransformationSession{ID: session, Status: "COMPLETED"})
	if err != nil {
		t.Fatal(err)
	}
	r.Amend = true
	if _, err := b.in.Record(t.Context(), daybook.Local, []daybook.Record{r}); err != nil {
		t.Fatal(err)
	}
	report := b.run(planOf(t, url, scan.Filter{}))
	if !slices.Equal(report.Difference.Kept, []string{"gold.balance"}) {
		t.Errorf("kept: %q", report.Difference.Kept)
	}
	for name, want := range map[string]int{"gold.balance": 1, "gold.elsewhere": 1} {
		found := current[daybook.OutputArtifact](b, daybook.Is("artifact_name", name))
		if len(found) != want || found[0].SessionID != session {
			t.Errorf("%s: %+v", name, found)
		}
	}
	if found := current[daybook.LineageEdge](b, daybook.Is("source_name", "x")); len(found) != 1 {
		t.Error("an edge that somebody declared was ended")
	}
	if r := b.run(planOf(t, url, scan.Filter{})); !r.Difference.Empty() {
		t.Errorf("a second scan: %+v", r.Difference)
	}
}

// Two databases in one ledger, each for a business of its own.
func TestBusinessesAreApart(t *testing.T) {
	t.Parallel()
	b, url := newBook(t), warehouse(t)
	p := planOf(t, url, scan.Filter{})
	b.run(p)
	r, err := scan.Run(t.Context(), p, scan.Options{Recorder: b.in, Reader: b.reader, Principal: daybook.Local, Business: "acme"})
	if err != nil || len(r.Difference.Artifacts) != len(p.Parts) {
		t.Fatalf("%v: %+v", err, r)
	}
	if n := len(current[daybook.OutputArtifact](b)); n != 2*len(p.Parts) {
		t.Errorf("%d artifacts are current", n)
	}
}

func TestADryRunWritesNothing(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	p := planOf(t, warehouse(t), scan.Filter{})
	r, err := scan.Run(t.Context(), p, scan.Options{Recorder: b.in, Reader: b.reader, Principal: daybook.Local, DryRun: true})
	if err != nil || b.size() != 0 || len(r.Difference.Artifacts) != len(p.Parts) || len(r.Sessions) != 0 {
		t.Errorf("%v, %d entries: %+v", err, b.size(), r)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Database string                                  `json:"database"`
		DryRun   bool                                    `json:"dry_run"`
		Write    map[string][]map[string]json.RawMessage `json:"write"`
	}
	if err := json.Unmarshal(text, &said); err != nil {
		t.Fatal(err)
	}
	if !said.DryRun || said.Database != p.Database.Location || len(said.Write["lineage_edge"]) != len(readEdges(t)) || string(said.Write["output_artifact"][0]["artifact_type"]) != `"TABLE"` {
		t.Errorf("%t %s %d %s", said.DryRun, said.Database, len(said.Write["lineage_edge"]), said.Write["output_artifact"][0])
	}
}
