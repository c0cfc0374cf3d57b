package httpd_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

// tiler has the tiles of level 0 and their entries up to tile 1,234,067, all
// of one byte, and counts what it is asked.
type tiler struct{ asked []string }

func (f *tiler) Tile(_ context.Context, level int, index int64, width int) ([]byte, error) {
	f.asked = append(f.asked, fmt.Sprint("tile ", level, index, width))
	if level > 0 || index > 1234067 {
		return nil, &daybook.Error{Code: daybook.CodeNotFound, Message: "no such tile"}
	}
	return []byte(strings.Repeat("h", 32*width)), nil
}

func (f *tiler) Entries(_ context.Context, index int64, width int) ([]byte, error) {
	f.asked = append(f.asked, fmt.Sprint("entries ", index, width))
	return []byte(strings.Repeat("\x00\x01e", width)), nil
}

func TestTiles(t *testing.T) {
	t.Parallel()
	for target, c := range map[string]struct {
		asked, caching string
		bytes          int
	}{
		"/tile/0/000":                   {"tile 0 0 256", "public, max-age=31536000, immutable", 8192},
		"/tile/0/000.p/7":               {"tile 0 0 7", "public, max-age=31536000, immutable", 224},
		"/tile/0/x001/x234/067":         {"tile 0 1234067 256", "public, max-age=31536000, immutable", 8192},
		"/tile/0/x001/x234/067.p/255":   {"tile 0 1234067 255", "public, max-age=31536000, immutable", 8160},
		"/tile/entries/000":             {"entries 0 256", "private, max-age=31536000, immutable", 768},
		"/tile/entries/x001/067.p/1":    {"entries 1067 1", "private, max-age=31536000, immutable", 3},
		"/tile/entries/x999/x999/999":   {"entries 999999999 256", "private, max-age=31536000, immutable", 768},
		"/tile/entries/x001/x234/067":   {"entries 1234067 256", "private, max-age=31536000, immutable", 768},
		"/tile/entries/x001/067.p/0001": {},
	} {
		f := &tiler{}
		d := newDesk(t, func(d *desk) { d.config.Tiler = f })
		w := d.do(request("GET", target, "", "Accept-Encoding: gzip"))
		if c.asked == "" {
			if p := problemIn(t, w); p.Status != http.StatusNotFound || len(f.asked) > 0 {
				t.Errorf("%s: %+v, asked %q", target, p, f.asked)
			}
			continue
		}
		h := w.Header()
		if w.Code != http.StatusOK || w.Body.Len() != c.bytes || len(f.asked) != 1 || f.asked[0] != c.asked ||
			h.Get("Content-Type") != "application/octet-stream" || h.Get("Cache-Control") != c.caching {
			t.Errorf("%s: %d, %d bytes, asked %q, %v", target, w.Code, w.Body.Len(), f.asked, h)
		}
	}
}

// A tile has one path, and no other spelling of it is a path.
func TestTilesByOtherPaths(t *testing.T) {
	t.Parallel()
	f := &tiler{}
	d := newDesk(t, func(d *desk) { d.config.Tiler = f })
	for _, target := range []string{
		"/tile", "/tile/", "/tile/0", "/tile/0/", "/tile/entries", "/tile/entries/", "/tile/data/000", "/tile/8/0/000",
		"/tile/00/000", "/tile/-1/000", "/tile/+0/000", "/tile/64/000", "/tile/x/000",
		"/tile/0/0", "/tile/0/0000", "/tile/0/000/", "/tile/0//000", "/tile/0/x000/000", "/tile/0/001/000", "/tile/0/x001", "/tile/0/-01",
		"/tile/0/x001/x234/x067", "/tile/0/X001/067", "/tile/0/%30%30%30", "/tile/%30/000", "/tile/0/x001%2F067", "/%74ile/0/000",
		"/tile/0/000.p", "/tile/0/000.p/", "/tile/0/000.p/0", "/tile/0/000.p/01", "/tile/0/000.p/256", "/tile/0/000.p/-1", "/tile/0/000.p/1/1",
		"/tile/0/../0/000", "/tile/entries/../entries/000", "/tile/0/x999/x999/x999/x999/x999/x999/999", "/tile/entries/x999/x999/x999/x999/x999/x999/999",
	} {
		if p := problemIn(t, d.do(request("GET", target, ""))); p.Status != http.StatusNotFound {
			t.Errorf("%s: %+v", target, p)
		}
	}
	for _, target := range []string{"/tile/0/000?x=1", "/tile/entries/000?x", "/checkpoint?x=1"} {
		if p := problemIn(t, d.do(request("GET", target, ""))); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %+v", target, p)
		}
	}
	if len(f.asked) > 0 {
		t.Errorf("asked for %q", f.asked)
	}
	w := d.do(request("GET", "/tile/1/000", ""))
	if p := problemIn(t, w); p.Status != http.StatusNotFound || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("a tile that is not there yet: %+v, %v", p, w.Header())
	}
}

func TestTilesOfNone(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	for _, target := range []string{"/tile/0/000", "/tile/entries/000"} {
		if p := problemIn(t, d.do(request("GET", target, ""))); p.Status != http.StatusNotFound {
			t.Errorf("%s: %+v", target, p)
		}
	}
}

// Hashes are everybody's; leaves name entries, and are the auditors' of all
// businesses.
func TestWhoGetsTiles(t *testing.T) {
	t.Parallel()
	nobody := &daybook.Error{Code: daybook.CodeUnauthorized, Message: "who are you", Hint: "send a token"}
	for name, c := range map[string]struct {
		who     daybook.Principal
		err     error
		bundles int
	}{
		"an auditor":            {daybook.Principal{Name: "a", Role: daybook.RoleAuditor}, nil, http.StatusOK},
		"a reader":              {daybook.Principal{Name: "a", Role: daybook.RoleReader}, nil, http.StatusForbidden},
		"a writer":              {daybook.Principal{Name: "a", Role: daybook.RoleWriter}, nil, http.StatusForbidden},
		"a reader of one house": {daybook.Principal{Name: "a", Role: daybook.RoleReader, Business: "acme"}, nil, http.StatusForbidden},
		"an admin of one house": {daybook.Principal{Name: "a", Role: daybook.RoleAdmin, Business: "acme"}, nil, http.StatusForbidden},
		"somebody":              {daybook.Principal{}, nobody, http.StatusUnauthorized},
	} {
		d := newDesk(t, func(d *desk) {
			d.config.Tiler = &tiler{}
			d.config.Principal = func(*http.Request) (daybook.Principal, error) { return c.who, c.err }
		})
		for target, want := range map[string]int{"/checkpoint": 200, "/tile/0/000": 200, "/tile/entries/000": c.bundles, "/tile/entries/nonsense": max(c.bundles, 404)} {
			if c.bundles != 200 && target == "/tile/entries/nonsense" {
				want = c.bundles // who may not, is told no more
			}
			if w := d.do(request("GET", target, "")); w.Code != want {
				t.Errorf("%s, %s: %d, want %d: %s", name, target, w.Code, want, w.Body)
			}
		}
		if len(d.recorder.entries) > 0 {
			t.Errorf("%s: tiles are no reads of the log, but %d entries were written", name, len(d.recorder.entries))
		}
	}
}

func TestCheckpointForTiles(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	one, other := d.do(request("GET", "/checkpoint", "")), d.do(request("GET", "/v1/checkpoint", ""))
	if one.Code != http.StatusOK || one.Body.String() != other.Body.String() ||
		one.Header().Get("Content-Type") != "text/plain; charset=utf-8" || one.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v %s", one.Code, one.Header(), one.Body)
	}
}
