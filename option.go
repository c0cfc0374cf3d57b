package daybook

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/daybook-audit/daybook/canon"
)

// The names of an option's members, in canonical order.
const (
	optionCons   = "cons"
	optionOption = "option"
	optionPros   = "pros"
	optionScore  = "score"
)

func parseOptions(raw []byte) (Value, error) {
	var list []Option
	err := elements(raw, "an array of options", func(_ string, member []byte) error {
		o, err := parseOption(member)
		list = append(list, o)
		return err
	})
	if err != nil {
		return Value{}, err
	}
	return OptionsValue(list)
}

func parseOption(raw []byte) (Option, error) {
	var o Option
	if len(raw) == 0 || raw[0] != '{' {
		e := wrongType("an object", raw)
		e.Hint = `write {"option": …, "pros": […], "cons": […], "score": …}`
		return o, e
	}
	seen, named := map[string]bool{}, false
	err := members(raw, func(name string, value []byte) error {
		if seen[name] {
			return Invalidf("", "given twice")
		}
		seen[name] = true
		named = named || name == optionOption && string(value) != "null"
		return o.parseMember(name, value)
	})
	if err == nil && !named {
		err = Invalidf("/"+optionOption, "is missing")
	}
	return o, err
}

func (o *Option) parseMember(name string, raw []byte) error {
	if string(raw) == "null" {
		return nil
	}
	var err error
	switch name {
	case optionOption:
		o.Option, err = parseString(raw, "text")
	case optionPros:
		o.Pros, err = parseStringArray(raw)
	case optionCons:
		o.Cons, err = parseStringArray(raw)
	case optionScore:
		var v Value
		if v, err = parseFloat(raw); err == nil {
			f := v.Float()
			o.Score = &f
		}
	default:
		err = &Error{Code: CodeInvalid, Message: "unknown field", Hint: "an option has option, pros, cons and score"}
	}
	return err
}

// members calls fn with each member of a JSON object; errors get its path.
func members(raw []byte, fn func(name string, value []byte) error) error {
	dec := newJSON(raw)
	if _, err := dec.ReadToken(); err != nil {
		return malformed(err)
	}
	for dec.PeekKind() != '}' {
		token, err := dec.ReadToken()
		if err != nil {
			return malformed(err)
		}
		name := token.String()
		value, err := dec.ReadValue()
		if err != nil {
			return malformed(err)
		}
		if err := fn(name, value); err != nil {
			return Under("/"+pointerEscape(name), err)
		}
	}
	return nil
}

// OptionsValue holds the options of a decision; none is absence. Scores must
// be finite and texts valid.
func OptionsValue(list []Option) (Value, error) {
	if len(list) == 0 {
		return Value{}, nil
	}
	dst := []byte{'['}
	for i := range list {
		if err := list[i].check(); err != nil {
			return Value{}, Under("/"+strconv.Itoa(i), err)
		}
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = list[i].appendCanonical(dst)
	}
	return TextValue(string(append(dst, ']'))), nil
}

// Options gives the options of a value of TypeOptions.
func Options(v Value) ([]Option, error) {
	var list []Option
	if v.set {
		if err := json.Unmarshal([]byte(v.text), &list); err != nil {
			return nil, Invalidf("", "malformed options: %v", err)
		}
	}
	return list, nil
}

func (o *Option) check() error {
	if err := canon.CheckString(o.Option); err != nil {
		return Invalidf("/"+optionOption, "%s", reason(err))
	}
	for name, list := range map[string][]string{optionPros: o.Pros, optionCons: o.Cons} {
		if err := checkTexts(list); err != nil {
			return Under("/"+name, err)
		}
	}
	if o.Score != nil && (math.IsNaN(*o.Score) || math.IsInf(*o.Score, 0)) {
		return Invalidf("/"+optionScore, "is not finite")
	}
	return nil
}

func (o *Option) appendCanonical(dst []byte) []byte {
	dst = append(dst, '{')
	if len(o.Cons) > 0 {
		dst = canon.AppendStrings(canon.AppendKey(dst, optionCons), o.Cons)
		dst = append(dst, ", "...)
	}
	dst = canon.AppendString(canon.AppendKey(dst, optionOption), o.Option)
	if len(o.Pros) > 0 {
		dst = append(dst, ", "...)
		dst = canon.AppendStrings(canon.AppendKey(dst, optionPros), o.Pros)
	}
	if o.Score != nil {
		dst = append(dst, ", "...)
		dst = canon.AppendFloat(canon.AppendKey(dst, optionScore), *o.Score)
	}
	return append(dst, '}')
}
