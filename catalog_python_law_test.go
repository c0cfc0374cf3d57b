package daybook_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/daybook-audit/daybook"
)

// pythonCheck answers every line, a record, with what the Python client makes
// of it, or with what it says is wrong.
const pythonCheck = `
import json, sys
from daybook import _catalog
from daybook._errors import LoggingError
for line in sys.stdin:
    said = json.loads(line)
    try:
        answer = {"record": _catalog.validate(said["kind"], said["fields"], said["amend"])}
    except LoggingError as e:
        answer = {"error": str(e)}
    print(json.dumps(answer), flush=True)
`

type pythonClient struct {
	in  io.Writer
	out *bufio.Reader
}

func startPython(t *testing.T) *pythonClient {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 here")
	}
	source, err := filepath.Abs("python/src")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-B", "-c", pythonCheck)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+source, "PYTHONIOENCODING=utf-8")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	return &pythonClient{in: in, out: bufio.NewReader(out)}
}

// check gives the record as Python would send it, or its error.
func (p *pythonClient) check(t rapid.TB, l law, members map[string]json.RawMessage) (string, error) {
	line, err := json.Marshal(map[string]any{"kind": l.kind.Name, "amend": l.form == daybook.SchemaAmendment, "fields": members})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
	said, err := p.out.ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Record map[string]json.RawMessage
		Error  string
	}
	if err := json.Unmarshal(said, &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Error != "" {
		return "", fmt.Errorf("%s", answer.Error)
	}
	if l.form == daybook.SchemaAmendment {
		answer.Record["amend"] = json.RawMessage("true")
	}
	return textOf(answer.Record), nil
}

// agree holds the client against the server: what one takes the other takes,
// and what the client sends says the same as what it was given.
func (p *pythonClient) agree(t rapid.TB, l law, members map[string]json.RawMessage) bool {
	delete(members, "kind")
	delete(members, "amend")
	if l.pythonIsKinder(members) {
		return true
	}
	sent, client := p.check(t, l, members)
	if l.form == daybook.SchemaAmendment {
		members["amend"] = json.RawMessage("true")
	}
	text := textOf(members)
	server := check(l.kind, l.form, text)
	if (server == nil) != (client == nil) {
		t.Fatalf("%s of %s: the server says %v, the client %v:\n%.500s", l.form, l.kind.Name, server, client, text)
	}
	if server != nil {
		return false
	}
	if want, got := canonicalOf(t, l.kind, text), canonicalOf(t, l.kind, sent); want != got {
		t.Fatalf("%s of %s: the client sends\n%.500s\nwhere it was given\n%.500s", l.form, l.kind.Name, got, want)
	}
	return true
}

func canonicalOf(t rapid.TB, k *daybook.Kind, text string) string {
	r, err := daybook.NewDecoder(strings.NewReader(text), k).Next()
	if err != nil {
		t.Fatalf("%v: %.500s", err, text)
	}
	e := daybook.Entry{Kind: k, Values: r.Values}
	return string(e.AppendCanonical(nil))
}

// pythonIsKinder says that a record has what the client takes and the server
// does not: one text for a list of texts.
func (l law) pythonIsKinder(members map[string]json.RawMessage) bool {
	for i := range l.kind.Columns {
		c := &l.kind.Columns[i]
		value := string(members[c.Name])
		if c.Type == daybook.TypeTexts && strings.HasPrefix(value, `"`) {
			return true
		}
		if c.Type == daybook.TypeOptions && (strings.HasPrefix(value, `["`) || strings.Contains(value, `"pros": "`)) {
			return true
		}
	}
	return false
}

func pythonLaws(t *testing.T) []law {
	t.Helper()
	var all []law
	for _, k := range daybook.Kinds() {
		for _, form := range k.SchemaForms() {
			all = append(all, law{kind: k, form: form})
		}
	}
	return slices.DeleteFunc(all, func(l law) bool { return l.form == daybook.SchemaEntry })
}

// TestCatalogOfPythonAgreesWithTheServer draws records that the server takes,
// and changes them in any way: what one side takes, the other takes.
func TestCatalogOfPythonAgreesWithTheServer(t *testing.T) {
	t.Parallel()
	python, all := startPython(t), pythonLaws(t)
	taken, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		l := rapid.SampledFrom(all).Draw(t, "law")
		members := l.draw(t)
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			l.change(t, members)
		}
		if python.agree(t, l, members) {
			taken++
		} else {
			refused++
		}
	})
	if taken == 0 || refused == 0 {
		t.Errorf("%d taken and %d refused: the test shows nothing", taken, refused)
	}
}

// TestCatalogOfPythonAgreesOnEverySortOfColumn puts every scrap into a column
// of every sort.
func TestCatalogOfPythonAgreesOnEverySortOfColumn(t *testing.T) {
	t.Parallel()
	python := startPython(t)
	seen := map[string]bool{}
	for _, l := range pythonLaws(t) {
		for i := range l.kind.Columns {
			c := &l.kind.Columns[i]
			if c.Name == "kind" || seen[l.sortOf(c)] {
				continue
			}
			seen[l.sortOf(c)] = true
			for _, scrap := range scraps {
				python.agree(t, l, l.exampleWith(t, c.Name, scrap))
			}
		}
	}
	for _, c := range schemaExceptions {
		l := law{kind: daybook.MustKind(c.kind), form: c.form}
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(c.text), &members); err != nil {
			t.Fatal(err)
		}
		python.agree(t, l, members)
	}
}
