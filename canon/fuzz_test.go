package canon

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"
	"unicode/utf8"
)

func FuzzAppendJSON(f *testing.F) {
	for _, v := range vectors(f, "json.ndjson") {
		if v.Input != nil && len(*v.Input) < 200 {
			f.Add([]byte(*v.Input))
		}
	}
	f.Add([]byte(benchValue))
	f.Fuzz(func(t *testing.T, raw []byte) {
		out, err := AppendJSON(nil, raw)
		stored, storedErr := AppendStoredJSON(nil, raw)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(raw) || e.Reason == "" {
				t.Fatalf("%q: %#v", raw, err)
			}
			if storedErr == nil {
				checkCanonical(t, stored)
			}
			return
		}
		checkCanonical(t, out)
		if storedErr != nil || !bytes.Equal(out, stored) {
			t.Fatalf("%q: stored it is %s, %v, else %s", raw, stored, storedErr, out)
		}
		if !json.Valid(raw) {
			t.Fatalf("%q is not JSON, yet became %s", raw, out)
		}
	})
}

// checkCanonical holds that out is JSON in printable ASCII, and the canonical
// form of itself.
func checkCanonical(t *testing.T, out []byte) {
	t.Helper()
	if !json.Valid(out) {
		t.Fatalf("not JSON: %s", out)
	}
	for _, c := range out {
		if c < ' ' || c > '~' {
			t.Fatalf("not printable ASCII: %q", out)
		}
	}
	for _, normalise := range []func(dst, raw []byte) ([]byte, error){AppendJSON, AppendStoredJSON} {
		if again, err := normalise(nil, out); err != nil || !bytes.Equal(again, out) {
			t.Fatalf("%s became %s, %v", out, again, err)
		}
	}
}

func FuzzAppendString(f *testing.F) {
	for _, v := range vectors(f, "strings.ndjson") {
		f.Add(*v.Input)
	}
	f.Add("\x00")
	f.Add("\xff")
	f.Fuzz(func(t *testing.T, s string) {
		out := AppendString(nil, s)
		var back string
		if err := json.Unmarshal(out, &back); err != nil {
			t.Fatalf("%q became %s: %v", s, out, err)
		}
		if utf8.ValidString(s) && back != s {
			t.Fatalf("%q became %s, which is %q", s, out, back)
		}
		if CheckString(s) == nil {
			checkCanonical(t, out)
		}
	})
}

func FuzzNormalizeTime(f *testing.F) {
	for _, v := range vectors(f, "times.ndjson") {
		f.Add(*v.Input)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := NormalizeTime(s)
		if err != nil {
			return
		}
		if again, err := NormalizeTime(got); err != nil || again != got {
			t.Fatalf("%q became %q, then %q, %v", s, got, again, err)
		}
		at, err := ParseTime(got)
		if err != nil || FormatTime(at) != got {
			t.Fatalf("%q became %q, which is %v, %v", s, got, at, err)
		}
		// The standard library reads most of the same texts.
		if theirs, err := time.Parse(time.RFC3339Nano, s); err == nil && !theirs.Truncate(time.Microsecond).Equal(at) {
			t.Fatalf("%q is %v, the standard library says %v", s, at, theirs)
		}
	})
}
