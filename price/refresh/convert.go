package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/daybook-audit/daybook/price"
)

// mostBytes bounds what an archive may unpack to.
const mostBytes = 64 << 20

// unpack gives the files of a tar.gz.
func unpack(archive []byte) (map[string][]byte, error) {
	plain, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for in := tar.NewReader(io.LimitReader(plain, mostBytes)); ; {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if files[header.Name], err = io.ReadAll(in); err != nil {
			return nil, err
		}
	}
}

// kept are the members of a provider that are taken over beside its models.
var kept = []string{"id", "name", "pricing_urls", "provider_match", "model_match", "fallback_model_providers"}

// convert makes the data file: what names mean and what tokens cost, a model a
// line, so that a change of a price is a change of a line.
func convert(providers []any, r *release) ([]byte, error) {
	published, err := time.Parse(time.RFC3339, r.Time[r.Version])
	if err != nil {
		return nil, fmt.Errorf("when %s was published: %w", r.Version, err)
	}
	other := map[string]bool{}
	var body bytes.Buffer
	for i, p := range providers {
		provider, ok := p.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("provider %d is no object", i)
		}
		if i > 0 {
			body.WriteString(",\n")
		}
		if err := convertProvider(&body, provider, other); err != nil {
			return nil, fmt.Errorf("%v: %w", provider["id"], err)
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\"package\": %q, \"version\": %q, \"published\": %q, \"license\": %q,\n", packageName, r.Version, published.UTC().Format(time.DateOnly), r.License)
	fmt.Fprintf(&b, "\"archive\": %q, \"integrity\": %q,\n\"not_covered\": %s,\n", r.Dist.Tarball, r.Dist.Integrity, compact(slices.Sorted(maps.Keys(other))))
	fmt.Fprintf(&b, "\"providers\": [\n%s\n]}\n", body.Bytes())
	return b.Bytes(), nil
}

func convertProvider(b *bytes.Buffer, provider map[string]any, other map[string]bool) error {
	b.WriteByte('{')
	for _, name := range kept {
		if v, ok := provider[name]; ok {
			fmt.Fprintf(b, "%q: %s, ", name, compact(v))
		}
	}
	b.WriteString("\"models\": [")
	models, ok := provider["models"].([]any)
	if !ok {
		return errors.New("it has no list of models")
	}
	for i, m := range models {
		model, ok := m.(map[string]any)
		if !ok {
			return fmt.Errorf("model %d is no object", i)
		}
		prices, err := convertPrices(model["prices"], other)
		if err != nil {
			return fmt.Errorf("%v: %w", model["id"], err)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, "\n {\"id\": %s, \"match\": %s, \"prices\": %s}", compact(model["id"]), compact(model["match"]), compact(prices))
	}
	b.WriteString("]}")
	return nil
}

// converted is a price as the data file has it.
type converted struct {
	From     string         `json:"start_date,omitempty"`
	Start    string         `json:"start_time,omitempty"`
	End      string         `json:"end_time,omitempty"`
	Prices   map[string]any `json:"prices,omitempty"`
	Unpriced bool           `json:"unpriced,omitempty"`
}

// convertPrices makes a list of what is one price or a list of such with
// constraints. The units that are left out are noted.
func convertPrices(prices any, other map[string]bool) ([]converted, error) {
	if one, ok := prices.(map[string]any); ok {
		prices = []any{map[string]any{"prices": one}}
	}
	list, ok := prices.([]any)
	if !ok {
		return nil, errors.New("it has no prices")
	}
	var all []converted
	for _, p := range list {
		conditional, _ := p.(map[string]any)
		units, ok := conditional["prices"].(map[string]any)
		if !ok {
			return nil, errors.New("a price has no units")
		}
		var c converted
		if err := c.constrain(conditional["constraint"]); err != nil {
			return nil, err
		}
		for unit, rate := range units {
			if !slices.Contains(price.Units(), unit) {
				other[unit] = true
				continue
			}
			if c.Prices == nil {
				c.Prices = map[string]any{}
			}
			c.Prices[unit] = rate
		}
		c.Unpriced = c.Prices == nil && len(units) > 0
		all = append(all, c)
	}
	return all, nil
}

func (c *converted) constrain(constraint any) error {
	if constraint == nil {
		return nil
	}
	of, _ := constraint.(map[string]any)
	text := func(name string) string {
		s, _ := of[name].(string)
		return s
	}
	switch c.From, c.Start, c.End = text("start_date"), text("start_time"), text("end_time"); text("type") {
	case "start_date":
		_, err := time.Parse(time.DateOnly, c.From)
		return err
	case "time_of_date":
		if c.Start != "" && c.End != "" {
			return nil
		}
	}
	return fmt.Errorf("a constraint of an unknown form: %v", constraint)
}

// compact writes a value on one line.
func compact(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // it was read from text
	}
	return string(bytes.TrimSpace(b.Bytes()))
}
