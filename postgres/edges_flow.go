package postgres

import (
	"strconv"

	"github.com/daybook-audit/daybook"
	"github.com/google/uuid"
)

var lineageEdgeNumber = strconv.Itoa(lineageEdge.Number)

// flowColumns are the columns that a flow is made of.
var flowColumns = [...]string{
	"id", "source_schema", "source_name", "source_column", "target_schema", "target_name", "target_column",
	"relationship_type", "subtype", "origin", "resolution", "extractor_version", "session_id", "transformation_description", "created_at",
}

// flowList are they in a result, behind seq and log_id.
var flowList = func() (list string) {
	for _, name := range flowColumns {
		list += ", r." + quoted(name)
	}
	return list
}()

// flowReader reads flows. Edges that meet share their names, so each text is
// kept once.
type flowReader struct {
	columns [len(flowColumns)]*daybook.Column
	body    reader
	texts   map[string]string
}

func newFlowReader() *flowReader {
	r := &flowReader{texts: map[string]string{}}
	for n, name := range flowColumns {
		i, _ := lineageEdge.Column(name)
		r.columns[n] = &lineageEdge.Columns[i]
	}
	return r
}

// read reads a row. The fault, if there is one, says which column does not hold
// what it should.
func (r *flowReader) read(raw [][]byte) (f daybook.Flow, fault string) {
	text := func(n int) string {
		text, why := r.text(n, raw[2+n])
		if fault == "" {
			fault = why
		}
		return text
	}
	if len(raw[1]) != len(uuid.UUID{}) {
		return f, "spine.log_id does not hold 16 bytes"
	}
	id, ok := int64Of(raw[2])
	if !ok {
		return f, "lineage_edge.id does not hold a number"
	}
	f = daybook.Flow{
		ID: id, LogID: string(appendUUID(nil, uuid.UUID(raw[1]))),
		Source:       daybook.Place{Table: r.joined(text(1), text(2)), Column: text(3)},
		Target:       daybook.Place{Table: r.joined(text(4), text(5)), Column: text(6)},
		Relationship: text(7), Subtype: text(8), Origin: text(9), Resolution: text(10), ExtractorVersion: text(11),
		SessionID: text(12), Description: text(13), CreatedAt: text(14),
	}
	return f, fault
}

// text reads the n-th column, which is text to the rest of Daybook; "" where it
// holds none.
func (r *flowReader) text(n int, raw []byte) (text, fault string) {
	if raw == nil {
		return "", ""
	}
	r.body.text = r.body.text[:0]
	if why := r.body.append(r.columns[n], raw); why != "" {
		return "", "lineage_edge." + r.columns[n].Name + " " + why
	}
	return r.kept(r.body.text), ""
}

// joined gives the name of a table.
func (r *flowReader) joined(schema, name string) string {
	if schema == "" {
		return name
	}
	r.body.text = append(append(append(r.body.text[:0], schema...), '.'), name...)
	return r.kept(r.body.text)
}

func (r *flowReader) kept(text []byte) string {
	if kept, ok := r.texts[string(text)]; ok {
		return kept
	}
	kept := string(text)
	r.texts[kept] = kept
	return kept
}
