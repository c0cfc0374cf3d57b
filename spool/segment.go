package spool

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"
)

// window is how much of a segment is read at a time, unless one line is more.
const window = 1 << 20

// abandonedEvery is how often a segment that is all delivered is tried for
// whether its writer is gone.
const abandonedEvery = time.Second

// A segment is one as the sender reads it.
type segment struct {
	dir      string
	number   int64
	file     *os.File // for reading
	info     fs.FileInfo
	position *os.File // nil until it is written

	begun bool   // its first line was read
	skip  string // why it is left alone; "" for not

	delivered int64 // from the beginning
	unsaved   bool  // that is not written down yet
	read      int64 // on to a line feed
	lines     []line
	last      int64 // the time of the newest line read
	more      bool  // there are whole lines behind what was read
	tried     time.Time
}

// A line is one that is not delivered yet.
type line struct {
	segment     *segment
	time        int64 // no less than that of the line before it
	offset, end int64
	record      []byte // nil where it is damaged
	raw         []byte // without its line feed
}

// openSegment opens a segment to read it; nil where it is gone.
func openSegment(dir string, number int64) *segment {
	s := &segment{dir: dir, number: number}
	f, err := os.Open(segmentPath(dir, number))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		s.file = f
		s.info, err = f.Stat()
	}
	if err != nil {
		s.skip = "it cannot be read: " + err.Error()
		return s
	}
	s.delivered = readPosition(dir, number, f, s.info.Size())
	return s
}

func (s *segment) close() {
	if s.file != nil {
		_ = s.file.Close() // it was only read
	}
	if s.position != nil {
		_ = s.position.Close()
	}
}

// isThere says whether the segment's name still leads to it.
func (s *segment) isThere() bool {
	info, err := os.Stat(segmentPath(s.dir, s.number))
	return err == nil && (s.info == nil || os.SameFile(info, s.info))
}

// fill reads on, unless a window is full of lines that wait already. A segment
// that cannot be read is left alone: it must not hold up the others.
func (s *segment) fill() {
	if s.skip == "" {
		if err := s.readOn(); err != nil {
			s.skip, s.lines, s.more = "it cannot be read: "+err.Error(), nil, false
		}
	}
}

func (s *segment) readOn() error {
	info, err := s.file.Stat()
	if err != nil || info.Size() <= s.read {
		s.more = false
		return err
	}
	if !s.begun {
		if err := s.begin(info.Size()); err != nil || !s.begun || s.skip != "" {
			return err
		}
	}
	if len(s.lines) == 0 || s.read-s.lines[0].offset < window {
		chunk, err := s.chunk(s.read, info.Size())
		if err != nil {
			return err
		}
		s.take(chunk)
	}
	s.more, err = s.peek(info.Size())
	return err
}

// begin reads the first line, where it is whole.
func (s *segment) begin(size int64) error {
	chunk, err := s.chunk(0, size)
	if err != nil || chunk == nil {
		return err
	}
	first, _, _ := bytes.Cut(chunk, []byte{'\n'})
	s.begun = true
	h, ok := parseHeader(first)
	switch {
	case ok && h.Version != version:
		s.skip = otherVersion(segmentPath(s.dir, s.number), h.Version).Error()
	case ok:
		s.delivered = max(s.delivered, int64(len(first))+1)
	}
	s.read = s.delivered
	return nil
}

// chunk reads whole lines from an offset on, of a segment of so many bytes: as
// many as fit a window, or one. It is nil where there is no whole line.
func (s *segment) chunk(from, size int64) ([]byte, error) {
	for most := int64(window); ; most *= 4 {
		b := make([]byte, max(0, min(most, size-from)))
		n, err := s.file.ReadAt(b, from)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if end := bytes.LastIndexByte(b[:n], '\n') + 1; end > 0 {
			return b[:end], nil
		}
		if size-from <= most {
			return nil, nil
		}
	}
}

// take makes lines of what was read.
func (s *segment) take(chunk []byte) {
	for len(chunk) > 0 {
		raw, rest, _ := bytes.Cut(chunk, []byte{'\n'})
		end := s.read + int64(len(raw)) + 1
		micros, record, ok := parseLine(raw)
		if ok {
			s.last = max(s.last, micros)
		}
		s.lines = append(s.lines, line{segment: s, time: s.last, offset: s.read, end: end, record: record, raw: raw})
		s.read, chunk = end, rest
	}
}

// peek says whether a whole line follows what was read.
func (s *segment) peek(size int64) (bool, error) {
	const step = 64 << 10
	for from := s.read; from < size; from += step {
		b := make([]byte, min(step, size-from))
		n, err := s.file.ReadAt(b, from)
		if bytes.IndexByte(b[:n], '\n') >= 0 {
			return true, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
	}
	return false, nil
}

// settle says that everything up to an offset is delivered or rejected.
func (s *segment) settle(end int64) error {
	s.delivered, s.unsaved = end, true
	for len(s.lines) > 0 && s.lines[0].end <= end {
		s.lines = s.lines[1:]
	}
	return s.save()
}

// save writes down what is delivered. On a full disk this sender alone knows
// it until there is room: to hold delivery up would keep the disk full.
func (s *segment) save() error {
	if !s.unsaved {
		return nil
	}
	err := s.savePosition()
	if isNoRoom(err) {
		return nil
	}
	s.unsaved = err != nil
	return err
}

func (s *segment) savePosition() error {
	if s.position == nil {
		f, err := os.OpenFile(positionPath(s.dir, s.number), os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		s.position = f
	}
	return writePosition(s.position, s.delivered)
}

// abandon removes the segment where its writer is gone and all of it is
// delivered. It holds the segment's lock meanwhile: whoever has just made the
// file and waits for it finds the name gone.
func (s *segment) abandon() (bool, error) {
	if len(s.lines) > 0 || s.more || s.skip != "" || time.Since(s.tried) < abandonedEvery {
		return false, nil
	}
	s.tried = time.Now()
	f, err := os.Open(segmentPath(s.dir, s.number))
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	if free, err := tryLock(f); err != nil || !free {
		return false, err
	}
	if s.fill(); len(s.lines) > 0 || s.more || s.skip != "" {
		return false, nil
	}
	if err := os.Remove(positionPath(s.dir, s.number)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	return true, os.Remove(segmentPath(s.dir, s.number))
}

// headerOf reads the header of a segment; not ok where there is none yet.
func headerOf(path string) (header, bool) {
	f, err := os.Open(path)
	if err != nil {
		return header{}, false
	}
	defer f.Close()
	b := make([]byte, 4<<10)
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return header{}, false
	}
	first, _, whole := bytes.Cut(b[:n], []byte{'\n'})
	if !whole {
		return header{}, false
	}
	return parseHeader(first)
}
