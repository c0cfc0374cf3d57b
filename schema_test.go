package daybook_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/daybook-audit/daybook"
)

// schemaOf compiles a schema with its formats asserted.
func schemaOf(t testing.TB, text []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("http://localhost/schemas", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("http://localhost/schemas")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fits(s *jsonschema.Schema, text string) error {
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return err
	}
	return s.Validate(value)
}

// TestSchemasAreAsReviewed holds every kind's schemas to golden files, and each
// to the metaschema.
func TestSchemasAreAsReviewed(t *testing.T) {
	t.Parallel()
	for _, k := range daybook.Kinds() {
		for _, form := range k.SchemaForms() {
			text, err := k.SchemaText(form)
			if err != nil {
				t.Fatal(err)
			}
			schemaOf(t, text)
			golden(t, "testdata/schemas/"+k.Name+"."+string(form)+".json", text)
		}
	}
	text, err := daybook.IndentJSON(daybook.RecordsSchema())
	if err != nil {
		t.Fatal(err)
	}
	schemaOf(t, text)
}

func TestSchemasThatThereAreNot(t *testing.T) {
	t.Parallel()
	for _, form := range []daybook.SchemaForm{daybook.SchemaAmendment, "", "entries"} {
		_, err := daybook.MustKind("thinking_logs").SchemaText(form)
		var e *daybook.Error
		if !errors.As(err, &e) || e.Code != daybook.CodeNotFound || e.Hint != "it has record, entry" {
			t.Errorf("%q: %v", form, err)
		}
	}
}

// TestExamplesFitTheirSchemas, their own and that of a record of any kind.
func TestExamplesFitTheirSchemas(t *testing.T) {
	t.Parallel()
	all, err := daybook.IndentJSON(daybook.RecordsSchema())
	if err != nil {
		t.Fatal(err)
	}
	any := schemaOf(t, all)
	for _, k := range daybook.Kinds() {
		for _, form := range k.SchemaForms() {
			example := k.Example(form)
			if form == daybook.SchemaEntry {
				if example != nil {
					t.Errorf("%s: an entry cannot be made up", k.Name)
				}
				continue
			}
			if example == nil {
				t.Errorf("%s has no example of the form %s", k.Name, form)
				continue
			}
			text, err := daybook.IndentJSON(example)
			if err != nil {
				t.Fatal(err)
			}
			if err := check(k, form, string(text)); err != nil {
				t.Errorf("%s: %v", text, err)
			}
			schema, err := k.SchemaText(form)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range []*jsonschema.Schema{schemaOf(t, schema), any} {
				if err := fits(s, string(text)); err != nil {
					t.Errorf("%s: %v", text, err)
				}
			}
		}
	}
	for _, none := range []string{`{"agent_position": "CFO"}`, `{"kind": "conversations"}`, `{"kind": "conversation", "agent_position": "CFO"}`} {
		if fits(any, none) == nil {
			t.Errorf("%s is a record", none)
		}
	}
}
