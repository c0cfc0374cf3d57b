package canon

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// question is one line for testdata/oracle.py.
type question struct {
	operation string
	argument  []byte
}

// answer is what Python says; refused, text is the reason.
type answer struct {
	text    string
	refused bool
}

// python is one long-running python3 with the reference implementation.
type python struct {
	mu  sync.Mutex
	in  io.Writer
	out *bufio.Reader
}

// startPython starts it once for all tests. It ends with its standard input,
// which is when the tests do.
var startPython = sync.OnceValues(func() (*python, error) {
	path, err := exec.LookPath("python3")
	if err != nil {
		return nil, nil
	}
	cmd := exec.Command(path, "-B", "testdata/oracle.py")
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &python{in: in, out: bufio.NewReaderSize(out, 1<<20)}, cmd.Start()
})

func oracle(t *testing.T) *python {
	t.Helper()
	p, err := startPython()
	if err != nil {
		t.Fatal(err)
	}
	if p == nil {
		t.Skip("python3 not installed")
	}
	return p
}

// ask puts questions in one go, and gives the answers in their order.
func (p *python) ask(t rapid.TB, questions []question) []answer {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	var text strings.Builder
	for _, q := range questions {
		fmt.Fprintf(&text, "%s %x\n", q.operation, q.argument)
	}
	go io.WriteString(p.in, text.String()) // a lost python3 shows as missing answers
	answers := make([]answer, len(questions))
	for i := range answers {
		line, err := p.out.ReadString('\n')
		if err != nil || line == "" {
			t.Fatalf("python3 answered %q, %v", line, err)
		}
		if line[0] == '!' {
			answers[i] = answer{text: strings.TrimSpace(line[1:]), refused: true}
			continue
		}
		decoded, err := hex.DecodeString(strings.TrimSpace(line[1:]))
		if err != nil {
			t.Fatalf("python3 answered %q", line)
		}
		answers[i] = answer{text: string(decoded)}
	}
	return answers
}

// agree holds what we make of each argument against what Python makes of it.
func (p *python) agree(t rapid.TB, operation string, arguments [][]byte, ours func([]byte) (string, error)) (accepted []string) {
	t.Helper()
	questions := make([]question, len(arguments))
	for i, argument := range arguments {
		questions[i] = question{operation, argument}
	}
	for i, theirs := range p.ask(t, questions) {
		got, err := ours(arguments[i])
		switch {
		case (err != nil) != theirs.refused:
			t.Fatalf("%s of %q: we say %q, %v; Python says %q, refused %v", operation, arguments[i], got, err, theirs.text, theirs.refused)
		case err == nil && got != theirs.text:
			t.Fatalf("%s of %q is\n%s, Python says\n%s", operation, arguments[i], got, theirs.text)
		case err == nil:
			accepted = append(accepted, got)
		}
	}
	return accepted
}

// again holds that each canonical text is what Python makes of itself.
func (p *python) again(t rapid.TB, texts []string) {
	t.Helper()
	questions := make([]question, len(texts))
	for i, text := range texts {
		questions[i] = question{"roundtrip", []byte(text)}
	}
	for i, theirs := range p.ask(t, questions) {
		if theirs.refused || theirs.text != texts[i] {
			t.Fatalf("json.dumps(json.loads(…), sort_keys=True) of\n%s is\n%s", texts[i], theirs.text)
		}
	}
}

func appendJSON(raw []byte) (string, error) {
	out, err := AppendJSON(nil, raw)
	return string(out), err
}

func appendStoredJSON(raw []byte) (string, error) {
	out, err := AppendStoredJSON(nil, raw)
	return string(out), err
}

func appendString(s []byte) (string, error) {
	return string(AppendString(nil, string(s))), CheckString(string(s))
}

func appendFloat(bits []byte) (string, error) {
	return string(AppendFloat(nil, math.Float64frombits(binary.BigEndian.Uint64(bits)))), nil
}

// batch is how many values one check of rapid compares, as a question alone
// costs a change of processes.
const batch = 40

func TestPythonAgreesOnJSON(t *testing.T) {
	t.Parallel()
	p := oracle(t)
	values := rapid.SliceOfN(rawJSON(4), batch, batch)
	rapid.Check(t, func(t *rapid.T) {
		var arguments [][]byte
		for _, raw := range values.Draw(t, "values") {
			arguments = append(arguments, []byte(raw))
		}
		p.again(t, p.agree(t, "json", arguments, appendJSON))
		p.again(t, p.agree(t, "stored", arguments, appendStoredJSON))
	})
}

