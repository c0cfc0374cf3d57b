package daybook

import (
	"math"
	"strconv"
)

// Adder adds numbers up and keeps what rounding takes away (Neumaier): a sum of
// many small numbers ends in no digits of its own, in whichever order they
// come. The zero value is ready.
type Adder struct{ sum, lost float64 }

// Add adds a number.
func (a *Adder) Add(n float64) {
	next := a.sum + n
	switch {
	case math.IsInf(next, 0):
		next, a.lost = finite(next), 0
	case math.Abs(a.sum) >= math.Abs(n):
		a.lost += a.sum - next + n
	default:
		a.lost += n - next + a.sum
	}
	a.sum = next
}

// Join adds what another has added.
func (a *Adder) Join(o Adder) {
	a.Add(o.sum)
	a.Add(o.lost)
}

// Sum gives the sum. What no float holds stays at the greatest.
func (a *Adder) Sum() float64 { return finite(a.sum + a.lost) }

func finite(sum float64) float64 {
	return max(-math.MaxFloat64, min(math.MaxFloat64, sum))
}

// Dollars gives a sum of dollars as it is told: without the digits that adding
// floats leaves at the end, and never infinite.
func Dollars(sum float64) float64 {
	const (
		pico    = 1e12 // of a dollar; less is no price
		certain = 15   // digits that a float has in any case
	)
	if sum = finite(sum); math.Abs(sum) < 1e3 {
		return math.Round(sum*pico) / pico
	}
	told, err := strconv.ParseFloat(strconv.FormatFloat(sum, 'g', certain, 64), 64)
	if err != nil { // the greatest, rounded up
		return sum
	}
	return told
}

// Whole gives a sum of whole numbers. What no integer holds stays at the
// greatest.
func Whole(sum float64) int64 {
	if sum >= math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(sum)
}
