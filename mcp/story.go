package mcp

import (
	"fmt"

	"github.com/daybook-audit/daybook"
)

// A story is a [daybook.Why] in as few words as do.
type story struct {
	Node   string   `json:"node"`
	More   bool     `json:"more"`
	Hops   []hop    `json:"hops"`
	Talks  []talk   `json:"talks"`
	Totals totals   `json:"totals"`
	Proof  proof    `json:"proof"`
	Gaps   []string `json:"gaps"`
}

// A hop is one table of the story.
type hop struct {
	Table      string   `json:"table"`
	Depth      int      `json:"depth"`
	Columns    []string `json:"columns,omitempty"`
	From       []string `json:"from,omitempty"` // the tables or columns it flows from
	Agent      string   `json:"agent,omitempty"`
	SessionID  string   `json:"session_id,omitempty"`
	Purpose    string   `json:"purpose,omitempty"`
	MadeAt     string   `json:"made_at,omitempty"`
	Steps      []step   `json:"steps,omitempty"`
	Outputs    []string `json:"outputs,omitempty"`
	Ingested   []string `json:"ingested,omitempty"`
	Checks     []string `json:"checks,omitempty"`
	Actions    []string `json:"actions,omitempty"` // of the session, at the first of its tables
	RowsIn     *int64   `json:"rows_in,omitempty"`
	RowsOut    *int64   `json:"rows_out,omitempty"`
	Unverified int      `json:"unverified,omitempty"` // of its entries
}

// A step is one operation.
type step struct {
	ID    string `json:"id"`
	Type  string `json:"type"`
	Logic string `json:"logic,omitempty"`
}

// A talk is a conversation behind the sessions.
type talk struct {
	ConversationID string     `json:"conversation_id"`
	Agent          string     `json:"agent,omitempty"`
	Decisions      []decision `json:"decisions,omitempty"`
	Thoughts       []string   `json:"thoughts,omitempty"`
	Actions        []string   `json:"actions,omitempty"`
	Escalations    []string   `json:"escalations,omitempty"`
	CostUSD        float64    `json:"cost_usd"`
}

type decision struct {
	ID        string `json:"id"`
	Agent     string `json:"agent"`
	Summary   string `json:"summary,omitempty"`
	Chosen    string `json:"chosen_option,omitempty"`
	Rationale string `json:"rationale,omitempty"`
	Review    string `json:"review"`
}

type totals struct {
	CostUSD   float64  `json:"cost_usd"`
	Tokens    int64    `json:"tokens"`
	Agents    []string `json:"agents"`
	Sessions  int      `json:"sessions"`
	Decisions int      `json:"decisions"`
	Awaiting  int      `json:"awaiting_review"`
}

type proof struct {
	Entries    int    `json:"entries"`
	Verified   int    `json:"verified"`
	Damaged    int    `json:"damaged"`
	Unreadable int    `json:"unreadable"`
	Size       int64  `json:"checkpoint_size"`
	Root       string `json:"checkpoint_root"`
}

// storyOf shortens an answer, and then its texts, to what there is room for.
func storyOf(w *daybook.Why, e extent) *story {
	for most := e.texts(); ; most /= 3 {
		if s := shortStory(w, e, most); len(marshal(s)) <= mostBytes || most < shortest {
			return s
		}
	}
}

// mostSources are the tables that one is told to flow from.
const mostSources = 40

// shortest is the length of texts below which nothing is understood any more.
const shortest = 60

// shortStory tells the story with texts of so many characters at the most.
func shortStory(w *daybook.Why, e extent, most int) *story {
	s := &story{
		Node: w.Node, Hops: []hop{}, Talks: []talk{}, Gaps: w.Gaps,
		Totals: totals{
			CostUSD: w.Totals.CostUSD, Tokens: w.Totals.Tokens, Agents: w.Totals.Agents, Sessions: w.Totals.Sessions,
			Decisions: w.Totals.Decisions, Awaiting: w.Totals.Awaiting,
		},
		Proof: proof{
			Entries: w.Totals.Entries, Verified: w.Totals.Verified, Unreadable: w.Totals.Unreadable,
			Size: w.Checkpoint.Size, Root: w.Checkpoint.Root,
		},
	}
	for v := range w.All() {
		if v.Standing == daybook.StandingDamaged {
			s.Proof.Damaged++
		}
	}
	told := map[string]bool{}
	for i := range w.Hops {
		h := hopOf(&w.Hops[i], most)
		h.by(w, most)
		if told[h.SessionID] {
			h.Actions = nil
		}
		told[h.SessionID] = true
		s.Hops = append(s.Hops, h)
	}
	for i := range w.Conversations {
		s.Talks = append(s.Talks, talkOf(&w.Conversations[i], most))
	}
	s.fit(e)
	return s
}

