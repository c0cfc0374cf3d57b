package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/daybook-audit/daybook"
)

// whyWidth is how many characters a line of a story takes, but for SQL, which
// keeps its own lines.
const whyWidth = 100

// How much of a text is shown unless all of it is asked for.
const (
	sqlLines  = 8
	textLines = 4
)

// A page is a story as it is written: lines with an indent, and behind what an
// entry says its seq, by which the list of entries at the end has it.
type page struct {
	strings.Builder
	colour bool
	full   bool
}

// The styles, as terminals number them.
const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	title  = "1;36"
)

const reset = "\x1b[0m"

func (p *page) style(code, s string) string {
	if !p.colour || s == "" || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + reset
}

// heading parts the story.
func (p *page) heading(s string) {
	s = plainLine(s)
	p.WriteString("\n" + p.style(title, "── "+s+" "+strings.Repeat("─", max(2, whyWidth-4-utf8.RuneCountInString(s)))) + "\n")
}

// line writes a line at an indent.
func (p *page) line(indent int, s string) {
	p.WriteString(strings.TrimRight(strings.Repeat(" ", indent)+s, " ") + "\n")
}

// fact writes a name and what is to be said under it, wrapped.
func (p *page) fact(name, s string) {
	const column = 12
	for i, l := range wrapped(s, whyWidth-2-column) {
		if i > 0 {
			name = ""
		}
		p.line(2, p.style(faint, fmt.Sprintf("%-*s", column, name))+l)
	}
}

// item writes what is said of an entry, wrapped, with its later lines further in.
func (p *page) item(indent int, s string) {
	for i, l := range wrapped(s, whyWidth-indent-4) {
		if i > 0 {
			l = "    " + l
		}
		p.line(indent, l)
	}
}

// prose writes a text that somebody wrote, wrapped, and cut unless all is asked
// for.
func (p *page) prose(indent int, s string) {
	if s = plainLine(s); s == "" {
		return
	}
	p.cut(indent, wrapped(s, whyWidth-indent), textLines, "")
}

// sql writes a statement in its own lines, cut unless all is asked for.
func (p *page) sql(indent int, s string) {
	p.cut(indent, strings.Split(undent(plain(s)), "\n"), sqlLines, faint)
}

func (p *page) cut(indent int, lines []string, most int, style string) {
	left := len(lines) - most
	if p.full || left <= 1 { // a line that says so would take as much room
		left = 0
	}
	for _, l := range lines[:len(lines)-left] {
		p.line(indent, p.style(style, l))
	}
	if left > 0 {
		p.line(indent, p.style(faint, fmt.Sprintf("… %d more lines (--full shows them)", left)))
	}
}

// mark names an entry by its seq, and says so where it is not what it was.
func (p *page) mark(v *daybook.Evidence) string {
	n := strconv.FormatInt(v.Entry.Seq, 10)
	if v.Standing == daybook.StandingDamaged {
		return p.style(red, "["+n+" NOT AS IT WAS WRITTEN]")
	}
	return p.style(faint, "["+n+"]")
}

// warned writes the warnings that stand on an entry.
func (p *page) warned(indent int, e *daybook.Entry) {
	warnings, err := daybook.Texts(e.Get("warnings"))
	if err != nil {
		return
	}
	for _, w := range warnings {
		p.line(indent, p.style(yellow, "! "+plainLine(w)))
	}
}

// more says that a list is longer than what is shown.
func (p *page) more(indent int, lists []string, name, what string) {
	for _, l := range lists {
		if l == name {
			p.line(indent, p.style(faint, "… and more "+what+" (--limit shows them)"))
		}
	}
}

func (p *page) print(w io.Writer) error {
	_, err := io.WriteString(w, p.String())
	return err
}

// plainLine brings what somebody wrote onto one line.
func plainLine(s string) string { return strings.Join(strings.Fields(plain(s)), " ") }

// wrapped breaks a text at its spaces into lines of a width. A style that is on
// at the end of a line ends there, and is on again in the next.
func wrapped(s string, width int) []string {
	w := wrapping{width: width}
	for word := range strings.SplitSeq(s, " ") {
		w.word(word)
	}
	w.end()
	return w.lines
}

type wrapping struct {
	lines []string
	line  strings.Builder
	width int
	taken int    // of the line
	open  string // the style that is on
}

func (w *wrapping) word(word string) {
	wide := text.StringWidthWithoutEscSequences(word)
	if w.taken > 0 && w.taken+1+wide > w.width {
		w.end()
	}
	for wide > w.width && !strings.Contains(word, "\x1b") { // a word that no line can hold
		head := string([]rune(word)[:w.width])
		w.line.WriteString(head)
		w.end()
		word = word[len(head):]
		wide = text.StringWidthWithoutEscSequences(word)
	}
	if w.taken > 0 {
		w.line.WriteByte(' ')
		w.taken++
	}
	w.line.WriteString(word)
	w.taken += wide
	if at := strings.LastIndex(word, "\x1b["); at >= 0 {
		code, _, _ := strings.Cut(word[at:], "m")
		if w.open = code + "m"; w.open == reset {
			w.open = ""
		}
	}
}

func (w *wrapping) end() {
	if w.open != "" {
		w.line.WriteString(reset)
	}
	w.lines = append(w.lines, w.line.String())
	w.line.Reset()
	w.line.WriteString(w.open)
	w.taken = 0
}

// undent takes away the indent that all lines but the first share, and blank
// lines around a statement.
func undent(s string) string {
	lines := strings.Split(strings.Trim(strings.ReplaceAll(s, "\t", "  "), "\n "), "\n")
	least := -1
	for _, l := range lines[1:] {
		if in := len(l) - len(strings.TrimLeft(l, " ")); strings.TrimSpace(l) != "" && (least < 0 || in < least) {
			least = in
		}
	}
	for i := 1; i < len(lines); i++ {
		lines[i] = strings.TrimRight(lines[i][min(max(least, 0), len(lines[i])):], " ")
	}
	return strings.Join(lines, "\n")
}

// when is a canonical time as people read it, in UTC.
func when(at string) string {
	if len(at) < len("2026-01-31T09:00:00") {
		return at
	}
	return at[:10] + " " + at[11:19]
}

func dollars(f float64) string { return "$" + humanize.CommafWithDigits(f, 4) }

func counted(n int64, word string) string {
	switch stem, isEntry := strings.CutSuffix(word, "y"); {
	case n == 1:
	case isEntry:
		word = stem + "ies"
	default:
		word += "s"
	}
	return humanize.Comma(n) + " " + word
}

// percent is how sure somebody is.
func percent(f *float64) string {
	if f == nil {
		return ""
	}
	return fmt.Sprintf("%.0f %% sure", 100**f)
}

// joined joins what there is.
func joined(between string, parts ...string) string {
	var all []string
	for _, s := range parts {
		if s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, between)
}
