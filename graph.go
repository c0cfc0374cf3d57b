package daybook

import "time"

// Direction is which way a walk goes.
type Direction string

// The directions.
const (
	Upstream   Direction = "upstream"   // to where the data comes from
	Downstream Direction = "downstream" // to where it goes
	Both       Direction = "both"       // upstream, and downstream, in one graph
)

// DefaultDepth and MaxDepth bound a walk, in edges.
const (
	DefaultDepth = 5
	MaxDepth     = 100
)

// LineageQuery asks for a walk over the edges from a node.
type LineageQuery struct {
	Node          string // schema.name or schema.name.column
	Direction     Direction
	Depth         int       // 0 for DefaultDepth
	Columns       bool      // walk columns; else column edges stand for their tables
	Indirect      bool      // walk columns along what filters, joins, groups or sorts by them, too
	AsOf          time.Time // the edges current then; zero for now
	Origins       []string  // walk along edges of these origins only; nil for any
	Relationships []string  // walk along edges of these relationship_types only; nil for any
}

// Graph is what a walk found: each node once, at its least depth, and the
// edges between them.
type Graph struct {
	Root      string      `json:"root"`
	Direction Direction   `json:"direction"`
	Depth     int         `json:"depth"` // how far the walk would go
	Columns   bool        `json:"columns"`
	Nodes     []GraphNode `json:"nodes"`
	Edges     []GraphEdge `json:"edges"`
}

// GraphNode is a node and how many edges it is away from the root.
type GraphNode struct {
	Node   string    `json:"node"`
	Table  string    `json:"table"`               // the node's table: itself, or what it is a column of
	Column string    `json:"column,omitempty"`    // "*" for all columns of a table whose columns are not known
	Depth  int       `json:"depth"`               // the least there is
	Side   Direction `json:"direction,omitempty"` // in a walk both ways: on which side of the root, or on both
}

// GraphEdge is one flow of data, or in a walk of tables all flows from one
// table to another: then what it says is of the first recorded of those with
// the strongest relationship.
type GraphEdge struct {
	Source           string `json:"source"`
	Target           string `json:"target"`
	RelationshipType string `json:"relationship_type"`
	Subtype          string `json:"subtype,omitempty"`
	Origin           string `json:"origin"`
	Resolution       string `json:"resolution,omitempty"` // star: all columns flow, and this is taken for one of them
	ExtractorVersion string `json:"extractor_version,omitempty"`
	SessionID        string `json:"session_id,omitempty"`
	Description      string `json:"transformation_description,omitempty"`
	ID               int64  `json:"id"`
	LogID            string `json:"log_id"`
	CreatedAt        string `json:"created_at"`
	Count            int    `json:"count"` // how many recorded edges it stands for
}
