package contract

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// An Example is a request as the document shows it.
type Example struct {
	Name  string // of the body's example, "" for the only one
	Media string // of the body, "" for none
	Path  string // with the query
	Body  []byte
}

// Examples gives the requests that the document shows of a call: one for each
// example of a body, or one without.
func (d *Document) Examples(o *Operation) []Example {
	path := d.examplePath(o)
	body, _ := o.object["requestBody"].(object)
	content, _ := body["content"].(object)
	if content == nil {
		return []Example{{Path: path}}
	}
	var all []Example
	for _, media := range slices.Sorted(maps.Keys(content)) {
		described, _ := content[media].(object)
		if value, ok := described["example"]; ok {
			all = append(all, Example{Media: media, Path: path, Body: bodyOf(value)})
		}
		named, _ := described["examples"].(object)
		for _, name := range slices.Sorted(maps.Keys(named)) {
			example, _ := named[name].(object)
			all = append(all, Example{Name: name, Media: media, Path: path, Body: bodyOf(example["value"])})
		}
	}
	return all
}

func bodyOf(value any) []byte {
	if text, ok := value.(string); ok {
		return []byte(text)
	}
	return marshal(value)
}

// examplePath fills the path and the query with the parameters' examples.
func (d *Document) examplePath(o *Operation) string {
	path, query := o.Path, url.Values{}
	for _, p := range o.parameters {
		example, ok := p["example"]
		if !ok {
			continue
		}
		name, text := fmt.Sprint(p["name"]), fmt.Sprint(example)
		switch p["in"] {
		case "path":
			if p["x-multi-segment"] != true {
				text = url.PathEscape(text)
			}
			path = strings.ReplaceAll(path, "{"+name+"}", text)
		case "query":
			query.Set(name, text)
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

// CheckExamples says which examples of requests the document's own schemas
// refuse, and which calls have too few examples to be made.
func (d *Document) CheckExamples() []error {
	var found []error
	for _, o := range d.Operations() {
		for _, e := range d.Examples(o) {
			r, err := http.NewRequestWithContext(context.Background(), o.Method, "http://contract.test"+e.Path, bytes.NewReader(e.Body))
			if err == nil {
				r.Header.Set("Content-Type", e.Media)
				err = d.checkRequest(o, Exchange{Request: r, RequestBody: e.Body})
			}
			if err != nil {
				found = append(found, fmt.Errorf("contract: an example of %s: %w", o.ID, err))
			}
		}
	}
	return found
}
