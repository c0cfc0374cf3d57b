package daybook

import (
	"bytes"
	_ "embed" // of the examples
	"encoding/json"
	"strings"
	"sync"
)

// SchemaForm is one of the shapes that a kind has in JSON.
type SchemaForm string

// The forms.
const (
	SchemaRecord    SchemaForm = "record"    // what a client says to begin a subject
	SchemaAmendment SchemaForm = "amendment" // what a client says to fill lifecycle fields
	SchemaEntry     SchemaForm = "entry"     // what is read back
)

// SchemaDialect is what every schema is written in: JSON Schema, draft 2020-12.
const SchemaDialect = "https://json-schema.org/draft/2020-12/schema"

// SchemaForms lists the forms that a kind has; kinds without lifecycle fields
// have no amendments.
func (k *Kind) SchemaForms() []SchemaForm {
	if !k.Amendable() {
		return []SchemaForm{SchemaRecord, SchemaEntry}
	}
	return []SchemaForm{SchemaRecord, SchemaAmendment, SchemaEntry}
}

// SchemaPath is where a server has the schema, and the schema's $id.
func (k *Kind) SchemaPath(form SchemaForm) string {
	if form == SchemaRecord {
		return schemasPath + "/" + k.Name
	}
	return schemasPath + "/" + k.Name + "/" + string(form)
}

const schemasPath = "/schemas"

// Schema gives the JSON Schema of a form of the kind, or CodeNotFound. The map
// is the caller's own.
//
// What the schema of a record or an amendment accepts, the decoder and the
// intake accept, and the other way round; but for what no schema can say: the
// order of times, the ranges of numbers and depth of JSON, the characters that
// no text may hold, the size of the whole, and what depends on the ledger.
func (k *Kind) Schema(form SchemaForm) (map[string]any, error) {
	var s map[string]any
	switch {
	case form == SchemaRecord:
		s = k.recordSchema()
	case form == SchemaAmendment && k.Amendable():
		s = k.amendmentSchema()
	case form == SchemaEntry:
		s = k.entrySchema()
	default:
		return nil, k.noSchema(form)
	}
	s["$schema"], s["$id"] = SchemaDialect, k.SchemaPath(form)
	s["type"], s["additionalProperties"] = "object", false
	if example := k.Example(form); example != nil {
		s["examples"] = []any{example}
	}
	return s, nil
}

func (k *Kind) noSchema(form SchemaForm) error {
	var forms []string
	for _, f := range k.SchemaForms() {
		forms = append(forms, string(f))
	}
	return &Error{
		Code: CodeNotFound, Message: k.Name + " has no schema of the form " + Clip(string(form)),
		Hint: "it has " + strings.Join(forms, ", "),
	}
}

// SchemaText gives the schema as JSON text, indented, ended by a line feed.
func (k *Kind) SchemaText(form SchemaForm) ([]byte, error) {
	s, err := k.Schema(form)
	if err != nil {
		return nil, err
	}
	return IndentJSON(s)
}

// IndentJSON writes a document for people: indented by two, <, > and & as they
// are, ended by a line feed.
func IndentJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// RecordsSchema gives the JSON Schema of a record of any kind, as a batch of
// records of several kinds has it: each names its kind, and an amendment says
// that it is one. The kinds' own schemas stand in its $defs.
func RecordsSchema() map[string]any {
	of, defs := []any{}, map[string]any{}
	for _, k := range kinds {
		for _, form := range k.SchemaForms() {
			if form == SchemaEntry {
				continue
			}
			s, err := k.Schema(form)
			if err != nil {
				panic(err) // the kind says that it has the form
			}
			defs[k.Name+"_"+string(form)] = s
			of = append(of, map[string]any{"$ref": k.SchemaPath(form), "required": []string{"kind"}})
		}
	}
	return map[string]any{
		"$schema": SchemaDialect, "$id": schemasPath, "title": "record",
		"description": "A record of any kind, which names its kind; an amendment says that it is one.", "oneOf": of, "$defs": defs,
	}
}

//go:embed schema_examples.json
var examplesText []byte

// examples are records and amendments of every kind. Sent in the order of the
// kinds to a ledger that is empty, all of them are taken.
var examples = sync.OnceValue(func() map[string]map[SchemaForm]json.RawMessage {
	found := map[string]map[SchemaForm]json.RawMessage{}
	if err := json.Unmarshal(examplesText, &found); err != nil {
		panic("daybook: schema_examples.json: " + err.Error())
	}
	return found
})

// Example gives an example of a form, or nil. That of an amendment has all that
// a batch asks of it: kind, amend and the subject's id, which is the one of the
// record; a subject that the ledger names is as if the records of all kinds had
// been the first of the ledger.
func (k *Kind) Example(form SchemaForm) map[string]any {
	text := examples()[k.Name][form]
	if text == nil {
		return nil
	}
	example := decodeExample(text)
	example["kind"] = k.Name
	if form == SchemaAmendment {
		example["amend"] = true
		example[k.Subject().Name] = k.ExampleID()
	}
	return example
}

// ExampleID gives the subject's id of the kind's examples: a string, or a
// json.Number.
func (k *Kind) ExampleID() any {
	if k.Subject().Serial {
		for seq, other := range kinds {
			if other == k {
				return seq
			}
		}
	}
	return decodeExample(examples()[k.Name][SchemaRecord])[k.Subject().Name]
}

func decodeExample(text []byte) map[string]any {
	var example map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&example); err != nil {
		panic("daybook: schema_examples.json: " + err.Error())
	}
	return example
}
