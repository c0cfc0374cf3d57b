package daybook_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

const pythonHead = `"""The kinds and their columns, as Daybook declares them.

Generated from the catalog; do not edit. Write it anew with:
go test . -run Catalog -update
"""

`

// The Python client checks records before they are written to its spool, by
// this catalog and no other.
func TestCatalogOfPythonIsUpToDate(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	b.WriteString(pythonHead)
	fmt.Fprintf(&b, "MAX_NAME = %d\nMAX_LONG = %d\nPREVIEW_LENGTH = %d\n\nKINDS = {\n", daybook.MaxName, daybook.MaxLong, daybook.PreviewLength)
	for _, k := range daybook.Kinds() {
		pythonKind(&b, k)
	}
	b.WriteString("}\n")
	golden(t, "python/src/daybook/_catalog_data.py", b.Bytes())
}

func pythonKind(b *bytes.Buffer, k *daybook.Kind) {
	fmt.Fprintf(b, "    %q: {\n", k.Name)
	setting := func(name, value string) { fmt.Fprintf(b, "        %q: %s,\n", name, value) }
	setting("subject", strconv.Quote(k.Subject().Name))
	setting("time", strconv.Quote(k.Time().Name))
	if a := k.Agent(); a != nil {
		setting("agent", strconv.Quote(a.Name))
	}
	b.WriteString("        \"columns\": {\n")
	for i := range k.Columns {
		c := &k.Columns[i]
		fmt.Fprintf(b, "            %q: {\"type\": %q%s, \"doc\": %q},\n", c.Name, c.Type, pythonSettings(c), k.ColumnDoc(c.Name))
	}
	b.WriteString("        },\n    },\n")
}

// pythonSettings tells of a column what a client can hold a value against.
func pythonSettings(c *daybook.Column) string {
	var b bytes.Buffer
	for _, flag := range []struct {
		name string
		is   bool
	}{
		{"envelope", c.Envelope},
		{"required", c.Required},
		{"serial", c.Serial},
		{"long", c.Long},
		{"preview", c.Preview},
	} {
		if flag.is {
			fmt.Fprintf(&b, ", %q: True", flag.name)
		}
	}
	for _, bound := range []struct {
		name string
		at   *float64
	}{{"min", c.Min}, {"max", c.Max}} {
		if bound.at != nil {
			fmt.Fprintf(&b, ", %q: %g", bound.name, *bound.at)
		}
	}
	for _, list := range []struct {
		name  string
		words []string
	}{{"closed", c.Closed}, {"known", c.Known}} {
		if list.words != nil {
			fmt.Fprintf(&b, ", %q: %s", list.name, pythonTuple(list.words))
		}
	}
	if c.Amend != daybook.RuleNone {
		fmt.Fprintf(&b, ", \"amend\": %q", c.Amend)
	}
	if c.After != "" {
		fmt.Fprintf(&b, ", \"after\": %q", c.After)
	}
	return b.String()
}

func pythonTuple(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = strconv.Quote(w)
	}
	if len(words) == 1 {
		return "(" + quoted[0] + ",)"
	}
	return "(" + strings.Join(quoted, ", ") + ")"
}
