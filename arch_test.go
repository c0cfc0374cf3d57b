package daybook_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// modulePath is this module's name; a package's path below it is its room's name, "." for the root.
const modulePath = "github.com/daybook-audit/daybook"

// A floor says how high a package stands. Imports go strictly down: a package may import only
// packages of lower floors, so rooms of one floor never meet and there can be no cycle.
type floor int

const (
	ground  floor = iota // bytes, trees and SQL text: knows no Record
	words                // the root: kinds, entries and the interfaces the rooms meet by
	room                 // one concern each, held together by the root's interfaces only
	door                 // protocols turned into records, and records into protocols
	wiring               // whole systems put together from rooms
	command              // the program
)

var floorNames = map[floor]string{
	ground: "ground", words: "words", room: "room", door: "door", wiring: "wiring", command: "command",
}

// floors is the house: every package of the module has its line here.
var floors = map[string]floor{
	"canon":      ground,
	"contract":   ground,
	"merkle":     ground,
	"sqllineage": ground,
	"redact":     ground,
	"worktime":   ground,
	"price":      ground,

	".": words,

	"inbox":        room,
	"intake":       room,
	"ledger":       room,
	"lineage":      room,
	"lineage/draw": room,
	"retention":    room,
	"scan":         room,
	"summary":      room,
	"verify":       room,
	"access":       room,
	"client":       room,
	"spool":        room,
	"tiledir":      room,
	"sqlite":       room,
	"token":        room,
	"transfer":     room,
	"postgres":     room,
	"bigquery":     room,
	"storetest":    room,
	"pgtest":       room,

	"httpd":       door,
	"httpd/ui":    door,
	"otlp":        door,
	"openlineage": door,
	"mcp":         door,
	"mcp/proxy":   door,
	"hooks":       door,

	"local":         wiring,
	"demo":          wiring,
	"demo/pipeline": wiring,
	"bench":         wiring,

	"cmd/daybook":   command,
	"price/refresh": command,
}

// sideways lists the imports between packages of one floor, each with its reason.
var sideways = map[[2]string]string{
	{"httpd", "httpd/ui"}:     "the pages are served by the API's own mux, behind the same tokens",
	{"client", "spool"}:       "the SDK writes to a spool on disk, which the command line looks after as well",
	{"demo", "demo/pipeline"}: "the demo runs the pipeline whose work it shows",
	{"demo", "local"}:         "the demo's agents write through the SDK in process",
	{"bench", "local"}:        "one benchmark is the SDK in process",
}

// A limit narrows what one package may import, below what its floor allows.
type limit struct {
	highest    floor    // no package of ours above this floor
	only       []string // unless nil: no package of ours but these
	stdlibOnly bool     // nothing of third parties
	why        string
}

var limits = map[string]limit{
	"client": {
		highest: room, only: []string{".", "merkle", "redact", "spool"}, stdlibOnly: true,
		why: "an agent that imports the SDK must not inherit a server's dependencies",
	},
	"spool": {
		highest: words, only: []string{".", "redact"}, stdlibOnly: true,
		why: "the SDK imports it",
	},
	"redact": {
		highest: ground, only: []string{}, stdlibOnly: true,
		why: "the SDK imports it",
	},
	"local": {
		highest: room,
		why:     "an embedded ledger has no doors",
	},
	"demo/pipeline": {
		highest: ground, only: []string{},
		why: "it stands for a user's own code, which knows Daybook only through what the demo hands it",
	},
}

// shapeless are names that say nothing of what a package is for.
var shapeless = []string{"common", "helpers", "misc", "models", "pkg", "shared", "util", "utils"}

// An importLine is one import of one file.
type importLine struct {
	file     string // slash-separated, relative to the module's root
	imported string
}

func (l importLine) from() string { return path.Dir(l.file) }

func (l importLine) isTest() bool { return strings.HasSuffix(l.file, "_test.go") }

