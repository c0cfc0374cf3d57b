package redact

import (
	"slices"
	"strconv"
)

// Summary says in a line a rule what was found in a column: "redacted: jwt in
// /parameters", with the count behind it where it is more than one.
func Summary(findings []Finding, column string) []string {
	counts := map[string]int{}
	var rules []string
	for _, f := range findings {
		if counts[f.Rule]++; counts[f.Rule] == 1 {
			rules = append(rules, f.Rule)
		}
	}
	slices.Sort(rules)
	for i, rule := range rules {
		line := "redacted: " + rule + " in " + column
		if n := counts[rule]; n > 1 {
			line += " (" + strconv.Itoa(n) + ")"
		}
		rules[i] = line
	}
	return rules
}
