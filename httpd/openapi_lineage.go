package httpd

import (
	"net/http"
	"strings"

	"github.com/daybook-audit/daybook"
)

func lineageCall() call {
	words := func(words ...string) object {
		return object{"type": "string", "enum": words, "default": words[0]}
	}
	depth := object{"type": "integer", "minimum": 0, "maximum": daybook.MaxDepth, "default": daybook.DefaultDepth}
	return call{
		path: "/v1/lineage", id: "getLineage", tag: "questions",
		parameters: []any{
			inQuery("node", "Where the walk begins: schema.name or schema.name.column.", aString, needs("silver.commodity_summary")),
			inQuery("direction", "Where it goes.", words(string(daybook.Upstream), string(daybook.Downstream), string(daybook.Both)), nil),
			inQuery("depth", "The most edges from the node; 0 for the default.", depth, nil),
			inQuery("columns", "Walk columns; else edges of columns stand for their tables, and one edge for all between two.", words("false", "true"), nil),
			inQuery("indirect", "Walk columns along what joins, filters, groups or sorts rows by them, too.", words("false", "true"), nil),
			inQuery("as_of", "The edges current then, as since is written; now where it is left out.", aString, nil),
			inQuery("origin", "Only along edges of these origins, with commas between.", wordList("origin"), nil),
			inQuery("relationship", "Only along edges of these relationship_types, with commas between.", wordList("relationship_type"), nil),
			inQuery("format", "How the answer is written: a graph in JSON, text for people, Mermaid or Graphviz, or OpenLineage dataset events.", words(graphFormats...), nil),
			component("parameters", "RequestId"),
		},
		answers: graphAnswers(), refusals: badQuery,
	}
}

// graphAnswers are the forms of a graph.
func graphAnswers() map[int]object {
	event := object{"type": "object", "additionalProperties": true, "description": "An OpenLineage 2-0-2 DatasetEvent with a columnLineage facet."}
	found := answer("What the walk found.", "application/json", object{"anyOf": []any{schema("Graph"), arrayOf(event, "With format=openlineage.")}})
	found["content"].(object)["text/plain"] = object{"schema": object{"type": "string", "description": "With format tree, mermaid or dot."}}
	return map[int]object{http.StatusOK: found}
}

// wordList is a list of some of the words known for a column of edges.
func wordList(column string) object {
	k := daybook.MustKind("lineage_edge")
	i, _ := k.Column(column)
	one := "(" + strings.Join(k.Columns[i].Known, "|") + ")"
	return object{"type": "string", "pattern": "^" + one + "(," + one + ")*$"}
}
