package scan

import (
	"encoding/json"

	"github.com/daybook-audit/daybook"
)

// Report is what a plan says that the ledger did not.
type Report struct {
	Plan       *Plan
	Difference *Difference
	DryRun     bool
	Sessions   []string // those written; none where there was nothing to say
}

// Counts counts what the plan has.
func (r *Report) Counts() (tables, views, columns int) {
	for i := range r.Plan.Parts {
		a := &r.Plan.Parts[i].Artifact
		columns += len(a.Columns)
		if a.ArtifactType == "TABLE" {
			tables++
		} else {
			views++
		}
	}
	return tables, views, columns
}

// News gives the notes on relations of which there is something to write. The
// others were given when that was written.
func (r *Report) News() []Note {
	written := map[string]bool{}
	for i := range r.Difference.Artifacts {
		written[r.Difference.Artifacts[i].ArtifactName] = true
	}
	for i := range r.Difference.Edges {
		written[Name{r.Difference.Edges[i].TargetSchema, r.Difference.Edges[i].TargetName}.String()] = true
	}
	var news []Note
	for _, n := range r.Plan.Notes {
		if written[n.Relation] {
			news = append(news, n)
		}
	}
	return news
}

// MarshalJSON gives the report with the records as the ledger takes them.
func (r *Report) MarshalJSON() ([]byte, error) {
	tables, views, columns := r.Counts()
	d := r.Difference
	var f fields
	answer := map[string]any{
		"database": r.Plan.Database.Location, "server_version": r.Plan.Database.Version, "dry_run": r.DryRun,
		"tables": tables, "views": views, "columns": columns,
		"write": map[string]any{
			"output_artifact": each(&f, d.Artifacts), "transformation_operation": each(&f, d.Operations), "lineage_edge": each(&f, d.Edges),
		},
		"end":      map[string]any{"output_artifact": each(&f, d.Gone), "lineage_edge": each(&f, d.Ended)},
		"kept":     list(d.Kept),
		"sessions": list(r.Sessions),
		"notes":    list(r.Plan.Notes),
	}
	if f.err != nil {
		return nil, f.err
	}
	return json.Marshal(answer)
}

// list is a slice that is never null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// fields gives the structs of kinds as objects of the fields that they have.
type fields struct{ err error }

func each[T any](f *fields, structs []T) []map[string]json.RawMessage {
	objects := make([]map[string]json.RawMessage, len(structs))
	for i := range structs {
		objects[i] = f.object(structs[i])
	}
	return objects
}

func (f *fields) object(v any) map[string]json.RawMessage {
	r, err := daybook.RecordOf(v)
	if err != nil {
		f.err = err
		return nil
	}
	object := map[string]json.RawMessage{}
	for i := range r.Kind.Columns {
		if c := &r.Kind.Columns[i]; r.Values[i].IsSet() {
			object[c.Name] = daybook.AppendValue(nil, c.Type, r.Values[i])
		}
	}
	return object
}
