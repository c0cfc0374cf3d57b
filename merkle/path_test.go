package merkle_test

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/daybook-audit/daybook/merkle"
)

func TestTilePath(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct {
		level int
		index int64
		width int
	}{
		"tile/0/000":                               {0, 0, 256},
		"tile/0/999":                               {0, 999, 256},
		"tile/1/x001/000":                          {1, 1000, 256},
		"tile/0/x001/x234/067":                     {0, 1_234_067, 256},
		"tile/63/x001/x234/067.p/8":                {63, 1_234_067, 8},
		"tile/2/000.p/255":                         {2, 0, 255},
		"tile/0/x009/x223/x372/x036/x854/x775/807": {0, 1<<63 - 1, 256},
	} {
		if got := merkle.TilePath(c.level, c.index, c.width); got != want {
			t.Errorf("path %s, want %s", got, want)
		}
		level, index, width, err := merkle.ParseTilePath(want)
		if err != nil || level != c.level || index != c.index || width != c.width {
			t.Errorf("%s: %d, %d, %d, %v", want, level, index, width, err)
		}
	}
}

var badPaths = []string{
	"", "tile", "tile/", "tile/0", "tile/0/", "tile//000", "/tile/0/000", "tile/0/000/", "tiles/0/000",
	"tile/8/0/000", "tile/data/000", "tile/-1/000", "tile/64/000", "tile/00/000", "tile/+1/000", "tile/entries/000",
	"tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x000/001", "tile/0/001/002", "tile/0/x001/x002", "tile/0/-01", "tile/0/+01",
	"tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/-1", "tile/0/000.p/1/2",
	"tile/0/x009/x223/x372/x036/x854/x775/808", "tile/0/x018/x446/x744/x073/x709/x551/616",
	"tile/0/" + strings.Repeat("x000/", 10_000) + "001", "tile/0/０００", "tile/0/000\n", "tile/0/000?", "tile/0/../000",
}

func TestParseTilePathIsStrict(t *testing.T) {
	t.Parallel()
	for _, path := range badPaths {
		if level, index, width, err := merkle.ParseTilePath(path); err == nil {
			t.Errorf("%q is taken for %d, %d, %d", path, level, index, width)
		}
	}
}

func TestEntriesPath(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		index := rapid.Int64Min(0).Draw(t, "index")
		width := rapid.IntRange(1, 256).Draw(t, "width")
		path := merkle.EntriesPath(index, width)
		if tile := merkle.TilePath(0, index, width); path != strings.Replace(tile, "tile/0/", "tile/entries/", 1) {
			t.Fatalf("%s beside %s", path, tile)
		}
		gotIndex, gotWidth, err := merkle.ParseEntriesPath(path)
		if err != nil || gotIndex != index || gotWidth != width {
			t.Fatalf("%s: %d, %d, %v", path, gotIndex, gotWidth, err)
		}
	})
	for _, path := range []string{"", "tile/0/000", "tile/data/000", "tile/entries/", "tile/entries/0", "entries/000", "tile/entries/entries/000"} {
		if _, _, err := merkle.ParseEntriesPath(path); err == nil {
			t.Errorf("%q is taken", path)
		}
	}
}

func TestAppendEntry(t *testing.T) {
	t.Parallel()
	bundle, err := merkle.AppendEntry([]byte("before"), []byte("leaf"))
	if err != nil || string(bundle) != "before\x00\x04leaf" {
		t.Errorf("%q, %v", bundle, err)
	}
	if bundle, err = merkle.AppendEntry(nil, make([]byte, 65_535)); err != nil || !bytes.HasPrefix(bundle, []byte{0xff, 0xff, 0}) {
		t.Errorf("the longest leaf: %v", err)
	}
	if _, err := merkle.AppendEntry(nil, make([]byte, 65_536)); err == nil {
		t.Error("a leaf is taken whose length does not fit")
	}
}

func FuzzParseTilePath(f *testing.F) {
	for _, path := range append(badPaths, "tile/0/000", "tile/1/x001/x234/067", "tile/63/999.p/255") {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		level, index, width, err := merkle.ParseTilePath(path)
		if err != nil {
			return
		}
		if level < 0 || level > 63 || index < 0 || width < 1 || width > 256 {
			t.Fatalf("%q is taken for %d, %d, %d", path, level, index, width)
		}
		if back := merkle.TilePath(level, index, width); back != path {
			t.Fatalf("%q comes back as %q", path, back)
		}
	})
}

// FuzzParseEntries holds that what is read of a bundle gives the same bundle,
// so nothing of it is left unread.
func FuzzParseEntries(f *testing.F) {
	bundle := []byte{}
	for _, leaf := range []string{"leaf 0", "", "daybook-entry/1\nconversations\n", string(make([]byte, 65_535))} {
		var err error
		if bundle, err = merkle.AppendEntry(bundle, []byte(leaf)); err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(bundle))
	}
	f.Add([]byte{0})
	f.Add([]byte{0, 2, 'a'})
	f.Add([]byte{255, 255})
	f.Fuzz(func(t *testing.T, bundle []byte) {
		leaves, err := merkle.ParseEntries(bundle)
		if err != nil {
			return
		}
		again := []byte{}
		for _, leaf := range leaves {
			if again, err = merkle.AppendEntry(again, leaf); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(again, bundle) {
			t.Errorf("%q is read as %q", bundle, leaves)
		}
	})
}
