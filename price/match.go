package price

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// fileMatch is a rule as the data has it: one of its members is there.
type fileMatch struct {
	Or         []fileMatch `json:"or,omitempty"`
	And        []fileMatch `json:"and,omitempty"`
	Equals     string      `json:"equals,omitempty"`
	StartsWith string      `json:"starts_with,omitempty"`
	EndsWith   string      `json:"ends_with,omitempty"`
	Contains   string      `json:"contains,omitempty"`
	Regex      string      `json:"regex,omitempty"`
}

// matcher says whether a name in lower case is meant.
type matcher struct {
	any, all []*matcher
	fits     func(name string) bool
}

func (m *matcher) matches(name string) bool {
	switch {
	case m == nil:
		return false
	case m.fits != nil:
		return m.fits(name)
	case m.any != nil:
		return slices.ContainsFunc(m.any, func(one *matcher) bool { return one.matches(name) })
	}
	return !slices.ContainsFunc(m.all, func(one *matcher) bool { return !one.matches(name) })
}

// compile makes the matcher of a rule; nil for none.
func (f *fileMatch) compile() (*matcher, error) {
	if f == nil {
		return nil, nil
	}
	switch {
	case f.Or != nil:
		any, err := compileAll(f.Or)
		return &matcher{any: any}, err
	case f.And != nil:
		all, err := compileAll(f.And)
		return &matcher{all: all}, err
	case f.Regex != "":
		return compileRegex(f.Regex)
	}
	for _, way := range []struct {
		text string
		fits func(s, text string) bool
	}{
		{f.Equals, func(s, text string) bool { return s == text }},
		{f.StartsWith, strings.HasPrefix},
		{f.EndsWith, strings.HasSuffix},
		{f.Contains, strings.Contains},
	} {
		if text := strings.ToLower(way.text); text != "" {
			return &matcher{fits: func(name string) bool { return way.fits(name, text) }}, nil
		}
	}
	return nil, errors.New("a rule that says nothing")
}

func compileAll(list []fileMatch) (all []*matcher, err error) {
	for i := range list {
		m, err := list[i].compile()
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// compileRegex makes the matcher of a regular expression of JavaScript. Go's
// have no negative look-ahead; the data has it at the beginning alone, where
// it is a second expression that must not match.
func compileRegex(text string) (*matcher, error) {
	rest, begins := strings.CutPrefix(text, "^")
	ahead, isAhead := strings.CutPrefix(rest, "(?!")
	if !begins || !isAhead {
		re, err := regexp.Compile(text)
		if err != nil {
			return nil, err
		}
		return &matcher{fits: re.MatchString}, nil
	}
	end := closing(ahead)
	if end < 0 {
		return nil, fmt.Errorf("%q has no closing parenthesis", text)
	}
	not, err := regexp.Compile("^(?:" + ahead[:end] + ")")
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile("^(?:" + ahead[end+1:] + ")")
	if err != nil {
		return nil, err
	}
	return &matcher{fits: func(name string) bool { return !not.MatchString(name) && re.MatchString(name) }}, nil
}

// closing is where the parenthesis closes that stands open before a text.
func closing(s string) int {
	depth, class := 1, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case class:
			class = c != ']'
		case c == '[':
			class = true
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
