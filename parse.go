package daybook

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook/canon"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// ParseValue reads one JSON value as a value of the column. JSON null and an
// empty array are absence. Errors are *Error with the path inside the value.
func (c *Column) ParseValue(raw []byte) (Value, error) {
	if len(raw) == 4 && raw[0] == 'n' {
		return Value{}, nil
	}
	switch c.Type {
	case TypeInt:
		return parseInt(raw)
	case TypeFloat:
		return parseFloat(raw)
	case TypeBool:
		return parseBool(raw)
	case TypeJSON:
		text, err := canon.AppendJSON(nil, raw)
		if err != nil {
			return Value{}, fromCanon(err)
		}
		return TextValue(string(text)), nil
	case TypeTexts:
		return parseTexts(raw)
	case TypeOptions:
		return parseOptions(raw)
	}
	s, err := parseString(raw, "text")
	if err != nil {
		return Value{}, err
	}
	return c.ParseText(s)
}

// ParseText reads a value of a column from plain text, as it stands in a URL,
// on a command line or in a Go string. It brings times, dates and UUIDs into
// canonical form.
func (c *Column) ParseText(s string) (Value, error) {
	switch c.Type {
	case TypeTime:
		t, err := canon.NormalizeTime(s)
		if err != nil {
			e := Invalidf("", "%s is not a time: %s", strconv.Quote(Clip(s)), reason(err))
			e.Hint = "write RFC 3339 with an offset, such as 2026-01-31T09:00:00Z"
			return Value{}, e
		}
		return TextValue(t), nil
	case TypeDate:
		d, err := canon.NormalizeDate(s)
		if err != nil {
			e := Invalidf("", "%s is not a date: %s", strconv.Quote(Clip(s)), reason(err))
			e.Hint = "write year-month-day, such as 2026-01-31"
			return Value{}, e
		}
		return TextValue(d), nil
	case TypeUUID:
		return parseUUID(s)
	case TypeInt, TypeFloat, TypeBool, TypeJSON, TypeTexts, TypeOptions:
		return c.ParseValue([]byte(s))
	default:
		return TextValue(s), nil
	}
}

func parseUUID(s string) (Value, error) {
	if len(s) != 36 || uuid.Validate(s) != nil {
		e := Invalidf("", "%s is not a UUID", strconv.Quote(Clip(s)))
		e.Hint = "write 36 characters, such as 0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01, or leave it out"
		return Value{}, e
	}
	return TextValue(strings.ToLower(s)), nil
}

func parseString(raw []byte, want string) (string, error) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", wrongType(want, raw)
	}
	inner := raw[1 : len(raw)-1]
	for _, b := range inner {
		if b == '\\' {
			text, err := jsontext.AppendUnquote(nil, raw)
			if err != nil {
				return "", Invalidf("", "malformed string: %v", err)
			}
			return string(text), nil
		}
	}
	return string(inner), nil
}

func parseInt(raw []byte) (Value, error) {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err == nil {
		return IntValue(n), nil
	}
	if !isNumber(raw) {
		return Value{}, wrongType("an integer", raw)
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || math.Abs(f) >= 1<<63 || errors.Is(err, strconv.ErrRange) {
		return Value{}, Invalidf("", "%s is beyond 64 bits", Clip(string(raw)))
	}
	if f != math.Trunc(f) {
		return Value{}, Invalidf("", "%s is not a whole number", Clip(string(raw)))
	}
	return IntValue(int64(f)), nil
}

func parseFloat(raw []byte) (Value, error) {
	if !isNumber(raw) {
		return Value{}, wrongType("a number", raw)
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return Value{}, Invalidf("", "%s is beyond the range of a float", Clip(string(raw)))
	}
	return FloatValue(f), nil
}

func parseBool(raw []byte) (Value, error) {
	switch string(raw) {
	case "true":
		return BoolValue(true), nil
	case "false":
		return BoolValue(false), nil
	}
	return Value{}, wrongType("true or false", raw)
}

func parseTexts(raw []byte) (Value, error) {
	list, err := parseStringArray(raw)
	if err != nil {
		return Value{}, err
	}
	return TextsValue(list), nil
}

// elements calls fn with each member of a JSON array and its place as a path.
func elements(raw []byte, want string, fn func(path string, raw []byte) error) error {
	if len(raw) == 0 || raw[0] != '[' {
		return wrongType(want, raw)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return Invalidf("", "malformed array: %v", err)
	}
	for i, member := range list {
		path := "/" + strconv.Itoa(i)
		if err := fn(path, member); err != nil {
			return Under(path, err)
		}
	}
	return nil
}

func parseStringArray(raw []byte) ([]string, error) {
	var list []string
	err := elements(raw, "an array of texts", func(_ string, member []byte) error {
		if string(member) == "null" {
			return Invalidf("", "null inside an array")
		}
		s, err := parseString(member, "text")
		if err != nil {
			return err
		}
		if err := canon.CheckString(s); err != nil {
			return Invalidf("", "%s", reason(err))
		}
		list = append(list, s)
		return nil
	})
	return list, err
}

// Texts gives the strings of a value of TypeTexts.
func Texts(v Value) ([]string, error) {
	if !v.set {
		return nil, nil
	}
	return parseStringArray([]byte(v.text))
}

// TextsValue holds an array of strings; an empty one is absence.
func TextsValue(list []string) Value {
	if len(list) == 0 {
		return Value{}
	}
	return TextValue(string(canon.AppendStrings(nil, list)))
}

func isNumber(raw []byte) bool {
	return len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9')
}

func wrongType(want string, raw []byte) *Error {
	return Invalidf("", "want %s, got %s", want, describe(raw))
}

func describe(raw []byte) string {
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case '"':
		return "the text " + Clip(string(raw))
	case '{':
		return "an object"
	case '[':
		return "an array"
	case 't', 'f':
		return string(raw)
	}
	return Clip(string(raw))
}

// fromCanon turns an error of the canonical form into ours, keeping its path.
func fromCanon(err error) error {
	var e *canon.Error
	if !errors.As(err, &e) {
		return err
	}
	return &Error{Code: CodeInvalid, Path: e.Path, Message: e.Reason}
}

func reason(err error) string {
	var e *canon.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return err.Error()
}
