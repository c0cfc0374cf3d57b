package canon

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// vector is a line of any file of vectors.
type vector struct {
	Name      string
	Input     *string
	InputHex  string  `json:"input_hex"`
	Bits      string  `json:"bits"`
	Canonical *string `json:"canonical"`
	ErrorPath *string `json:"error_path"`
	Error     bool
	Stored    bool
	SHA256    string
	line      int
}

// raw is the input as bytes.
func (v vector) raw(t *testing.T) []byte {
	t.Helper()
	if v.Input != nil {
		return []byte(*v.Input)
	}
	raw, err := hex.DecodeString(v.InputHex)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func vectors(t testing.TB, name string) []vector {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var list []vector
	for lines := bufio.NewScanner(file); lines.Scan(); {
		v := vector{line: len(list) + 1}
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatalf("%s:%d: %v", name, v.line, err)
		}
		list = append(list, v)
	}
	if len(list) == 0 {
		t.Fatalf("%s holds no vectors", name)
	}
	return list
}

// normalise calls AppendJSON or AppendStoredJSON.
func (v vector) normalise(raw []byte) ([]byte, error) {
	if v.Stored {
		return AppendStoredJSON(nil, raw)
	}
	return AppendJSON(nil, raw)
}

func TestJSONVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t, "json.ndjson") {
		raw := v.raw(t)
		got, err := v.normalise(raw)
		var e *Error
		switch {
		case v.ErrorPath != nil:
			if !errors.As(err, &e) {
				t.Errorf("line %d: %.80q gave %.80q, want an error at %q", v.line, raw, got, *v.ErrorPath)
			} else if e.Path != *v.ErrorPath {
				t.Errorf("line %d: %.80q: error at %q, want %q (%v)", v.line, raw, e.Path, *v.ErrorPath, err)
			} else if e.Offset < 0 || e.Offset > len(raw) {
				t.Errorf("line %d: offset %d is outside the input", v.line, e.Offset)
			}
		case v.Canonical == nil:
			t.Errorf("line %d says nothing", v.line)
		case err != nil:
			t.Errorf("line %d: %.80q: %v", v.line, raw, err)
		case string(got) != *v.Canonical:
			t.Errorf("line %d: %.80q gave\n%s, want\n%s", v.line, raw, got, *v.Canonical)
		default:
			if again, err := AppendJSON(nil, got); err != nil || !bytes.Equal(again, got) {
				t.Errorf("line %d: again gave %s, %v", v.line, again, err)
			}
		}
	}
}

func TestStringVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t, "strings.ndjson") {
		if got := AppendString(nil, *v.Input); string(got) != *v.Canonical {
			t.Errorf("line %d: %q gave %s, want %s", v.line, *v.Input, got, *v.Canonical)
		}
		if err := CheckString(*v.Input); err != nil {
			t.Errorf("line %d: %v", v.line, err)
		}
		if got, err := AppendJSON(nil, []byte(*v.Canonical)); err != nil || string(got) != *v.Canonical {
			t.Errorf("line %d: as JSON it gave %s, %v", v.line, got, err)
		}
	}
}

func TestFloatVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t, "floats.ndjson") {
		bits, err := strconv.ParseUint(v.Bits, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := AppendFloat(nil, math.Float64frombits(bits)); string(got) != *v.Canonical {
			t.Errorf("line %d: %s gave %s, want %s", v.line, v.Bits, got, *v.Canonical)
		}
	}
}

func TestTimeVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t, "times.ndjson") {
		got, err := NormalizeTime(*v.Input)
		if v.Error {
			var e *Error
			if !errors.As(err, &e) || got != "" {
				t.Errorf("line %d: %q gave %q, %v; want an error", v.line, *v.Input, got, err)
			}
			continue
		}
		if err != nil || got != *v.Canonical {
			t.Errorf("line %d: %q gave %q, %v; want %q", v.line, *v.Input, got, err, *v.Canonical)
			continue
		}
		if at, err := ParseTime(got); err != nil || FormatTime(at) != got {
			t.Errorf("line %d: %s did not survive ParseTime: %v, %v", v.line, got, at, err)
		}
	}
}

// TestEntryVectors takes each entry apart into typed values, and writes it
// again with the functions of their types.
func TestEntryVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t, "entries.ndjson") {
		hash := Hash([]byte(*v.Canonical))
		if got := hex.EncodeToString(hash[:]); got != v.SHA256 {
			t.Errorf("%s: hash %s, want %s", v.Name, got, v.SHA256)
		}
		got := rewrite(t, nil, jsontext.NewDecoder(strings.NewReader(*v.Canonical)))
		if string(got) != *v.Canonical {
			t.Errorf("%s: written again it is\n%s, want\n%s", v.Name, got, *v.Canonical)
		}
	}
}

// rewrite appends the next value of d, knowing no more of its type than the
// text shows.
func rewrite(t *testing.T, dst []byte, d *jsontext.Decoder) []byte {
	t.Helper()
	token, err := d.ReadToken()
	if err != nil {
		t.Fatal(err)
	}
	switch token.Kind() {
	case '"':
		return AppendString(dst, token.String())
	case 't', 'f':
		return AppendBool(dst, token.Bool())
	case 'n':
		return append(dst, "null"...)
	case '0':
		if text := token.String(); strings.ContainsAny(text, ".e") {
			f, err := token.Float()
			if err != nil {
				t.Fatal(err)
			}
			return AppendFloat(dst, f)
		}
		n, err := token.Int()
		if err != nil {
			t.Fatal(err)
		}
		return AppendInt(dst, n)
	}
	end := map[jsontext.Kind]byte{'{': '}', '[': ']'}[token.Kind()]
	dst = append(dst, byte(token.Kind()))
	for first := true; d.PeekKind() != jsontext.Kind(end); first = false {
		if !first {
			dst = append(dst, ", "...)
		}
		if end == '}' {
			key, err := d.ReadToken()
			if err != nil {
				t.Fatal(err)
			}
			dst = AppendKey(dst, key.String())
		}
		dst = rewrite(t, dst, d)
	}
	if _, err := d.ReadToken(); err != nil {
		t.Fatal(err)
	}
	return append(dst, end)
}
