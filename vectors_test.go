package daybook_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

const vectorFile = "testdata/entries.ndjson"

// vector makes a full entry of a kind, each value with something in it that a
// careless writer of JSON gets wrong.
func vector(t testing.TB, k *daybook.Kind) *daybook.Entry {
	t.Helper()
	e := &daybook.Entry{Kind: k, Seq: int64(k.Number), Values: make([]daybook.Value, len(k.Columns))}
	for i := range k.Columns {
		c := &k.Columns[i]
		given := map[daybook.Type]string{
			daybook.TypeText: "é \u2028 玉米 🌽 \"\\/\b\f\n\r\t\x7f <&>", daybook.TypeUUID: "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01",
			daybook.TypeInt: "9007199254740993", daybook.TypeFloat: "1e-05", daybook.TypeBool: "false",
			daybook.TypeTime: "2024-02-29T23:59:59.000001Z", daybook.TypeDate: "2024-02-29",
			daybook.TypeJSON:    `{"z": [1.0, -0.0, 1e17, 1e22, 0.1, 1E-7, null, true], "é": {"\ud83c\udf3d": "\u007f"}, "": {}, "A": []}`,
			daybook.TypeTexts:   `["bronze.wasde_cell", "", "\"quoted\"", "ü"]`,
			daybook.TypeOptions: `[{"option": "hold", "pros": ["cheap"], "cons": ["slow", "ü"], "score": 1}, {"option": ""}]`,
			daybook.TypeHex:     "00112233445566778899aabbccddeeff",
		}[c.Type]
		if c.Closed != nil {
			given = c.Closed[0]
		}
		v, err := c.ParseText(given)
		if err != nil {
			t.Fatalf("%s.%s: %v", k.Name, c.Name, err)
		}
		e.Values[i] = v
	}
	e.Seal(daybook.Envelope{
		LogID: "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b02", LoggedAt: "2024-03-01T00:00:00.000000Z", Principal: "wasde-writer",
		RetainUntil: daybook.Forever, Salt: "00112233445566778899aabbccddeeff", Revision: 1,
	})
	e.LogHash = sha256.Sum256(e.AppendCanonical(nil))
	return e
}

// An entry once written must hold for ever, whatever becomes of the catalog:
// the file's lines are never written anew, only lines of new kinds are added.
func TestVectorsHold(t *testing.T) {
	t.Parallel()
	held, err := os.ReadFile(vectorFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range bytes.Lines(held) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		e, err := daybook.DecodeEntry(line)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		seen[e.Kind.Name] = true
		if again := e.AppendExport(nil); !bytes.Equal(again, line) {
			t.Errorf("%s\nreads back as\n%s", line, again)
		}
		if hash := sha256.Sum256(e.AppendCanonical(nil)); hash != e.LogHash {
			t.Errorf("%s: the hash is %s", line, hex.EncodeToString(hash[:]))
		}
	}
	added := held
	for _, k := range daybook.Kinds() {
		if !seen[k.Name] {
			added = append(vector(t, k).AppendExport(added), '\n')
		}
	}
	switch {
	case len(added) == len(held):
	case *update:
		if err := os.WriteFile(vectorFile, added, 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s lacks a kind; add it with: go test . -run %s -update", vectorFile, t.Name())
	}
}

// seedHash is compute_log_hash as the source document has it, over exports.
const seedHash = `
import hashlib, json, sys

def compute_log_hash(entry):
    content = json.dumps(entry, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()

count = 0
for line in sys.stdin:
    entry = json.loads(line)
    log_hash, seq = entry.pop("log_hash"), entry.pop("seq")
    if compute_log_hash(entry) != log_hash:
        sys.exit("%s %d: python gives %s" % (entry["kind"], seq, json.dumps(entry, sort_keys=True)))
    count += 1
print(count)
`

// checkInPython checks exports with Python's json and hashlib alone, and gives what Python
// printed and how it went.
func checkInPython(t *testing.T, exports []byte) (string, error) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed: the canonical form was not held against it")
	}
	cmd := exec.Command(python, "-c", seedHash)
	cmd.Stdin = bytes.NewReader(exports)
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func TestPythonFindsTheVectorsSound(t *testing.T) {
	t.Parallel()
	held, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := checkInPython(t, held); err != nil || out == "0" {
		t.Errorf("%v: %s", err, out)
	}
	bad := bytes.Replace(held, []byte("wasde-writer"), []byte("wasde-writes"), 1)
	if out, err := checkInPython(t, bad); err == nil {
		t.Errorf("python lets a changed entry pass: %s", out)
	}
}

func TestPythonFindsEntriesOfEveryKindSound(t *testing.T) {
	t.Parallel()
	const each = 40
	var exports []byte
	for _, p := range packings() {
		for seed := range each {
			exports = append(p.entries.Example(seed).AppendExport(exports), '\n')
		}
	}
	if out, err := checkInPython(t, exports); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
