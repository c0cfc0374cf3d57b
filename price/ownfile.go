package price

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// What a file of own prices may hold.
const (
	mostOwnBytes  = 4 << 20
	mostOwnPrices = 10_000
	mostDollars   = 1e9 // for a million tokens
	longestSource = 200
)

// ownPrice is a price as the file has it. Rates are dollars for a million
// tokens.
type ownPrice struct {
	Provider string    `toml:"provider" json:"provider"`
	Model    string    `toml:"model" json:"model"`
	From     day       `toml:"from" json:"from"`
	Between  []string  `toml:"between" json:"between"`
	Source   string    `toml:"source" json:"source"`
	Request  *float64  `toml:"request" json:"request"` // dollars for one
	Tiers    []ownTier `toml:"tier" json:"tier"`
	ownRates
}

// ownRates are the rates of a price or of a tier.
type ownRates struct {
	Input      *float64 `toml:"input" json:"input"`
	Output     *float64 `toml:"output" json:"output"`
	CacheRead  *float64 `toml:"cache_read" json:"cache_read"`
	CacheWrite *float64 `toml:"cache_write" json:"cache_write"`
	Reasoning  *float64 `toml:"reasoning" json:"reasoning"`
}

// ownTier are the rates of calls with more than so many tokens of input.
type ownTier struct {
	Above *int64 `toml:"above" json:"above"`
	ownRates
}

// day is a day, as a text or as TOML writes days.
type day string

// UnmarshalTOML takes 2026-03-13 and "2026-03-13".
func (d *day) UnmarshalTOML(v any) error {
	switch v := v.(type) {
	case string:
		*d = day(v)
	case time.Time:
		*d = day(v.Format(time.DateOnly))
	default:
		return errors.New("from is not a day, such as 2026-03-13")
	}
	return nil
}