// ours gives the imported package's place in the house, and whether it is one of this module.
func (l importLine) ours() (string, bool) {
	if l.imported == modulePath {
		return ".", true
	}
	return strings.CutPrefix(l.imported, modulePath+"/")
}

// thirdParty tells a module's path from the standard library's by the dot in its host name.
func (l importLine) thirdParty() bool {
	host, _, _ := strings.Cut(l.imported, "/")
	_, isOurs := l.ours()
	return strings.Contains(host, ".") && !isOurs
}

func TestArchitecture(t *testing.T) {
	t.Parallel()
	imports, packages, err := readImports(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range append(housing(packages), faults(imports)...) {
		t.Error(fault)
	}
}

func TestArchitectureFindsFaults(t *testing.T) {
	t.Parallel()
	const own = modulePath + "/"
	cases := map[string]struct {
		file, imports string
		fault         string // part of the one message wanted; empty for none
	}{
		"down two floors":             {"ledger/l.go", own + "merkle", ""},
		"the root from a room":        {"ledger/l.go", modulePath, ""},
		"up":                          {"canon/c.go", modulePath, "strictly down"},
		"room to room":                {"ledger/l.go", own + "sqlite", "strictly down"},
		"door to door":                {"otlp/o.go", own + "httpd", "strictly down"},
		"sideways with a reason":      {"httpd/h.go", own + "httpd/ui", ""},
		"and not back":                {"httpd/ui/u.go", own + "httpd", "strictly down"},
		"a package without a floor":   {"ledger/l.go", own + "attic", "attic has no floor"},
		"a homeless package":          {"attic/a.go", "fmt", "attic has no floor"},
		"a shapeless name":            {"ledger/util/u.go", "fmt", "\"util\" says nothing"},
		"cgo":                         {"sqlite/s.go", "C", "without cgo"},
		"cgo in a test":               {"sqlite/s_test.go", "C", "without cgo"},
		"the client's tree":           {"client/c.go", own + "merkle", ""},
		"the client and a bystander":  {"client/c.go", own + "canon", "client may not"},
		"the client and a third":      {"client/c.go", "github.com/google/uuid", "client may not"},
		"the client's test, freely":   {"client/c_test.go", "pgregory.net/rapid", ""},
		"an embedded ledger's door":   {"local/l.go", own + "httpd", "local may not"},
		"a room's test, another room": {"ledger/l_test.go", own + "storetest", ""},
		"the ground's test, a room":   {"canon/c_test.go", own + "sqlite", ""},
		"a room's test, a door":       {"ledger/l_test.go", own + "httpd", "move the test up"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			imports, packages, err := readImports(fstest.MapFS{
				c.file:                  {Data: fmt.Appendf(nil, "package p\nimport %q\n", c.imports)},
				"ledger/testdata/t.go":  {Data: []byte("not Go at all")},
				"bench/peers/go.mod":    {Data: []byte("module peers\n")},
				"bench/peers/peers.go":  {Data: []byte("package peers\nimport \"C\"\n")},
				"docs/design.md":        {Data: []byte("no code")},
				".hidden/also_ours.go":  {Data: []byte("package hidden\nimport \"C\"\n")},
				"cmd/daybook/main.go":   {Data: []byte("package main\n")},
				"cmd/daybook/x_test.go": {Data: []byte("package main\nimport \"testing\"\n")},
			})
			if err != nil {
				t.Fatal(err)
			}
			found := strings.Join(append(housing(packages), faults(imports)...), "\n")
			if c.fault == "" && found != "" || !strings.Contains(found, c.fault) {
				t.Errorf("%s importing %q: found %q, want %q", c.file, c.imports, found, c.fault)
			}
		})
	}
}

// housing says what is wrong with the packages themselves: their names, and their place in the table.
func housing(packages []string) []string {
	var found []string
	for _, name := range packages {
		for part := range strings.SplitSeq(name, "/") {
			if slices.Contains(shapeless, part) {
				found = append(found, fmt.Sprintf("package %s: %q says nothing of what is in it; name it for what it does", name, part))
			}
		}
		if _, ok := floors[name]; !ok {
			found = append(found, fmt.Sprintf(
				"package %s has no floor: add it to the table `floors` in arch_test.go and to docs/design.md, on the lowest floor that allows its imports", name))
		}
	}
	return found
}

