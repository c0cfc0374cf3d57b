package httpd

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/daybook-audit/daybook"
)

// object is an object of the OpenAPI document.
type object = map[string]any

// OpenAPI gives the description of every call in OpenAPI 3.1, as JSON. It is
// made of the table of routes, the other doors and the catalog of kinds, and
// differs between servers by these doors and the program's version alone.
func OpenAPI(version string, doors ...Door) []byte {
	if version == "" {
		version = "unknown"
	}
	text, err := daybook.IndentJSON(object{
		"openapi":           "3.1.0",
		"jsonSchemaDialect": daybook.SchemaDialect,
		"info": object{
			"title": "Daybook", "version": version, "summary": "The book of original entry for AI agents.",
			"description": about, "license": object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers":    []any{object{"url": "/", "description": "the server that gives this document"}},
		"tags":       tags(),
		"paths":      paths(doors),
		"components": components(),
	})
	if err != nil {
		panic(err) // the document is made of maps, lists, texts and numbers
	}
	return text
}

const about = "One append-only, tamper-evident ledger of what agents thought, decided, did and spent, and of what they did to data.\n\n" +
	"Entries are never changed or deleted: a record begins a subject, an amendment fills its lifecycle fields. " +
	"Every error is a problem of RFC 9457 that says what to do next. Every read is entered into the log of reads before its answer leaves. " +
	"Bodies may be sent with gzip, and long answers come with gzip to those who accept it. " +
	"Parameters that a call does not have are refused."

func tags() []any {
	all := []any{
		object{"name": "entries", "description": "Records and entries of any kind."},
		object{"name": "questions", "description": "What happened, and where data comes from."},
		object{"name": "proofs", "description": "For those who trust nobody."},
		object{"name": "agents", "description": "Other protocols, which agents and their tools speak."},
		object{"name": "server", "description": "The server itself."},
	}
	for _, k := range daybook.Kinds() {
		all = append(all, object{"name": k.Name, "description": k.Doc()})
	}
	return all
}

// paths gives every call of every route, and of the other doors.
func paths(doors []Door) object {
	all := object{}
	add := func(path, method string, o object) {
		methods, ok := all[path].(object)
		if !ok {
			methods = object{}
			all[path] = methods
		}
		methods[strings.ToLower(method)] = o
	}
	for _, r := range routes() {
		for _, c := range callsOf(r) {
			add(c.path, r.Method, c.object(r))
		}
	}
	for _, d := range doors {
		add(d.Pattern, d.Method, d.object())
	}
	return all
}

// A call is one operation of the document. A route of every kind is one for
// each.
type call struct {
	path       string
	id         string // its name in generated clients
	tag        string
	says       string // what the route's line leaves out
	roles      []daybook.Role
	parameters []any
	body       object
	answers    map[int]object
	refusals   []int // the statuses of its problems, but for those that all calls have
}

// object gives the call as the document has it.
func (c *call) object(r route) object {
	o := object{
		"operationId": c.id, "summary": sentence(r.Does), "tags": []string{c.tag},
		"responses": c.responses(r), "security": []any{},
	}
	if c.says != "" {
		o["description"] = c.says
	}
	if r.roles != nil {
		roles := r.roles
		if c.roles != nil {
			roles = c.roles
		}
		o["security"] = []any{object{"bearer": []string{}}}
		o["x-roles"] = roles
	}
	if c.parameters != nil {
		o["parameters"] = c.parameters
	}
	if c.body != nil {
		o["requestBody"] = c.body
	}
	return o
}

func (c *call) responses(r route) object {
	all := object{}
	for status, answer := range c.answers {
		headers := object{"X-Request-Id": component("headers", "RequestId")}
		if more, ok := answer["headers"].(object); ok {
			for name, header := range more {
				headers[name] = header
			}
		}
		answer["headers"] = headers
		all[strconv.Itoa(status)] = answer
	}
	refusals := append(slices.Clone(c.refusals), http.StatusForbidden, http.StatusInternalServerError)
	if r.roles != nil {
		refusals = append(refusals, http.StatusUnauthorized, http.StatusTooManyRequests)
	}
	if !r.isWatch() {
		refusals = append(refusals, http.StatusServiceUnavailable)
	}
	for _, status := range refusals {
		all[strconv.Itoa(status)] = component("responses", problemName(status))
	}
	return all
}

// sentence makes a line of the table of routes one that stands by itself.
func sentence(does string) string {
	first, size := utf8.DecodeRuneInString(does)
	return string(unicode.ToUpper(first)) + does[size:] + "."
}

func component(sort, name string) object {
	return object{"$ref": "#/components/" + sort + "/" + name}
}

func schema(name string) object { return component("schemas", name) }

// problemName names the component of a problem: 404 is NotFound.
func problemName(status int) string {
	return strings.ReplaceAll(http.StatusText(status), " ", "")
}

// callsOf gives the calls of a route.
func callsOf(r route) []call {
	describe, ok := descriptions[r.Method+" "+r.Pattern]
	if !ok {
		panic(fmt.Sprintf("httpd: the route %s %s has no description for OpenAPI", r.Method, r.Pattern))
	}
	return describe(r)
}
