package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// people tells of the sessions.
func (s *whyStory) people() {
	if len(s.why.Sessions) == 0 {
		return
	}
	s.heading("Who made it")
	for i := range s.why.Sessions {
		w := &s.why.Sessions[i]
		e := w.Session.Entry
		id := e.SubjectID()
		made := "went before"
		if len(w.Tables) > 0 {
			made = "made " + plainLine(strings.Join(w.Tables, ", "))
		}
		s.item(2, s.style(bold, s.sessions[id]+"  "+plainLine(e.Agent()))+"  "+s.status(e.Text("status"))+" "+when(ended(e))+" UTC, "+made+" "+s.mark(&w.Session))
		for _, field := range [][2]string{{"purpose", "for "}, {"ticket_id", "ticket "}, {"error_message", "failed: "}} {
			s.prose(6, before(field[1], e.Text(field[0])))
		}
		s.item(6, s.style(faint, joined(", ", "session "+id, before("type ", e.Text("session_type")), s.parent(e), before("conversation ", w.ConversationID))))
		s.warned(6, e)
		s.done(6, w.Actions, w.MCPCalls, w.More)
	}
}

func (s *whyStory) status(status string) string {
	return s.style(map[string]string{"COMPLETED": green, "FAILED": red, "ABANDONED": red, "completed": green, "error": red, "timeout": red}[status], status)
}

func before(what, s string) string {
	if s == "" {
		return ""
	}
	return what + plainLine(s)
}

func (s *whyStory) parent(e *daybook.Entry) string {
	id := e.Text("parent_session_id")
	if short, ok := s.sessions[id]; ok {
		id = short
	}
	return before("goes on from ", id)
}

// done tells of actions and calls.
func (s *whyStory) done(indent int, actions, calls []daybook.Evidence, cut []string) {
	for _, list := range []struct {
		all        []daybook.Evidence
		name, what string
	}{{actions, "actions", "action"}, {calls, "mcp_calls", "MCP call"}} {
		for i := range list.all {
			v := &list.all[i]
			s.item(indent, list.what+" "+plainLine(v.Summary)+" "+s.mark(v))
			s.warned(indent+4, v.Entry)
		}
		s.more(indent, cut, list.name, list.what+"s")
	}
}

// talks tells of the conversations.
func (s *whyStory) talks() {
	if len(s.why.Conversations) == 0 {
		return
	}
	s.heading("What was said and decided")
	for i := range s.why.Conversations {
		c := &s.why.Conversations[i]
		s.talk(c)
		for j := range c.Thinking {
			s.thought(&c.Thinking[j])
		}
		s.more(6, c.More, "thinking", "thoughts")
		for j := range c.Decisions {
			s.decision(&c.Decisions[j])
		}
		s.more(6, c.More, "decisions", "decisions")
		s.done(6, c.Actions, c.MCPCalls, c.More)
		for j := range c.Escalations {
			v := &c.Escalations[j]
			s.item(6, "escalation: "+plainLine(v.Summary)+" "+s.mark(v))
			s.prose(10, v.Entry.Text("description"))
			s.prose(10, before("resolved: ", v.Entry.Text("resolution")))
			s.warned(10, v.Entry)
		}
		s.more(6, c.More, "escalations", "escalations")
	}
}

func (s *whyStory) talk(c *daybook.WhyConversation) {
	if c.Conversation == nil {
		s.line(2, s.style(bold, "conversation "+plainLine(c.ConversationID))+"  "+s.style(yellow, "not in the ledger: never logged, or past its retention"))
		return
	}
	v := c.Conversation
	talk, err := daybook.As[daybook.Conversation](v.Entry)
	if err != nil {
		s.line(2, plainLine(v.Summary)+" "+s.mark(v))
		return
	}
	facts := []string{s.status(talk.Status), plainLine(talk.ModelName)}
	if talk.TotalTokens != nil {
		facts = append(facts, counted(*talk.TotalTokens, "token"))
	}
	if talk.CostUSD != nil {
		facts = append(facts, dollars(*talk.CostUSD))
	}
	s.line(2, s.style(bold, "conversation of "+plainLine(talk.AgentPosition))+"  "+joined(", ", facts...)+" "+s.mark(v))
	s.line(6, s.style(faint, plainLine(c.ConversationID)))
	for _, said := range [][2]string{{"ran: ", talk.CommandExecuted}, {"asked: ", talk.UserPromptPreview}, {"answered: ", talk.ResponsePreview}, {"failed: ", talk.ErrorMessage}} {
		s.prose(6, before(said[0], said[1]))
	}
	s.warned(6, v.Entry)
}

