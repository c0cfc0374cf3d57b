package httpd

import (
	"net/http"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// How long caches keep a tile: for ever, as the same path always has the same
// bytes. What names entries is for the caller's own cache alone.
const (
	forEver        = "max-age=31536000, immutable"
	publicForEver  = "public, " + forEver
	privateForEver = "private, " + forEver
)

// tile gives hashes of the tree (C2SP tlog-tiles).
func (s *Server) tile(w http.ResponseWriter, r *http.Request, _ daybook.Principal) error {
	path, err := s.tilePath(r)
	if err != nil {
		return err
	}
	level, index, width, err := merkle.ParseTilePath(path)
	if err != nil {
		return noTile(err)
	}
	hashes, err := s.Tiler.Tile(r.Context(), level, index, width)
	if err != nil {
		return err
	}
	if out, ok := w.(*responder); ok {
		out.accepts = false // hashes do not compress
	}
	return sendTile(w, publicForEver, hashes)
}

// entryBundle gives the leaves of the tree (C2SP tlog-tiles). They tell of
// every business that it writes, and when, so whoever is bound to one gets none.
func (s *Server) entryBundle(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	if p.Business != "" {
		return &daybook.Error{
			Code: daybook.CodeForbidden, Message: "entry bundles name the entries of every business, and this token is bound to one",
			Hint: "use a token that is bound to none, or prove entries one by one with /v1/proof/inclusion",
		}
	}
	path, err := s.tilePath(r)
	if err != nil {
		return err
	}
	index, width, err := merkle.ParseEntriesPath(path)
	if err != nil {
		return noTile(err)
	}
	bundle, err := s.Tiler.Entries(r.Context(), index, width)
	if err != nil {
		return err
	}
	return sendTile(w, privateForEver, bundle)
}

// tilePath gives the path as it was sent, so that no escape or alias of a
// path is taken for it.
func (s *Server) tilePath(r *http.Request) (string, error) {
	if _, err := parameters(r); err != nil {
		return "", err
	}
	if s.Tiler == nil {
		return "", &daybook.Error{Code: daybook.CodeNotFound, Message: "this server has no tiles", Hint: "GET / lists the calls"}
	}
	return strings.TrimPrefix(r.URL.EscapedPath(), "/"), nil
}

func noTile(err error) error {
	return &daybook.Error{
		Code: daybook.CodeNotFound, Message: "no such tile", Err: err,
		Hint: "the paths are those of https://c2sp.org/tlog-tiles, such as /tile/0/x001/x234/067, /tile/1/000.p/17 and /tile/entries/000",
	}
}

func sendTile(w http.ResponseWriter, caching string, data []byte) error {
	w.Header().Set("Cache-Control", caching)
	return sendBytes(w, http.StatusOK, "application/octet-stream", data)
}
