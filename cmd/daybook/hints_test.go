package main

import "testing"

// Commands in hints find the ledger that they were said of.
func TestHintsNameTheStore(t *testing.T) {
	t.Setenv("DAYBOOK_KEY", "/keys/k")
	g := &Globals{Store: "postgres://me:secret@db.example.com/warehouse?sslmode=disable", SchemaPrefix: "daybook_", Key: "/keys/k", Anchor: "/keys/the anchor"}
	const with = ` --store 'postgres://me@db.example.com/warehouse?sslmode=disable' --schema-prefix daybook_ --anchor '/keys/the anchor'`
	for hint, want := range map[string]string{
		"put it back; else `daybook ledger new-origin` goes on": "put it back; else `daybook ledger new-origin" + with + "` goes on",
		"run daybook verify":                         "run daybook verify" + with,
		"run `daybook ledger status` or daybook why": "run `daybook ledger status" + with + "` or daybook why",
		"run daybook verify --store x":               "run daybook verify --store x",
		"run daybook migrate --store x":              "run daybook migrate --store x",
		"":                                           "",
	} {
		if got := g.completed(hint); got != want {
			t.Errorf("%q is completed to\n%s, want\n%s", hint, got, want)
		}
	}
	if got := new(Globals).completed("run daybook verify"); got != "run daybook verify" {
		t.Errorf("of the usual store: %q", got)
	}
}
