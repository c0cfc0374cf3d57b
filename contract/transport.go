package contract

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// Transport holds every exchange of a client against the document and reports
// those that do not keep to it. What is not read to its end is not looked at.
func (d *Document) Transport(next http.RoundTripper, report func(error)) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		sent := &sentBody{ReadCloser: r.Body}
		if r.Body != nil && r.Body != http.NoBody {
			r = r.Clone(r.Context())
			r.Body = sent
		}
		answer, err := next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		answer.Body = &readBody{ReadCloser: answer.Body, whole: func(body []byte) {
			err := d.Check(Exchange{Request: r, RequestBody: sent.text.Bytes(), Status: answer.StatusCode, Header: answer.Header, ResponseBody: body})
			if err != nil {
				report(err)
			}
		}}
		return answer, nil
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// readBody keeps what is read of an answer, and tells when it is whole.
type readBody struct {
	io.ReadCloser
	text  bytes.Buffer
	whole func([]byte)
	told  bool
}

func (b *readBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.text.Write(p[:n])
	if errors.Is(err, io.EOF) && !b.told {
		b.told = true
		b.whole(b.text.Bytes())
	}
	return n, err
}
