package intake

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// validate holds a record against its kind: nothing required is missing, and
// every value is one of its column's.
//
// An empty text is a value and stands, but not where something is named by it:
// in the subject's id, the business or a required column. JSON, arrays and
// options are taken to be canonical, as ParseValue makes them.
func validate(_ *Call, r *daybook.Record) error {
	p := planOf(r)
	if !r.Amend {
		for _, i := range p.required {
			if !r.Values[i].IsSet() {
				return missing(r.Kind, &r.Kind.Columns[i])
			}
		}
	}
	for i := range r.Values {
		if !r.Values[i].IsSet() {
			continue
		}
		c := &r.Kind.Columns[i]
		if c.Envelope && i != p.logID && c.Type != daybook.TypeTexts {
			continue // the ledger writes over it
		}
		if err := check(r, c, r.Values[i], c.Required || c.Subject || i == p.business); err != nil {
			return daybook.Under("/"+c.Name, err)
		}
	}
	return checkOrder(p, r)
}

func missing(k *daybook.Kind, c *daybook.Column) error {
	return &daybook.Error{
		Code: daybook.CodeInvalid, Path: "/" + c.Name, Message: "is missing",
		Hint: k.Name + " need " + c.Name + ": " + k.ColumnDoc(c.Name),
	}
}

func check(r *daybook.Record, c *daybook.Column, v daybook.Value, names bool) error {
	switch c.Type {
	case daybook.TypeText:
		if names && v.Text() == "" {
			return daybook.Invalidf("", "must not be empty")
		}
		if err := checkText(c, v.Text()); err != nil {
			return err
		}
		return checkWord(r, c, v.Text())
	case daybook.TypeInt, daybook.TypeFloat:
		return checkNumber(c, v)
	case daybook.TypeTexts, daybook.TypeOptions:
		return checkList(c, v)
	case daybook.TypeTime:
		return checkForm(v.Text(), canon.NormalizeTime, "a canonical time")
	case daybook.TypeDate:
		return checkForm(v.Text(), canon.NormalizeDate, "a canonical date")
	case daybook.TypeUUID:
		return checkUUID(v.Text())
	}
	return nil
}

// lengthOf is how many characters a text of the column may have. A preview is
// cut later, so it may come long.
func lengthOf(c *daybook.Column) int {
	if c.Long || c.Preview {
		return daybook.MaxLong
	}
	return daybook.MaxName
}

func checkText(c *daybook.Column, s string) error {
	if err := canon.CheckString(s); err != nil {
		return daybook.Invalidf("", "%s", reason(err))
	}
	// A text has no more characters than bytes, so most need no counting.
	if most := lengthOf(c); len(s) > most {
		if n := utf8.RuneCountInString(s); n > most {
			return &daybook.Error{
				Code: daybook.CodeInvalid, Message: "has " + strconv.Itoa(n) + " characters; at most " + strconv.Itoa(most) + " are taken",
				Hint: "shorten it, or say where the whole can be found",
			}
		}
	}
	return nil
}

// checkList checks the texts of an array. In canonical form a text is never
// shorter than its characters, and NUL is six of them, so that an array as
// short as one text may be, without that sequence, holds nothing to find.
func checkList(c *daybook.Column, v daybook.Value) error {
	if len(v.Text()) <= lengthOf(c) && !strings.Contains(v.Text(), `\u0000`) {
		return nil
	}
	if c.Type == daybook.TypeOptions {
		return checkOptions(c, v)
	}
	list, err := daybook.Texts(v)
	if err != nil {
		return err
	}
	return checkTexts(c, "", list)
}

func checkTexts(c *daybook.Column, path string, list []string) error {
	for i, s := range list {
		if err := checkText(c, s); err != nil {
			return daybook.Under(path+"/"+strconv.Itoa(i), err)
		}
	}
	return nil
}

func checkOptions(c *daybook.Column, v daybook.Value) error {
	list, err := daybook.Options(v)
	if err != nil {
		return err
	}
	for i := range list {
		path := "/" + strconv.Itoa(i)
		if err := checkText(c, list[i].Option); err != nil {
			return daybook.Under(path+"/option", err)
		}
		if err := checkTexts(c, path+"/pros", list[i].Pros); err != nil {
			return err
		}
		if err := checkTexts(c, path+"/cons", list[i].Cons); err != nil {
			return err
		}
	}
	return nil
}

func checkNumber(c *daybook.Column, v daybook.Value) error {
	n := v.Number(c.Type)
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return daybook.Invalidf("", "is not finite")
	}
	if (c.Min == nil || n >= *c.Min) && (c.Max == nil || n <= *c.Max) {
		return nil
	}
	return daybook.Invalidf("", "%s", rangeOf(c))
}

func rangeOf(c *daybook.Column) string {
	number := func(f *float64) string { return strconv.FormatFloat(*f, 'g', -1, 64) }
	switch {
	case c.Min != nil && c.Max != nil:
		return "must be between " + number(c.Min) + " and " + number(c.Max)
	case c.Min == nil:
		return "must be at most " + number(c.Max)
	case *c.Min == 0:
		return "must not be negative"
	default:
		return "must be at least " + number(c.Min)
	}
}

// checkForm holds text against the canonical form that Value promises: a time
// made by hand would be hashed as it stands, and never compare right again.
func checkForm(s string, normalize func(string) (string, error), want string) error {
	if canonical, err := normalize(s); err != nil || canonical != s {
		return daybook.Invalidf("", "%s is not %s", quoted(s), want)
	}
	return nil
}

// checkUUID wants a UUID as ParseText makes it: 36 characters in lower case.
func checkUUID(s string) error {
	ok := len(s) == 36
	for i := 0; ok && i < len(s); i++ {
		switch c := s[i]; i {
		case 8, 13, 18, 23:
			ok = c == '-'
		default:
			ok = c >= '0' && c <= '9' || c >= 'a' && c <= 'f'
		}
	}
	if !ok {
		return daybook.Invalidf("", "%s is not a UUID in lower case", quoted(s))
	}
	return nil
}

// checkOrder wants no end before its start. Canonical times and dates compare
// as text.
func checkOrder(p *plan, r *daybook.Record) error {
	for _, o := range p.orders {
		early, late := r.Values[o.early], r.Values[o.late]
		if early.IsSet() && late.IsSet() && late.Text() < early.Text() {
			return &daybook.Error{
				Code: daybook.CodeInvalid, Path: "/" + r.Kind.Columns[o.late].Name,
				Message: late.Text() + " is before " + r.Kind.Columns[o.early].Name + ", " + early.Text(),
				Hint:    "check both, and their offsets from UTC",
			}
		}
	}
	return nil
}

func reason(err error) string {
	var e *canon.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return err.Error()
}

func quoted(s string) string { return strconv.Quote(daybook.Clip(s)) }
