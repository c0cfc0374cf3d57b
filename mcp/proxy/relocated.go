package proxy

import (
	"bytes"
	"io"
	"net/url"
)

// relocated is a stream of events whose first one may tell the client where to
// send its messages. The address may be a whole one, of the server itself,
// which would lead past the proxy, and which clients refuse as another site's.
// It is the one thing that is changed: only the path is left of it.
type relocated struct {
	io.ReadCloser
	upstream *url.URL
	head     []byte // what was read before it was clear what it is
	passed   bool
	err      error
}

// maxHead is how long the first event may be.
const maxHead = 8 << 10

func (r *relocated) Read(p []byte) (int, error) {
	for !r.passed {
		if r.err == nil && r.undecided() {
			n, err := r.ReadCloser.Read(p)
			r.head, r.err = append(r.head, p[:n]...), err
			continue
		}
		r.passed = true
		r.head = r.mend(r.head)
	}
	if len(r.head) > 0 {
		n := copy(p, r.head)
		r.head = r.head[n:]
		return n, nil
	}
	if r.err != nil {
		return 0, r.err
	}
	return r.ReadCloser.Read(p)
}

var endpointEvent = []byte("event: endpoint")

// undecided says that more must be read: what there is may be the beginning of
// the event.
func (r *relocated) undecided() bool {
	if len(r.head) < len(endpointEvent) {
		return bytes.HasPrefix(endpointEvent, r.head)
	}
	if !bytes.HasPrefix(r.head, endpointEvent) || len(r.head) > maxHead {
		return false
	}
	return !bytes.Contains(r.head, []byte("\n\n")) && !bytes.Contains(r.head, []byte("\r\n\r\n"))
}

// mend takes the server's own address away from the event's data.
func (r *relocated) mend(head []byte) []byte {
	if !bytes.HasPrefix(head, endpointEvent) {
		return head
	}
	own := []byte("data: " + r.upstream.Scheme + "://" + r.upstream.Host + "/")
	return bytes.Replace(head, own, []byte("data: /"), 1)
}
