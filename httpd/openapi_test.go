package httpd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/httpd"
)

// TestOpenAPIDocumentIsOne holds the document against the schema of OpenAPI 3.1
// documents; that its own schemas compile is for contract.Load to find.
func TestOpenAPIDocumentIsOne(t *testing.T) {
	t.Parallel()
	const id = "https://spec.openapis.org/oas/3.1/schema/2022-10-07"
	meta, err := os.ReadFile("testdata/openapi/schema-3.1-2022-10-07.json")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(meta))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(id, schema); err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(httpd.OpenAPI("test")))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.MustCompile(id).Validate(document); err != nil {
		t.Errorf("%#v", err)
	}
}

// TestOpenAPIIsAsReviewed lists the calls, who may make them, and what they
// answer.
func TestOpenAPIIsAsReviewed(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, o := range described().Operations() {
		fmt.Fprintf(&b, "%s %s %s", o.ID, o.Method, o.Path)
		if roles := o.Roles(); roles != nil {
			fmt.Fprintf(&b, " [%s]", strings.Join(roles, " "))
		}
		fmt.Fprintf(&b, " %s\n", strings.Join(o.Statuses(), " "))
	}
	compare(t, "openapi", b.String())
}

func TestOpenAPIExamplesFit(t *testing.T) {
	t.Parallel()
	for _, err := range described().CheckExamples() {
		t.Error(err)
	}
}

func TestOpenAPIIsServed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	w := d.do(request("GET", "/openapi.json", ""))
	if w.Code != http.StatusOK || !bytes.Equal(w.Body.Bytes(), httpd.OpenAPI("test")) {
		t.Errorf("%d, %d bytes", w.Code, w.Body.Len())
	}
	var document struct{ Info struct{ Version string } }
	if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil || document.Info.Version != "test" {
		t.Errorf("%+v, %v", document, err)
	}
}

func TestSchemasAreServed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	paths := map[string][]byte{}
	for _, k := range daybook.Kinds() {
		for _, form := range k.SchemaForms() {
			text, err := k.SchemaText(form)
			if err != nil {
				t.Fatal(err)
			}
			paths[k.SchemaPath(form)] = text
			paths["/schemas/"+k.Name+"/"+string(form)] = text
		}
	}
	all, err := daybook.IndentJSON(daybook.RecordsSchema())
	if err != nil {
		t.Fatal(err)
	}
	paths["/schemas"] = all
	for path, text := range paths {
		w := d.do(request("GET", path, ""))
		if w.Code != http.StatusOK || !bytes.Equal(w.Body.Bytes(), text) || w.Header().Get("Content-Type") != "application/schema+json" {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
}

func TestDocumentsMayBeKept(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	for _, path := range []string{"/openapi.json", "/schemas", "/schemas/conversations", "/schemas/conversations/entry"} {
		w := d.do(request("GET", path, ""))
		tag := w.Header().Get("ETag")
		if !strings.HasPrefix(tag, `W/"`) || !strings.HasPrefix(w.Header().Get("Cache-Control"), "public, max-age=") {
			t.Fatalf("%s: %v", path, w.Header())
		}
		for given, want := range map[string]int{
			tag: 304, strings.TrimPrefix(tag, "W/"): 304, `"x", ` + tag: 304, "*": 304, `"x"`: 200, "": 200,
		} {
			w := d.do(request("GET", path, "", "If-None-Match: "+given))
			if w.Code != want || want == 304 && w.Body.Len() > 0 {
				t.Errorf("%s: If-None-Match %s: %d, %d bytes", path, given, w.Code, w.Body.Len())
			}
		}
	}
}

func TestSchemasThatThereAreNot(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	for path, hint := range map[string]string{
		"/schemas/decisions":               "thinking_logs, decision_logs",
		"/schemas/thinking_logs/amendment": "record, entry",
		"/schemas/thinking_logs/entries":   "record, entry",
	} {
		if p := problemIn(t, d.do(request("GET", path, ""))); p.Status != 404 || !strings.Contains(p.Hint, hint) {
			t.Errorf("%s: %+v", path, p)
		}
	}
}

// TestEveryRouteIsDescribed, and nothing else.
func TestEveryRouteIsDescribed(t *testing.T) {
	t.Parallel()
	for _, fault := range httpd.Undescribed() {
		t.Error(fault)
	}
	var index struct {
		Calls []struct{ Method, Path string }
	}
	if err := json.Unmarshal(newDesk(t, nil).do(request("GET", "/", "")).Body.Bytes(), &index); err != nil {
		t.Fatal(err)
	}
	for _, c := range index.Calls {
		path := strings.NewReplacer("{kind}", "conversations", "{verb}", "end", "{level}", "0", "...}", "}").Replace(c.Path)
		if described().Find(c.Method, path) == nil {
			t.Errorf("%s %s is not in the document", c.Method, c.Path)
		}
	}
}
