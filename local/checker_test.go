package local_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/tiledir"
)

const checker = "../docs/check/daybook_check.py"

// evidence is what an auditor has of a ledger, as files in a folder.
type evidence struct {
	t   *testing.T
	dir string
}

func (e evidence) at(name string) string { return filepath.Join(e.dir, filepath.FromSlash(name)) }

func (e evidence) change(name string, change func(text string) string) {
	e.t.Helper()
	text := string(fileAt(e.t, e.at(name)))
	changed := change(text)
	if changed == text {
		e.t.Fatalf("%s: the change changes nothing", name)
	}
	write(e.t, e.at(name), []byte(changed))
}

// check runs the checker, and gives its exit code and what it said.
func (e evidence) check(args ...string) (int, string) {
	e.t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		e.t.Skip("python3 is not installed")
	}
	for i := 1; i < len(args); i++ {
		args[i] = e.at(args[i])
	}
	ctx, cancel := context.WithTimeout(e.t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, append([]string{"-B", checker}, args...)...)
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		e.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// checkAll runs the checker's functions over many cases in one process, and
// gives the exit code and the word of each.
func checkAll(t *testing.T, cases [][]string) []verdict {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	const driver = `
import contextlib, io, json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import daybook_check
for sort, *args in json.load(sys.stdin):
    code, said = 0, io.StringIO()
    with contextlib.redirect_stdout(said):
        try: getattr(daybook_check, "check_" + sort)(*args)
        except SystemExit as e: code, e = 1, print(e)
        except Exception as e: code, e = 2, print("it cannot be read:", repr(e))
    print(json.dumps({"Code": code, "Said": said.getvalue()}))
`
	in := must[[]byte](t)(json.Marshal(cases))
	cmd := exec.CommandContext(t.Context(), python, "-c", driver, filepath.Dir(checker))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out := must[[]byte](t)(cmd.Output())
	var verdicts []verdict
	for line := range bytes.Lines(out) {
		var v verdict
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		verdicts = append(verdicts, v)
	}
	if len(verdicts) != len(cases) {
		t.Fatalf("%d verdicts for %d cases", len(verdicts), len(cases))
	}
	return verdicts
}

type verdict struct {
	Code int
	Said string
}

// copied gives the same evidence in a folder of its own.
func (e evidence) copied() evidence {
	e.t.Helper()
	dir := e.t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(e.dir)); err != nil {
		e.t.Fatal(err)
	}
	return evidence{e.t, dir}
}

