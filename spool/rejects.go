package spool

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// damaged is the problem of a line that is not what was written.
var damaged = json.RawMessage(`{"code": "damaged", "detail": "the line does not fit its checksum: it is not what was written"}`)

// A rejection is a line on its way to the reject file.
type rejection struct {
	line    *line
	problem json.RawMessage
}

// reject appends to the reject file.
func reject(dir string, rejections []rejection, now time.Time) error {
	if len(rejections) == 0 {
		return nil
	}
	var text []byte
	for i := range rejections {
		text = appendReject(text, &rejections[i], now)
	}
	unlock, err := lockRejects(dir)
	if err != nil {
		return err
	}
	defer unlock()
	f, err := os.OpenFile(filepath.Join(dir, rejectsName), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := mend(f)
	if err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		return errors.Join(err, f.Truncate(size))
	}
	return nil
}

// appendReject appends the line of a reject. It is done by hand, so that the
// record stands there byte for byte.
func appendReject(dst []byte, r *rejection, now time.Time) []byte {
	dst = fmt.Appendf(dst, `{"time": %q, "segment": %q, "offset": %d, "problem": `,
		timeText(now), numberText(r.line.segment.number), r.line.offset)
	dst = appendCompact(dst, r.problem)
	if r.line.record != nil && json.Valid(r.line.record) {
		return append(append(append(dst, `, "record": `...), r.line.record...), "}\n"...)
	}
	return fmt.Appendf(dst, ", \"line\": %q}\n", base64.StdEncoding.EncodeToString(r.line.raw))
}

// appendCompact appends JSON on one line.
func appendCompact(dst []byte, raw json.RawMessage) []byte {
	b := bytes.NewBuffer(dst)
	if err := json.Compact(b, raw); err != nil {
		return append(dst, "{}"...) // it was read as JSON before
	}
	return b.Bytes()
}

// mend cuts off the half line of a writer that was killed, and gives the size.
func mend(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	end, err := lastLine(f, info.Size())
	if err != nil || end == info.Size() {
		return end, err
	}
	return end, f.Truncate(end)
}

// lastLine gives the place behind the last line feed.
func lastLine(f *os.File, size int64) (int64, error) {
	const step = 64 << 10
	for to := size; to > 0; {
		from := max(0, to-step)
		b := make([]byte, to-from)
		if _, err := f.ReadAt(b, from); err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if at := bytes.LastIndexByte(b, '\n'); at >= 0 {
			return from + int64(at) + 1, nil
		}
		to = from
	}
	return 0, nil
}

// lockRejects takes the lock of the reject file, for as long as a process
// works on it.
func lockRejects(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, rejectsLock), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(f); err != nil {
		_ = f.Close()
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}

// Reject is a record that the server refused, or a line that was damaged.
type Reject struct {
	Time    string          `json:"time"`
	Segment string          `json:"segment"`
	Offset  int64           `json:"offset"`
	Problem json.RawMessage `json:"problem"`
	Record  json.RawMessage `json:"record,omitempty"`
	Line    []byte          `json:"line,omitempty"` // where there is no record that can be read
}

// Name gives the record's kind and log_id, as far as it can be read.
func (r *Reject) Name() (kind, logID string) {
	var name struct {
		Kind  string `json:"kind"`
		LogID string `json:"log_id"`
	}
	if json.Unmarshal(r.Record, &name) != nil {
		return "", ""
	}
	return name.Kind, name.LogID
}

// Why gives the reason: its code, where in the record, and in words.
func (r *Reject) Why() (code, path, detail string) {
	var p problem
	if json.Unmarshal(r.Problem, &p) != nil {
		return "", "", ""
	}
	return p.Code, p.Path, p.Detail
}

// key is what one reject has in common with its repeats.
func (r *Reject) key() string {
	if _, logID := r.Name(); logID != "" {
		return logID
	}
	return r.Segment + "/" + strconv.FormatInt(r.Offset, 10)
}

// Rejects gives what stands in the reject file, the oldest first, each once.
func Rejects(dir string) ([]Reject, error) {
	text, err := readRejects(dir)
	if err != nil {
		return nil, err
	}
	var all []Reject
	place := map[string]int{}
	for len(text) > 0 {
		raw, rest, whole := bytes.Cut(text, []byte{'\n'})
		text = rest
		var r Reject
		if !whole || json.Unmarshal(raw, &r) != nil {
			continue // a half line of a process that was killed
		}
		if i, again := place[r.key()]; again {
			all[i] = r
			continue
		}
		place[r.key()] = len(all)
		all = append(all, r)
	}
	return all, nil
}

func readRejects(dir string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(dir, rejectsName))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(dir, err)
	}
	return text, nil
}
