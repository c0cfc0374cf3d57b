package daybook

import "math"

// Value is one value of a column, or its absence (the zero Value). Its type is
// the column's: a number stands in bits, everything else in text, in the form
// that [Type] says.
type Value struct {
	text string
	bits uint64
	set  bool
}

// TextValue holds text of any type that is held as text, already in its
// canonical form.
func TextValue(s string) Value { return Value{text: s, set: true} }

// IntValue holds an integer.
func IntValue(n int64) Value { return Value{bits: uint64(n), set: true} }

// FloatValue holds a float; -0.0 becomes 0.0. It must be finite.
func FloatValue(f float64) Value {
	if f == 0 {
		f = 0
	}
	return Value{bits: math.Float64bits(f), set: true}
}

// BoolValue holds a truth.
func BoolValue(b bool) Value {
	if b {
		return Value{bits: 1, set: true}
	}
	return Value{set: true}
}

// IsSet says whether there is a value.
func (v Value) IsSet() bool { return v.set }

// Text gives the text of a value held as text, or "".
func (v Value) Text() string { return v.text }

// Int gives an integer.
func (v Value) Int() int64 { return int64(v.bits) }

// Float gives a float.
func (v Value) Float() float64 { return math.Float64frombits(v.bits) }

// Bool gives a truth.
func (v Value) Bool() bool { return v.bits != 0 }

// Number gives an integer or a float of column type t as a float.
func (v Value) Number(t Type) float64 {
	if t == TypeInt {
		return float64(v.Int())
	}
	return v.Float()
}
