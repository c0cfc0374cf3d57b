package daybook

import (
	"slices"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook/redact"
)

// Redact takes secrets out of every column that holds free text or JSON, and
// puts a warning on the record for each column and rule. Ids, words of a
// vocabulary, numbers and times stay as they are. What it finds is a mark
// afterwards, so a record that it meets again stays the same.
func (r *Record) Redact(by *redact.Redactor) []redact.Finding {
	if by == nil {
		return nil
	}
	var all []redact.Finding
	for i := range r.Values {
		c := &r.Kind.Columns[i]
		if !r.Values[i].IsSet() || !c.Free() {
			continue
		}
		clean, findings := c.redacted(by.In(r.Kind.Name, c.Name), r.Values[i])
		if len(findings) == 0 {
			continue
		}
		if c.Known != nil && clean != r.Values[i] {
			r.forget(c.Name + unknownWord)
			r.Warn(c.Name + unknownWord + strconv.Quote(Clip(clean.text)))
		}
		r.Values[i] = clean
		for j := range findings {
			findings[j].Path = "/" + c.Name + findings[j].Path
		}
		all = append(all, findings...)
		r.tellRedacted(c, findings)
	}
	return all
}

// unknownWord stands in the warning of a word that a vocabulary does not have,
// behind the column's name and before the word.
const unknownWord = ": unknown word "

// forget takes the warnings off that begin so.
func (r *Record) forget(beginning string) {
	i, _ := r.Kind.Column("warnings")
	list, _ := Texts(r.Values[i])
	r.Values[i] = TextsValue(slices.DeleteFunc(list, func(s string) bool { return strings.HasPrefix(s, beginning) }))
}

// Free says whether a client may write anything into the column: text, a text
// outside the known words of a vocabulary, or JSON. Ids are not free, nor is
// what another record is found by; that of a ticket is, as it may be a URL.
func (c *Column) Free() bool {
	if c.Subject || c.Serial || c.Closed != nil || c.Ref != "" || c.Envelope && c.Type != TypeTexts || c.Name == "business_id" {
		return false
	}
	return c.Type.IsJSON() || c.Type == TypeText && !strings.HasSuffix(c.Name, "_id") || c.Name == "agent_id" || c.Name == "ticket_id"
}

// redacted gives a value of the column without its secrets.
func (c *Column) redacted(by *redact.Redactor, v Value) (Value, []redact.Finding) {
	if !c.Type.IsJSON() {
		if slices.Contains(c.Known, v.text) {
			return v, nil
		}
		s, findings := by.Text(v.text)
		return TextValue(c.fitted(s)), findings
	}
	raw, findings := by.JSON([]byte(v.text))
	if len(findings) == 0 || string(raw) == v.text {
		return v, findings
	}
	clean, err := c.ParseValue(raw)
	if err != nil { // it was the column's before, and only texts in it are others
		clean, _ = c.ParseValue([]byte(`["` + redact.Mark(findings[0].Rule) + `"]`))
	}
	return clean, findings
}

// fitted cuts a text to the column's length: a mark may be longer than what it
// stands for.
func (c *Column) fitted(s string) string {
	most := MaxName
	if c.Long || c.Preview {
		most = MaxLong
	}
	if len(s) <= most {
		return s
	}
	for i := range s {
		if most == 0 {
			return s[:i]
		}
		most--
	}
	return s
}

// tellRedacted puts the warnings of one column on the record, unless they are
// there from before.
func (r *Record) tellRedacted(c *Column, findings []redact.Finding) {
	list, _ := Texts(r.Get("warnings"))
	for _, w := range redact.Summary(findings, "/"+c.Name) {
		told, _, _ := strings.Cut(w, " (")
		if !slices.ContainsFunc(list, func(s string) bool { return s == told || strings.HasPrefix(s, told+" (") }) {
			r.Warn(w)
		}
	}
}
