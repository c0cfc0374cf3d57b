package draw

import (
	"encoding/json"
	"io"
	"slices"

	"github.com/daybook-audit/daybook"
)

// DefaultNamespace is the OpenLineage namespace of datasets where none is given.
const DefaultNamespace = "daybook"

// What the events refer to: https://openlineage.io/docs/spec/object-model.
const (
	producer     = "https://github.com/daybook-audit/daybook"
	datasetEvent = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent"
	columnFacet  = "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet"
)

type event struct {
	EventTime string  `json:"eventTime"`
	Producer  string  `json:"producer"`
	SchemaURL string  `json:"schemaURL"`
	Dataset   dataset `json:"dataset"`
}

type dataset struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Facets    facets `json:"facets"`
}

type facets struct {
	ColumnLineage columnLineage `json:"columnLineage"`
}

type columnLineage struct {
	Producer  string           `json:"_producer"`
	SchemaURL string           `json:"_schemaURL"`
	Fields    map[string]field `json:"fields"`
	Dataset   []input          `json:"dataset,omitempty"`
}

type field struct {
	InputFields []input `json:"inputFields"`
}

type input struct {
	Namespace       string           `json:"namespace"`
	Name            string           `json:"name"`
	Field           string           `json:"field"`
	Transformations []transformation `json:"transformations"`
}

type transformation struct {
	Type        string `json:"type"`
	Subtype     string `json:"subtype,omitempty"`
	Description string `json:"description,omitempty"`
}

// OpenLineage writes a graph as an array of OpenLineage dataset events, one for
// each table that anything flows to, with its column lineage as a facet; its
// time is that of the newest edge. Datasets are named schema.name in the namespace. What
// flows to a column stands under its name in fields, what flows to the
// table as a whole in dataset. A table as a whole is, as a source, the field
// "*", because the facet wants one.
func OpenLineage(w io.Writer, g *daybook.Graph, namespace string) error {
	d := newDrawing(g)
	events := []*event{}
	of := map[string]*event{}
	for i := range g.Edges {
		e := &g.Edges[i]
		source, target := d.node[e.Source], d.node[e.Target]
		if source == nil || target == nil {
			continue
		}
		ev := of[target.Table]
		if ev == nil {
			ev = newEvent(namespace, target.Table)
			of[target.Table] = ev
			events = append(events, ev)
		}
		ev.EventTime = max(ev.EventTime, e.CreatedAt)
		ev.add(namespace, source, target, e)
	}
	b, err := json.MarshalIndent(events, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

func newEvent(namespace, table string) *event {
	lineage := columnLineage{Producer: producer, SchemaURL: columnFacet, Fields: map[string]field{}}
	return &event{
		Producer: producer, SchemaURL: datasetEvent,
		Dataset: dataset{Namespace: namespace, Name: table, Facets: facets{lineage}},
	}
}

// add adds an edge to what is said of its target.
func (ev *event) add(namespace string, source, target *daybook.GraphNode, e *daybook.GraphEdge) {
	in := input{Namespace: namespace, Name: source.Table, Field: source.Column}
	if in.Field == "" {
		in.Field = daybook.AllColumns
	}
	lineage := &ev.Dataset.Facets.ColumnLineage
	list := lineage.Dataset
	if target.Column != "" {
		list = lineage.Fields[target.Column].InputFields
	}
	at := slices.IndexFunc(list, func(o input) bool { return o.Name == in.Name && o.Field == in.Field })
	if at < 0 {
		at = len(list)
		list = append(list, in)
	}
	list[at].Transformations = append(list[at].Transformations, transformationOf(e))
	if target.Column == "" {
		lineage.Dataset = list
		return
	}
	lineage.Fields[target.Column] = field{list}
}

// subtypes has OpenLineage's subtype for each relationship that has one.
var subtypes = map[string]string{
	"COPIES": "IDENTITY", "TRANSFORMS": "TRANSFORMATION", "AGGREGATES": "AGGREGATION", "JOINS": "JOIN", "FILTERS": "FILTER",
}

func transformationOf(e *daybook.GraphEdge) transformation {
	t := transformation{Type: "DIRECT", Subtype: e.Subtype, Description: e.Description}
	if t.Subtype == "" {
		t.Subtype = subtypes[e.RelationshipType]
	}
	if daybook.IsIndirect(t.Subtype) {
		t.Type = "INDIRECT"
	}
	return t
}