// TestPythonAgreesOnDamagedJSON holds that we refuse exactly what the
// reference refuses.
func TestPythonAgreesOnDamagedJSON(t *testing.T) {
	t.Parallel()
	p := oracle(t)
	values := rapid.SliceOfN(rawJSON(2), batch, batch)
	rapid.Check(t, func(t *rapid.T) {
		// Drawn from a seed: shrinking damage byte by byte says no more.
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		var arguments [][]byte
		for _, raw := range values.Draw(t, "values") {
			arguments = append(arguments, damage([]byte(raw), random))
		}
		p.again(t, p.agree(t, "json", arguments, appendJSON))
	})
}

func TestPythonAgreesOnVectors(t *testing.T) {
	t.Parallel()
	p := oracle(t)
	for _, v := range vectors(t, "json.ndjson") {
		operation, ours := "json", appendJSON
		if v.Stored {
			operation, ours = "stored", appendStoredJSON
		}
		p.again(t, p.agree(t, operation, [][]byte{v.raw(t)}, ours))
	}
	for _, v := range vectors(t, "strings.ndjson") {
		p.agree(t, "string", [][]byte{[]byte(*v.Input)}, appendString)
	}
	for _, v := range vectors(t, "times.ndjson") {
		if strings.HasPrefix(*v.Input, "0000-") && !v.Error {
			continue // Python has no year 0, from which an offset may lead into year 1
		}
		p.agree(t, "time", [][]byte{[]byte(*v.Input)}, normalizeTime)
	}
}

// TestPythonChecksEntries is an auditor's check: three lines of Python, and
// nothing of ours.
func TestPythonChecksEntries(t *testing.T) {
	t.Parallel()
	p := oracle(t)
	var texts []string
	var questions []question
	list := vectors(t, "entries.ndjson")
	for _, v := range list {
		texts = append(texts, *v.Canonical)
		questions = append(questions, question{"log_hash", []byte(*v.Canonical)})
	}
	p.again(t, texts)
	for i, theirs := range p.ask(t, questions) {
		if theirs.text != list[i].SHA256 {
			t.Errorf("%s: Python's hash is %s, ours %s", list[i].Name, theirs.text, list[i].SHA256)
		}
	}
}

func TestPythonAgreesOnStrings(t *testing.T) {
	t.Parallel()
	p := oracle(t)
	list := rapid.SliceOfN(rapid.OneOf(text(), rapid.String().Filter(func(s string) bool { return CheckString(s) == nil })), batch, batch)
	rapid.Check(t, func(t *rapid.T) {
		strs := list.Draw(t, "strings")
		var arguments [][]byte
		for _, s := range strs {
			arguments = append(arguments, []byte(s))
		}
		p.agree(t, "string", arguments, appendString)
		p.agree(t, "strings", [][]byte{[]byte(strings.Join(strs, "\x00"))}, func(joined []byte) (string, error) {
			return string(AppendStrings(nil, strings.Split(string(joined), "\x00"))), nil
		})
	})
}

func TestPythonAgreesOnFloats(t *testing.T) {
	t.Parallel()
	p := oracle(t)
	list := rapid.SliceOfN(float(), 2*batch, 2*batch)
	rapid.Check(t, func(t *rapid.T) {
		var arguments [][]byte
		for _, f := range list.Draw(t, "floats") {
			arguments = append(arguments, binary.BigEndian.AppendUint64(nil, math.Float64bits(f)))
		}
		p.again(t, p.agree(t, "float", arguments, appendFloat))
	})
}

func normalizeTime(s []byte) (string, error) { return NormalizeTime(string(s)) }
func normalizeDate(s []byte) (string, error) { return NormalizeDate(string(s)) }

func TestPythonAgreesOnTimes(t *testing.T) {
	t.Parallel()
	p := oracle(t)
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		var times, dates [][]byte
		for range batch {
			s := randomTime(random)
			times, dates = append(times, []byte(s)), append(dates, []byte(s[:10]))
		}
		p.agree(t, "time", times, normalizeTime)
		p.agree(t, "date", dates, normalizeDate)
	})
}

// randomTime writes a time in one of the ways of RFC 3339, sometimes of a day
// or hour that does not exist.
func randomTime(random *rand.Rand) string {
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	year := 1 + random.IntN(9999)
	if random.IntN(4) == 0 {
		year, _ = strconv.Atoi(pick("1", "4", "100", "400", "1900", "1970", "2000", "2024", "9999"))
	}
	s := fmt.Sprintf("%04d-%02d-%02d%s%02d:%02d:%02d", year, 1+random.IntN(12), 1+random.IntN(31), pick("T", "t", " "),
		random.IntN(25), random.IntN(60), random.IntN(61))
	if digits := random.IntN(10); digits > 0 {
		s += "." + fmt.Sprintf("%09d", random.IntN(1e9))[:digits]
	}
	return s + pick("Z", "z", "", fmt.Sprintf("%s%02d:%02d", pick("+", "-"), random.IntN(25), random.IntN(60)))
}
