package proxy

import (
	"bufio"
	"errors"
	"io"
	"sync"
)

const (
	pieceSize  = 64 << 10 // how much of a line is read at a time
	heldOpen   = 1 << 20  // of a line that is held back until it was seen
	heldClosed = 64 << 20 // the same, where nothing may pass that cannot be refused any more
)

// A pump passes lines on as they are, and shows a scanner what it passes. A
// line is seen before its end is passed on, so before anybody acts on it.
type pump struct {
	from *bufio.Reader
	to   *lineWriter
	hold int                                   // bytes of a line that wait for its end; 0: pieces pass as they come
	see  func(messages []*node, ok bool) error // an error keeps the line from passing
	over func()                                // a line was longer than what is held, and must not pass; nil: it passes
	scan scanner
	held []byte
	past bool // the beginning of this line has passed, or was thrown away
}

func newPump(from io.Reader, to *lineWriter) *pump {
	return &pump{from: bufio.NewReaderSize(from, pieceSize), to: to}
}

// run passes lines until either side ends. It gives nil where nothing more
// comes, and an error where nothing more can be passed.
func (p *pump) run() error {
	for {
		piece, err := p.from.ReadSlice('\n')
		_, _ = p.scan.Write(piece) // it takes anything
		if errors.Is(err, bufio.ErrBufferFull) {
			err = p.part(piece)
		} else if len(piece) > 0 || p.unfinished() {
			if passErr := p.line(piece); passErr != nil {
				err = passErr
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, errGone) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// errGone is a source that cannot be read any more, as good as its end.
var errGone = errors.New("gone")

func (p *pump) unfinished() bool { return p.past || len(p.held) > 0 }

// part takes a piece of a line whose end is still to come.
func (p *pump) part(piece []byte) error {
	if !p.past && len(p.held)+len(piece) <= p.hold {
		p.held = append(p.held, piece...)
		return nil
	}
	first := !p.past
	p.past = true
	if p.over != nil {
		if first {
			p.held = nil
			p.over()
		}
		return nil
	}
	if first {
		p.to.begin()
	}
	return p.flush(piece)
}

// line takes the end of a line.
func (p *pump) line(piece []byte) error {
	messages, ok := p.scan.end()
	whole := !p.past
	p.past = false
	if !whole && p.over != nil {
		return nil // it was refused
	}
	refused := p.see(messages, ok)
	if whole && refused != nil {
		p.release()
		return nil
	}
	if whole {
		p.to.begin()
	}
	err := p.flush(piece)
	p.to.end()
	p.release()
	return err
}

func (p *pump) flush(piece []byte) error {
	if len(p.held) > 0 {
		if _, err := p.to.w.Write(p.held); err != nil {
			return err
		}
		p.held = p.held[:0]
	}
	_, err := p.to.w.Write(piece)
	return err
}

// release gives the memory of a long line back.
func (p *pump) release() {
	p.held = p.held[:0]
	if cap(p.held) > heldOpen {
		p.held = nil
	}
}

// A lineWriter is written to by several, whole lines each.
type lineWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lineWriter) begin() { l.mu.Lock() }
func (l *lineWriter) end()   { l.mu.Unlock() }

func (l *lineWriter) line(text []byte) error {
	l.begin()
	defer l.end()
	_, err := l.w.Write(append(text, '\n'))
	return err
}
