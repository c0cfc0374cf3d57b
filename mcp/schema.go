package mcp

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// schema is a JSON Schema, or a part of one.
type schema = map[string]any

// A parameter is one that a tool takes.
type parameter struct {
	name     string
	schema   schema
	required bool
}

// inputSchema writes the parameters in their order, which says what matters
// most: a map would put them by the alphabet.
func inputSchema(parameters []parameter) json.RawMessage {
	var b bytes.Buffer
	required := []string{}
	b.WriteString(`{"type":"object","properties":{`)
	for i, p := range parameters {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(marshal(p.name))
		b.WriteByte(':')
		b.Write(marshal(p.schema))
		if p.required {
			required = append(required, p.name)
		}
	}
	b.WriteByte('}')
	if len(required) > 0 {
		b.WriteString(`,"required":`)
		b.Write(marshal(required))
	}
	b.WriteByte('}')
	return b.Bytes()
}

// marshal is for values that are JSON already in all but form. <, > and & stay
// as they are: a model reads them.
func marshal(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("mcp: " + err.Error())
	}
	return bytes.TrimSpace(b.Bytes())
}

// object is the schema of an object with members, all of which there must be
// but for those whose name ends in a question mark.
func object(members schema) schema {
	properties, required := schema{}, []string{}
	for name, of := range members {
		plain, optional := strings.CutSuffix(name, "?")
		properties[plain] = of
		if !optional {
			required = append(required, plain)
		}
	}
	slices.Sort(required)
	return schema{"type": "object", "properties": properties, "required": required}
}

var (
	anObject = schema{"type": "object"}
	aText    = schema{"type": "string"}
	aNumber  = schema{"type": "integer"}
	aTruth   = schema{"type": "boolean"}
)

// A field is a column that a recording tool offers, and what a model should
// know of it besides what the catalog says.
type field struct {
	column, hint string
	needed       bool // without it the record would say nothing, although the kind lets it be
}

// parameterOf is what the catalog says of a column, in as few words as do: a
// model reads them with every conversation.
func parameterOf(k *daybook.Kind, properties schema, f field) parameter {
	i, ok := k.Column(f.column)
	if !ok {
		panic("mcp: " + k.Name + " has no " + f.column)
	}
	of, c := properties[f.column].(schema), &k.Columns[i]
	s := schema{}
	for _, name := range []string{"type", "enum", "minimum", "maximum", "maxLength", "items", "format", "default"} {
		if value, ok := of[name]; ok {
			s[name] = value
		}
	}
	present(s)
	s["description"] = strings.TrimSpace(k.ColumnDoc(f.column) + known(c) + " " + f.hint)
	return parameter{name: f.column, schema: s, required: c.Required || f.needed}
}

// present leaves out of a schema what is of absence and of storing: null is as
// good as leaving a parameter out, and need not be offered.
func present(s schema) {
	if types, ok := s["type"].([]string); ok && len(types) == 2 && types[1] == "null" {
		s["type"] = types[0]
	}
	if words, ok := s["enum"].([]any); ok {
		s["enum"] = slices.DeleteFunc(slices.Clone(words), func(word any) bool { return word == nil })
	}
	if s["format"] == "int64" || s["format"] == "double" {
		delete(s, "format")
	}
	if most, ok := s["maxLength"].(int); ok && most >= daybook.MaxLong {
		delete(s, "maxLength")
	}
	if s["type"] == nil {
		s["type"] = "object" // JSON of any shape is taken; an object is what is meant
	}
	if items, ok := s["items"].(schema); ok {
		s["items"] = presentItems(items)
	}
}

// presentItems does the same for the members of an array, and for the members
// of these where they are objects.
func presentItems(items schema) schema {
	items = maps.Clone(items)
	delete(items, "additionalProperties")
	present(items)
	if properties, ok := items["properties"].(schema); ok {
		fewer := schema{}
		for name, of := range properties {
			fewer[name] = presentItems(of.(schema))
		}
		items["properties"] = fewer
	}
	return items
}

func known(c *daybook.Column) string {
	if c.Known == nil {
		return ""
	}
	return " One of " + strings.Join(c.Known, ", ") + "; or another word."
}
