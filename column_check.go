package daybook

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/daybook-audit/daybook/canon"
)

// check holds a value against its column. An empty text is a value and stands,
// but not where something is named by it: in the subject's id, the business or
// a required column. JSON, arrays and options are taken to be canonical, as
// ParseValue makes them.
func (c *Column) check(v Value, names bool) error {
	switch c.Type {
	case TypeText:
		if names && v.text == "" {
			return Invalidf("", "must not be empty")
		}
		if err := c.checkText(v.text); err != nil {
			return err
		}
		return c.checkWord(v.text)
	case TypeInt, TypeFloat:
		return c.checkNumber(v)
	case TypeTexts, TypeOptions:
		return c.checkList(v)
	case TypeTime:
		return checkForm(v.text, canon.NormalizeTime, "a canonical time")
	case TypeDate:
		return checkForm(v.text, canon.NormalizeDate, "a canonical date")
	case TypeUUID:
		return checkUUID(v.text)
	}
	return nil
}

// checkWord refuses a word that a closed vocabulary does not have.
func (c *Column) checkWord(word string) error {
	if c.Closed == nil || slices.Contains(c.Closed, word) {
		return nil
	}
	hint := "write one of them as it stands here"
	for _, w := range c.Closed {
		if strings.EqualFold(w, word) {
			hint = "did you mean " + w + "?"
		}
	}
	return &Error{Code: CodeInvalid, Message: quoted(word) + " is none of " + strings.Join(c.Closed, ", "), Hint: hint}
}

// length is how many characters a text of the column may have. A preview is
// cut later, so it may come long.
func (c *Column) length() int {
	if c.Long || c.Preview {
		return MaxLong
	}
	return MaxName
}

func (c *Column) checkText(s string) error {
	if err := canon.CheckString(s); err != nil {
		return Invalidf("", "%s", reason(err))
	}
	// A text has no more characters than bytes, so most need no counting.
	if most := c.length(); len(s) > most {
		if n := utf8.RuneCountInString(s); n > most {
			return &Error{
				Code: CodeInvalid, Message: "has " + strconv.Itoa(n) + " characters; at most " + strconv.Itoa(most) + " are taken",
				Hint: "shorten it, or say where the whole can be found",
			}
		}
	}
	return nil
}

// checkList checks the texts of an array. In canonical form a text is never
// shorter than its characters, and NUL is six of them, so that an array as
// short as one text may be, without that sequence, holds nothing to find.
func (c *Column) checkList(v Value) error {
	if len(v.Text()) <= c.length() && !strings.Contains(v.Text(), `\u0000`) {
		return nil
	}
	if c.Type == TypeOptions {
		return c.checkOptions(v)
	}
	list, err := Texts(v)
	if err != nil {
		return err
	}
	return c.checkTexts("", list)
}

func (c *Column) checkTexts(path string, list []string) error {
	for i, s := range list {
		if err := c.checkText(s); err != nil {
			return Under(path+"/"+strconv.Itoa(i), err)
		}
	}
	return nil
}

func (c *Column) checkOptions(v Value) error {
	list, err := Options(v)
	if err != nil {
		return err
	}
	for i := range list {
		path := "/" + strconv.Itoa(i)
		if err := c.checkText(list[i].Option); err != nil {
			return Under(path+"/option", err)
		}
		if err := c.checkTexts(path+"/pros", list[i].Pros); err != nil {
			return err
		}
		if err := c.checkTexts(path+"/cons", list[i].Cons); err != nil {
			return err
		}
	}
	return nil
}

func (c *Column) checkNumber(v Value) error {
	n := v.Number(c.Type)
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return Invalidf("", "is not finite")
	}
	if (c.Min == nil || n >= *c.Min) && (c.Max == nil || n <= *c.Max) {
		return nil
	}
	return Invalidf("", "%s", c.allowed())
}

func (c *Column) allowed() string {
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
		return Invalidf("", "%s is not %s", quoted(s), want)
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
		return Invalidf("", "%s is not a UUID in lower case", quoted(s))
	}
	return nil
}

func quoted(s string) string { return strconv.Quote(Clip(s)) }
