package mcp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/lineage"
)

// arguments are those of a call, by name. Null is as good as none.
type arguments map[string]json.RawMessage

// parseArguments reads the object of a call's arguments. Names that are no
// parameters are left to whoever knows more of them.
func parseArguments(raw json.RawMessage, t *tool, a audience) (arguments, error) {
	args := arguments{}
	if len(raw) == 0 || string(raw) == "null" {
		return args, nil
	}
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if d.PeekKind() != '{' {
		return nil, &daybook.Error{Code: daybook.CodeInvalid, Message: "arguments must be an object", Hint: "call " + t.name + " with " + names(t.parameters(a))}
	}
	if err := args.read(d); err != nil {
		return nil, &daybook.Error{Code: daybook.CodeMalformed, Message: "the arguments cannot be read: " + err.Error(), Hint: "send one JSON object, each name once"}
	}
	return args, nil
}

func (a arguments) read(d *jsontext.Decoder) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		key := name.String() // before the value is read, which ends the token's life
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		if value.Kind() != 'n' {
			a[key] = json.RawMessage(value.Clone())
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("there is more behind the object")
	}
	return nil
}

func names(parameters []parameter) string {
	var all []string
	for _, p := range parameters {
		all = append(all, p.name)
	}
	return strings.Join(all, ", ")
}

// only refuses arguments that are no parameters of a tool, so that a misspelt
// one is not taken for none.
func (a arguments) only(parameters []parameter) error {
	for _, name := range sortedNames(a) {
		if !slices.ContainsFunc(parameters, func(p parameter) bool { return p.name == name }) {
			var known []string
			for _, p := range parameters {
				known = append(known, p.name)
			}
			e := daybook.Invalidf("/"+daybook.Clip(name), "is no parameter of this tool")
			e.Hint = daybook.HintNear(name, known, "it has "+strings.Join(known, ", "))
			return e
		}
	}
	return nil
}

func sortedNames(a arguments) []string {
	all := make([]string, 0, len(a))
	for name := range a {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// text gives an argument that is a string, "" where there is none.
func (a arguments) text(name string) (string, error) {
	raw, ok := a[name]
	if !ok {
		return "", nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil || raw[0] != '"' {
		return "", daybook.Invalidf("/"+name, "want text, got %s", kindOf(raw))
	}
	return text, nil
}

// needed is text that must be there.
func (a arguments) needed(name, example string) (string, error) {
	text, err := a.text(name)
	if err == nil && strings.TrimSpace(text) == "" {
		e := daybook.Invalidf("/"+name, "is missing")
		e.Hint = fmt.Sprintf("such as %q", example)
		return "", e
	}
	return text, err
}

// word gives one of some words, the first where there is none.
func (a arguments) word(name string, words ...string) (string, error) {
	text, err := a.text(name)
	switch {
	case err != nil || slices.Contains(words, text):
		return text, err
	case text == "":
		return words[0], nil
	}
	e := daybook.Invalidf("/"+name, "%q is not known", daybook.Clip(text))
	e.Hint = "use " + strings.Join(words, ", ")
	return "", e
}

// since gives a time as people write it; zero where there is none.
func (a arguments) since(name string) (time.Time, error) {
	text, err := a.text(name)
	if err != nil || text == "" {
		return time.Time{}, err
	}
	t, err := lineage.ParseSince(text, time.Now())
	return t, daybook.Under("/"+name, err)
}

// count gives a whole number from 1 to most, or the standard where there is
// none. Models write 20 as 20.0 and "20", too.
func (a arguments) count(name string, standard, most int) (int, error) {
	raw, ok := a[name]
	if !ok {
		return standard, nil
	}
	n, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	if err != nil || n != float64(int(n)) || n < 1 || n > float64(most) {
		return 0, daybook.Invalidf("/"+name, "%s is not a whole number from 1 to %d", daybook.Clip(string(raw)), most)
	}
	return int(n), nil
}

// truth gives true or false; false where there is none.
func (a arguments) truth(name string) (bool, error) {
	switch strings.Trim(string(a[name]), `"`) {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	}
	return false, daybook.Invalidf("/"+name, "%s is neither true nor false", daybook.Clip(string(a[name])))
}

// kindOf says what a value is, for who gave the wrong one.
func kindOf(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "text"
	case 't', 'f':
		return "true or false"
	}
	return "a number"
}
