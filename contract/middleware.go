package contract

import (
	"bytes"
	"io"
	"net/http"
)

// Around holds every exchange of a handler against the document and reports
// those that do not keep to it.
func (d *Document) Around(next http.Handler, report func(error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := &sentBody{ReadCloser: r.Body}
		asked := r.Clone(r.Context()) // handlers change headers
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = sent
		}
		kept := &keeper{ResponseWriter: w}
		next.ServeHTTP(kept, r) // an answer that is cut panics past us
		if kept.status == 0 {
			kept.status = http.StatusOK
		}
		err := d.Check(Exchange{
			Request: asked, RequestBody: sent.text.Bytes(), Status: kept.status, Header: kept.Header(), ResponseBody: kept.text.Bytes(),
		})
		if err != nil {
			report(err)
		}
	})
}

// sentBody keeps what is read of a body.
type sentBody struct {
	io.ReadCloser
	text bytes.Buffer
}

func (b *sentBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.text.Write(p[:n])
	return n, err
}

// keeper keeps an answer while it is sent.
type keeper struct {
	http.ResponseWriter
	status int
	text   bytes.Buffer
}

// Unwrap lets http.ResponseController reach the connection.
func (k *keeper) Unwrap() http.ResponseWriter { return k.ResponseWriter }

// WriteHeader notes the status and sends it.
func (k *keeper) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
	k.ResponseWriter.WriteHeader(status)
}

// Write keeps a part of the body and sends it.
func (k *keeper) Write(b []byte) (int, error) {
	if k.status == 0 {
		k.status = http.StatusOK
	}
	k.text.Write(b)
	return k.ResponseWriter.Write(b)
}
