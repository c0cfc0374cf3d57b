package mcp

import (
	"fmt"
	"strings"
)

// text tells the story in words.
func (s *story) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", s.Node)
	for i := range s.Hops {
		s.Hops[i].tell(&b)
	}
	if s.More {
		b.WriteString("There are tables farther upstream: raise limit, or ask why of one of them.\n")
	}
	for i := range s.Talks {
		s.Talks[i].tell(&b)
	}
	fmt.Fprintf(&b, "Cost: %.4f USD, %d tokens, by %s.\n", s.Totals.CostUSD, s.Totals.Tokens, orNobody(s.Totals.Agents))
	b.WriteString(s.Proof.text())
	for _, gap := range s.Gaps {
		b.WriteString("\nNot on record: " + gap)
	}
	return b.String()
}

func orNobody(agents []string) string {
	if len(agents) == 0 {
		return "nobody named"
	}
	return strings.Join(agents, ", ")
}

func (h *hop) tell(b *strings.Builder) {
	fmt.Fprintf(b, "- %s", h.Table)
	if len(h.Columns) > 0 {
		fmt.Fprintf(b, " (%s)", strings.Join(h.Columns, ", "))
	}
	if len(h.From) > 0 {
		fmt.Fprintf(b, " from %s", strings.Join(h.From, ", "))
	}
	if h.RowsOut != nil {
		fmt.Fprintf(b, ", %d rows", *h.RowsOut)
	}
	if h.SessionID != "" {
		fmt.Fprintf(b, "; made by %s in session %s", h.Agent, h.SessionID)
		if h.MadeAt != "" {
			b.WriteString(", " + minute(h.MadeAt))
		}
		if h.Purpose != "" {
			b.WriteString(", for: " + line(h.Purpose, briefText))
		}
	}
	b.WriteByte('\n')
	for _, o := range h.Steps {
		fmt.Fprintf(b, "  %s %s: %s\n", o.Type, o.ID, line(o.Logic, len(o.Logic)))
	}
	lines(b, h.Outputs)
	lines(b, h.Ingested)
	lines(b, h.Checks)
	lines(b, h.Actions)
}

func lines(b *strings.Builder, all []string) {
	for _, text := range all {
		b.WriteString("  " + text + "\n")
	}
}

func (t *talk) tell(b *strings.Builder) {
	fmt.Fprintf(b, "Conversation %s", t.ConversationID)
	if t.Agent != "" {
		b.WriteString(" of " + t.Agent)
	}
	b.WriteString(":\n")
	for _, d := range t.Decisions {
		fmt.Fprintf(b, "  decided by %s: %s", d.Agent, line(d.Summary, briefText))
		if d.Chosen != "" {
			b.WriteString("; chose " + line(d.Chosen, briefText))
		}
		if d.Rationale != "" {
			b.WriteString("; because " + line(d.Rationale, len(d.Rationale)))
		}
		b.WriteString("; review: " + d.Review + "\n")
	}
	lines(b, t.Thoughts)
	lines(b, t.Actions)
	lines(b, t.Escalations)
}

// text says how far the story is proven.
func (p *proof) text() string {
	s := fmt.Sprintf("Proof: %d of %d entries are under the signed checkpoint of size %d.", p.Verified, p.Entries, p.Size)
	if p.Damaged+p.Unreadable > 0 {
		s += fmt.Sprintf(" DAMAGED: %d entries are not what was hashed and signed; tell a human, and have them run daybook verify.", p.Damaged+p.Unreadable)
	}
	return s
}
