package daybook

import "testing"

func TestParseNode(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		want Node
		kind string
	}{
		"orders":                      {Node{Name: "orders"}, "TABLE"},
		"bronze.wasde_cell":           {Node{Schema: "bronze", Name: "wasde_cell"}, "TABLE"},
		"bronze.wasde_cell.value":     {Node{Schema: "bronze", Name: "wasde_cell", Column: "value"}, "COLUMN"},
		"lake.bronze.wasde_cell.val":  {Node{Schema: "lake.bronze", Name: "wasde_cell", Column: "val"}, "COLUMN"},
		"s3://bucket/a.b.c.parquet":   {Node{Name: "s3://bucket/a.b.c.parquet"}, "ARTIFACT"},
		"exports/balance_sheet.csv":   {Node{Name: "exports/balance_sheet.csv"}, "ARTIFACT"},
		"silver.Ümlaut Tabelle.größe": {Node{Schema: "silver", Name: "Ümlaut Tabelle", Column: "größe"}, "COLUMN"},
	}
	for text, c := range cases {
		n, err := ParseNode(text)
		if err != nil || n != c.want || n.Type() != c.kind {
			t.Errorf("ParseNode(%q) = %+v of type %s, %v; want %+v of type %s", text, n, n.Type(), err, c.want, c.kind)
		}
		if n.String() != text {
			t.Errorf("%q reads back as %q", text, n.String())
		}
	}
	for _, text := range []string{"", ".", "a.", ".a", "a..b", "a. .b", "a.b.c.d.e"} {
		if n, err := ParseNode(text); CodeOf(err) != CodeInvalid {
			t.Errorf("ParseNode(%q) = %+v, %v; want an error of CodeInvalid", text, n, err)
		}
	}
}

func FuzzParseNode(f *testing.F) {
	for _, seed := range []string{"a", "a.b", "a.b.c", "a.b.c.d", "a/b.c", "", "..", "a.b.c.d.e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := ParseNode(text)
		if err != nil {
			return
		}
		if n.Name == "" || n.String() != text {
			t.Errorf("%q became %+v, which reads %q", text, n, n.String())
		}
	})
}