func (s *whyStory) thought(v *daybook.Evidence) {
	t, err := daybook.As[daybook.ThinkingLog](v.Entry)
	if err != nil {
		s.line(6, plainLine(v.Summary)+" "+s.mark(v))
		return
	}
	step := "thought"
	if t.StepNumber != nil {
		step = fmt.Sprintf("thought %d", *t.StepNumber)
	}
	s.line(6, joined("  ", s.style(bold, step), joined(", ", plainLine(t.ThinkingType), percent(t.ConfidenceLevel)))+" "+s.mark(v))
	for _, text := range []string{t.ThinkingContent, before("took: ", t.DecisionMade), before("because: ", t.Rationale)} {
		s.prose(10, text)
	}
	s.warned(10, v.Entry)
}

func (s *whyStory) decision(v *daybook.Evidence) {
	d, err := daybook.As[daybook.DecisionLog](v.Entry)
	if err != nil {
		s.line(6, plainLine(v.Summary)+" "+s.mark(v))
		return
	}
	s.line(6, s.style(bold, "decision of "+plainLine(d.AgentPosition))+"  "+
		joined(", ", plainLine(d.DecisionType), percent(d.Confidence), when(v.Entry.Time())+" UTC")+" "+s.mark(v))
	s.prose(10, d.DecisionSummary)
	chosen := false
	for _, o := range d.OptionsEvaluated {
		if o.Option == d.ChosenOption {
			chosen = true
		}
		s.option(&o, o.Option == d.ChosenOption)
	}
	if d.ChosenOption != "" && !chosen {
		s.line(10, s.style(green, "● "+plainLine(d.ChosenOption)))
	}
	s.prose(10, before("because: ", d.Rationale))
	s.item(10, s.review(v.Entry, &d))
	s.warned(10, v.Entry)
}

func (s *whyStory) option(o *daybook.Option, chosen bool) {
	mark, style := "○ ", ""
	if chosen {
		mark, style = "● ", green
	}
	said := plainLine(o.Option)
	if o.Score != nil {
		said += fmt.Sprintf(" (%.2f)", *o.Score)
	}
	s.line(10, s.style(style, mark+said))
	if len(o.Pros) > 0 {
		s.prose(12, "for: "+strings.Join(o.Pros, "; "))
	}
	if len(o.Cons) > 0 {
		s.prose(12, "against: "+strings.Join(o.Cons, "; "))
	}
}

// review says what a human made of a decision, and which principal entered that:
// a reviewer is whoever the record names, a principal who had the token.
func (s *whyStory) review(e *daybook.Entry, d *daybook.DecisionLog) string {
	by := before(" by ", d.HumanReviewer)
	if !d.HumanReviewAt.IsZero() {
		by += " on " + d.HumanReviewAt.UTC().Format("2006-01-02 15:04:05") + " UTC"
	}
	if who := e.Principal(); who != d.HumanReviewer && who != daybook.Local.Name {
		by += " (entered by " + plainLine(who) + ")"
	}
	switch {
	case d.HumanOverride != "":
		return s.style(red, "overridden"+by+": "+plainLine(d.HumanOverride))
	case d.HumanReviewed != nil && *d.HumanReviewed:
		return s.style(green, "reviewed"+by)
	case d.RequiresHumanReview != nil && *d.RequiresHumanReview:
		return s.style(yellow, "awaits review by a human")
	}
	return s.style(faint, "no review asked for")
}

// gaps says what the story does not.
func (s *whyStory) gaps() {
	if len(s.why.Gaps) == 0 {
		return
	}
	s.heading("What is not on record, or not shown")
	for _, g := range s.why.Gaps {
		for i, l := range wrapped(plainLine(g), whyWidth-4) {
			s.line(2, map[bool]string{true: "- ", false: "  "}[i == 0]+l)
		}
	}
}

// evidence lists the entries, the newest first, by which anybody may check each.
func (s *whyStory) evidence() {
	s.heading("What this rests on")
	all := slices.SortedFunc(s.why.All(), func(a, b *daybook.Evidence) int { return cmp.Compare(b.Entry.Seq, a.Entry.Seq) })
	unsigned := 0
	for _, v := range all {
		e := v.Entry
		mark, style := "·", faint
		switch v.Standing {
		case daybook.StandingVerified:
			mark, style = "✓", green
		case daybook.StandingDamaged:
			mark, style = "✗", red
		case daybook.StandingUnsigned:
			unsigned++
		case daybook.StandingUnproven:
		}
		s.line(2, s.style(style, mark)+fmt.Sprintf(" %7d  %s  %s  %s", e.Seq, when(e.LoggedAt()), e.LogID(), e.Kind.Name))
		if v.Standing == daybook.StandingDamaged {
			s.line(12, s.style(red, plainLine(v.Fault)))
		}
	}
	s.WriteString("\n")
	s.line(2, s.proof())
	if unsigned > 0 {
		s.line(2, s.style(faint, fmt.Sprintf("%d of them newer than the checkpoint, and one is signed within a second: ask again", unsigned)))
	}
}
