package spool

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/daybook-audit/daybook"
)

// Status is how a spool stands.
type Status struct {
	Dir     string   `json:"dir"`
	Records int64    `json:"records"` // not delivered
	Bytes   int64    `json:"bytes"`   // of them
	Oldest  string   `json:"oldest,omitempty"`
	Writers []Writer `json:"writers"` // with records, or at work; by their oldest record

	Sending bool    `json:"sending"`          // a process holds the place of the sender
	Sender  *Sender `json:"sender,omitempty"` // what the last one told

	Rejects      int   `json:"rejects"`
	RejectsBytes int64 `json:"rejects_bytes"`
}

// Writer is one that has written, as its segments tell.
type Writer struct {
	ID      string `json:"writer"`
	PID     int    `json:"pid"`
	Host    string `json:"host"`
	Program string `json:"program"`
	Server  string `json:"server,omitempty"`
	Alive   bool   `json:"alive"`
	Records int64  `json:"records"`
	Bytes   int64  `json:"bytes"`
	Oldest  string `json:"oldest,omitempty"`
	Reason  string `json:"reason,omitempty"` // why its segments are left alone
}

// StatusOf reads how a spool stands, and changes nothing.
func StatusOf(dir string) (*Status, error) {
	l, err := list(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &daybook.Error{
			Code: daybook.CodeNotFound, Message: "spool: there is no directory " + dir,
			Hint: "nothing was ever written there; see that it is the directory that the program writes to",
		}
	}
	if err != nil {
		return nil, err
	}
	s := &Status{Dir: dir, Sender: readSender(dir), Writers: []Writer{}}
	writers := map[string]*Writer{}
	for _, number := range l.segments {
		if err := s.count(number, writers); err != nil {
			return nil, err
		}
	}
	for _, w := range slices.SortedFunc(maps.Values(writers), func(a, b *Writer) int {
		return cmp.Or(cmp.Compare(a.Oldest, b.Oldest), cmp.Compare(a.ID, b.ID))
	}) {
		if w.Alive || w.Records > 0 || w.Reason != "" {
			s.Writers = append(s.Writers, *w)
		}
	}
	if s.Sending, err = isLocked(filepath.Join(dir, senderLock)); err != nil {
		return nil, err
	}
	rejects, err := Rejects(dir)
	if err != nil {
		return nil, err
	}
	s.Rejects = len(rejects)
	s.RejectsBytes, err = sizeOf(filepath.Join(dir, rejectsName))
	return s, err
}

// count adds a segment to that of its writer.
func (s *Status) count(number int64, writers map[string]*Writer) error {
	segment := openSegment(s.Dir, number)
	if segment == nil {
		return nil
	}
	defer segment.close()
	h, ok := headerOf(segmentPath(s.Dir, number))
	if !ok {
		h.Writer = numberText(number)
	}
	w := writers[h.Writer]
	if w == nil {
		w = &Writer{ID: h.Writer, PID: h.PID, Host: h.Host, Program: h.Program, Server: h.Server}
		writers[h.Writer] = w
	}
	if segment.fill(); segment.skip != "" {
		w.Reason = segment.skip
		return nil
	}
	alive, err := isLocked(segmentPath(s.Dir, number))
	w.Alive = w.Alive || alive
	if err != nil {
		return err
	}
	return s.countLines(segment, w)
}

func (s *Status) countLines(segment *segment, w *Writer) error {
	if len(segment.lines) == 0 {
		return nil
	}
	oldest := timeText(time.UnixMicro(segment.lines[0].time))
	w.Oldest, s.Oldest = earlier(w.Oldest, oldest), earlier(s.Oldest, oldest)
	info, err := segment.file.Stat()
	if err != nil {
		return err
	}
	b := make([]byte, 256<<10)
	for from, size := segment.delivered, info.Size(); from < size; {
		n, err := segment.file.ReadAt(b[:min(int64(len(b)), size-from)], from)
		if err != nil && !errors.Is(err, io.EOF) || n == 0 {
			return err
		}
		records := int64(bytes.Count(b[:n], []byte{'\n'}))
		w.Records, s.Records = w.Records+records, s.Records+records
		w.Bytes, s.Bytes = w.Bytes+int64(n), s.Bytes+int64(n)
		from += int64(n)
	}
	return nil
}

func earlier(a, b string) string {
	if a == "" || b < a {
		return b
	}
	return a
}

// isLocked says whether a process holds the lock of a file.
func isLocked(path string) (bool, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, unreadable(path, err)
	}
	defer f.Close()
	free, err := tryLock(f)
	return !free, err
}
