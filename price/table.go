package price

import (
	_ "embed" // the data
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"
)

//go:embed prices.json
var embedded []byte

// Table is a table of prices. It does not change, and may be used by several
// goroutines.
type Table struct {
	Package   string // that the data is of
	Version   string // of the package
	Published string // the day on which that version came out, as 2026-09-23
	License   string

	notCovered []string
	providers  []*provider
	byID       map[string]*provider
	own        *Own // goes before the rest; nil for none
	found      *memory
}

// NotCovered names the units of the data that are not computed.
func (t *Table) NotCovered() []string { return t.notCovered }

// provider serves models at prices of its own.
type provider struct {
	id     string
	match  *matcher // which names mean it; nil for its id alone
	models *matcher // which models are its own, where nobody says whose they are; nil for none
	list   []*model
	others []*provider // whose models it serves at their prices
}

// model is a model of a provider, and what it has cost.
type model struct {
	id     string
	match  *matcher
	prices []dated
}

// dated is a price and when it holds: from a day on, within hours of each day
// (UTC), or always.
type dated struct {
	from       string // 2026-03-13, or ""
	start, end time.Duration
	hours      bool
	until      string // where nothing says from when: the first day of the next price, or ""
	rates      Rates
	source     string // where an own price is from; "" for the table
}

// file is the data as prices.json has it.
type file struct {
	Package    string         `json:"package"`
	Version    string         `json:"version"`
	Published  string         `json:"published"`
	License    string         `json:"license"`
	NotCovered []string       `json:"not_covered"`
	Providers  []fileProvider `json:"providers"`
}

type fileProvider struct {
	ID        string      `json:"id"`
	Match     *fileMatch  `json:"provider_match"`
	Models    *fileMatch  `json:"model_match"`
	Fallbacks []string    `json:"fallback_model_providers"`
	List      []fileModel `json:"models"`
}

type fileModel struct {
	ID     string      `json:"id"`
	Match  fileMatch   `json:"match"`
	Prices []filePrice `json:"prices"`
}

type filePrice struct {
	From  string `json:"start_date"`
	Start string `json:"start_time"`
	End   string `json:"end_time"`
	// Prices by unit. Unpriced says that there are some, and none for tokens.
	Prices   map[string]fileRate `json:"prices"`
	Unpriced bool                `json:"unpriced"`
}

// fileRate is a number, or {"base": …, "tiers": [{"start": …, "price": …}]}.
type fileRate struct{ rate }

func (r *fileRate) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] != '{' {
		return json.Unmarshal(b, &r.base)
	}
	var tiered struct {
		Base  float64
		Tiers []struct {
			Start int64
			Price float64
		}
	}
	if err := json.Unmarshal(b, &tiered); err != nil {
		return err
	}
	r.base = tiered.Base
	for _, t := range tiered.Tiers {
		r.tiers = append(r.tiers, tier{t.Start, t.Price})
	}
	return nil
}

// Builtin gives the table that this program was built with.
func Builtin() *Table { return builtin() }

var builtin = sync.OnceValue(func() *Table {
	t, err := read(embedded)
	if err != nil {
		panic("price: prices.json: " + err.Error()) // a test reads it
	}
	return t
})

// read reads the data.
func read(data []byte) (*Table, error) {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, err
	}
	t := &Table{
		Package: f.Package, Version: f.Version, Published: f.Published, License: f.License, notCovered: f.NotCovered,
		byID: map[string]*provider{}, found: newMemory(),
	}
	for _, fp := range f.Providers {
		p, err := fp.read()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", fp.ID, err)
		}
		t.providers, t.byID[p.id] = append(t.providers, p), p
	}
	for i, fp := range f.Providers {
		for _, id := range fp.Fallbacks {
			if t.byID[id] == nil {
				return nil, fmt.Errorf("%s: no provider %s to fall back to", fp.ID, id)
			}
			t.providers[i].others = append(t.providers[i].others, t.byID[id])
		}
	}
	return t, nil
}

func (f *fileProvider) read() (p *provider, err error) {
	p = &provider{id: f.ID}
	if p.match, err = f.Match.compile(); err != nil {
		return nil, err
	}
	if p.models, err = f.Models.compile(); err != nil {
		return nil, err
	}
	for _, fm := range f.List {
		m, err := fm.read()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", fm.ID, err)
		}
		p.list = append(p.list, m)
	}
	return p, nil
}

func (f *fileModel) read() (m *model, err error) {
	m = &model{id: f.ID}
	if m.match, err = f.Match.compile(); err != nil {
		return nil, err
	}
	for _, fp := range f.Prices {
		d := dated{from: fp.From, rates: Rates{unpriced: fp.Unpriced}}
		if fp.Start != "" {
			if d.start, d.end, err = hours(fp.Start, fp.End); err != nil {
				return nil, err
			}
			d.hours = true
		}
		for unit, r := range fp.Prices {
			at := d.rates.of(unit)
			if at == nil {
				return nil, fmt.Errorf("no unit %s", unit)
			}
			*at = new(r.rate)
		}
		m.prices = append(m.prices, d)
	}
	if len(m.prices) == 0 {
		return nil, errors.New("no prices")
	}
	m.close()
	return m, nil
}

// close says until when a price held that has no beginning.
func (m *model) close() {
	for i := range m.prices {
		if d := &m.prices[i]; d.from == "" && !d.hours {
			for _, later := range m.prices[i+1:] {
				if later.from != "" && (d.until == "" || later.from < d.until) {
					d.until = later.from
				}
			}
		}
	}
}

// hours reads the hours of a day: 00:30:00Z and 16:30:00Z.
func hours(start, end string) (from, to time.Duration, err error) {
	if from, err = timeOfDay(start); err != nil {
		return 0, 0, err
	}
	to, err = timeOfDay(end)
	return from, to, err
}

var clock = regexp.MustCompile(`^([01]\d|2[0-3]):([0-5]\d)(:[0-5]\d)?Z$`)

// timeOfDay reads a time of day in UTC.
func timeOfDay(s string) (time.Duration, error) {
	if !clock.MatchString(s) {
		return 0, fmt.Errorf("%q is not a time of day in UTC, such as 16:30Z", s)
	}
	layout := "15:04Z"
	if len(s) > len(layout) {
		layout = "15:04:05Z"
	}
	t, err := time.Parse(layout, s)
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second, err
}

// Name says which prices these are: genai-prices 0.1.8 of 2026-09-23, and the
// file of own ones.
func (t *Table) Name() string {
	name := tablePrices + t.Version + " of " + t.Published
	if t.own != nil {
		name += " and " + ownPrices + t.own.name
	}
	return name
}
