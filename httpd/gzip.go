package httpd

import (
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// minCompressed is the body above which compression pays, in bytes.
const minCompressed = 1024

var gzipWriters = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

// responder holds an answer back until it is longer than minCompressed, is
// flushed or is finished. Until then a problem can take its place; from then
// on it is compressed if the client accepts that.
type responder struct {
	http.ResponseWriter
	accepts bool
	head    bool // a HEAD request: the body is counted and dropped by net/http
	status  int
	begun   bool
	held    []byte
	gzip    *gzip.Writer
	sent    int64 // bytes of the body on the wire
}

// Unwrap lets http.ResponseController reach the connection.
func (w *responder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader notes the status; it is sent with the body.
func (w *responder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write holds back or sends a part of the body.
func (w *responder) Write(b []byte) (int, error) {
	if w.begun {
		return w.pass(b)
	}
	if len(w.held)+len(b) <= minCompressed {
		w.held = append(w.held, b...)
		return len(b), nil
	}
	if err := w.begin(w.accepts); err != nil {
		return 0, err
	}
	return w.pass(b)
}

// FlushError sends what was written so far.
func (w *responder) FlushError() error {
	if !w.begun {
		if err := w.begin(w.accepts); err != nil {
			return err
		}
	}
	if w.gzip != nil {
		if err := w.gzip.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

func (w *responder) begin(compress bool) error {
	w.begun = true
	if w.status == 0 {
		w.status = http.StatusOK
	}
	header := w.Header()
	header.Add("Vary", "Accept-Encoding")
	// Receipts are mostly hashes and ids, in which gzip finds little for the time
	// that it takes from the next write.
	if compress && w.status != http.StatusCreated && header.Get("Content-Encoding") == "" {
		header.Set("Content-Encoding", "gzip")
		header.Del("Content-Length")
		w.gzip = gzipWriters.Get().(*gzip.Writer)
		w.gzip.Reset(countingWriter{w})
	}
	w.ResponseWriter.WriteHeader(w.status)
	held := w.held
	w.held = nil
	if len(held) == 0 {
		return nil // a 304 may not even be written nothing to
	}
	_, err := w.pass(held)
	return err
}

func (w *responder) pass(b []byte) (int, error) {
	if w.gzip != nil {
		return w.gzip.Write(b)
	}
	return countingWriter{w}.Write(b)
}

// finish sends what was held back.
func (w *responder) finish() error {
	if !w.begun {
		if !w.head {
			w.Header().Set("Content-Length", strconv.Itoa(len(w.held)))
		}
		return w.begin(false)
	}
	if w.gzip == nil {
		return nil
	}
	err := w.gzip.Close()
	w.gzip.Reset(io.Discard)
	gzipWriters.Put(w.gzip)
	w.gzip = nil
	return err
}

// reset forgets an answer that has not begun.
func (w *responder) reset() {
	w.status, w.held = 0, nil
	w.Header().Del("Content-Length")
}

type countingWriter struct{ w *responder }

func (c countingWriter) Write(b []byte) (int, error) {
	n, err := c.w.ResponseWriter.Write(b)
	c.w.sent += int64(n)
	return n, err
}

// acceptsGzip says whether the client takes gzip: it is named, or all are, and
// not with a quality of zero.
func acceptsGzip(r *http.Request) bool {
	accepts := false
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		coding, quality, _ := strings.Cut(part, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding != "gzip" && coding != "*" {
			continue
		}
		_, value, _ := strings.Cut(quality, "=")
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		takes := value == "" || err == nil && q > 0
		if coding == "gzip" {
			return takes
		}
		accepts = takes
	}
	return accepts
}
