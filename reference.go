package daybook

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const referenceHead = `# Kinds

<!-- Generated from the catalog by "make docs"; edit the comments and tags of the structs instead. -->

Every kind of record that Daybook knows, with its fields. A client writes a record of a kind; the ledger
gives it its [envelope](#the-envelope) and makes it an entry.

How to read the tables:

- *required*: a record without the field is refused. Fields that are not required may be left out.
- *subject*: the id of what the record is about. Where the ledger gives it, a client leaves it out.
- *filled in*: Daybook may give the field a value where the client gave none.
- *amend*: how an amendment may fill the field. **once**: where it is absent. **grow**: a number may not shrink, an
  array gains members. **oneway**: from absent or the first of its words to another, from true to false or false to true,
  and never back. **earliest**: a time may only become earlier. A field without the word cannot be amended.
- *one of*: the only words taken. *known*: the words expected; others are kept with a warning on the entry.
- *up to n characters*: of text, or of each text of an array; other texts take ` + "`1,024`" + `. A record takes 8 MiB in canonical form.
- *indexed*: questions that look the field up are fast.
`

// Markdown writes the reference page of the catalog: every kind with its
// number, retention and columns, as their comments explain them.
func Markdown(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString(referenceHead)
	b.WriteString("\n| kind | number | subject | time | agent | retention |\n|---|---|---|---|---|---|\n")
	for _, k := range kinds {
		agent := ""
		if a := k.Agent(); a != nil {
			agent = code(a.Name)
		}
		fmt.Fprintf(&b, "| [%s](#%s) | %d | %s | %s | %s | %s |\n",
			code(k.Name), k.Name, k.Number, code(k.Subject().Name), code(k.Time().Name), agent, k.Retention)
	}
	b.WriteString("\n## The envelope\n\nThe ledger gives these to every entry. Of them a client may give `log_id`.\n\n")
	b.WriteString("| field | type | meaning |\n|---|---|---|\n")
	for _, c := range envelopeColumns() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", code(c.Name), c.Type, cell(envelopeDocs[c.Name]))
	}
	b.WriteString("| `seq` | integer | The entry's place in the ledger, from 0. Not part of what is hashed. |\n")
	b.WriteString("| `log_hash` | hex | SHA-256 of the entry's canonical form. |\n")
	for _, k := range kinds {
		k.Markdown(&b)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Markdown writes the kind's part of the reference page.
func (k *Kind) Markdown(b *bytes.Buffer) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\nKind number %d. Retention: %s.", k.Name, k.Doc(), k.Number, k.Retention)
	if k.Restricted {
		b.WriteString(" Written by Daybook itself, or by an admin.")
	}
	b.WriteString("\n\n| field | type | rules | meaning |\n|---|---|---|---|\n")
	for i := range k.Columns {
		if c := &k.Columns[i]; !c.Envelope {
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", code(c.Name), c.Type, cell(c.rules()), cell(k.ColumnDoc(c.Name)))
		}
	}
}

// String tells the retention as the reference page has it.
func (r Retention) String() string {
	var s string
	switch {
	case r.Forever:
		return "for ever"
	case r.Years == 1:
		s = "1 year"
	case r.Years > 0:
		s = strconv.Itoa(r.Years) + " years"
	default:
		s = strconv.Itoa(r.Days) + " days"
	}
	if r.WhileCurrent {
		s = "while current, and at least " + s
	}
	return s
}

// rules tells what the column asks of its values, most important first.
func (c *Column) rules() string {
	var all []string
	add := func(is bool, text string) {
		if is {
			all = append(all, text)
		}
	}
	add(c.Required, "required")
	add(c.Subject && c.Serial, "subject, given by the ledger")
	add(c.Subject && !c.Serial, "subject, filled in")
	add(!c.Subject && c.Serial, "given by the ledger")
	add(c.Filled && !c.Subject && c.Default == "", "filled in")
	add(c.Default != "", "default "+code(c.Default))
	add(c.Amend != RuleNone, "amend "+c.Amend.String())
	add(c.Closed != nil, "one of "+codes(c.Closed))
	add(c.Known != nil, "known: "+codes(c.Known))
	all = append(all, c.bounds()...)
	add(c.After != "", "not before "+code(c.After))
	add(c.Ref != "", "names a "+code(c.Ref))
	add(c.Span.From != "", "else the time from "+code(c.Span.From)+" to "+code(c.Span.To))
	add(c.Met.From != "", "else whether "+code(c.Met.From)+" is no later than "+code(c.Met.To))
	add(c.Computed != "", "gives way where "+code(c.Computed)+" says that it was computed")
	add(c.Index, "indexed")
	return strings.Join(all, "; ")
}

func (c *Column) bounds() []string {
	var all []string
	number := func(f *float64) string { return strconv.FormatFloat(*f, 'g', -1, 64) }
	switch {
	case c.Min != nil && c.Max != nil:
		all = append(all, number(c.Min)+" to "+number(c.Max))
	case c.Min != nil:
		all = append(all, "at least "+number(c.Min))
	case c.Max != nil:
		all = append(all, "at most "+number(c.Max))
	}
	switch {
	case c.Preview:
		all = append(all, "cut to "+strconv.Itoa(PreviewLength)+" characters")
	case c.Long:
		all = append(all, "up to 1,048,576 characters")
	}
	return all
}

func code(s string) string { return "`" + s + "`" }

func codes(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = code(w)
	}
	return strings.Join(out, ", ")
}

// cell makes text fit into a cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
