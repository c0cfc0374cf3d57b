package price

import "math"

// Usage is what a call took, in tokens. Input has all of the input, cached
// tokens included, and Output all of the output, reasoning included.
type Usage struct {
	Input, Output         int64
	CacheRead, CacheWrite int64 // of the input
	Reasoning             int64 // of the output
}

// Cached are the tokens that were read from a cache or written to it.
func (u *Usage) Cached() int64 { return saturated(u.CacheRead, u.CacheWrite) }

// IsZero says that no tokens were counted.
func (u *Usage) IsZero() bool { return *u == Usage{} }

func saturated(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// rate is a price in dollars for a million tokens. From a number of input
// tokens on it may be another, for all of them.
type rate struct {
	base  float64
	tiers []tier // by start
}

type tier struct {
	above int64 // input tokens
	price float64
}

func (r *rate) at(input int64) float64 {
	price := r.base
	for _, t := range r.tiers {
		if input > t.above {
			price = t.price
		}
	}
	return price
}

// Rates are the prices of a model at a time. Where kinds of tokens have no
// price of their own they cost what the wider kind costs: cached input what
// input costs, reasoning what output costs.
type Rates struct {
	input, output, cacheRead, cacheWrite, reasoning, request *rate

	unpriced bool // it is sold by other units than tokens
}

// of gives the place of a unit of the data; nil for one that is not computed.
func (r *Rates) of(unit string) **rate {
	switch unit {
	case "input_mtok":
		return &r.input
	case "output_mtok":
		return &r.output
	case "cache_read_mtok":
		return &r.cacheRead
	case "cache_write_mtok":
		return &r.cacheWrite
	case "output_reasoning_mtok":
		return &r.reasoning
	case "requests_kcount":
		return &r.request
	}
	return nil
}

// Units are the units of the data that are computed.
func Units() []string {
	return []string{"input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "output_reasoning_mtok", "requests_kcount"}
}

// The tokens and the requests that a price is of.
const (
	million  = 1e6
	thousand = 1e3
)

// Cost gives the dollars for a call. Cached tokens beyond the input, and
// reasoning beyond the output, cost what they cost; the rest of the input or
// output is then nothing, never less.
func (r *Rates) Cost(u Usage) float64 {
	input, output, sum := u.Input, u.Output, 0.0
	apart := func(special *rate, tokens int64, of *int64) {
		if special != nil {
			*of = max(0, *of-tokens)
			sum += special.at(u.Input) * float64(tokens) / million
		}
	}
	apart(r.cacheRead, u.CacheRead, &input)
	apart(r.cacheWrite, u.CacheWrite, &input)
	apart(r.reasoning, u.Reasoning, &output)
	if r.input != nil {
		sum += r.input.at(u.Input) * float64(input) / million
	}
	if r.output != nil {
		sum += r.output.at(u.Input) * float64(output) / million
	}
	if r.request != nil {
		sum += r.request.at(u.Input) / thousand
	}
	return round(sum)
}

// round cuts the digits that adding floats puts behind a billionth of a
// thousandth of a dollar.
func round(dollars float64) float64 {
	const pico = 1e12
	if dollars > 1e3 { // as exact as a float is
		return dollars
	}
	return math.Round(dollars*pico) / pico
}
