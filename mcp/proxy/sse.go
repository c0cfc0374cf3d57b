package proxy

import (
	"bytes"
	"net/http"
	"net/url"
)

// An eventReader reads a stream of events as it comes, in pieces of any size,
// and gives what each event holds. Of data it keeps no more than the scanner.
type eventReader struct {
	scan  scanner
	past  bool   // the first line is over, before which a mark of byte order may stand
	field []byte // of the line that is being read: its name
	value bool   // the name is over
	text  []byte // of a field other than data: its value
	cr    bool   // the line before ended with a carriage return
	some  bool   // something was read of the line
	lines int    // of data in this event
	data  []byte // the beginning of this event's data
	event string
	over  func(e event)
	hasID bool
}

// An event is what came in one.
type event struct {
	name     string
	id       bool // it has one, so the stream can be taken up behind it
	data     string
	messages []*node
	ok       bool
}

const maxField = 4096

func (e *eventReader) write(p []byte) {
	for len(p) > 0 {
		if e.cr && p[0] == '\n' {
			e.cr, p = false, p[1:]
			continue
		}
		e.cr = false
		n := bytes.IndexAny(p, "\r\n")
		if n < 0 {
			e.part(p)
			return
		}
		e.part(p[:n])
		e.cr, p = p[n] == '\r', p[n+1:]
		e.line()
	}
}

// part takes a piece of a line.
func (e *eventReader) part(p []byte) {
	if len(p) == 0 {
		return
	}
	e.some = true
	if !e.value {
		n := bytes.IndexByte(p, ':')
		name := p
		if n >= 0 {
			name = p[:n]
		}
		e.field = bounded(e.field, name)
		if n < 0 {
			return
		}
		e.begin()
		p = p[n+1:]
	}
	if string(e.field) == "data" {
		_, _ = e.scan.Write(p) // a blank before it is JSON's too
		e.data = bounded(e.data, p)
		return
	}
	e.text = bounded(e.text, p)
}

// begin begins a field's value.
func (e *eventReader) begin() {
	e.value = true
	e.unmark()
	if string(e.field) != "data" {
		return
	}
	if e.lines++; e.lines > 1 {
		_, _ = e.scan.Write([]byte{'\n'})
		e.data = bounded(e.data, []byte{'\n'})
	}
}

// unmark takes the mark of byte order away from the first line.
func (e *eventReader) unmark() {
	if !e.past {
		e.past = true
		e.field = bytes.TrimPrefix(e.field, []byte("\ufeff"))
	}
}

// line takes the end of a line.
func (e *eventReader) line() {
	e.unmark()
	if !e.some {
		e.dispatch()
		return
	}
	switch string(e.field) {
	case "event":
		e.event = string(bytes.TrimPrefix(e.text, []byte{' '}))
	case "id":
		e.hasID = len(bytes.TrimPrefix(e.text, []byte{' '})) > 0
	}
	e.field, e.text, e.value, e.some = e.field[:0], e.text[:0], false, false
}

// dispatch gives an event. What a stream that ends holds beyond its last one is
// none.
func (e *eventReader) dispatch() {
	messages, ok := e.scan.end()
	out := event{name: e.event, id: e.hasID, data: string(bytes.TrimPrefix(e.data, []byte{' '})), messages: messages, ok: ok}
	has := e.lines > 0 || e.hasID
	e.lines, e.data, e.event, e.hasID = 0, e.data[:0], "", false
	if has {
		e.over(out)
	}
}

// bounded appends as much as a field may have.
func bounded(dst, p []byte) []byte {
	return append(dst, p[:min(len(p), max(0, maxField-len(dst)))]...)
}

// events reads an answer that is a stream of events.
func (x *exchange) events(response *http.Response) func([]byte, bool) {
	reader := &eventReader{over: func(e event) {
		x.resumes = x.resumes || e.id
		switch e.name {
		case "", "message":
			x.gateway.proxy.unread(e.ok, "server")
			x.link.fromServer(e.messages)
		case "endpoint":
			x.endpoint(response, e.data)
		}
	}}
	return func(p []byte, _ bool) { reader.write(p) }
}

// endpoint sees to which address the client is told to send its messages. What
// it sends there is answered by this stream.
func (x *exchange) endpoint(response *http.Response, address string) {
	u, err := url.Parse(address)
	if err != nil || x.method != http.MethodGet {
		return
	}
	x.gateway.links.name("address "+response.Request.URL.ResolveReference(u).RequestURI(), x.link)
}
