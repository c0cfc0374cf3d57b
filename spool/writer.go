package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/daybook-audit/daybook"
)

// How often a writer looks how full the spool is.
const (
	lookBytes = 1 << 20
	lookEvery = time.Second
)

// A writer appends lines to a segment of its own.
type writer struct {
	dir  string
	most int64 // bytes that the spool may hold
	head header
	now  func() time.Time

	mu     sync.Mutex
	file   *os.File // nil before the first record, and after a write that could not be undone
	number int64
	size   int64
	last   int64 // the time of the newest line
	closed bool

	parts []part // what may not be delivered yet, oldest first

	used   int64 // what the spool held when it was looked at, and what was written since
	since  int64 // of it, what was written since
	looked time.Time
}

// A part is as much of a segment as this writer has written.
type part struct {
	number int64
	info   fs.FileInfo
	end    int64
}

// append writes lines, whose JSON stands in its place, each with its line
// feed: all of them with one write, or none.
func (w *writer) append(lines []byte, ends []int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return &daybook.Error{Code: daybook.CodeUnavailable, Message: "spool: it is closed"}
	}
	if err := w.room(int64(len(lines))); err != nil {
		return err
	}
	if err := w.open(int64(len(lines))); err != nil {
		return err
	}
	w.stampAll(lines, ends)
	n, err := w.file.Write(lines)
	if err != nil {
		w.undo(n)
		if isNoRoom(err) && w.file != nil && !w.holdsHeaderOnly() {
			w.leave() // so that it can be removed once it is delivered, which makes room
		}
		return w.failed(err)
	}
	w.size += int64(n)
	w.parts[len(w.parts)-1].end = w.size
	return nil
}

// stampAll gives the lines their times, each later than the one before.
func (w *writer) stampAll(lines []byte, ends []int) {
	start := 0
	for _, end := range ends {
		w.last = max(w.now().UnixMicro(), w.last+1)
		stamp(lines[start:end-1], w.last)
		start = end
	}
}

// undo takes a half line away. Where it cannot, the segment is given up: a
// half line at the end of a segment without a writer counts for nothing.
func (w *writer) undo(written int) {
	if written > 0 && w.file.Truncate(w.size) != nil {
		w.leave()
	}
}

func (w *writer) leave() {
	if w.file != nil {
		_ = w.file.Close() // what was written is written
		w.file = nil
	}
}

func (w *writer) failed(err error) error {
	return &daybook.Error{
		Code: daybook.CodeUnavailable, Message: "spool: " + w.dir + " cannot be written", Err: err,
		Hint: "nothing of this call was kept; see the space and the rights there, then call again",
	}
}

// room wants that n bytes more are within the bound. It looks again at the
// disk after a while, and before it refuses.
func (w *writer) room(n int64) error {
	now := time.Now()
	fits := w.used+w.since+n <= w.most
	if fits && w.since < lookBytes && now.Sub(w.looked) < lookEvery && !w.looked.IsZero() {
		w.since += n
		return nil
	}
	used, err := usage(w.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	w.used, w.since, w.looked = used, 0, now
	w.notice()
	if used+n > w.most {
		return full(w.dir, w.most)
	}
	w.since = n
	return nil
}

func full(dir string, most int64) error {
	return &daybook.Error{
		Code: daybook.CodeUnavailable, Message: fmt.Sprintf("spool: %s is full: it may hold %d bytes that are not delivered", dir, most),
		Hint: "see `daybook spool status " + dir + "`: whether the server is away, and whether rejects take the room",
	}
}

// notice gives up a segment that somebody has deleted, and forgets those of
// which all is delivered.
func (w *writer) notice() {
	if w.file != nil && !w.parts[len(w.parts)-1].isThere(w.dir) {
		w.leave()
	}
	for len(w.parts) > 1 && w.parts[0].isDelivered(w.dir) {
		w.parts = w.parts[1:]
	}
}

// isThere says whether the part's name still leads to its segment.
func (p *part) isThere(dir string) bool {
	info, err := os.Stat(segmentPath(dir, p.number))
	return err == nil && os.SameFile(info, p.info)
}

// isDelivered says whether nothing of the part is left to deliver.
func (p *part) isDelivered(dir string) bool {
	done := storedPosition(dir, p.number) // first: the segment's end is also that of its position
	return done >= p.end || !p.isThere(dir)
}

// open sees that there is a segment for n bytes more.
func (w *writer) open(n int64) error {
	if w.file != nil && (w.size+n <= maxSegment || w.holdsHeaderOnly()) {
		return nil
	}
	old := w.file
	w.file = nil
	if err := w.begin(); err != nil {
		w.file = old
		return w.failed(err)
	}
	if old != nil {
		_ = old.Close() // only now: this writer is never without a segment
	}
	return nil
}

func (w *writer) holdsHeaderOnly() bool { return w.parts[len(w.parts)-1].end == 0 }

// begin makes a new segment.
func (w *writer) begin() error {
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return err
	}
	for {
		f, number, err := w.create()
		if err != nil {
			return err
		}
		there, err := w.own(f, number)
		if err == nil && there {
			return nil
		}
		_ = f.Close()
		if err != nil {
			_ = os.Remove(segmentPath(w.dir, number)) // an empty one does no harm either
			return err
		}
	}
}

// create makes the file of a new segment, with the next number.
func (w *writer) create() (*os.File, int64, error) {
	l, err := list(w.dir)
	if err != nil {
		return nil, 0, err
	}
	number := max(w.now().UnixMicro(), l.highest+1)
	for {
		f, err := os.OpenFile(segmentPath(w.dir, number), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
		if !errors.Is(err, fs.ErrExist) {
			return f, number, err
		}
		number++
	}
}

// own locks a new segment and writes its header. It is not there where a
// sender took it for an abandoned one before it was locked.
func (w *writer) own(f *os.File, number int64) (there bool, err error) {
	if err := lock(f); err != nil {
		return false, err
	}
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	p := part{number: number, info: info}
	if !p.isThere(w.dir) {
		return false, nil
	}
	w.head.StartedAt = timeText(w.now())
	line, err := appendHeader(nil, &w.head)
	if err != nil {
		return false, err
	}
	if _, err := f.Write(line); err != nil {
		return false, err
	}
	w.file, w.number, w.size = f, number, int64(len(line))
	w.parts = append(w.parts, p)
	return true, nil
}

// written gives what was written so far, as far as it may not be delivered.
func (w *writer) written() []part {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notice()
	return append([]part(nil), w.parts...)
}

func (w *writer) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.leave()
}

// checkVersion refuses a directory that holds a segment of another format.
func checkVersion(dir string) error {
	l, err := list(dir)
	if err != nil {
		return err
	}
	for _, number := range l.segments {
		h, ok := headerOf(segmentPath(dir, number))
		if ok && h.Version != version {
			return otherVersion(filepath.Join(dir, numberText(number)+segmentSuffix), h.Version)
		}
	}
	return nil
}

func otherVersion(path string, v int) error {
	return &daybook.Error{
		Code: daybook.CodeUnavailable, Message: fmt.Sprintf("spool: %s is of format %d, and this program knows format %d", path, v, version),
		Hint: "deliver it with the program that wrote it, or give another directory",
	}
}