// faults names every import that goes up, sideways, or past a package's own limit.
func faults(imports []importLine) []string {
	var found []string
	for _, line := range imports {
		for _, fault := range faultsOf(line) {
			found = append(found, fmt.Sprintf("%s imports %q: %s", line.file, line.imported, fault))
		}
	}
	return found
}

func faultsOf(line importLine) []string {
	if line.imported == "C" {
		return []string{"Daybook is built without cgo, so that one binary runs anywhere; find a library in Go"}
	}
	from := line.from()
	here, known := floors[from]
	if !known { // housing has said so
		return nil
	}
	to, isOurs := line.ours()
	there, housed := floors[to]
	switch {
	case isOurs && !housed:
		return []string{fmt.Sprintf("package %s has no floor: add it to the table `floors` in arch_test.go", to)}
	case line.isTest():
		return testFault(here, there, isOurs)
	}
	var found []string
	if isOurs && there >= here && sideways[[2]string{from, to}] == "" {
		found = append(found, fmt.Sprintf(
			"imports go strictly down, but %s is on floor %d (%s) and %s on floor %d (%s); let both meet in an interface of the root, or join them one floor up",
			from, here, floorNames[here], to, there, floorNames[there]))
	}
	return append(found, limitFaults(from, line, there)...)
}

// testFault lets a test import its own floor's packages and, from anywhere, the rooms: the law in
// storetest and a store to try it on. Above that, the test belongs to the higher package.
func testFault(here, there floor, isOurs bool) []string {
	if !isOurs || there <= max(here, room) {
		return nil
	}
	return []string{fmt.Sprintf("a test on floor %d (%s) may not reach up to floor %d (%s); move the test up there",
		here, floorNames[here], there, floorNames[there])}
}

func limitFaults(from string, line importLine, there floor) []string {
	bound, limited := limits[from]
	if !limited {
		return nil
	}
	to, isOurs := line.ours()
	outside := isOurs && (there > bound.highest || bound.only != nil && !slices.Contains(bound.only, to))
	if outside || bound.stdlibOnly && line.thirdParty() {
		return []string{fmt.Sprintf("%s may not: %s (see `limits` in arch_test.go)", from, bound.why)}
	}
	return nil
}

// readImports lists the imports of every Go file of the module, whatever its build tags, and the packages
// that hold one outside tests. It reads the files itself instead of asking `go list`, so that the cache of
// test results sees what it depends on.
func readImports(module fs.FS) ([]importLine, []string, error) {
	var imports []importLine
	packages := map[string]bool{}
	err := fs.WalkDir(module, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return enter(module, name)
		case path.Ext(name) != ".go":
			return nil
		}
		lines, err := importsOf(module, name)
		if err != nil {
			return err
		}
		imports = append(imports, lines...)
		if file := (importLine{file: name}); !file.isTest() {
			packages[file.from()] = true
		}
		return nil
	})
	return imports, slices.Sorted(maps.Keys(packages)), err
}

// enter skips the folders that the go command skips: hidden ones, testdata, and other modules.
func enter(module fs.FS, dir string) error {
	base := path.Base(dir)
	if dir == "." {
		return nil
	}
	if base[0] == '.' || base[0] == '_' || base == "testdata" || base == "node_modules" {
		return fs.SkipDir
	}
	if _, err := fs.Stat(module, dir+"/go.mod"); err == nil {
		return fs.SkipDir
	}
	return nil
}

func importsOf(module fs.FS, name string) ([]importLine, error) {
	source, err := fs.ReadFile(module, name)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var lines []importLine
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		lines = append(lines, importLine{file: name, imported: imported})
	}
	return lines, nil
}
