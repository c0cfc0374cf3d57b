package price

import (
	"regexp"
	"strings"
	"time"
	"unicode"
)

// Name is what a call says of its model: who served it, what was asked for,
// and what answered. Any may be "".
type Name struct{ Provider, Model, Version string }

// Price is what a model cost at a time.
type Price struct {
	Rates
	// Source says where it is from and since when it holds:
	// genai-prices 0.1.8: anthropic/claude-opus-4-6 from 2026-03-13.
	Source string
	// Provider and Model are what the table calls them.
	Provider, Model string
}

// Sold says that the model is sold by tokens. Others, such as those for speech,
// have prices that cannot be computed from tokens.
func (p *Price) Sold() bool { return !p.unpriced }

// At gives the price that held for a model at a time, and false where the table
// does not have it, or where it could be one of several.
func (t *Table) At(n Name, at time.Time) (Price, bool) {
	at = at.UTC()
	f := t.found.get(n, t.find)
	for _, m := range f.own {
		if d, ok := m.at(at); ok {
			return t.own.price(m, d), true
		}
	}
	if f.model == nil {
		return Price{}, false
	}
	d := f.model.at(at)
	p := Price{Rates: d.rates, Provider: f.provider.id, Model: f.model.id}
	p.Source = tablePrices + t.Version + ": " + p.Provider + "/" + p.Model + " " + d.since(t.Published)
	return p, true
}

// at gives the last price in the list that holds, else the first.
func (m *model) at(t time.Time) *dated {
	for i := len(m.prices) - 1; i > 0; i-- {
		if m.prices[i].holds(t) {
			return &m.prices[i]
		}
	}
	return &m.prices[0]
}

func (d *dated) holds(t time.Time) bool {
	if d.from != "" && t.Format(time.DateOnly) < d.from {
		return false
	}
	if !d.hours {
		return true
	}
	of := t.Sub(t.Truncate(24 * time.Hour))
	if d.end < d.start {
		return of >= d.start || of < d.end
	}
	return of >= d.start && of < d.end
}

// since says when a price holds.
func (d *dated) since(published string) string {
	switch {
	case d.hours:
		day := func(d time.Duration) string { return time.Time{}.Add(d).Format("15:04") }
		of := "from " + day(d.start) + " to " + day(d.end) + " UTC"
		if d.from != "" {
			of = "from " + d.from + ", " + of
		}
		return of
	case d.from != "":
		return "from " + d.from
	case d.until != "":
		return "before " + d.until
	}
	return "as of " + published
}

// find looks a name up. What answered goes before what was asked for.
func (t *Table) find(n Name) (f found) {
	f = t.findIn(n)
	f.own = t.own.of(n, f)
	return f
}

func (t *Table) findIn(n Name) found {
	provider := plainName(n.Provider)
	for _, name := range n.candidates() {
		if f := t.findModel(provider, name); f.model != nil {
			return f
		}
		if written := strings.Join(strings.Fields(name), "-"); written != name { // Claude Sonnet 4.5
			if f := t.findModel(provider, written); f.model != nil {
				return f
			}
		}
	}
	return found{}
}

// candidates are the names that the model may go by: its exact version, which
// may be told whole or as what comes behind the name, then its name.
func (n Name) candidates() (list []string) {
	model, version := bare(n.Model), bare(n.Version)
	switch {
	case version == "" || version == model:
	case unicode.IsLetter(rune(version[0])) && (model == "" || strings.Contains(version, "-")):
		list = append(list, version)
	case model != "":
		list = append(list, model+"-"+version)
	}
	if model != "" {
		list = append(list, model)
	}
	return list
}

