package main

import (
	"fmt"
	"strings"

	"github.com/daybook-audit/daybook/lineage"
)

// rollbackScript writes a plan as SQL: the recorded statements in order, with what
// they are and what is missing in comments. To a terminal nothing is written
// that moves its cursor.
func rollbackScript(plan *lineage.Rollback, terminal bool) string {
	var b strings.Builder
	comment := func(format string, args ...any) {
		text := plainLine(fmt.Sprintf(format, args...)) // one line, so that nothing leaves the comment
		b.WriteString(strings.TrimRight("-- "+text, " ") + "\n")
	}
	comment("Plan to roll back session %s of %s (%s).", plan.Session.ID, plan.Session.AgentID, plan.Session.Status)
	comment("It was NOT executed: Daybook prints it and no more. Read it whole before you run any of it.")
	for _, t := range plan.Tables {
		if t.Before != nil {
			comment("%s: artifact %s of %s goes back to %s of %s", t.Table, t.Artifact.ID, t.Artifact.CreatedAt, t.Before.ID, t.Before.CreatedAt)
		}
	}
	for _, m := range plan.Missing {
		comment("MISSING: %s", m)
	}
	for i := range plan.Steps {
		step := &plan.Steps[i]
		b.WriteString("\n")
		comment("Step %d of %d: %s", i+1, len(plan.Steps), stepName(step))
		for _, l := range stepSource(step) {
			comment("%s", l)
		}
		if !step.Affected {
			comment("Not touched by the session: leave this out if %s stands as it was.", strings.Join(step.Writes, ", "))
		}
		for _, n := range step.Notes {
			comment("Note: %s", n)
		}
		text := step.Text
		if terminal {
			text = plain(text)
		}
		switch {
		case step.Runs:
			b.WriteString(terminated(text))
		case text != "":
			comment("%s", byHand(step))
			for line := range strings.SplitSeq(text, "\n") {
				b.WriteString(strings.TrimRight("--   "+plain(line), " ") + "\n")
			}
		}
	}
	return b.String()
}

// byHand says what to do with a text that does not run as it stands.
func byHand(step *lineage.RollbackStep) string {
	switch {
	case step.Language == "VIEW_DEFINITION":
		return "Its definition:"
	case strings.EqualFold(step.Language, "SQL"):
		return "SQL that is cut short: complete it by hand."
	case step.Language == "":
		return "It does not run as it stands: do by hand what it says."
	}
	return "Not SQL: do by hand what it says."
}

// terminated ends a statement. What ends it stands on a line of its own, since
// the last line may be a comment; so may a semicolon at its end.
func terminated(sql string) string {
	sql = strings.TrimRight(sql, " \t\r\n")
	last := sql[strings.LastIndexByte(sql, '\n')+1:]
	if strings.HasSuffix(sql, ";") && !strings.Contains(last, "--") && !strings.ContainsAny(last, "#/") {
		return sql + "\n"
	}
	return sql + "\n;\n"
}
