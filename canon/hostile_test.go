package canon

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Input made to cost more than it is long. Work that is quadratic in it would
// outlast the tests' time limit.

func TestHostileStrings(t *testing.T) {
	t.Parallel()
	for piece, count := range map[string]int{"x": 40 << 20, `\"`: 1 << 20, `\u00e9\n`: 1 << 20} {
		raw := []byte(`"` + strings.Repeat(piece, count) + `"`)
		out, err := AppendJSON(nil, raw)
		if err != nil || !bytes.Equal(out, raw) {
			t.Errorf("%s × %d: %d bytes became %d, %v", piece, count, len(raw), len(out), err)
		}
	}
}

func TestHostileDepth(t *testing.T) {
	t.Parallel()
	for open, step := range map[string]string{"[": "/0", `{"a":`: "/a", `{"b":0,"a":`: "/a", `[0,`: "/1"} {
		for _, depth := range []int{101, 10_000, 1_000_000} {
			_, err := AppendJSON(nil, []byte(strings.Repeat(open, depth)))
			var e *Error
			if !errors.As(err, &e) || e.Path != strings.Repeat(step, MaxDepth) || e.Offset > 101*len(open) {
				t.Errorf("%s × %d: %v", open, depth, err)
			}
		}
	}
}

// TestHostileNesting has a long string below as many objects as may be, each
// out of order.
func TestHostileNesting(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	raw := strings.Repeat(`{"b":`, MaxDepth) + `"` + long + `"` + strings.Repeat(`,"a":0}`, MaxDepth)
	want := strings.Repeat(`{"a": 0, "b": `, MaxDepth) + `"` + long + `"` + strings.Repeat(`}`, MaxDepth)
	out, err := AppendJSON(nil, []byte(raw))
	if err != nil || string(out) != want {
		t.Errorf("%d bytes became %d, %v", len(raw), len(out), err)
	}
	key := strings.Repeat("k", 1<<16)
	_, err = AppendJSON(nil, []byte(strings.Repeat(`{"`+key+`":`, MaxDepth)+"x"))
	var e *Error
	if !errors.As(err, &e) || e.Path != strings.Repeat("/"+key, MaxDepth) || len(err.Error()) > 300 {
		t.Errorf("an error below long keys: %.400v", err)
	}
}

func TestHostileObjects(t *testing.T) {
	t.Parallel()
	const keys = 100_000
	longPlain, longEscaped := strings.Repeat("k", 20_000), strings.Repeat("é", 10_000)
	for _, c := range []struct {
		name  string
		count int
		key   func(i int) string
	}{
		{"sorted", keys / 5, func(i int) string { return fmt.Sprintf("%06d", i) }},
		{"reversed", keys, func(i int) string { return fmt.Sprintf("%06d", keys-i) }},
		{"shuffled", keys / 5, func(i int) string { return fmt.Sprintf("%06d", i*7919%100_003) }},
		{"shuffled with a common prefix", keys, func(i int) string { return fmt.Sprintf("common prefix %06d", i*7919%100_003) }},
		{"shuffled and escaped", keys / 5, func(i int) string { return fmt.Sprintf("é%06d", i*7919%100_003) }},
		{"long with a common prefix", 200, func(i int) string { return fmt.Sprintf("%s%03d", longPlain, i*7%503) }},
		{"long, escaped, with a common prefix", 200, func(i int) string { return fmt.Sprintf("%s%03d", longEscaped, i*7%503) }},
	} {
		raw := []byte{'{'}
		for i := range c.count {
			raw = append(append(append(raw, '"'), c.key(i)...), `":1,`...)
		}
		last := len(raw) - 1
		duplicated := append(bytes.Clone(raw), fmt.Sprintf(`"%s":0}`, c.key(c.count/2))...)
		raw[last] = '}'
		out, err := AppendJSON(nil, raw)
		if err != nil {
			t.Errorf("%s: %.300v", c.name, err)
			continue
		}
		if again, err := AppendJSON(nil, out); err != nil || !bytes.Equal(again, out) {
			t.Errorf("%s: not in order", c.name)
		}
		_, err = AppendJSON(nil, duplicated)
		var e *Error
		if !errors.As(err, &e) || e.Path != "/"+c.key(c.count/2) {
			t.Errorf("%s: a duplicate gave %.300v", c.name, err)
		}
	}
}

func TestHostileDuplicates(t *testing.T) {
	t.Parallel()
	for members, path := range map[string]string{`"a":1,`: "/a", `"b":1,"a":1,`: "/a", `"c":1,"b":1,"a":1,"é":1,`: "/a"} {
		_, err := AppendJSON(nil, []byte(`{`+strings.Repeat(members, 50_000)+`"z":1}`))
		var e *Error
		if !errors.As(err, &e) || e.Path != path || !strings.Contains(e.Reason, "twice") {
			t.Errorf("%s: %v", members, err)
		}
	}
}

func TestHostileNumbers(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		strings.Repeat("9", 1<<20), "0." + strings.Repeat("0", 1<<20) + "1", "1e" + strings.Repeat("9", 1<<20),
		"-" + strings.Repeat("9", 1<<20) + "e-" + strings.Repeat("9", 1<<20), "0." + strings.Repeat("0", 99_999) + "1e100000",
	} {
		for _, normalise := range []func(dst, raw []byte) ([]byte, error){AppendJSON, AppendStoredJSON} {
			_, err := normalise(nil, []byte(raw))
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(e.Reason, "longer than 4096 bytes") {
				t.Errorf("%.20s…: %v", raw, err)
			}
		}
	}
}
