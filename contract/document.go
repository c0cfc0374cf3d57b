// Package contract holds HTTP traffic against an OpenAPI 3.1 document: every
// request that was taken and every answer, whoever made them. It is for tests;
// it knows no Record, only what the document says.
package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

type object = map[string]any

// A Document is an OpenAPI document, ready to hold traffic against, and what
// has been seen of it.
type Document struct {
	// AnyBody leaves the bodies of requests alone, for handlers before fakes that
	// take anything.
	AnyBody bool

	root       object
	operations []*Operation
	schemas    map[string]*jsonschema.Schema // by pointer

	mu   sync.Mutex
	seen map[string]int // "id status"
}

// An Operation is one call of the document.
type Operation struct {
	ID, Method, Path string

	pattern    *regexp.Regexp
	variables  int
	pointer    string // into the document
	object     object
	parameters []object
}

// documentURL names the document for the schemas' references.
const documentURL = "http://contract.test/openapi.json"

// Load reads a document and compiles all of its schemas. Objects of which the
// document does not say whether they have other members than those it names
// are taken to have none, so that a member nobody described is found; and
// formats are asserted.
func Load(text []byte) (*Document, error) {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	root, ok := value.(object)
	if !ok {
		return nil, fmt.Errorf("contract: the document is no object")
	}
	closeObjects(root)
	d := &Document{root: root, schemas: map[string]*jsonschema.Schema{}, seen: map[string]int{}}
	if err := d.compile(); err != nil {
		return nil, err
	}
	if err := d.index(); err != nil {
		return nil, err
	}
	return d, nil
}

// closeObjects closes the objects that do not say whether they are open.
func closeObjects(value any) {
	switch v := value.(type) {
	case object:
		_, isSchema := v["properties"]
		_, says := v["additionalProperties"]
		if isSchema && v["type"] == "object" && !says {
			v["additionalProperties"] = false
		}
		for _, member := range v {
			closeObjects(member)
		}
	case []any:
		for _, member := range v {
			closeObjects(member)
		}
	}
}

// compile compiles every schema of the document, those in use and those not.
func (d *Document) compile() error {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource(documentURL, d.root); err != nil {
		return fmt.Errorf("contract: %w", err)
	}
	for _, pointer := range schemasIn(d.root, "") {
		s, err := c.Compile(documentURL + "#" + url.PathEscape(pointer))
		if err != nil {
			return fmt.Errorf("contract: the schema at %s: %w", pointer, err)
		}
		d.schemas[pointer] = s
	}
	return nil
}

// schemasIn gives the pointers of the document's schemas, but for those inside
// others.
func schemasIn(value any, pointer string) []string {
	var found []string
	switch v := value.(type) {
	case object:
		for name, member := range v {
			at := pointer + "/" + escape(name)
			switch {
			case name == "schema" || name == "x-item-schema" || pointer == "/components/schemas":
				found = append(found, at)
			case name == "example" || name == "examples":
			default:
				found = append(found, schemasIn(member, at)...)
			}
		}
	case []any:
		for i, member := range v {
			found = append(found, schemasIn(member, pointer+"/"+strconv.Itoa(i))...)
		}
	}
	return found
}

func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// resolve follows the reference of a component that is no schema.
func (d *Document) resolve(value any, pointer string) (object, string) {
	o, _ := value.(object)
	ref, _ := o["$ref"].(string)
	if ref == "" {
		return o, pointer
	}
	at := any(d.root)
	for _, name := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		within, _ := at.(object)
		at = within[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)]
	}
	o, _ = at.(object)
	return o, strings.TrimPrefix(ref, "#")
}

func (d *Document) index() error {
	paths, _ := d.root["paths"].(object)
	ids := map[string]bool{}
	for path, value := range paths {
		methods, _ := value.(object)
		for method, described := range methods {
			pointer := "/paths/" + escape(path) + "/" + method
			o := &Operation{Method: strings.ToUpper(method), Path: path, pointer: pointer}
			o.object, _ = described.(object)
			o.ID, _ = o.object["operationId"].(string)
			if o.ID == "" || ids[o.ID] {
				return fmt.Errorf("contract: %s %s has no operationId of its own: %q", o.Method, path, o.ID)
			}
			ids[o.ID] = true
			list, _ := o.object["parameters"].([]any)
			for _, p := range list {
				resolved, _ := d.resolve(p, "")
				o.parameters = append(o.parameters, resolved)
			}
			o.compile()
			d.operations = append(d.operations, o)
		}
	}
	// What is said of a path as it is comes before what is said of many.
	sort.Slice(d.operations, func(i, j int) bool {
		a, b := d.operations[i], d.operations[j]
		if a.variables != b.variables {
			return a.variables < b.variables
		}
		return a.ID < b.ID
	})
	return nil
}

var variable = regexp.MustCompile(`\\\{[^}]*\\\}`)

func (o *Operation) compile() {
	o.variables = strings.Count(o.Path, "{")
	o.pattern = regexp.MustCompile("^" + variable.ReplaceAllStringFunc(regexp.QuoteMeta(o.Path), func(name string) string {
		for _, p := range o.parameters {
			if p["in"] == "path" && p["name"] == strings.Trim(name, `\{}`) && p["x-multi-segment"] == true {
				return "(.+)"
			}
		}
		return "([^/]+)"
	}) + "$")
}

// Find gives the operation of a call, or nil.
func (d *Document) Find(method string, path string) *Operation {
	if method == "HEAD" {
		method = "GET"
	}
	for _, o := range d.operations {
		if o.Method == method && o.pattern.MatchString(path) {
			return o
		}
	}
	return nil
}

// Operations lists the calls of the document, by id.
func (d *Document) Operations() []*Operation {
	return slices.SortedFunc(slices.Values(d.operations), func(a, b *Operation) int { return strings.Compare(a.ID, b.ID) })
}

// Statuses lists the statuses that the document has for a call.
func (o *Operation) Statuses() []string {
	var all []string
	answers, _ := o.object["responses"].(object)
	for status := range answers {
		all = append(all, status)
	}
	slices.Sort(all)
	return all
}

// Roles lists who may make a call; nil for anybody.
func (o *Operation) Roles() []string {
	var roles []string
	list, _ := o.object["x-roles"].([]any)
	for _, role := range list {
		roles = append(roles, fmt.Sprint(role))
	}
	return roles
}

// Unseen lists what has not been seen, as "id status".
func (d *Document) Unseen() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var unseen []string
	for _, o := range d.Operations() {
		for _, status := range o.Statuses() {
			if d.seen[o.ID+" "+status] == 0 {
				unseen = append(unseen, o.ID+" "+status)
			}
		}
	}
	return unseen
}

func (d *Document) saw(o *Operation, status int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen[o.ID+" "+strconv.Itoa(status)]++
}

// fits holds a value against the schema at a pointer.
func (d *Document) fits(pointer string, value any) error {
	s, ok := d.schemas[pointer]
	if !ok {
		return fmt.Errorf("there is no schema at %s", pointer)
	}
	return s.Validate(value)
}

// fitsText holds JSON text against the schema at a pointer.
func (d *Document) fitsText(pointer string, text []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return d.fits(pointer, value)
}

// marshal is for values that were JSON.
func marshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
