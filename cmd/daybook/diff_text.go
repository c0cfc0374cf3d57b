package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/daybook-audit/daybook/lineage"
)

// A diffStory writes a comparison: what was in red behind a minus, what is now in
// green behind a plus.
type diffStory struct {
	page
	diff *lineage.SessionDiff
}

func (s *diffStory) tell() {
	s.side("-", red, &s.diff.A)
	s.side("+", green, &s.diff.B)
	s.part("session", func() { s.fields(2, s.diff.Fields) })
	s.part("sources", s.sources)
	s.part("operations", func() {
		for i := range s.diff.Operations {
			s.operation(&s.diff.Operations[i])
		}
	})
	s.part("artifacts", s.artifacts)
	s.part("edges", s.edges)
	s.part("totals", func() { s.numbers(2, s.diff.Totals) })
	if len(s.diff.Notes) > 0 {
		s.heading("not compared")
		for _, n := range s.diff.Notes {
			s.item(2, plainLine(n))
		}
	}
}

// part writes a heading and what is under it, or that it is the same.
func (s *diffStory) part(name string, tell func()) {
	s.heading(name)
	before := s.Len()
	if tell(); s.Len() == before {
		s.line(2, s.style(faint, "the same"))
	}
}

func (s *diffStory) side(sign, colour string, of *lineage.SessionSide) {
	s.line(0, s.style(colour, sign+" "+of.ID)+"  "+joined("  ", plainLine(joined(" ", of.AgentID, of.AgentVersion)), of.Status, when(of.StartedAt)+" UTC"))
	if of.Purpose != "" {
		s.line(4, plainLine(of.Purpose))
	}
}

func (s *diffStory) gone(indent int, text string) { s.line(indent, s.style(red, "- "+text)) }

func (s *diffStory) came(indent int, text string) { s.line(indent, s.style(green, "+ "+text)) }

// fields writes columns that differ: short ones in one line, others in two.
func (s *diffStory) fields(indent int, fields []lineage.FieldDiff) {
	for _, f := range fields {
		a, b := cell(f.A), cell(f.B)
		if len(a)+len(b) < whyWidth-indent-24 {
			s.line(indent, fmt.Sprintf("%-26s %s → %s", f.Name, s.style(red, a), s.style(green, b)))
			continue
		}
		s.line(indent, f.Name)
		s.gone(indent+2, a)
		s.came(indent+2, b)
	}
}

// cell is a JSON value as people read it.
func cell(raw json.RawMessage) string {
	if raw == nil {
		return "none"
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return plainLine(text)
	}
	return plainLine(string(raw))
}

func (s *diffStory) sources() {
	for i := range s.diff.Sources {
		switch d := &s.diff.Sources[i]; d.Change {
		case lineage.SourceAdded:
			s.came(2, plainLine(d.Table)+heldBy(d.B))
		case lineage.SourceRemoved:
			s.gone(2, plainLine(d.Table)+heldBy(d.A))
		case lineage.SourceVersions:
			s.line(2, "  "+plainLine(d.Table))
			s.gone(6, strings.TrimSpace(heldBy(d.A)))
			s.came(6, strings.TrimSpace(heldBy(d.B)))
		default:
			if s.full {
				s.line(2, s.style(faint, "  "+plainLine(d.Table)+heldBy(d.B)))
			}
		}
	}
}

// heldBy says what a table held.
func heldBy(v *lineage.SourceVersion) string {
	if v == nil {
		return ""
	}
	what := "artifact"
	if v.SessionID == "" {
		what = "data collection"
	}
	rows := ""
	if v.Rows != nil {
		rows = counted(*v.Rows, "row")
	}
	return "  " + joined(", ", what+" "+v.ID, "of "+when(v.At)+" UTC", rows)
}

func (s *diffStory) operation(d *lineage.OperationDiff) {
	switch {
	case d.A == nil:
		s.came(2, operationName(d.B))
	case d.B == nil:
		s.gone(2, operationName(d.A))
	default:
		name := operationName(d.B)
		if d.A.Order != d.B.Order {
			name += fmt.Sprintf(" (was the %s)", humanize.Ordinal(int(d.A.Order)))
		}
		s.line(2, "  "+s.style(bold, name)+s.style(faint, "  "+sameness(d)))
	}
	s.fields(6, d.Fields)
	s.numbers(6, d.Numbers)
	for _, l := range d.Lists {
		s.list(6, l.Name, &l.ListDiff)
	}
	if d.Logic != nil {
		s.logic(d.Logic)
	}
}

func operationName(o *lineage.OperationSide) string {
	name := fmt.Sprintf("%d %s", o.Order, plainLine(o.Type))
	if o.OutputTable != "" {
		name += " → " + plainLine(o.OutputTable)
	}
	return name
}

