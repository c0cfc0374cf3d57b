package demo

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/daybook-audit/daybook"
)

// Story tells what happens to whoever watches.
type Story struct {
	w     io.Writer
	plain bool
}

// NewStory writes to w, in colour if the terminal has it.
func NewStory(w io.Writer, colour bool) *Story { return &Story{w: w, plain: !colour} }

func (s *Story) style(code, text string) string {
	if s.plain {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s *Story) heading(text string) {
	fmt.Fprintf(s.w, "\n%s\n", s.style("1;36", "── "+text+" "+strings.Repeat("─", max(2, 74-utf8.RuneCountInString(text)))))
}

// did tells who did what.
func (s *Story) did(who, format string, args ...any) {
	fmt.Fprintf(s.w, "  %s %s\n", s.style("1", fmt.Sprintf("%-18s", who)), fmt.Sprintf(format, args...))
}

// failed tells who failed at what.
func (s *Story) failed(who, format string, args ...any) {
	fmt.Fprintf(s.w, "  %s %s\n", s.style("1", fmt.Sprintf("%-18s", who)), s.style("31", fmt.Sprintf(format, args...)))
}

// block shows lines that come ready-made.
func (s *Story) block(text string) {
	for line := range strings.Lines(strings.TrimRight(text, "\n") + "\n") {
		fmt.Fprintf(s.w, "  %s", line)
	}
}

// caught is block, in the colour of alarm.
func (s *Story) caught(text string) {
	for line := range strings.Lines(strings.TrimRight(text, "\n") + "\n") {
		fmt.Fprintf(s.w, "  %s\n", s.style("31", strings.TrimRight(line, "\n")))
	}
}

// command shows what a user would type for what comes next.
func (s *Story) command(text string) {
	for i, line := range strings.Split(text, "\n") {
		prompt := "$ "
		if i > 0 {
			prompt = "  "
		}
		fmt.Fprintf(s.w, "  %s\n", s.style("2", prompt+line))
	}
}

// table shows an answer, clipped to the width of a terminal.
func (s *Story) table(t *daybook.Table, widths ...int) {
	line := func(cells []string) string {
		var b strings.Builder
		for i, cell := range cells {
			b.WriteString(fit(cell, widths[i]) + "  ")
		}
		return strings.TrimRight(b.String(), " ")
	}
	fmt.Fprintf(s.w, "  %s\n", s.style("4", line(t.Columns)))
	for _, row := range t.Rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = cellText(cell)
		}
		fmt.Fprintf(s.w, "  %s\n", line(cells))
	}
}

// cellText is a cell on one line; a dot stands for NULL.
func cellText(cell any) string {
	if cell == nil {
		return "·"
	}
	return strings.Join(strings.Fields(daybook.CellText(cell)), " ")
}

// fit pads or clips a text to a width in characters.
func fit(text string, width int) string {
	runes := []rune(text)
	if len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return text + strings.Repeat(" ", width-len(runes))
}