// gather writes a ledger of 300 entries and what an auditor gets of it.
func gather(t *testing.T) evidence {
	t.Helper()
	l, e := open(t, temp(t), local.Options{}), evidence{t, t.TempDir()}
	receipts := think(t, l, 299)
	amended := must[daybook.Receipt](t)(l.LogDecision(t.Context(), daybook.DecisionLog{AgentPosition: "CFO", DecisionSummary: "Größe: 3 \u00b5m 🌽", Confidence: new(0.30000000000000004)}))
	must[string](t)(l.Prove(t.Context(), amended.LogID)) // has a checkpoint signed over all
	write(t, e.at("proof"), []byte(must[string](t)(l.Prove(t.Context(), receipts[170].LogID))))
	write(t, e.at("checkpoint"), []byte(must[string](t)(l.Checkpoint(t.Context()))))
	write(t, e.at("key"), []byte(l.Public()+"\n"))
	must[*tiledir.Report](t)(tiledir.Write(t.Context(), e.at("tiles"), source{l.Prover, l.Tiler}, tiledir.Options{}))
	var export []byte
	err := l.Store.Scan(t.Context(), 0, func(r daybook.Row) error {
		export = append(r.Entry.AppendExport(export), '\n')
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	write(t, e.at("export"), export)
	write(t, e.at("whole"), []byte(must[string](t)(l.ProveEntry(t.Context(), amended.LogID))))
	_, other, err := merkle.GenerateKey(strings.SplitN(l.Public(), "+", 2)[0])
	if err != nil {
		t.Fatal(err)
	}
	write(t, e.at("other"), []byte(other))
	return e
}

func TestCheckerIsShort(t *testing.T) {
	t.Parallel()
	if n := bytes.Count(fileAt(t, checker), []byte("\n")); n > 60 {
		t.Errorf("the checker has %d lines: nobody reads more than 60", n)
	}
}

func TestCheckerFindsSound(t *testing.T) {
	t.Parallel()
	e := gather(t)
	for says, args := range map[string][]string{
		"300 entries are as they were signed": {"export", "export", "checkpoint", "key"},
		"; 300 have bodies":                   {"export", "export", "checkpoint", "key", "tiles"},
		"the proof holds":                     {"proof", "proof", "key"},
		`"confidence": 0.30000000000000004`:   {"proof", "whole", "key"},
	} {
		if code, said := e.check(args...); code != 0 || !strings.Contains(said, says) {
			t.Errorf("%v: %d, %s", args, code, said)
		}
	}
	// Bodies may be gone where the leaves are there, and not where they are not.
	e.change("export", func(s string) string { return strings.Join(strings.SplitAfter(s, "\n")[100:], "") })
	if code, said := e.check("export", "export", "checkpoint", "key", "tiles"); code != 0 || !strings.Contains(said, "; 200 have bodies") {
		t.Errorf("bodies are gone: %d, %s", code, said)
	}
	if code, said := e.check("export", "export", "checkpoint", "key"); code != 1 || !strings.Contains(said, "100 of 300 entries are not there") {
		t.Errorf("bodies are gone, and no tiles: %d, %s", code, said)
	}
	if code, said := e.check("export", "nothing", "checkpoint", "key"); code != 2 || !strings.Contains(said, "cannot be read") {
		t.Errorf("no such file: %d, %s", code, said)
	}
}

// TestCheckerFindsVectorsSound holds the checker against the vectors, in which
// every kind and every sort of value is.
func TestCheckerFindsVectorsSound(t *testing.T) {
	t.Parallel()
	e := evidence{t, "../testdata/ledger"}
	for _, args := range [][]string{
		{"export", "export.ndjson", "tiles/checkpoint", "key.pub"},
		{"export", "export.ndjson", "tiles/checkpoint", "key.pub", "tiles"},
		{"export", "export.ndjson", "checkpoint-200", "key.pub"},
		{"proof", "entry-1.tlog-proof", "key.pub"},
		{"proof", "entry-1-with-entry.tlog-proof", "key.pub"},
	} {
		if code, said := e.check(args...); code != 0 {
			t.Errorf("%v: %d, %s", args, code, said)
		}
	}
}

// rehash makes a line of an export true to itself again, as a forger would.
func rehash(line string) string {
	i := strings.Index(line, `, "log_hash": "`)
	canonical := line[:i] + "}"
	sum := sha256.Sum256([]byte(canonical))
	return line[:i] + `, "log_hash": "` + hex.EncodeToString(sum[:]) + line[i+len(`, "log_hash": "`)+64:]
}

func TestCheckerRefusesExports(t *testing.T) {
	t.Parallel()
	line := func(n int, change func(line string) string) func(string) string {
		return func(s string) string {
			lines := strings.SplitAfter(s, "\n")
			lines[n] = change(lines[n])
			return strings.Join(lines, "")
		}
	}
	forge := func(s string) string { return strings.Replace(s, `"secret"`, `"public"`, 1) }
	cases := map[string]struct {
		file   string
		change func(string) string
		says   string
		noBody bool // and without any body, so that the tiles alone tell
	}{
		"a value":             {"export", line(7, forge), "entry 7 does not give its log_hash", false},
		"a value and hash":    {"export", line(7, func(s string) string { return rehash(forge(s)) }), "the root that was signed", false},
		"a hash":              {"export", line(7, func(s string) string { return strings.Replace(s, `"log_hash": "`, `"log_hash": "0`, 1) }), "entry 7 does not give", false},
		"a line gone":         {"export", line(7, func(string) string { return "" }), "1 of 300 entries are not there", false},
		"a line forged twice": {"export", line(7, func(s string) string { return rehash(forge(s)) + s }), "another stands in its place", false},
		"another seq":         {"export", line(7, func(s string) string { return strings.Replace(s, `"seq": 7}`, `"seq": 8}`, 1) }), "another stands in its place", false},
		"a seq below":         {"export", line(7, func(s string) string { return s + strings.Replace(s, `"seq": 7}`, `"seq": -7}`, 1) }), "entry -7", false},
		"a seq between":       {"export", line(7, func(s string) string { return s + strings.Replace(s, `"seq": 7}`, `"seq": 7.5}`, 1) }), "entry 7.5", false},
		"a seq as a float":    {"export", line(7, func(s string) string { return strings.Replace(s, `"seq": 7}`, `"seq": 7.0}`, 1) }), "entry 7.0", false},
		"a line twice":        {"export", line(7, func(s string) string { return s + s }), "entry 7 does not give its log_hash, or another stands in its place, or it is out of order", false},
		"a line put behind": {"export", func(s string) string {
			first, behind, _ := strings.Cut(s, "\n")
			return behind + first + "\n"
		}, "or it is out of order", false},
		"another spelling": {"export", line(7, func(s string) string { return strings.Replace(s, `", "`, `","`, 1) }), "entry 7 does not give", false},
		"a key twice":      {"export", line(7, func(s string) string { return `{"agent_position": "CEO", ` + s[1:] }), "entry 7 does not give", false},
		"two seqs swapped": {"export", func(s string) string {
			s = strings.Replace(s, `"seq": 7}`, `"seq": x}`, 1)
			s = strings.Replace(s, `"seq": 8}`, `"seq": 7}`, 1)
			lines := strings.SplitAfter(strings.Replace(s, `"seq": x}`, `"seq": 8}`, 1), "\n")
			lines[7], lines[8] = lines[8], lines[7]
			return strings.Join(lines, "")
		}, "the root that was signed", false},
		"the end gone":        {"export", func(s string) string { return s[:len(s)/2] }, "cannot be read", false},
		"everything gone":     {"export", func(string) string { return "" }, "300 of 300 entries are not there", false},
		"another size signed": {"checkpoint", func(s string) string { return strings.Replace(s, "\n300\n", "\n299\n", 1) }, "did not sign", false},
		"another root signed": {"checkpoint", func(s string) string {
			lines := strings.Split(s, "\n")
			return strings.Replace(s, lines[2], flip(lines[2]), 1)
		}, "did not sign", false},
		"a signature":               {"checkpoint", func(s string) string { return s[:len(s)-20] + flip(s[len(s)-20:]) }, "did not sign", false},
		"no signature":              {"checkpoint", func(s string) string { return strings.SplitAfter(s, "\n\n")[0] }, "did not sign", false},
		"another ledger's name":     {"checkpoint", func(s string) string { return strings.Replace(s, "daybook/0", "daybook/1", 1) }, "did not sign", false},
		"another key":               {"key", nil, "did not sign", false},
		"a leaf in the tiles":       {"tiles/tile/entries/000", forgeLeaf, "another stands in its place", false},
		"leaves gone in the tiles":  {"tiles/tile/entries/001.p/44", func(s string) string { return s[:len(s)/2] }, "", false},
		"a length in the tiles":     {"tiles/tile/entries/000", func(s string) string { return "\xff" + s[1:] }, "", false},
		"a leaf without its body":   {"tiles/tile/entries/000", forgeLeaf, "the root that was signed", true},
		"a leaf put in between":     {"tiles/tile/entries/000", func(s string) string { return s[:2+int(s[0])<<8+int(s[1])] + s }, "", false},
		"a proof for an export":     {"export", func(string) string { return "c2sp.org/tlog-proof@v1\n" }, "cannot be read", false},
		"an export without log_ids": {"export", func(s string) string { return strings.ReplaceAll(s, "log_id", "logid") }, "entry 0 does not give", false},
	}
	whole := gather(t)
	var asked [][]string
	names := slices.Sorted(maps.Keys(cases))
	for _, name := range names {
		c, e := cases[name], whole.copied()
		args := []string{"export", e.at("export"), e.at("checkpoint"), e.at("key")}
		if strings.HasPrefix(c.file, "tiles") {
			args = append(args, e.at("tiles"))
		}
		if c.change == nil {
			args[3] = e.at("other")
		} else {
			e.change(c.file, c.change)
		}
		if c.noBody {
			e.change("export", func(string) string { return "" })
		}
		asked = append(asked, args)
	}
	for i, v := range checkAll(t, asked) {
		if v.Code == 0 || !strings.Contains(v.Said, cases[names[i]].says) {
			t.Errorf("%s: %d, %s", names[i], v.Code, v.Said)
		}
	}
}

func flip(s string) string {
	b := []byte(s)
	b[0] = map[bool]byte{true: 'B', false: 'A'}[b[0] == 'A']
	return string(b)
}

// forgeLeaf moves the first time in a bundle.
func forgeLeaf(s string) string {
	i := strings.Index(s, "Z\n")
	return s[:i-1] + map[bool]string{true: "1", false: "0"}[s[i-1] == '0'] + s[i:]
}

func TestCheckerRefusesProofs(t *testing.T) {
	t.Parallel()
	e := gather(t)
	lines := func(change func(lines []string) []string) func(string) string {
		return func(s string) string { return strings.Join(change(strings.Split(s, "\n")), "\n") }
	}
	var asked [][]string
	var names []string
	for _, file := range []string{"proof", "whole"} {
		for name, change := range map[string]func(string) string{
			"another index":      lines(func(l []string) []string { l[2] = "index 3"; return l }),
			"an index out of it": lines(func(l []string) []string { l[2] = "index 300"; return l }),
			"a hash gone":        lines(func(l []string) []string { return slices.Delete(l, 4, 5) }),
			"a hash twice":       lines(func(l []string) []string { return slices.Insert(l, 4, l[4]) }),
			"hashes swapped":     lines(func(l []string) []string { l[3], l[4] = l[4], l[3]; return l }),
			"a hash":             lines(func(l []string) []string { l[5] = flip(l[5]); return l }),
			"no hash":            lines(func(l []string) []string { return slices.Delete(l, 3, slices.Index(l, "")) }),
			"no extra":           lines(func(l []string) []string { return slices.Delete(l, 1, 2) }),
			"empty extra":        lines(func(l []string) []string { l[1] = "extra "; return l }),
			"another header":     lines(func(l []string) []string { l[0] = "c2sp.org/tlog-proof@v2"; return l }),
			"another content":    lines(func(l []string) []string { l[1] = l[1][:80] + flip(l[1][80:]); return l }),
			"another size":       func(s string) string { return strings.Replace(s, "\n300\n", "\n301\n", 1) },
			"nothing":            func(string) string { return "" },
		} {
			changed := fmt.Sprint(file, len(asked))
			write(t, e.at(changed), []byte(change(string(fileAt(t, e.at(file))))))
			asked, names = append(asked, []string{"proof", e.at(changed), e.at("key")}), append(names, file+", "+name)
		}
		asked, names = append(asked, []string{"proof", e.at(file), e.at("other")}), append(names, file+", another key")
	}
	for i, v := range checkAll(t, asked) {
		if v.Code == 0 {
			t.Errorf("%s: %s", names[i], v.Said)
		}
	}
}
