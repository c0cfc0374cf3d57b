package token

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

var scanned = regexp.MustCompile(`^dbk_[a-z2-7]{16}_[a-z2-7]{59}$`)

// The form is what bearers have in their files: this one never changes.
func TestTextIsFixed(t *testing.T) {
	t.Parallel()
	const want = "dbk_aaaqeayeaudaocaj_aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypqqg6ieiq"
	var s secret
	for i := range s {
		s[i] = byte(i)
	}
	id := base.EncodeToString(s[:idBytes])
	if got := format(id, s); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	gotID, got, err := parse(want)
	if err != nil || gotID != id || got != s {
		t.Errorf("it reads back as %s, %x, %v", gotID, got, err)
	}
}

func TestEveryTypoIsSeen(t *testing.T) {
	t.Parallel()
	id, s := random()
	text := format(id, s)
	if !scanned.MatchString(text) || len(text) != Length {
		t.Fatalf("a token is %q", text)
	}
	for i := range text {
		for _, c := range []byte("abz27_AZ019-=\x00 \xff") {
			if c == text[i] {
				continue
			}
			other := text[:i] + string([]byte{c}) + text[i+1:]
			if _, _, err := parse(other); daybook.CodeOf(err) != daybook.CodeUnauthorized {
				t.Errorf("with %q at %d it is taken: %v", c, i, err)
			} else if strings.Contains(err.Error(), other[25:60]) {
				t.Errorf("the error has the secret: %v", err)
			}
		}
	}
	for _, other := range []string{"", "dbk_", text[:Length-1], text + "a", strings.ToUpper(text), " " + text[1:], text[1:] + "a"} {
		if _, _, err := parse(other); err == nil {
			t.Errorf("%q is taken", other)
		}
	}
}

func TestNoTwoAreAlike(t *testing.T) {
	t.Parallel()
	ids, secrets := map[string]bool{}, map[secret]bool{}
	for range 1000 {
		id, s := random()
		ids[id], secrets[s] = true, true
	}
	if len(ids) != 1000 || len(secrets) != 1000 {
		t.Errorf("%d ids, %d secrets of 1000", len(ids), len(secrets))
	}
}

// Any text is a token in its one form, or none.
func FuzzParse(f *testing.F) {
	id, s := random()
	good := format(id, s)
	for _, seed := range []string{
		good, "", "dbk_", good[:40], strings.ToUpper(good), good + "\n", strings.Repeat("a", Length),
		"dbk_aaaqeayeaudaocaj_aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypqqg6ieiq",
		"dbk_aaaqeayeaudaocaj_aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dyprqg6ieiq", // another spare bit
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, s, err := parse(text)
		if err != nil {
			if id != "" || s != (secret{}) || daybook.CodeOf(err) != daybook.CodeUnauthorized {
				t.Errorf("%q is refused with %q, %x, %v", text, id, s, err)
			}
			return
		}
		if format(id, s) != text || !scanned.MatchString(text) {
			t.Errorf("%q is taken for %q", text, format(id, s))
		}
		if again := base.AppendEncode(nil, s[:]); !bytes.Contains([]byte(text), again) {
			t.Errorf("%q does not hold its secret", text)
		}
	})
}
