package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/daybook-audit/daybook"
)

// whyStory writes an answer as a story: what the node is, then table by table
// down to its sources, then who made them and what was said and decided, then
// what it rests on.
type whyStory struct {
	page
	why      *daybook.Why
	sessions map[string]string // short names, by id
}

func newWhyStory(why *daybook.Why, colour, full bool) *whyStory {
	s := &whyStory{page: page{colour: colour, full: full}, why: why, sessions: map[string]string{}}
	for i := range why.Sessions {
		s.sessions[why.Sessions[i].Session.Entry.SubjectID()] = "S" + strconv.Itoa(i+1)
	}
	return s
}

func (s *whyStory) tell() {
	s.headline()
	for i := range s.why.Hops {
		s.hop(&s.why.Hops[i])
	}
	s.people()
	s.talks()
	s.gaps()
	s.evidence()
}

// brief is the story for who has no time: its first lines, and one for each
// table.
func (s *whyStory) brief() {
	s.headline()
	s.WriteString("\n")
	names := make([]string, len(s.why.Hops))
	width := 0
	for i, h := range s.why.Hops {
		names[i] = strings.Repeat("  ", h.Depth) + plainLine(joined(" · ", h.Table, strings.Join(h.Columns, ", ")))
		width = max(width, utf8.RuneCountInString(names[i]))
	}
	for i := range s.why.Hops {
		s.line(2, names[i]+strings.Repeat(" ", width-utf8.RuneCountInString(names[i]))+"  "+s.style(faint, s.madeOf(&s.why.Hops[i])))
	}
	if n := len(s.why.Gaps); n > 0 {
		s.WriteString("\n")
		s.line(2, s.style(yellow, counted(int64(n), "thing")+" not on record or not shown: ask without --brief"))
	}
}

// madeOf says in a few words how a table came to be.
func (s *whyStory) madeOf(h *daybook.WhyHop) string {
	var facts []string
	for i := range h.Operations {
		facts = append(facts, h.Operations[i].Entry.Text("operation_type"))
	}
	if len(h.IngestRuns) > 0 {
		facts = append(facts, "ingested from "+cmp.Or(h.IngestRuns[0].Entry.Text("source"), "an unnamed source"))
	}
	if h.RowsOut != nil {
		facts = append(facts, counted(*h.RowsOut, "row"))
	}
	if session := s.session(h.SessionID); session != nil {
		facts = append(facts, "by "+session.Session.Entry.Agent())
	}
	if facts == nil {
		return "nothing on record"
	}
	return plainLine(strings.Join(facts, ", "))
}

// headline says the most in a few lines.
func (s *whyStory) headline() {
	s.line(0, s.style(bold, plainLine(s.why.Node)))
	if s.why.AsOf != "" {
		s.fact("as of", when(s.why.AsOf)+" UTC")
	}
	if len(s.why.Hops) > 0 {
		s.fact("holds", s.holds(&s.why.Hops[0]))
		s.fact("made by", s.madeBy(&s.why.Hops[0]))
		if session := s.session(s.why.Hops[0].SessionID); session != nil && session.Session.Entry.Text("purpose") != "" {
			s.fact("for", plainLine(session.Session.Entry.Text("purpose")))
		}
	}
	s.fact("decided", s.decided())
	if s.why.Totals.Decisions > 1 {
		s.fact("", s.decisions())
	}
	s.fact("comes from", s.sources())
	s.fact("cost", s.cost())
	s.fact("proof", s.proof())
}

// holds says what the table is now.
func (s *whyStory) holds(h *daybook.WhyHop) string {
	if len(h.Artifacts) == 0 {
		if h.RowsOut != nil {
			said := "operations"
			if len(h.Operations) == 0 {
				said = "ingest runs"
			}
			return counted(*h.RowsOut, "row") + ", as its " + said + " say; no artifact is registered"
		}
		return "not said: no artifact is registered"
	}
	a, err := daybook.As[daybook.OutputArtifact](h.Artifacts[0].Entry)
	if err != nil {
		return h.Artifacts[0].Summary
	}
	what := strings.ToLower(a.ArtifactType)
	if a.RowCount != nil {
		what += " of " + counted(*a.RowCount, "row")
	}
	asOf, standing := "", "not current"
	if !a.DataAsOf.IsZero() {
		asOf = "data as of " + a.DataAsOf.UTC().Format("2006-01-02 15:04:05")
	}
	if a.IsCurrent != nil && *a.IsCurrent {
		standing = "current since " + when(h.Artifacts[0].Entry.LoggedAt()) + " UTC"
	}
	return plainLine(joined(", ", what, before("for ", joined(" to ", a.DataStartDate, a.DataEndDate)), asOf, standing)) + " " + s.mark(&h.Artifacts[0])
}

