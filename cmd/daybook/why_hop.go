package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/daybook-audit/daybook"
)

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
		s.line(6, s.style(faint, "the same as operation "+v.First.Entry.SubjectID()+" of "+when(v.First.Entry.Time())+" UTC, which has the SQL ")+s.mark(v.First))
		logic = v.First.Entry.Text("transformation_logic")
	} else if op.PatternID != nil {
		s.line(6, s.style(faint, "the same as operation "+strconv.FormatInt(*op.PatternID, 10)))
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
