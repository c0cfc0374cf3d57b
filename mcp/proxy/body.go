package proxy

import (
	"bytes"
	"errors"
	"io"
)

// A body is that of a request. It is read up to a bound before it is passed on;
// of one that is longer, the last piece is held back until it was seen whole,
// so that the server cannot act on it before.
type body struct {
	from io.ReadCloser
	see  func(messages []*node, ok bool) (answer []byte, err error)
	scan scanner
	held []byte // what was read and is still to be passed on
	next []byte // the piece that is read ahead
	err  error  // how the reading ended
}

// fill reads up to limit bytes, and says whether that is all.
func (b *body) fill(limit int) (whole bool, err error) {
	var read bytes.Buffer
	_, err = read.ReadFrom(io.LimitReader(b.from, int64(limit)))
	b.held = read.Bytes()
	_, _ = b.scan.Write(b.held) // it takes anything
	if err != nil {
		return false, err
	}
	if len(b.held) < limit {
		b.err = io.EOF
		return true, nil
	}
	b.ahead()
	return b.err != nil && len(b.next) == 0, b.wrong()
}

func (b *body) wrong() error {
	if errors.Is(b.err, io.EOF) {
		return nil
	}
	return b.err
}

// end shows what was read, which is all.
func (b *body) end() (answer []byte, err error) { return b.see(b.scan.end()) }

// ahead reads the next piece.
func (b *body) ahead() {
	b.next = make([]byte, pieceSize)
	n, err := io.ReadFull(b.from, b.next)
	b.next = b.next[:n]
	_, _ = b.scan.Write(b.next)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		b.err = io.EOF
	case err != nil:
		b.err = err
	}
}

// Read gives what may be passed on.
func (b *body) Read(p []byte) (int, error) {
	if len(b.held) == 0 {
		if len(b.next) == 0 {
			return 0, b.err
		}
		b.advance()
		if err := b.wrong(); err != nil {
			return 0, err
		}
	}
	n := copy(p, b.held)
	b.held = b.held[n:]
	return n, nil
}

// advance makes the piece that was read ahead the one to be passed on. Behind
// the last one, all was read.
func (b *body) advance() {
	b.held, b.next = b.next, nil
	if b.err == nil {
		b.ahead()
	}
	if len(b.next) == 0 && errors.Is(b.err, io.EOF) {
		_, _ = b.end() // nothing is kept from passing here
	}
}

func (b *body) Close() error { return b.from.Close() }

// tapped is the body of an answer that is read along.
type tapped struct {
	io.ReadCloser
	feed func(p []byte, over bool)
	over func(err error)
	done bool
}

func (t *tapped) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	if n > 0 {
		t.feed(p[:n], false)
	}
	if err != nil {
		t.end(err)
	}
	return n, err
}

func (t *tapped) Close() error {
	err := t.ReadCloser.Close()
	t.end(errClosed)
	return err
}

var errClosed = errors.New("it was closed")

func (t *tapped) end(err error) {
	if t.done {
		return
	}
	t.done = true
	t.feed(nil, true)
	t.over(err)
}
