package httpd

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/lineage/draw"
)

// lineage walks the edges from a node.
func (s *Server) lineage(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	q, format, err := lineageQuery(r)
	if err != nil {
		return err
	}
	graph, err := s.Reader.Lineage(r.Context(), p, q)
	if err != nil {
		return err
	}
	whole := *graph
	if whole.Nodes == nil {
		whole.Nodes = []daybook.GraphNode{}
	}
	if whole.Edges == nil {
		whole.Edges = []daybook.GraphEdge{}
	}
	return sendGraph(w, &whole, format)
}

// graphFormats are the ways to write a graph; the first where none is asked for.
var graphFormats = []string{"json", "tree", "mermaid", "dot", "openlineage"}

func sendGraph(w http.ResponseWriter, g *daybook.Graph, format string) error {
	if format == "json" {
		return sendJSON(w, g)
	}
	var b bytes.Buffer
	contentType := "text/plain; charset=utf-8"
	var err error
	switch format {
	case "tree":
		err = draw.Tree(&b, g)
	case "mermaid":
		err = draw.Mermaid(&b, g)
	case "dot":
		err = draw.DOT(&b, g)
	case "openlineage":
		contentType = "application/json"
		err = draw.OpenLineage(&b, g, draw.DefaultNamespace)
	}
	if err != nil {
		return err
	}
	return sendBytes(w, http.StatusOK, contentType, b.Bytes())
}

func lineageQuery(r *http.Request) (q daybook.LineageQuery, format string, err error) {
	values, err := parameters(r, "node", "direction", "depth", "columns", "indirect", "as_of", "origin", "relationship", "format")
	if err != nil {
		return q, "", err
	}
	if q.Node, err = needed(values, "node", "gold.us_corn_balance_sheet"); err != nil {
		return q, "", err
	}
	direction, err := wordIn(values, "direction", string(daybook.Upstream), string(daybook.Downstream), string(daybook.Both))
	if err != nil {
		return q, "", err
	}
	q.Direction = daybook.Direction(direction)
	depth, err := countIn(values, "depth", daybook.MaxDepth)
	if err != nil {
		return q, "", err
	}
	q.Depth = int(depth)
	for name, truth := range map[string]*bool{"columns": &q.Columns, "indirect": &q.Indirect} {
		word, err := wordIn(values, name, "false", "true")
		if err != nil {
			return q, "", err
		}
		*truth = word == "true"
	}
	q.Origins, q.Relationships = wordsIn(values, "origin"), wordsIn(values, "relationship")
	if q.AsOf, err = timeIn(values, "as_of"); err != nil {
		return q, "", err
	}
	format, err = wordIn(values, "format", graphFormats...)
	return q, format, err
}

// wordsIn reads words with commas between; nil where there are none.
func wordsIn(values url.Values, name string) []string {
	text := values.Get(name)
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}