// madeBy says who made a table's newest version.
func (s *whyStory) madeBy(h *daybook.WhyHop) string {
	session := s.session(h.SessionID)
	if session == nil {
		if len(h.IngestRuns) > 0 {
			return s.ran(&h.IngestRuns[0])
		}
		return "not said"
	}
	e := session.Session.Entry
	return fmt.Sprintf("%s in session %s, %s %s UTC %s", plainLine(e.Agent()), s.sessions[h.SessionID],
		strings.ToLower(e.Text("status")), when(ended(e)), s.mark(&session.Session))
}

func ended(session *daybook.Entry) string {
	if at := session.Text("completed_at"); at != "" {
		return at
	}
	return session.Time()
}

func (s *whyStory) session(id string) *daybook.WhySession {
	at := slices.IndexFunc(s.why.Sessions, func(w daybook.WhySession) bool { return w.Session.Entry.SubjectID() == id })
	if at < 0 {
		return nil
	}
	return &s.why.Sessions[at]
}

// decided says what was decided of the table, or else at all, and how that
// stands with its review.
func (s *whyStory) decided() string {
	v := s.mainDecision()
	if v == nil {
		return "not said: no decision is on record"
	}
	d, err := daybook.As[daybook.DecisionLog](v.Entry)
	if err != nil {
		return v.Summary + " " + s.mark(v)
	}
	return plainLine(cmp.Or(d.ChosenOption, d.DecisionSummary, "a decision")) + ", by " + joined(", ", plainLine(d.AgentPosition), percent(d.Confidence)) +
		" " + s.mark(v) + "; " + s.review(v.Entry, &d)
}

// decisions counts all decisions, where there are several.
func (s *whyStory) decisions() string {
	t := &s.why.Totals
	facts := []string{counted(int64(t.Decisions), "decision") + " in all"}
	for _, of := range []struct {
		n   int
		how string
	}{{t.Approved, "approved"}, {t.Overridden, "overridden"}, {t.Awaiting, "awaiting a human"}} {
		if of.n > 0 {
			facts = append(facts, fmt.Sprintf("%d %s", of.n, of.how))
		}
	}
	return strings.Join(facts, ", ")
}

// mainDecision is the newest decision that names the table, or else the newest.
func (s *whyStory) mainDecision() *daybook.Evidence {
	var newest *daybook.Evidence
	for i := range s.why.Conversations {
		for j := range s.why.Conversations[i].Decisions {
			v := &s.why.Conversations[i].Decisions[j]
			named, err := daybook.Texts(v.Entry.Get("affected_entities"))
			if err == nil && len(s.why.Hops) > 0 && slices.Contains(named, s.why.Hops[0].Table) {
				return v
			}
			if newest == nil {
				newest = v
			}
		}
	}
	return newest
}

// sources names the tables that nothing leads to.
func (s *whyStory) sources() string {
	if len(s.why.Hops) < 2 {
		return "nothing that is on record"
	}
	var ends []string
	for _, h := range s.why.Hops[1:] {
		if len(h.Edges) == 0 {
			ends = append(ends, plainLine(h.Table))
		}
	}
	steps := counted(int64(len(s.why.Hops)-1), "table") + " upstream"
	if len(ends) == 0 {
		return steps
	}
	return steps + ", from " + strings.Join(ends, ", ")
}

func (s *whyStory) cost() string {
	t := &s.why.Totals
	if t.CostUSD == 0 && t.Tokens == 0 {
		return "not said: no cost is on record"
	}
	return fmt.Sprintf("%s and %s, in %s of %s", dollars(t.CostUSD), counted(t.Tokens, "token"),
		counted(int64(t.Conversations), "conversation"), counted(int64(t.Sessions), "session"))
}

func (s *whyStory) proof() string {
	t := &s.why.Totals
	said := fmt.Sprintf("%d of %d entries verified", t.Verified, t.Entries)
	style := green
	if t.Verified < t.Entries {
		style = yellow
	}
	if damaged(s.why) != nil {
		style = red
	}
	if c := s.why.Checkpoint; c.Size > 0 {
		return s.style(style, said) + fmt.Sprintf(", under the checkpoint of %s over %s", plainLine(c.Origin), counted(c.Size, "entry"))
	}
	return s.style(style, said)
}