// plainName gives a name as names are compared: in lower case, without spaces
// around it.
func plainName(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// bare gives a name as the rules want it: in lower case, and without the path
// of a resource (arn:aws:bedrock:…/anthropic.claude-…, publishers/google/models/…).
func bare(name string) string {
	name = plainName(name)
	if strings.HasPrefix(name, "arn:") {
		return name[strings.LastIndexByte(name, '/')+1:]
	}
	if i := strings.LastIndex("/"+name, "/models/"); i >= 0 {
		if i == 0 || strings.Contains(name[:i], "publishers/") {
			return name[i+len("models/"):]
		}
	}
	return name
}

// findModel looks up one name of a model.
func (t *Table) findModel(providerName, name string) found {
	if providerName == "litellm" {
		providerName = ""
	}
	if providerName != "" {
		p := t.provider(providerName)
		if p == nil {
			return found{}
		}
		if f := p.find(name); f.model != nil {
			return f
		}
		if of, rest, ok := cutProvider(name); ok && t.provider(of) == p {
			return p.find(rest)
		}
		return found{}
	}
	if bedrock.MatchString(name) {
		if f := t.byID["aws"].find(name); f.model != nil {
			return f
		}
	}
	if of, rest, ok := cutProvider(name); ok {
		if p := t.provider(of); p != nil {
			if f := p.find(rest); f.model != nil {
				return f
			}
		}
	}
	for _, p := range t.providers {
		if p.models.matches(name) {
			if f := p.find(name); f.model != nil {
				return f
			}
			break
		}
	}
	return t.only(name)
}

// bedrock fits the names that Amazon Bedrock gives models, of whose maker they
// begin with, behind a region or not: us.anthropic.claude-….
var bedrock = regexp.MustCompile(`^(?:[a-z-]+\.)?(?:ai21|amazon|anthropic|cohere|deepseek|meta|mistral|openai|qwen|writer)\.[a-z]`)

// cutProvider parts provider/model and provider:model.
func cutProvider(name string) (of, rest string, ok bool) {
	i := strings.IndexAny(name, "/:")
	if i <= 0 || i == len(name)-1 {
		return "", "", false
	}
	return name[:i], name[i+1:], true
}

// only finds the one provider that has a model of a name, as it is written.
func (t *Table) only(name string) (f found) {
	for _, p := range t.providers {
		own := p.own(name)
		if own == nil {
			continue
		}
		if f.model != nil {
			return found{}
		}
		f = found{provider: p, model: own}
	}
	return f
}

// provider finds the provider that a name means: by id, by the data's rules,
// then by its letters alone, so that x_ai and fireworks_ai are found too.
func (t *Table) provider(name string) *provider {
	if p := t.byID[name]; p != nil {
		return p
	}
	for _, p := range t.providers {
		if p.match.matches(name) {
			return p
		}
	}
	plain := letters(name)
	for _, p := range t.providers {
		if id := letters(p.id); plain == id || plain == id+"ai" || strings.HasPrefix(plain, "azure") && id == "azure" {
			return p
		}
	}
	return nil
}

// letters leaves letters and digits.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, name)
}

// find finds a model of the provider, or of those whose models it serves too.
// Where a name ends with a day in digits, the day may also be written apart.
func (p *provider) find(name string) found {
	if p == nil {
		return found{}
	}
	if f := p.findAs(name); f.model != nil {
		return f
	}
	if apart := compactDay.ReplaceAllStringFunc(name, partDay); apart != name {
		return p.findAs(apart)
	}
	return found{}
}

func (p *provider) findAs(name string) found {
	if m := p.own(name); m != nil {
		return found{provider: p, model: m}
	}
	for _, other := range p.others {
		if f := other.findAs(name); f.model != nil {
			return f
		}
	}
	return found{}
}

// own finds the provider's own model of a name.
func (p *provider) own(name string) *model {
	for _, m := range p.list {
		if m.match.matches(name) {
			return m
		}
	}
	return nil
}

// compactDay is a day such as 20250929 within a name.
var compactDay = regexp.MustCompile(`-20\d{6}\b`)

func partDay(s string) string {
	day, err := time.Parse("-20060102", s)
	if err != nil {
		return s
	}
	return day.Format("-" + time.DateOnly)
}
