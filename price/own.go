package price

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Own are prices of one's own, which go before the table's.
type Own struct {
	name   string // of the file
	models []*ownModel
}

// ownModel is a model of some provider, or of any, and what it costs. Its
// prices stand in the order in which they begin.
type ownModel struct {
	provider, model string // in lower case; a provider of "" is any, a model may end in *
	prices          []dated
}

// Len says how many prices there are.
func (o *Own) Len() (n int) {
	if o == nil {
		return 0
	}
	for _, m := range o.models {
		n += len(m.prices)
	}
	return n
}

// With gives the table with prices of one's own before it; nil for none.
func (t *Table) With(own *Own) *Table {
	with := *t
	with.own, with.found = own, newMemory()
	return &with
}

// of gives the own models that a name means, the one that says it most exactly
// first: by its whole name before by how it begins, of this provider before of
// any.
func (o *Own) of(n Name, f found) (list []*ownModel) {
	if o == nil {
		return nil
	}
	providers, names := n.called(f)
	for _, m := range o.models {
		if (m.provider == "" || slices.Contains(providers, m.provider)) && slices.ContainsFunc(names, m.means) {
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(a, b *ownModel) int {
		return cmp.Or(
			cmp.Compare(a.vague(), b.vague()),
			cmp.Compare(len(b.model), len(a.model)),
			cmp.Compare(len(b.provider), len(a.provider)),
		)
	})
	return list
}

// called gives what the provider and the model of a name are called: as it is
// written, without a provider before the model, and as the table has it.
func (n Name) called(f found) (providers, names []string) {
	providers = append(providers, plainName(n.Provider))
	for _, name := range n.candidates() {
		names = append(names, name)
		if of, rest, ok := cutProvider(name); ok {
			names = append(names, rest)
			if n.Provider == "" {
				providers = append(providers, of)
			}
		}
	}
	if f.model != nil {
		providers, names = append(providers, f.provider.id), append(names, strings.ToLower(f.model.id))
	}
	return providers, names
}

func (m *ownModel) means(name string) bool {
	if begin, ok := strings.CutSuffix(m.model, "*"); ok {
		return strings.HasPrefix(name, begin)
	}
	return name == m.model
}

// vague orders whole names before beginnings.
func (m *ownModel) vague() int {
	if strings.HasSuffix(m.model, "*") {
		return 1
	}
	return 0
}

// at gives the price that holds, and false where none has begun.
func (m *ownModel) at(t time.Time) (*dated, bool) {
	for i := len(m.prices) - 1; i >= 0; i-- {
		if m.prices[i].holds(t) {
			return &m.prices[i], true
		}
	}
	return nil, false
}

// price makes the answer.
func (o *Own) price(m *ownModel, d *dated) Price {
	p := Price{Rates: d.rates, Provider: m.provider, Model: m.model}
	p.Source = ownPrices + o.name + ": " + strings.TrimPrefix(p.Provider+"/"+p.Model, "/")
	if d.from != "" || d.hours {
		p.Source += " " + d.since("")
	}
	if d.source != "" {
		p.Source += " (" + d.source + ")"
	}
	return p
}

// The beginnings of what stands for the source of a price.
const (
	tablePrices = "genai-prices "
	ownPrices   = "own prices "
)

// IsSource says that a text is a source of this package: the price was
// computed, not given.
func IsSource(text string) bool {
	return strings.HasPrefix(text, tablePrices) || strings.HasPrefix(text, ownPrices)
}
