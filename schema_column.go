package daybook

import (
	"encoding/json"
	"strconv"
	"strings"
)

const (
	schemaHash = "^[0-9a-f]{64}$"
	schemaSalt = "^[0-9a-f]{32}$"
)

func (k *Kind) recordSchema() map[string]any {
	properties, required := map[string]any{"kind": k.kindSchema(), "amend": amendSchema(false)}, []string{}
	for i := range k.Columns {
		c := &k.Columns[i]
		if c.Serial || c.Envelope && c.Name != "log_id" {
			continue // the ledger's to give
		}
		s := k.columnSchema(c)
		if c.Required {
			required = append(required, c.Name)
		} else {
			orNull(s)
		}
		if v, err := c.ParseText(c.Default); c.Default != "" && err == nil {
			s["default"] = json.RawMessage(appendValue(nil, c.Type, &v))
		}
		properties[c.Name] = s
	}
	doc := k.Doc() + " This is what a client says to begin one; null is as good as leaving a field out."
	if k.Restricted {
		doc += " Written by Daybook itself, or by an admin."
	}
	return map[string]any{"title": k.Name, "description": doc, "properties": properties, "required": required}
}

func (k *Kind) amendmentSchema() map[string]any {
	properties, fills := map[string]any{"kind": k.kindSchema(), "amend": amendSchema(true)}, []any{}
	for i := range k.Columns {
		c := &k.Columns[i]
		s := k.columnSchema(c)
		switch {
		case c.Subject:
		case c.Amend != RuleNone:
			fills = append(fills, map[string]any{"required": []string{c.Name}})
			s["description"] = joined(s["description"], ruleDocs[c.Amend])
			orNull(s)
		case c.Name == "business_id" || c.Name == "log_id":
			orNull(s)
		default:
			continue
		}
		properties[c.Name] = s
	}
	return map[string]any{
		"title":       "amendment of " + k.Name,
		"description": "Fills lifecycle fields of one of " + k.Name + ". Whether a field may be filled depends on what it holds. Null fills nothing.",
		"properties":  properties, "required": []string{"amend", k.Subject().Name}, "anyOf": fills,
	}
}

func (k *Kind) entrySchema() map[string]any {
	properties := map[string]any{
		"log_hash": map[string]any{"type": "string", "pattern": schemaHash, "readOnly": true, "description": "SHA-256 of the entry's canonical form."},
		"seq": map[string]any{
			"type": "integer", "format": "int64", "minimum": 0, "readOnly": true,
			"description": "The entry's place in the ledger, from 0. Not part of what is hashed.",
		},
	}
	required := []string{"log_hash", "seq"}
	for i := range k.Columns {
		c := &k.Columns[i]
		s := k.columnSchema(c)
		if c.Envelope && c.Name != "log_id" && c.Name != "kind" || c.Serial {
			s["readOnly"] = true
		}
		if c.Preview {
			s["maxLength"] = PreviewLength
		}
		if c.Type == TypeJSON {
			s["type"] = []string{"object", "array", "string", "number", "boolean"}
		}
		if c.Type == TypeTexts || c.Type == TypeOptions {
			s["minItems"] = 1
		}
		properties[c.Name] = s
		if c.Required || c.Subject || i == k.time || c.Envelope && c.Name != "warnings" || c.Name == "business_id" {
			required = append(required, c.Name)
		}
	}
	properties["kind"] = k.kindSchema()
	return map[string]any{
		"title": "entry of " + k.Name, "properties": properties, "required": required,
		"description": k.Doc() + " This is how one is read back. What has no value is left out.",
	}
}

func (k *Kind) kindSchema() map[string]any {
	return map[string]any{"const": k.Name, "description": envelopeDocs["kind"]}
}

func amendSchema(is bool) map[string]any {
	return map[string]any{"type": "boolean", "const": is, "description": "True makes the record an amendment."}
}

// ruleDocs say how an amendment may fill a column.
var ruleDocs = map[Rule]string{
	RuleOnce:     "Filled once, where absent.",
	RuleGrow:     "A number may not shrink, an array gains members.",
	RuleOneWay:   "Goes one way and never back.",
	RuleEarliest: "May only become earlier.",
}

// columnSchema is what a value of the column may be, where it is not absent.
func (k *Kind) columnSchema(c *Column) map[string]any {
	s := c.typeSchema()
	named := c.Required || c.Subject || c.Name == "business_id"
	if c.Type == TypeText && named && c.Closed == nil {
		s["minLength"] = 1
	}
	if c.Closed != nil {
		delete(s, "maxLength")
		s["enum"] = words(c.Closed)
	}
	if c.Known != nil {
		s["examples"] = words(c.Known)
	}
	if c.Min != nil {
		s["minimum"] = *c.Min
	}
	if c.Max != nil {
		s["maximum"] = *c.Max
	}
	s["description"] = k.schemaDoc(c)
	return s
}

func (c *Column) typeSchema() map[string]any {
	most := MaxName
	if c.Long || c.Preview {
		most = MaxLong
	}
	text := map[string]any{"type": "string", "maxLength": most}
	if c.Envelope {
		delete(text, "maxLength") // the ledger's own words
	}
	switch c.Type {
	case TypeUUID:
		return map[string]any{"type": "string", "format": "uuid"}
	case TypeHex:
		return map[string]any{"type": "string", "pattern": schemaSalt}
	case TypeInt:
		return map[string]any{"type": "integer", "format": "int64"}
	case TypeFloat:
		return map[string]any{"type": "number", "format": "double"}
	case TypeBool:
		return map[string]any{"type": "boolean"}
	case TypeTime:
		return map[string]any{"type": "string", "format": "date-time"}
	case TypeDate:
		return map[string]any{"type": "string", "format": "date"}
	case TypeJSON:
		return map[string]any{}
	case TypeTexts:
		return map[string]any{"type": "array", "items": text}
	case TypeOptions:
		return map[string]any{"type": "array", "items": optionSchema(text)}
	default:
		return text
	}
}

func optionSchema(text map[string]any) map[string]any {
	texts := map[string]any{"type": []string{"array", "null"}, "items": text}
	return map[string]any{
		"type": "object", "additionalProperties": false, "required": []string{optionOption},
		"properties": map[string]any{
			optionOption: text, optionPros: texts, optionCons: texts,
			optionScore: map[string]any{"type": []string{"number", "null"}, "format": "double"},
		},
	}
}

// schemaDoc is what the column is, and those of its rules that a schema has no
// word for.
func (k *Kind) schemaDoc(c *Column) string {
	doc := k.ColumnDoc(c.Name)
	add := func(is bool, text string) {
		if is {
			doc = joined(doc, text)
		}
	}
	add(c.Known != nil, "Other words are kept with a warning.")
	add(c.Preview, "Cut to "+strconv.Itoa(PreviewLength)+" characters.")
	add(c.After != "", "Not before "+c.After+".")
	add(c.Ref != "", "Names one of "+c.Ref+" that is there.")
	add(c.Span.From != "", "Where it is not given, the time from "+c.Span.From+" to "+c.Span.To+".")
	return doc
}

func joined(doc any, more string) string {
	text, _ := doc.(string)
	return strings.TrimSpace(text + " " + more)
}

// orNull lets a value be null, which is absence.
func orNull(s map[string]any) {
	if t, ok := s["type"].(string); ok {
		s["type"] = []string{t, "null"}
	}
	if enum, ok := s["enum"].([]any); ok {
		s["enum"] = append(enum, nil)
	}
}

func words(list []string) []any {
	out := make([]any, len(list))
	for i, w := range list {
		out[i] = w
	}
	return out
}
