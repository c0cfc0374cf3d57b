package daybook

import (
	"iter"
	"slices"
	"time"
)

// The entries that one list of a [Why] shows.
const (
	DefaultWhyList = 20
	MaxWhyList     = 200
)

// WhyQuery asks how a table, or a column of one, came to hold what it holds.
type WhyQuery struct {
	Node  string    // schema.name or schema.name.column
	Depth int       // edges upstream; 0 for DefaultDepth
	AsOf  time.Time // as the ledger told it then; zero for now
	Limit int       // entries of one list at the most; 0 for DefaultWhyList
}

// Why is the answer: the node and what it comes from, table by table, with
// what made each of them, who did that, what was said and decided around it,
// and how far each entry is proven. Each entry stands in it once, in the first
// place that it belongs to. Lists are newest first, but for thoughts, which are
// in their order.
type Why struct {
	Node          string            `json:"node"`            // as it was found: a table, or a column of one
	AsOf          string            `json:"as_of,omitempty"` // canonical; "" for now
	Hops          []WhyHop          `json:"hops"`            // the nearest first
	Sessions      []WhySession      `json:"sessions"`        // in the order of the hops, each before those that it goes on from
	Conversations []WhyConversation `json:"conversations"`   // in the order of the sessions
	Totals        WhyTotals         `json:"totals"`
	Checkpoint    WhyCheckpoint     `json:"checkpoint"`
	Gaps          []string          `json:"gaps"` // what the ledger does not say, or this answer leaves out: a sentence each
}

// WhyHop is one table of the story.
type WhyHop struct {
	Table       string     `json:"table"`
	Depth       int        `json:"depth"`                    // edges from the node that was asked about
	Columns     []string   `json:"columns"`                  // those that the walk met; none in a walk of tables
	Edges       []WhyEdge  `json:"edges"`                    // that lead into it
	SessionID   string     `json:"session_id,omitempty"`     // that which wrote it last and ended well
	Others      []string   `json:"other_sessions,omitempty"` // that wrote what this one did not, and that still holds
	Artifacts   []Evidence `json:"artifacts"`
	Operations  []Evidence `json:"operations"`
	IngestRuns  []Evidence `json:"ingest_runs"`
	Validations []Evidence `json:"validations"`
	RowsIn      *int64     `json:"rows_in,omitempty"`  // into its operations; absent where none says
	RowsOut     *int64     `json:"rows_out,omitempty"` // out of them, else the rows of its artifact
	More        []string   `json:"more,omitempty"`     // the lists above that hold more than is shown
}

// WhyEdge is one flow of data into a hop.
type WhyEdge struct {
	GraphEdge
	Since    string   `json:"since"`             // when it took effect
	SeenBy   string   `json:"seen_by,omitempty"` // which of the hop's sessions said so last; absent where none of them did
	Evidence Evidence `json:"evidence"`
}

// WhySession is a session of the story, and what was done in it beside its
// operations.
type WhySession struct {
	Session        Evidence   `json:"session"`
	Tables         []string   `json:"tables"` // of the hops that it made; none where another goes on from it
	ConversationID string     `json:"conversation_id,omitempty"`
	Actions        []Evidence `json:"actions"`
	MCPCalls       []Evidence `json:"mcp_calls"`
	CostUSD        float64    `json:"cost_usd"` // of these actions and calls
	More           []string   `json:"more,omitempty"`
}

// WhyConversation is a conversation that led to a session of the story.
type WhyConversation struct {
	ConversationID string     `json:"conversation_id"`
	Conversation   *Evidence  `json:"conversation,omitempty"` // absent where the ledger does not have it, or no longer
	Thinking       []Evidence `json:"thinking"`
	Decisions      []Evidence `json:"decisions"`
	Actions        []Evidence `json:"actions"`   // those of no session of the story
	MCPCalls       []Evidence `json:"mcp_calls"` // those of no session of the story
	Escalations    []Evidence `json:"escalations"`
	CostUSD        float64    `json:"cost_usd"` // its own, and of these actions and calls
	More           []string   `json:"more,omitempty"`
}

// WhyTotals sums the story up, each entry once.
type WhyTotals struct {
	CostUSD       float64  `json:"cost_usd"`
	Tokens        int64    `json:"tokens"`   // of the conversations
	RowsIn        int64    `json:"rows_in"`  // over all hops
	RowsOut       int64    `json:"rows_out"` // over all hops
	Sessions      int      `json:"sessions"`
	Conversations int      `json:"conversations"` // those that are there
	Agents        []string `json:"agents"`
	Decisions     int      `json:"decisions"`
	Approved      int      `json:"approved"`   // decisions that a human has reviewed and let stand
	Overridden    int      `json:"overridden"` // decisions that a human has replaced by others
	Awaiting      int      `json:"awaiting"`   // decisions that want a human, and have none yet
	Reviewers     []string `json:"reviewers"`
	Entries       int      `json:"entries"`
	Verified      int      `json:"verified"`   // of the entries
	Unreadable    int      `json:"unreadable"` // questions that were not answered, because a row of the store is no entry any more
}

// WhyCheckpoint is the checkpoint that the entries were held against; the zero
// value where there is none.
type WhyCheckpoint struct {
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   string `json:"root"` // in hexadecimal digits
}

// All gives every entry of the answer, once each: those of the hops, of the
// sessions, and of the conversations.
func (w *Why) All() iter.Seq[*Evidence] {
	return func(yield func(*Evidence) bool) {
		for i := range w.Hops {
			if !w.Hops[i].all(yield) {
				return
			}
		}
		for i := range w.Sessions {
			s := &w.Sessions[i]
			if !s.Session.all(yield) || !eachOf(yield, s.Actions, s.MCPCalls) {
				return
			}
		}
		for i := range w.Conversations {
			c := &w.Conversations[i]
			if c.Conversation != nil && !c.Conversation.all(yield) {
				return
			}
			if !eachOf(yield, c.Thinking, c.Decisions, c.Actions, c.MCPCalls, c.Escalations) {
				return
			}
		}
	}
}

func (h *WhyHop) all(yield func(*Evidence) bool) bool {
	for i := range h.Edges {
		if !h.Edges[i].Evidence.all(yield) {
			return false
		}
	}
	return eachOf(yield, h.Artifacts, h.Operations, h.IngestRuns, h.Validations)
}

func eachOf(yield func(*Evidence) bool, lists ...[]Evidence) bool {
	for _, list := range lists {
		for i := range list {
			if !list[i].all(yield) {
				return false
			}
		}
	}
	return true
}

// Decided counts a decision, and how it stands with its review.
func (t *WhyTotals) Decided(e *Entry) {
	t.Decisions++
	switch {
	case e.Text("human_override") != "":
		t.Overridden++
	case e.Get("human_reviewed").Bool():
		t.Approved++
	case e.Get("requires_human_review").Bool():
		t.Awaiting++
	}
	if who := e.Text("human_reviewer"); who != "" && !slices.Contains(t.Reviewers, who) {
		t.Reviewers = append(t.Reviewers, who)
	}
}
