package httpd

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/daybook-audit/daybook"
)

// largestPooled is the capacity above which a buffer is left to the collector:
// a rare large body must not stay in memory for good.
const largestPooled = 4 << 20

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func putBuffer(b *bytes.Buffer) {
	if b.Cap() <= largestPooled {
		b.Reset()
		buffers.Put(b)
	}
}

var gzipReaders sync.Pool // of *gzip.Reader; they can only be made from input

// readBody reads the whole body, decompressed, into a pooled buffer, which the
// caller gives back with putBuffer.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) (*bytes.Buffer, error) {
	if r.ContentLength > s.MaxBody && r.Header.Get("Expect") != "" {
		return nil, s.bodyError(&http.MaxBytesError{}) // the client waits to be let, and so hears it at once
	}
	limited := http.MaxBytesReader(w, r.Body, s.MaxBody)
	b := buffers.Get().(*bytes.Buffer)
	var err error
	in, _ := r.Body.(*incoming) // which limited reads from
	switch coding := strings.ToLower(r.Header.Get("Content-Encoding")); coding {
	case "", "identity":
		_, err = b.ReadFrom(s.weigh(limited, in))
	case "gzip", "x-gzip":
		err = s.gunzip(b, limited, in)
	default:
		err = &problem{
			Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type",
			Detail: "the content coding " + daybook.Clip(coding) + " is not known here", Hint: "send the body plain or with gzip",
		}
	}
	if err != nil {
		putBuffer(b)
		return nil, s.bodyError(err)
	}
	return b, nil
}

// gunzip decompresses no further than MaxBody, so that a small body cannot
// become a large one.
func (s *Server) gunzip(b *bytes.Buffer, r io.Reader, in *incoming) error {
	z, _ := gzipReaders.Get().(*gzip.Reader)
	var err error
	if z == nil {
		z, err = gzip.NewReader(r)
	} else {
		err = z.Reset(r)
	}
	if z != nil {
		defer gzipReaders.Put(z)
	}
	if err != nil {
		return err
	}
	n, err := b.ReadFrom(io.LimitReader(s.weigh(z, in), s.MaxBody+1))
	if err == nil && n > s.MaxBody {
		return &http.MaxBytesError{Limit: s.MaxBody}
	}
	return err
}

// drain reads and drops the rest of a body that was refused: a client that is
// still sending would find the connection reset in place of the answer. One
// that waits to be let send has its answer at once. The error tells why the
// rest cannot be read.
func (s *Server) drain(r *http.Request, body *incoming) error {
	if errors.Is(body.err, io.EOF) || body.n == 0 && r.Header.Get("Expect") != "" {
		return nil
	}
	_, err := io.CopyN(io.Discard, body, s.MaxBody)
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (s *Server) bodyError(err error) error {
	var (
		ready *problem
		ours  *daybook.Error
		large *http.MaxBytesError
	)
	switch {
	case errors.As(err, &ready), errors.As(err, &ours):
		return err
	case errors.As(err, &large):
		return &daybook.Error{
			Code: daybook.CodeTooLarge, Message: fmt.Sprintf("the body is over %d bytes", s.MaxBody),
			Hint: "send it in parts",
		}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &problem{
			Status: http.StatusRequestTimeout, Code: "request_timeout",
			Detail: "the body did not arrive in time; nothing of it was recorded", Hint: "send it again",
		}
	}
	return &daybook.Error{
		Code: daybook.CodeMalformed, Message: "the body cannot be read: " + err.Error(),
		Hint: "send it whole, and as its Content-Encoding says",
	}
}

// wantType refuses a body that says it is something else than one of the media
// types. A body that says nothing is taken for the first.
func wantType(r *http.Request, types ...string) (string, error) {
	given := r.Header.Get("Content-Type")
	if given == "" {
		return types[0], nil
	}
	media, parameters, err := mime.ParseMediaType(given)
	charset := strings.ToLower(parameters["charset"])
	if err == nil && (charset == "" || charset == "utf-8") {
		for _, t := range types {
			if media == t {
				return t, nil
			}
		}
	}
	return "", &problem{
		Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type",
		Detail: "the content type " + daybook.Clip(given) + " is not taken here",
		Hint:   "send Content-Type: " + types[0] + ", in UTF-8",
	}
}
