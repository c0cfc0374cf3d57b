package daybook_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

var update = flag.Bool("update", false, "write the golden files and the reference page anew")

// golden holds what is made against a file of the repository.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	held, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; write it with: go test . -run %s -update", err, t.Name())
	}
	if bytes.Equal(held, got) {
		return
	}
	old, fresh := strings.Split(string(held), "\n"), strings.Split(string(got), "\n")
	for i := range min(len(old), len(fresh)) {
		if old[i] != fresh[i] {
			t.Errorf("%s:%d holds\n%s\nbut it should be\n%s", file, i+1, old[i], fresh[i])
			break
		}
	}
	t.Errorf("%s is out of date; if that is meant, run: go test . -run %s -update", file, t.Name())
}

func TestReferencePageIsUpToDate(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := daybook.Markdown(&b); err != nil {
		t.Fatal(err)
	}
	for _, k := range daybook.Kinds() {
		for i := range k.Columns {
			if !strings.Contains(b.String(), "| `"+k.Columns[i].Name+"` |") {
				t.Errorf("the page does not have %s.%s", k.Name, k.Columns[i].Name)
			}
		}
	}
	golden(t, "docs/reference/kinds.md", b.Bytes())
}

func TestMarkdownTellsOfAFailedWrite(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	full := errors.New("disk full")
	r.CloseWithError(full)
	if err := daybook.Markdown(w); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

// The catalog decides what is hashed: a kind's number, a column's name and type
// must never change once entries hold them, and any other change should be
// seen by whoever reviews it.
func TestCatalogIsAsReviewed(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	for _, k := range daybook.Kinds() {
		fmt.Fprintf(&b, "%s %d retention=%q restricted=%v subject=%s time=%s", k.Name, k.Number, k.Retention, k.Restricted, k.Subject().Name, k.Time().Name)
		if a := k.Agent(); a != nil {
			fmt.Fprintf(&b, " agent=%s", a.Name)
		}
		b.WriteByte('\n')
		for i := range k.Columns {
			fmt.Fprintf(&b, "%s.%s\n", k.Name, describe(&k.Columns[i]))
		}
	}
	golden(t, "testdata/catalog.golden", b.Bytes())
}

// describe tells everything that the catalog says of a column, but its comment.
func describe(c *daybook.Column) string {
	s := c.Name + " " + c.Type.String()
	flags := []struct {
		name string
		is   bool
	}{
		{"envelope", c.Envelope},
		{"required", c.Required},
		{"subject", c.Subject},
		{"serial", c.Serial},
		{"filled", c.Filled},
		{"long", c.Long},
		{"preview", c.Preview},
		{"index", c.Index},
	}
	for _, f := range flags {
		if f.is {
			s += " " + f.name
		}
	}
	if c.Min != nil {
		s += fmt.Sprintf(" min=%g", *c.Min)
	}
	if c.Max != nil {
		s += fmt.Sprintf(" max=%g", *c.Max)
	}
	settings := []struct{ name, value string }{
		{"default", c.Default},
		{"amend", c.Amend.String()},
		{"ref", c.Ref},
		{"after", c.After},
		{"closed", strings.Join(c.Closed, "|")},
		{"known", strings.Join(c.Known, "|")},
		{"span", strings.Trim(c.Span.From+","+c.Span.To, ",")},
		{"met", strings.Trim(c.Met.From+","+c.Met.To, ",")},
	}
	for _, f := range settings {
		if f.value != "" {
			s += " " + f.name + "=" + f.value
		}
	}
	return s
}
