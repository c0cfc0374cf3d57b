package main

import (
	"strings"
	"testing"

	"github.com/daybook-audit/daybook/lineage"
)

// Nothing but recorded SQL stands outside a comment, whatever else is called.
func TestRollbackScriptRunsRecordedSQLAlone(t *testing.T) {
	t.Parallel()
	evil := "x\r\nDROP TABLE a; */\u2028DROP TABLE b;\u2029--\vDROP TABLE c;\u0085DROP TABLE d;\x1b[2J\u202e"
	step := func(language, text string, runs bool) lineage.RollbackStep {
		return lineage.RollbackStep{
			Operation: lineage.OperationSide{ID: evil, Type: evil}, Session: lineage.BuildSession{ID: evil, AgentID: evil},
			Reads: []string{evil}, Writes: []string{evil}, Language: language, Dialect: evil, Text: text, Notes: []string{evil}, Runs: runs,
		}
	}
	plan := &lineage.Rollback{
		Missing: []string{evil},
		Steps: []lineage.RollbackStep{
			step("SQL", "SELECT 1 -- all;", true), step("SQL", "SELECT 2 /* all; */", true), step("SQL", "SELECT 3;", true),
			step("SQL", "SELECT 4 /*", false), step(evil, evil, false), step("VIEW_DEFINITION", evil, false), step("", evil, false),
		},
	}
	script := rollbackScript(plan, false)
	var runs []string
	for line := range strings.SplitSeq(script, "\n") {
		if line != "" && !strings.HasPrefix(line, "--") {
			runs = append(runs, line)
		}
	}
	want := []string{"SELECT 1 -- all;", ";", "SELECT 2 /* all; */", ";", "SELECT 3;"}
	if got := strings.Join(runs, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("outside of comments stands\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	if strings.ContainsAny(script, "\r\v\u0085\u2028\u2029\u202e\x1b") {
		t.Errorf("what ends lines or moves the cursor stands in %q", script)
	}
}
