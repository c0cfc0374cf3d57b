package daybook

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/daybook-audit/daybook/canon"
)

// RecordOf makes a record of a kind's struct, such as a [Conversation]. Zero
// values of strings, slices and times, and nil pointers, are absent.
func RecordOf(v any) (Record, error) {
	at := reflect.ValueOf(v)
	if at.Kind() == reflect.Pointer && !at.IsNil() {
		at = at.Elem()
	}
	if !at.IsValid() {
		return Record{}, Invalidf("", "nil is not a kind")
	}
	k, ok := kindByType[at.Type()]
	if !ok {
		return Record{}, Invalidf("", "%s is not a kind", at.Type())
	}
	r := NewRecord(k)
	for i := range k.Columns {
		c := &k.Columns[i]
		if c.field == nil {
			continue
		}
		value, err := c.pack(at.FieldByIndex(c.field))
		if err != nil {
			return Record{}, Under("/"+c.Name, err)
		}
		r.Values[i] = value
	}
	return r, nil
}

func (c *Column) pack(f reflect.Value) (Value, error) {
	switch v := f.Interface().(type) {
	case string:
		if v == "" {
			return Value{}, nil
		}
		return c.ParseText(v)
	case int64:
		if v == 0 {
			return Value{}, nil
		}
		return IntValue(v), nil
	case *int64:
		if v == nil {
			return Value{}, nil
		}
		return IntValue(*v), nil
	case *float64:
		return packFloat(v)
	case *bool:
		if v == nil {
			return Value{}, nil
		}
		return BoolValue(*v), nil
	case time.Time:
		if v.IsZero() {
			return Value{}, nil
		}
		return packTime(v)
	case []string:
		return packTexts(v)
	case []Option:
		return OptionsValue(v)
	case json.RawMessage:
		if len(v) == 0 {
			return Value{}, nil
		}
		return c.ParseValue(v)
	}
	return Value{}, fmt.Errorf("daybook: no packing of %s", f.Type())
}

func packFloat(v *float64) (Value, error) {
	if v == nil {
		return Value{}, nil
	}
	if math.IsNaN(*v) || math.IsInf(*v, 0) {
		return Value{}, Invalidf("", "is not finite")
	}
	return FloatValue(*v), nil
}

func packTime(t time.Time) (Value, error) {
	if year := t.UTC().Year(); year < 1 || year > 9999 {
		return Value{}, Invalidf("", "the year %d is not one of 1 to 9999", year)
	}
	return TextValue(canon.FormatTime(t)), nil
}

func packTexts(list []string) (Value, error) {
	if err := checkTexts(list); err != nil {
		return Value{}, err
	}
	return TextsValue(list), nil
}

func checkTexts(list []string) error {
	for i, s := range list {
		if err := canon.CheckString(s); err != nil {
			return Invalidf(fmt.Sprintf("/%d", i), "%s", reason(err))
		}
	}
	return nil
}

// As gives an entry as its kind's struct.
func As[T any](e *Entry) (T, error) {
	var out T
	at := reflect.ValueOf(&out).Elem()
	if kindByType[at.Type()] != e.Kind {
		return out, Invalidf("", "an entry of %s is not a %s", e.Kind.Name, at.Type())
	}
	for i := range e.Kind.Columns {
		c := &e.Kind.Columns[i]
		if c.field == nil || !e.Values[i].set {
			continue
		}
		if err := unpack(at.FieldByIndex(c.field), e.Values[i]); err != nil {
			return out, Under("/"+c.Name, err)
		}
	}
	return out, nil
}

func unpack(f reflect.Value, v Value) error {
	switch p := f.Addr().Interface().(type) {
	case *string:
		*p = v.text
	case *int64:
		*p = v.Int()
	case **int64:
		*p = new(v.Int())
	case **float64:
		*p = new(v.Float())
	case **bool:
		*p = new(v.Bool())
	case *time.Time:
		t, err := canon.ParseTime(v.text)
		*p = t
		return err
	case *[]string:
		list, err := Texts(v)
		*p = list
		return err
	case *[]Option:
		list, err := Options(v)
		*p = list
		return err
	case *json.RawMessage:
		*p = json.RawMessage(v.text)
	}
	return nil
}

// typeOf gives the type a Go field's values have; tags refine it.
func typeOf(t reflect.Type) Type {
	switch reflect.New(t).Elem().Interface().(type) {
	case string:
		return TypeText
	case int64, *int64:
		return TypeInt
	case *float64:
		return TypeFloat
	case *bool:
		return TypeBool
	case time.Time:
		return TypeTime
	case []string:
		return TypeTexts
	case []Option:
		return TypeOptions
	case json.RawMessage:
		return TypeJSON
	}
	panic("daybook: no type for " + t.String())
}

func parseHash(dst *[32]byte, s string) error {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(dst) {
		return Invalidf("", "is not a SHA-256 in hexadecimal digits")
	}
	copy(dst[:], b)
	return nil
}
