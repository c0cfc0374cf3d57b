package daybook

import "strings"

// Node is a place data flows from or to: a table, a column of one, or an
// artifact such as a file.
type Node struct{ Schema, Name, Column string }

// ParseNode reads a node as people write it: name, schema.name,
// schema.name.column, or catalog.schema.name.column (the schema is then
// catalog.schema). What holds a slash is a path or URL, and is a name whole.
// Names with other dots cannot be told apart from these; give their parts as
// fields of a lineage_edge. Errors are of CodeInvalid.
func ParseNode(s string) (Node, error) {
	if s == "" {
		return Node{}, nodeError("a node is missing its name")
	}
	if strings.Contains(s, "/") {
		return Node{Name: s}, nil
	}
	parts := strings.Split(s, ".")
	for _, part := range parts {
		if strings.TrimSpace(part) == "" {
			return Node{}, nodeError("the node %q has an empty part", Clip(s))
		}
	}
	switch len(parts) {
	case 1:
		return Node{Name: s}, nil
	case 2:
		return Node{Schema: parts[0], Name: parts[1]}, nil
	case 3:
		return Node{Schema: parts[0], Name: parts[1], Column: parts[2]}, nil
	case 4:
		return Node{Schema: parts[0] + "." + parts[1], Name: parts[2], Column: parts[3]}, nil
	}
	return Node{}, nodeError("the node %q has too many parts", Clip(s))
}

func nodeError(format string, args ...any) error {
	e := Invalidf("", format, args...)
	e.Hint = "write schema.name or schema.name.column, or log a lineage_edge with the parts in fields of their own"
	return e
}

// String joins the parts that there are with dots, as walks name nodes.
func (n Node) String() string {
	s := n.Name
	if n.Schema != "" {
		s = n.Schema + "." + s
	}
	if n.Column != "" {
		s += "." + n.Column
	}
	return s
}

// Type is the source_type or target_type of a node that was written as text:
// COLUMN, ARTIFACT for a path or URL, else TABLE.
func (n Node) Type() string {
	switch {
	case n.Column != "":
		return "COLUMN"
	case strings.Contains(n.Name, "/"):
		return "ARTIFACT"
	}
	return "TABLE"
}
