package main

import (
	"fmt"
	"strings"

	"github.com/daybook-audit/daybook/lineage"
)

// A rollbackStory writes a plan for people: what was touched, what is missing, and
// the steps.
type rollbackStory struct {
	page
	plan *lineage.Rollback
}

func (s *rollbackStory) tell() {
	of := &s.plan.Session
	s.line(0, s.style(bold, "Plan to roll back session "+of.ID))
	s.fact("by", plainLine(joined(" ", of.AgentID, of.AgentVersion))+", "+of.Status+", begun "+when(of.StartedAt)+" UTC")
	if of.Purpose != "" {
		s.fact("for", plainLine(of.Purpose))
	}
	s.fact("logged", joined(", ", counted(int64(s.plan.Logged.Operations), "operation"), counted(int64(s.plan.Logged.Artifacts), "artifact"), counted(int64(s.plan.Logged.Edges), "edge")))
	s.line(2, s.style(yellow, "Nothing was executed, and Daybook never will."))
	s.touched()
	s.missing()
	if s.plan.Changed {
		s.steps()
	}
}

func (s *rollbackStory) touched() {
	if s.plan.Changed {
		s.heading("what the session touched")
	} else {
		s.heading("what the session logged")
	}
	if len(s.plan.Tables) == 0 {
		s.line(2, s.style(faint, "no table and no artifact"))
	}
	for i := range s.plan.Tables {
		s.table(&s.plan.Tables[i])
	}
}

func (s *rollbackStory) table(t *lineage.RollbackTable) {
	place := "written by it"
	if t.Depth > 0 {
		place = counted(int64(t.Depth), "edge") + " downstream"
	}
	s.line(2, s.style(bold, plainLine(t.Table))+"  "+s.style(faint, place))
	if t.Artifact != nil {
		s.item(6, "artifact "+artifactText(t.Artifact))
	}
	if t.Before != nil {
		s.item(6, "in the place of "+artifactText(t.Before)+", by session "+t.Before.SessionID)
	}
	for i := range t.Later {
		s.item(6, s.style(yellow, "since replaced by "+artifactText(&t.Later[i])+", by session "+t.Later[i].SessionID))
	}
	switch {
	case t.Build != nil:
		s.item(6, "rebuilt as session "+t.Build.ID+" of "+plainLine(t.Build.AgentID)+" did, which completed "+when(t.Build.CompletedAt)+" UTC")
	case s.plan.Changed:
		s.item(6, s.style(yellow, "nothing recorded rebuilds it"))
	}
}

func artifactText(a *lineage.ArtifactVersion) string {
	rows := ""
	if a.Rows != nil {
		rows = counted(*a.Rows, "row")
	}
	return joined(", ", a.ID, plainLine(a.Type), "of "+when(a.CreatedAt)+" UTC", rows)
}

func (s *rollbackStory) missing() {
	if len(s.plan.Missing) == 0 {
		return
	}
	s.heading("what is missing")
	for _, m := range s.plan.Missing {
		s.item(2, s.style(yellow, "! ")+plainLine(m))
	}
}

func (s *rollbackStory) steps() {
	s.heading("steps, in order")
	if len(s.plan.Steps) == 0 {
		s.line(2, s.style(faint, "none"))
	}
	for i := range s.plan.Steps {
		step := &s.plan.Steps[i]
		name := fmt.Sprintf("%d  %s", i+1, stepName(step))
		if step.Affected {
			name = s.style(bold, name)
		} else {
			name = s.style(faint, name+"  not touched: only if it does not stand")
		}
		s.line(2, name)
		for _, l := range stepSource(step) {
			s.item(5, s.style(faint, l))
		}
		for _, n := range step.Notes {
			s.item(5, s.style(yellow, "! ")+plainLine(n))
		}
		if step.Text != "" {
			s.sql(5, step.Text)
		}
	}
}

// stepName says what a step does.
func stepName(step *lineage.RollbackStep) string {
	return plainLine(step.Operation.Type) + " " + joined(" → ", plainLine(strings.Join(step.Reads, ", ")), plainLine(strings.Join(step.Writes, ", ")))
}

// stepSource says where a step comes from, a line each.
func stepSource(step *lineage.RollbackStep) []string {
	lines := []string{
		plainLine(fmt.Sprintf("operation %s of session %s, by %s, completed %s UTC", step.Operation.ID, step.Session.ID, step.Session.AgentID, when(step.Session.CompletedAt))),
		"log_id " + step.Operation.LogID,
	}
	if step.Dialect != "" {
		lines[1] += ", dialect " + plainLine(step.Dialect)
	}
	if step.Parameters != nil {
		lines = append(lines, "parameters "+plainLine(string(step.Parameters)))
	}
	return lines
}
