package client_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/lineage"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/storetest"
)

// A book is a ledger in memory: what stands behind the clients of these tests.
type book struct {
	recorder daybook.Recorder
	reader   daybook.Reader
	prover   daybook.Prover
	store    *storetest.Model
	public   string
}

func newBook(t *testing.T) *book {
	t.Helper()
	store := storetest.NewModel()
	head, err := store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	private, public, err := merkle.GenerateKey(daybook.OriginPrefix + head.LedgerID)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := merkle.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(t.Context(), store, ledger.Options{Signer: signer, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &book{recorder: intake.New(l, intake.Limits{}), reader: lineage.NewReader(store, nil), prover: l, store: store, public: public}
}

// client speaks to the book in process.
func (b *book) client() *client.Client {
	return client.Over(b.recorder, b.reader, b.prover, daybook.Local)
}

// seen is what a wire saw of one call.
type seen struct {
	method, path, query, authorization, userAgent string
	zipped                                        bool
	body                                          []byte
}

// A wire answers calls from a book as the HTTP door does, as far as these tests
// go; the door itself is tried in package local. A trouble, if there is one,
// comes before the answer, or in its place.
type wire struct {
	*book
	t       *testing.T
	mu      sync.Mutex
	calls   []seen
	trouble func(call int, w http.ResponseWriter, answer func(http.ResponseWriter))
}

func newWire(t *testing.T, b *book) (*wire, string) {
	t.Helper()
	w := &wire{book: b, t: t}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	return w, server.URL
}

func (w *wire) seen() []seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls
}

func (w *wire) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	zipped := r.Header.Get("Content-Encoding") == "gzip"
	if zipped && err == nil {
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(body)); err == nil {
			body, err = io.ReadAll(z)
		}
	}
	if err != nil { // the client did not wait for us to read it, or sent what is none
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	w.calls = append(w.calls, seen{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get("Authorization"), r.UserAgent(), zipped, body})
	call := len(w.calls)
	w.mu.Unlock()
	answer := func(out http.ResponseWriter) { w.answer(out, r, body) }
	if w.trouble != nil {
		w.trouble(call, out, answer)
		return
	}
	answer(out)
}

func (w *wire) answer(out http.ResponseWriter, r *http.Request, body []byte) {
	if r.Method != http.MethodPost || r.URL.Path != "/v1/entries" {
		refuse(out, http.StatusNotFound, &daybook.Error{Code: daybook.CodeNotFound, Message: "no such call", Hint: "GET / lists the calls"})
		return
	}
	var records []daybook.Record
	for d := daybook.NewDecoder(bytes.NewReader(body), nil); ; {
		record, err := d.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			refuse(out, http.StatusUnprocessableEntity, err)
			return
		}
		records = append(records, record)
	}
	receipts, err := w.recorder.Record(r.Context(), daybook.Principal{Name: "etl", Role: daybook.RoleWriter}, records)
	if err != nil {
		refuse(out, http.StatusUnprocessableEntity, err)
		return
	}
	out.WriteHeader(http.StatusCreated)
	if err := json.NewEncoder(out).Encode(map[string]any{"receipts": receipts}); err != nil {
		w.t.Log(err) // the client has gone
	}
}

func refuse(out http.ResponseWriter, status int, err error) {
	var e *daybook.Error
	if !errors.As(err, &e) {
		e = &daybook.Error{Code: daybook.CodeInternal, Message: err.Error()}
	}
	out.Header().Set("Content-Type", "application/problem+json")
	out.WriteHeader(status)
	_ = json.NewEncoder(out).Encode(map[string]any{"detail": e.Message, "code": e.Code, "path": e.Path, "hint": e.Hint})
}

// canned answers every call with one body.
func canned(t *testing.T, contentType, body string) (*wire, *client.Client) {
	t.Helper()
	w, url := newWire(t, newBook(t))
	w.trouble = func(_ int, out http.ResponseWriter, _ func(http.ResponseWriter)) {
		out.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(out, body)
	}
	return w, dial(t, url, client.Options{})
}

func dial(t *testing.T, url string, o client.Options) *client.Client {
	t.Helper()
	c, err := client.New(url, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// entries gives all that the book holds of a kind, every revision.
func (b *book) entries(t *testing.T, kind string) []*daybook.Entry {
	t.Helper()
	entries, err := b.store.Select(t.Context(), daybook.Query{Kind: daybook.MustKind(kind), Revisions: true, Oldest: true})
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func (b *book) get(t *testing.T, kind, id string) *daybook.Entry {
	t.Helper()
	e, err := b.client().Get(t.Context(), kind, id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func wantCode(t *testing.T, err error, code daybook.Code, parts ...string) {
	t.Helper()
	if daybook.CodeOf(err) != code {
		t.Fatalf("got %v of code %q, want code %q", err, daybook.CodeOf(err), code)
	}
	var e *daybook.Error
	errors.As(err, &e)
	whole := err.Error() + " | " + e.Hint
	for _, part := range parts {
		if !strings.Contains(whole, part) {
			t.Errorf("%q does not say %q", whole, part)
		}
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
