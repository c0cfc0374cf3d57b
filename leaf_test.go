package daybook_test

import (
	"bytes"
	"testing"

	"github.com/daybook-audit/daybook"
)

func TestParseLeaf(t *testing.T) {
	t.Parallel()
	for _, k := range daybook.Kinds() {
		want := daybook.SpineOf(vector(t, k))
		leaf := want.AppendLeaf(nil)
		got, err := daybook.ParseLeaf(leaf)
		want.Seq = 0
		if err != nil || got != want {
			t.Errorf("%q gives %+v, %v", leaf, got, err)
		}
		for _, bad := range [][]byte{nil, leaf[1:], leaf[:len(leaf)-1], append(bytes.Clone(leaf), '\n'), bytes.ToUpper(leaf)} {
			if got, err := daybook.ParseLeaf(bad); err == nil {
				t.Errorf("%q gives %+v", bad, got)
			}
		}
	}
}

// FuzzParseProven holds that what is read is written again byte for byte, so
// nothing but the one spelling is taken.
func FuzzParseProven(f *testing.F) {
	for _, k := range daybook.Kinds()[:4] {
		e := vector(f, k)
		s := daybook.SpineOf(e)
		f.Add(s.AppendLeaf(nil))
		f.Add(e.AppendCanonical(nil))
		f.Add(e.AppendExport(nil))
	}
	f.Add([]byte("daybook-entry/1\n\n\n\n\n\n"))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, extra []byte) {
		s, e, err := daybook.ParseProven(extra)
		switch {
		case err != nil:
		case e != nil && !bytes.Equal(e.AppendCanonical(nil), extra):
			t.Errorf("%q is read as the entry %q", extra, e.AppendCanonical(nil))
		case e == nil && !bytes.Equal(s.AppendLeaf(nil), extra):
			t.Errorf("%q is read as the leaf %q", extra, s.AppendLeaf(nil))
		}
	})
}
