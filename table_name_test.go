package daybook

import (
	"strings"
	"testing"
)

func TestTableParts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"t": "t", "s.t": "s|t", "c.s.t": "c|s|t", " s . t\n": "s|t", `"s"."t"`: "s|t", `s."do.t"`: "s|do.t",
		"`p-1.s.t`": "p-1|s|t", "[s].[a.b]": "s|a.b", "s3://b/a b.csv": "s3://b/a b.csv", "": "", ".": "", `""`: "", "s..t": "s|t",
	} {
		if got := strings.Join(TableParts(text), "|"); got != want {
			t.Errorf("the parts of %q are %s, want %s", text, got, want)
		}
		if got, plain := PlainTable(text), strings.ReplaceAll(want, "|", "."); strings.ContainsAny(text, "\"`[ ") && got != plain {
			t.Errorf("%q is %q, want %q", text, got, plain)
		}
	}
}