// sameness says how the logic of an operation of both differs.
func sameness(d *lineage.OperationDiff) string {
	if d.Logic == nil {
		return "neither says what it did"
	}
	switch d.Logic.Change {
	case lineage.LogicSame:
		return "the same SQL or text"
	case lineage.LogicLayout:
		return "the same but for white space"
	case lineage.LogicLiterals:
		return "the same but for literals, comments or case"
	case lineage.LogicAdded:
		return "says what it did, which it did not before"
	case lineage.LogicRemoved:
		return "does not say what it did any more"
	}
	return "changed"
}

func (s *diffStory) logic(d *lineage.LogicDiff) {
	if !d.Statements.Same() {
		s.list(6, "statements", &d.Statements)
	}
	if d.TooLong {
		s.line(6, s.style(faint, "too long to compare by lines"))
	}
	if d.Diff == "" {
		return
	}
	lines := strings.Split(strings.TrimSuffix(plain(strings.ReplaceAll(d.Diff, "\t", "  ")), "\n"), "\n")
	if len(lines) > 2 && strings.HasPrefix(lines[0], "--- ") {
		lines = lines[2:] // the names of files that there are not
	}
	left := len(lines) - 4*sqlLines
	if s.full || left <= 1 {
		left = 0
	}
	for _, l := range lines[:len(lines)-left] {
		s.line(6, s.style(lineStyle(l), l))
	}
	if left > 0 {
		s.line(6, s.style(faint, fmt.Sprintf("… %d more lines (--full shows them)", left)))
	}
}

// lineStyle is the colour of a line of a unified diff.
func lineStyle(l string) string {
	switch {
	case strings.HasPrefix(l, "+"):
		return green
	case strings.HasPrefix(l, "-"):
		return red
	}
	return faint
}

// numbers writes numbers of both sides; those that are alike where all is asked for.
func (s *diffStory) numbers(indent int, numbers []lineage.NumberDiff) {
	for _, n := range numbers {
		if n.Change != nil && *n.Change == 0 && !s.full {
			continue
		}
		text := fmt.Sprintf("%-26s %s → %s", n.Name, s.style(red, amount(n.Name, n.A)), s.style(green, amount(n.Name, n.B)))
		if n.Change != nil && *n.Change != 0 {
			change := amount(n.Name, n.Change)
			if *n.Change > 0 {
				change = "+" + change
			}
			if n.Percent != nil {
				change += fmt.Sprintf(", %+.1f %%", *n.Percent)
			}
			text += "  (" + change + ")"
		}
		s.line(indent, text)
	}
}

// amount is a number as people read it, in dollars where it is a cost.
func amount(name string, f *float64) string {
	switch {
	case f == nil:
		return "not said"
	case strings.HasPrefix(name, "cost"):
		return strings.Replace(dollars(*f), "$-", "-$", 1)
	case *f == float64(int64(*f)):
		return humanize.Comma(int64(*f))
	}
	return strconv.FormatFloat(*f, 'f', 3, 64)
}

// listed is how many members of a list are shown of each side.
const listed = 10

func (s *diffStory) list(indent int, name string, l *lineage.ListDiff) {
	if l.Same() {
		return
	}
	if name != "" {
		s.line(indent, name)
		indent += 2
	}
	s.some(indent, l.Removed, s.gone)
	s.some(indent, l.Added, s.came)
}

func (s *diffStory) some(indent int, members []string, write func(indent int, text string)) {
	left := len(members) - listed
	if s.full || left <= 1 {
		left = 0
	}
	for _, m := range members[:len(members)-left] {
		write(indent, plainLine(m))
	}
	if left > 0 {
		s.line(indent, s.style(faint, fmt.Sprintf("… %d more (--full shows them)", left)))
	}
}

func (s *diffStory) artifacts() {
	for i := range s.diff.Artifacts {
		d := &s.diff.Artifacts[i]
		switch {
		case d.A == "":
			s.came(2, plainLine(d.Name)+"  "+d.B)
		case d.B == "":
			s.gone(2, plainLine(d.Name)+"  "+d.A)
		case s.full || len(d.Fields) > 0 || !d.Columns.Same() || d.Rows != nil && (d.Rows.Change == nil || *d.Rows.Change != 0):
			s.line(2, "  "+s.style(bold, plainLine(d.Name)))
			s.fields(6, d.Fields)
			if d.Rows != nil {
				s.numbers(6, []lineage.NumberDiff{*d.Rows})
			}
			s.list(6, "columns", &d.Columns)
		}
	}
}

func (s *diffStory) edges() {
	s.list(2, "", &s.diff.Edges)
	if !s.diff.Edges.Same() || s.full {
		s.line(2, s.style(faint, counted(int64(s.diff.SameEdges), "edge")+" in both"))
	}
}
