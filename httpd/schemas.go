package httpd

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"

	"github.com/daybook-audit/daybook"
)

const (
	schemaMedia = "application/schema+json"
	// documentAge is how long caches keep a document of the program's own: a
	// newer program may have another.
	documentAge = "public, max-age=300"
)

// openAPI gives the description of every call.
func (s *Server) openAPI(w http.ResponseWriter, r *http.Request, _ daybook.Principal) error {
	return sendDocument(w, r, "application/json", s.described())
}

// schemas gives the schema of a record of any kind.
func (s *Server) schemas(w http.ResponseWriter, r *http.Request, _ daybook.Principal) error {
	return sendDocument(w, r, schemaMedia, recordsSchema())
}

var recordsSchema = sync.OnceValue(func() []byte {
	text, err := daybook.IndentJSON(daybook.RecordsSchema())
	if err != nil {
		panic(err) // it is made of maps, lists, texts and numbers
	}
	return text
})

// schema gives the schema of a kind: of a record, unless the path says of what.
func (s *Server) schema(w http.ResponseWriter, r *http.Request, _ daybook.Principal) error {
	kind, err := kindOf(r)
	if err != nil {
		return err
	}
	form := daybook.SchemaForm(r.PathValue("form"))
	if form == "" {
		form = daybook.SchemaRecord
	}
	text, err := kind.SchemaText(form)
	if err != nil {
		return err
	}
	return sendDocument(w, r, schemaMedia, text)
}

// sendDocument answers with a document that is the same until the program is
// another, or with 304 where the client has it.
func sendDocument(w http.ResponseWriter, r *http.Request, media string, text []byte) error {
	if _, err := parameters(r); err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	// Weak, because it stands for the document plain and compressed.
	tag := `W/"` + hex.EncodeToString(sum[:8]) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", documentAge)
	if matches(r, tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return sendBytes(w, http.StatusOK, media, text)
}

// matches says that the client has the version of a document (RFC 9110,
// section 13.1.2).
func matches(r *http.Request, tag string) bool {
	for given := range strings.SplitSeq(strings.Join(r.Header.Values("If-None-Match"), ","), ",") {
		given = strings.TrimSpace(given)
		if given == "*" || strings.TrimPrefix(given, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
