package contract

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// An Exchange is a request and its answer, bodies as they were sent.
type Exchange struct {
	Request      *http.Request
	RequestBody  []byte
	Status       int
	Header       http.Header
	ResponseBody []byte
}

// Check says what about an exchange the document does not have: the answer in
// any case, the request where it was taken. What the document does not have at
// all must have been refused.
func (d *Document) Check(e Exchange) error {
	o := d.Find(e.Request.Method, e.Request.URL.EscapedPath())
	err := d.check(o, e)
	if err == nil {
		return nil
	}
	name := "undescribed"
	if o != nil {
		name = o.ID
	}
	return fmt.Errorf("contract: %s %s (%s), %d: %w", e.Request.Method, e.Request.URL.RequestURI(), name, e.Status, err)
}

func (d *Document) check(o *Operation, e Exchange) error {
	body, err := plain(e.Header, e.ResponseBody)
	if err != nil {
		return err
	}
	if o == nil {
		if e.Status < 400 || e.Status > 499 {
			return errors.New("the call is not described, and was not refused")
		}
		if e.Request.Method == http.MethodHead {
			return nil
		}
		return d.fitsText("/components/schemas/Problem", body)
	}
	answers, _ := o.object["responses"].(object)
	status := strconv.Itoa(e.Status)
	answer, at := d.resolve(answers[status], o.pointer+"/responses/"+status)
	if answer == nil {
		return fmt.Errorf("the status is not described: %.300s", body)
	}
	d.saw(o, e.Status)
	if err := checkHeaders(d, answer, e.Header); err != nil {
		return err
	}
	if e.Request.Method != http.MethodHead {
		if err := d.checkContent(answer, at, e.Header.Get("Content-Type"), body); err != nil {
			return fmt.Errorf("the answer: %w\n%.1000s", err, body)
		}
	}
	if e.Status >= 400 {
		return nil
	}
	return d.checkRequest(o, e)
}

func plain(h http.Header, body []byte) ([]byte, error) {
	if !strings.HasSuffix(strings.ToLower(h.Get("Content-Encoding")), "gzip") {
		return body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func checkHeaders(d *Document, answer object, given http.Header) error {
	headers, _ := answer["headers"].(object)
	for name, value := range headers {
		header, _ := d.resolve(value, "")
		if header["required"] == true && given.Get(name) == "" {
			return fmt.Errorf("the answer has no %s", name)
		}
	}
	return nil
}

// checkContent holds a body against what is described of its media type.
func (d *Document) checkContent(of object, at, media string, body []byte) error {
	content, _ := of["content"].(object)
	if content == nil {
		if len(body) > 0 {
			return errors.New("there is a body, and none is described")
		}
		return nil
	}
	media, _, _ = mime.ParseMediaType(media)
	described, ok := content[media].(object)
	if !ok {
		return fmt.Errorf("the content type %q is not described", media)
	}
	at += "/content/" + escape(media)
	if _, ok := described["x-item-schema"]; ok {
		return d.checkItems(at+"/x-item-schema", body)
	}
	if strings.HasSuffix(media, "json") {
		return d.checkJSON(at+"/schema", body)
	}
	return d.fits(at+"/schema", string(body))
}

func (d *Document) checkItems(pointer string, body []byte) error {
	for item, err := range items(body) {
		if err == nil {
			err = d.fitsText(pointer, item)
		}
		if err != nil {
			return fmt.Errorf("%w\nin %.300s", err, item)
		}
	}
	return nil
}

// checkJSON holds a body against a schema: whole, or each value of it, because
// lines are taken as JSON, too.
func (d *Document) checkJSON(pointer string, body []byte) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return errors.New("there is no body")
	}
	for item, err := range items(body) {
		if err == nil {
			err = d.fitsText(pointer, item)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// items gives the values that stand in a text one after the other.
func items(text []byte) func(func([]byte, error) bool) {
	return func(yield func([]byte, error) bool) {
		decoder := json.NewDecoder(bytes.NewReader(text))
		for {
			var raw json.RawMessage
			err := decoder.Decode(&raw)
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(raw, err) || err != nil {
				return
			}
		}
	}
}

func (d *Document) checkRequest(o *Operation, e Exchange) error {
	if err := d.checkParameters(o, e.Request); err != nil {
		return err
	}
	if d.AnyBody || e.Request.Method == http.MethodGet || e.Request.Method == http.MethodHead {
		return nil
	}
	body, err := plain(e.Request.Header, e.RequestBody)
	if err != nil {
		return err
	}
	described, _ := o.object["requestBody"].(object)
	if len(bytes.TrimSpace(body)) == 0 && described["required"] != true {
		return nil
	}
	media := e.Request.Header.Get("Content-Type")
	if media == "" {
		media = "application/json"
	}
	if strings.Contains(e.Request.URL.RawQuery, "on_invalid=skip") {
		return nil // part of it may have been refused
	}
	if err := d.checkContent(described, o.pointer+"/requestBody", media, body); err != nil {
		return fmt.Errorf("the request was taken, but: %w\n%.1000s", err, body)
	}
	return nil
}

func (d *Document) checkParameters(o *Operation, r *http.Request) error {
	given := map[string][]string{}
	for name, values := range r.URL.Query() {
		given["query "+name] = values
	}
	found := o.pattern.FindStringSubmatch(r.URL.EscapedPath())
	for i, name := range names(o.Path) {
		text, err := url.PathUnescape(found[i+1])
		if err != nil {
			return err
		}
		given["path "+name] = []string{text}
	}
	list, _ := o.object["parameters"].([]any)
	for i, p := range list {
		parameter, at := d.resolve(p, o.pointer+"/parameters/"+strconv.Itoa(i))
		key := fmt.Sprint(parameter["in"], " ", parameter["name"])
		values, ok := given[key]
		if parameter["in"] == "header" {
			values = r.Header.Values(fmt.Sprint(parameter["name"]))
			ok = len(values) > 0
		}
		delete(given, key)
		if !ok {
			if parameter["required"] == true {
				return fmt.Errorf("the request was taken without %s", key)
			}
			continue
		}
		if err := d.checkValues(at+"/schema", parameter, values); err != nil {
			return fmt.Errorf("the request was taken with %s=%q, but: %w", key, values, err)
		}
	}
	for name := range given {
		return fmt.Errorf("the request was taken with %s, which is not described", name)
	}
	return nil
}

// names gives the variables of a path.
func names(path string) []string {
	var all []string
	for _, part := range strings.Split(path, "{")[1:] {
		name, _, _ := strings.Cut(part, "}")
		all = append(all, name)
	}
	return all
}

// checkValues reads texts as the schema of a parameter has them.
func (d *Document) checkValues(pointer string, parameter object, values []string) error {
	schema, _ := parameter["schema"].(object)
	if schema["type"] == "array" {
		element, _ := schema["items"].(object)
		list := []any{}
		for _, text := range values {
			list = append(list, typed(element, text))
		}
		return d.fitsText(pointer, marshal(list))
	}
	if len(values) != 1 {
		return errors.New("it was given twice")
	}
	return d.fitsText(pointer, marshal(typed(schema, values[0])))
}

// typed reads a text as a number or a truth where the schema wants one.
func typed(schema object, text string) any {
	wants, _ := schema["type"].(string)
	if slices.Contains([]string{"integer", "number", "boolean"}, wants) && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
}