// fit leaves out the farthest tables, then the last conversations and gaps.
func (s *story) fit(e extent) {
	all := len(s.Hops)
	s.Hops = s.Hops[:min(all, e.limit)]
	s.Hops = s.Hops[:fitting(s.Hops)]
	s.More = len(s.Hops) < all
	s.Talks = s.Talks[:fitting(s.Talks)]
	if s.Gaps == nil {
		s.Gaps = []string{}
	}
	if !e.full {
		s.Gaps = s.Gaps[:min(len(s.Gaps), 5)]
	}
	if s.Totals.Agents == nil {
		s.Totals.Agents = []string{}
	}
}

func hopOf(h *daybook.WhyHop, most int) hop {
	told := hop{
		Table: h.Table, Depth: h.Depth, Columns: h.Columns, SessionID: h.SessionID, RowsIn: h.RowsIn, RowsOut: h.RowsOut,
		Outputs: summaries(h.Artifacts, most), Ingested: summaries(h.IngestRuns, most), Checks: summaries(h.Validations, most),
	}
	seen := map[string]bool{}
	for i := range h.Edges {
		if source := h.Edges[i].Source; !seen[source] {
			seen[source] = true
			told.From = append(told.From, source)
		}
	}
	if more := len(told.From) - mostSources; more > 0 {
		told.From = append(told.From[:mostSources], fmt.Sprintf("… (%d more)", more))
	}
	for i := range h.Operations {
		o := h.Operations[i].Entry
		told.Steps = append(told.Steps, step{
			ID: o.SubjectID(), Type: o.Text("operation_type"), Logic: cut(logicOf(&h.Operations[i]), most),
		})
	}
	for _, list := range [][]daybook.Evidence{h.Artifacts, h.Operations, h.IngestRuns, h.Validations} {
		for i := range list {
			if list[i].Standing != daybook.StandingVerified {
				told.Unverified++
			}
		}
	}
	return told
}

// by says who made the table.
func (h *hop) by(w *daybook.Why, most int) {
	for i := range w.Sessions {
		s := &w.Sessions[i]
		if s.Session.Entry.SubjectID() != h.SessionID {
			continue
		}
		h.Agent, h.MadeAt = s.Session.Entry.Agent(), s.Session.Entry.Text("completed_at")
		h.Purpose = cut(s.Session.Entry.Text("purpose"), most)
		h.Actions = append(summaries(s.Actions, most), summaries(s.MCPCalls, most)...)
	}
}

// logicOf is the SQL of an operation, or that of the one that it repeats.
func logicOf(v *daybook.Evidence) string {
	if text := v.Entry.Text("transformation_logic"); text != "" || v.First == nil {
		return text
	}
	return v.First.Entry.Text("transformation_logic")
}

func talkOf(c *daybook.WhyConversation, most int) talk {
	told := talk{
		ConversationID: c.ConversationID, CostUSD: c.CostUSD,
		Thoughts: summaries(c.Thinking, most), Actions: append(summaries(c.Actions, most), summaries(c.MCPCalls, most)...), Escalations: summaries(c.Escalations, most),
	}
	if c.Conversation != nil {
		told.Agent = c.Conversation.Entry.Agent()
	}
	for i := range c.Decisions {
		d := c.Decisions[i].Entry
		told.Decisions = append(told.Decisions, decision{
			ID: d.SubjectID(), Agent: d.Agent(), Summary: cut(d.Text("decision_summary"), most),
			Chosen: cut(d.Text("chosen_option"), most), Rationale: cut(d.Text("rationale"), most), Review: reviewOf(d),
		})
	}
	return told
}

// reviewOf says how a decision stands with its review.
func reviewOf(d *daybook.Entry) string {
	switch {
	case d.Text("human_override") != "":
		return "overridden by " + d.Text("human_reviewer") + ": " + line(d.Text("human_override"), briefText)
	case d.Get("human_reviewed").Bool():
		return "approved by " + d.Text("human_reviewer")
	case d.Get("requires_human_review").Bool():
		return "waits for a human"
	}
	return "none wanted"
}

func summaries(list []daybook.Evidence, most int) []string {
	var told []string
	for i := range list {
		told = append(told, line(list[i].Summary, most))
	}
	return told
}
