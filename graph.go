package daybook

import "time"

// Direction is which way a walk goes.
type Direction string

// The directions.
const (
	Upstream   Direction = "upstream"   // to where the data comes from
	Downstream Direction = "downstream" // to where it goes
)

// DefaultDepth and MaxDepth bound a walk, in edges.
const (
	DefaultDepth = 5
	MaxDepth     = 100
)

// LineageQuery asks for a walk over the edges from a node.
type LineageQuery struct {
	Node      string // schema.name or schema.name.column
	Direction Direction
	Depth     int       // 0 for DefaultDepth
	Columns   bool      // walk columns; else column edges stand for their tables
	AsOf      time.Time // the edges current then; zero for now
}

// Graph is what a walk found: each node once, at its least depth, and the
// edges between them.
type Graph struct {
	Root  string      `json:"root"`
	Nodes []GraphNode `json:"nodes"`
	Edges []GraphEdge `json:"edges"`
}

// GraphNode is a node and how many edges it is away from the root.
type GraphNode struct {
	Node  string `json:"node"`
	Depth int    `json:"depth"`
}

// GraphEdge is one flow of data.
type GraphEdge struct {
	Source           string `json:"source"`
	Target           string `json:"target"`
	RelationshipType string `json:"relationship_type"`
	Origin           string `json:"origin"`
	SessionID        string `json:"session_id,omitempty"`
	Description      string `json:"transformation_description,omitempty"`
	ID               int64  `json:"id"`
	LogID            string `json:"log_id"`
	CreatedAt        string `json:"created_at"`
}