// ReadOwn reads prices of one's own. What the name ends with says whether they
// are in TOML or JSON; it stands on entries with each price.
func ReadOwn(name string, in io.Reader) (*Own, error) {
	data, err := io.ReadAll(io.LimitReader(in, mostOwnBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > mostOwnBytes {
		return nil, fmt.Errorf("it has more than %d MiB", mostOwnBytes>>20)
	}
	prices, err := decodeOwn(filepath.Ext(name), data)
	if err != nil {
		return nil, err
	}
	if len(prices) == 0 {
		return nil, errors.New("it has no prices: begin each with [[price]]")
	}
	if len(prices) > mostOwnPrices {
		return nil, fmt.Errorf("it has %d prices; at most %d are taken", len(prices), mostOwnPrices)
	}
	o := &Own{name: filepath.Base(name)}
	for i := range prices {
		if err := o.add(&prices[i]); err != nil {
			return nil, fmt.Errorf("price %d (%s): %w", i+1, prices[i].name(), err)
		}
	}
	for _, m := range o.models {
		slices.SortStableFunc(m.prices, func(a, b dated) int { return strings.Compare(a.from, b.from) })
	}
	return o, nil
}

// decodeOwn reads the file, and refuses names that it does not know: a rate
// that is misspelt would be taken for none.
func decodeOwn(ending string, data []byte) ([]ownPrice, error) {
	var file struct {
		Price []ownPrice `toml:"price" json:"price"`
	}
	switch strings.ToLower(ending) {
	case ".toml":
		meta, err := toml.Decode(string(data), &file)
		if err != nil && isOneTable(data) {
			return nil, errors.New("it has [price]: prices are a list, begin each with [[price]]")
		}
		if err != nil {
			return nil, err
		}
		if unknown := meta.Undecoded(); len(unknown) > 0 {
			return nil, fmt.Errorf("%q is not known", unknown[0].String())
		}
	case ".json":
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		if err := d.Decode(&file); err != nil {
			return nil, err
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return nil, errors.New("something stands behind the object")
		}
	default:
		return nil, errors.New("its name ends neither in .toml nor in .json")
	}
	return file.Price, nil
}

// isOneTable says that a file has a price and no list of them, as [price] makes.
func isOneTable(data []byte) bool {
	var any struct {
		Price map[string]any `toml:"price"`
	}
	_, err := toml.Decode(string(data), &any)
	return err == nil && any.Price != nil
}

func (p *ownPrice) name() string {
	if p.Provider == "" {
		return p.Model
	}
	return p.Provider + "/" + p.Model
}

// add checks a price and puts it behind those of its model.
func (o *Own) add(p *ownPrice) error {
	d, err := p.dated()
	if err != nil {
		return err
	}
	provider, model := plainName(p.Provider), plainName(p.Model)
	i := slices.IndexFunc(o.models, func(m *ownModel) bool { return m.provider == provider && m.model == model })
	if i < 0 {
		i = len(o.models)
		o.models = append(o.models, &ownModel{provider: provider, model: model})
	}
	m := o.models[i]
	for _, other := range m.prices {
		if other.from == d.from && other.hours == d.hours && other.start == d.start {
			return errors.New("another price of this model holds from the same time")
		}
	}
	m.prices = append(m.prices, d)
	return nil
}

func (p *ownPrice) dated() (d dated, err error) {
	if plainName(p.Model) == "" || len(p.Model) > longestName || len(p.Provider) > longestName {
		return d, errors.New("model is missing, or a name is too long")
	}
	if i := strings.IndexByte(p.Model, '*'); i >= 0 && i < len(p.Model)-1 {
		return d, errors.New("model may have a * at its end alone")
	}
	if len(p.Source) > longestSource || strings.ContainsFunc(p.Source, func(r rune) bool { return r < ' ' }) {
		return d, fmt.Errorf("source is to be one line of at most %d bytes", longestSource)
	}
	d.from, d.source = string(p.From), p.Source
	if d.from != "" {
		if _, err := time.Parse(time.DateOnly, d.from); err != nil {
			return d, fmt.Errorf("from is %q, which is not a day such as 2026-03-13", d.from)
		}
	}
	if d.hours = p.Between != nil; d.hours {
		if len(p.Between) != 2 {
			return d, errors.New("between wants two times of day, such as [\"16:30Z\", \"00:30Z\"]")
		}
		if d.start, d.end, err = hours(p.Between[0], p.Between[1]); err != nil {
			return d, err
		}
		if d.start == d.end {
			return d, errors.New("between has twice the same time")
		}
	}
	d.rates, err = p.rates()
	return d, err
}

// rates makes the rates, with their tiers.
func (p *ownPrice) rates() (r Rates, err error) {
	places := []struct {
		name string
		base *float64
		at   **rate
		of   func(*ownTier) *float64
	}{
		{"input", p.Input, &r.input, func(t *ownTier) *float64 { return t.Input }},
		{"output", p.Output, &r.output, func(t *ownTier) *float64 { return t.Output }},
		{"cache_read", p.CacheRead, &r.cacheRead, func(t *ownTier) *float64 { return t.CacheRead }},
		{"cache_write", p.CacheWrite, &r.cacheWrite, func(t *ownTier) *float64 { return t.CacheWrite }},
		{"reasoning", p.Reasoning, &r.reasoning, func(t *ownTier) *float64 { return t.Reasoning }},
	}
	if err := p.checkTiers(); err != nil {
		return r, err
	}
	for _, place := range places {
		if place.base != nil {
			if err := checkDollars(place.name, *place.base); err != nil {
				return r, err
			}
			*place.at = &rate{base: *place.base}
		}
		for i := range p.Tiers {
			dollars := place.of(&p.Tiers[i])
			if dollars == nil {
				continue
			}
			if *place.at == nil {
				return r, fmt.Errorf("tier has a price of %s, and there is none without it", place.name)
			}
			if err := checkDollars(place.name, *dollars); err != nil {
				return r, err
			}
			(*place.at).tiers = append((*place.at).tiers, tier{*p.Tiers[i].Above, *dollars})
		}
	}
	if p.Request != nil {
		if err := checkDollars("request", *p.Request); err != nil {
			return r, err
		}
		r.request = &rate{base: *p.Request * thousand}
	}
	if r.input == nil || r.output == nil {
		return r, errors.New("input and output are needed: dollars for a million tokens, 0 where they cost nothing")
	}
	return r, nil
}

func (p *ownPrice) checkTiers() error {
	last := int64(-1)
	for _, t := range p.Tiers {
		if t.Above == nil || *t.Above <= last {
			return errors.New("each tier wants an above, a number of input tokens, greater than that of the tier before")
		}
		last = *t.Above
	}
	return nil
}

func checkDollars(name string, dollars float64) error {
	if math.IsNaN(dollars) || dollars < 0 || dollars > mostDollars {
		return fmt.Errorf("%s is %v, which is no price", name, dollars)
	}
	return nil
}
