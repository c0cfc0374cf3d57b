package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dustin/go-humanize"

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

// hop tells of one table.
func (s *whyStory) hop(h *daybook.WhyHop) {
	name := h.Table
	if len(h.Columns) > 0 {
		name += " · " + strings.Join(h.Columns, ", ")
	}
	s.heading(name)
	if len(h.Columns) > 0 {
		for i := range h.Edges {
			s.edge(h, &h.Edges[i])
		}
	} else {
		s.flows(h)
	}
	s.more(2, h.More, "edges", "edges")
	for i := range h.Operations {
		s.operation(&h.Operations[i])
	}
	s.more(2, h.More, "operations", "operations")
	for i := range h.Artifacts {
		v := &h.Artifacts[i]
		s.item(2, plainLine(v.Summary)+" "+s.mark(v))
		s.warned(6, v.Entry)
	}
	for i := range h.IngestRuns {
		s.item(2, s.ran(&h.IngestRuns[i]))
		s.warned(6, h.IngestRuns[i].Entry)
	}
	for i := range h.Validations {
		s.verdict(&h.Validations[i], h)
	}
	if len(h.Edges)+len(h.Operations)+len(h.Artifacts)+len(h.IngestRuns) == 0 {
		s.line(2, s.style(yellow, "nothing on record says how its data came here"))
	}
}

// flows tells which tables lead into one, each in a line: what its columns come
// from is another question.
func (s *whyStory) flows(h *daybook.WhyHop) {
	told := map[string]bool{}
	for i := range h.Edges {
		source := h.Edges[i].Source
		if told[source] {
			continue
		}
		told[source] = true
		said := "← " + s.style(bold, plainLine(source)) + " "
		for j := range h.Edges {
			if e := &h.Edges[j]; e.Source == source {
				said += " " + plainLine(e.RelationshipType) + " " + s.mark(&e.Evidence)
			}
		}
		s.item(2, said)
		if since := s.since(h, &h.Edges[i]); since != "" {
			s.line(6, s.style(faint, since))
		}
	}
}

func (s *whyStory) edge(h *daybook.WhyHop, e *daybook.WhyEdge) {
	target := strings.TrimPrefix(e.Target, h.Table+".")
	arrow := "← "
	if len(h.Columns) > 1 {
		arrow = plainLine(target) + " ← "
	}
	v := &e.Evidence
	s.item(2, arrow+s.style(bold, plainLine(e.Source))+"  "+plainLine(joined(", ", e.RelationshipType, v.Entry.Text("subtype"), strings.ToLower(e.Origin)))+" "+s.mark(v))
	if e.Origin == "PARSED" && e.Description != "" { // an expression
		s.sql(6, e.Description)
	} else {
		s.prose(6, e.Description)
	}
	if since := s.since(h, e); since != "" {
		s.line(6, s.style(faint, since))
	}
	s.warned(6, v.Entry)
}

// since says since when an edge holds and by whose word, where that is not
// simply since the hop's session wrote its table.
func (s *whyStory) since(h *daybook.WhyHop, e *daybook.WhyEdge) string {
	since := "holds since " + when(e.Since)
	switch {
	case h.SessionID != "" && e.SessionID == h.SessionID && e.SeenBy == h.SessionID:
		return ""
	case e.SeenBy == "" && e.SessionID != "":
		return since + ", by session " + e.SessionID
	case e.SeenBy == "":
		return since
	case e.SeenBy == e.SessionID:
		return since + ", by session " + s.sessions[e.SeenBy]
	}
	return since + ", and was seen again in session " + s.sessions[e.SeenBy]
}

func (s *whyStory) operation(v *daybook.Evidence) {
	op, err := daybook.As[daybook.TransformationOperation](v.Entry)
	if err != nil {
		s.line(2, v.Summary+" "+s.mark(v))
		return
	}
	var facts []string
	if op.InputRowCount != nil && op.OutputRowCount != nil {
		facts = append(facts, counted(*op.InputRowCount, "row")+" in, "+counted(*op.OutputRowCount, "row")+" out")
	} else if op.OutputRowCount != nil {
		facts = append(facts, counted(*op.OutputRowCount, "row")+" out")
	}
	if op.ExecutionTimeMS != nil {
		facts = append(facts, humanize.Comma(*op.ExecutionTimeMS)+" ms")
	}
	facts = append(facts, "session "+s.sessions[op.SessionID])
	s.line(2, s.style(bold, plainLine(op.OperationType))+"  "+strings.Join(facts, ", ")+" "+s.mark(v))
	logic := op.TransformationLogic
	if v.First != nil {
		s.line(6, s.style(faint, "the same as operation "+v.First.Entry.SubjectID()+", which has the SQL ")+s.mark(v.First))
		logic = v.First.Entry.Text("transformation_logic")
	}
	if logic != "" {
		s.sql(6, logic)
	}
	s.warned(6, v.Entry)
}

// ran tells of an ingest run.
func (s *whyStory) ran(v *daybook.Evidence) string {
	agent := v.Entry.Agent()
	if agent != "" {
		agent = " by " + plainLine(agent)
	}
	return plainLine(v.Summary) + agent + ", " + when(v.Entry.Time()) + " UTC " + s.mark(v)
}

func (s *whyStory) verdict(v *daybook.Evidence, h *daybook.WhyHop) {
	style := map[string]string{"PASSED": green, "FAILED": red, "WARNING": yellow}[v.Entry.Text("status")]
	by := ""
	if agent := v.Entry.Agent(); agent != "" {
		by = ", by " + plainLine(agent)
	}
	if of := v.Entry.Text("session_id"); of != "" && of != h.SessionID && !slices.Contains(h.Others, of) {
		by += ", on an earlier version"
	}
	s.item(2, s.style(style, plainLine(v.Summary))+by+" "+s.mark(v))
	if issues := v.Entry.Text("issues"); issues != "" && issues != "[]" {
		s.prose(6, issues)
	}
	s.warned(6, v.Entry)
}
