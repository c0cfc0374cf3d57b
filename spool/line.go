package spool

import (
	"encoding/json"
	"hash/crc32"
	"strconv"
	"time"
)

// The bounds of the format.
const (
	version    = 1
	maxSegment = 8 << 20
	maxRecord  = 8 << 20
)

// A line begins with its checksum and its time.
const (
	sumLength  = 8
	timeLength = 16
	jsonAt     = sumLength + 1 + timeLength + 1
)

const emptyPrefix = "                          " // jsonAt bytes, for stamp to fill in

// stamp writes the time and then the checksum into a line that has its JSON,
// without its line feed.
func stamp(line []byte, micros int64) {
	putNumber(line[sumLength+1:jsonAt-1], micros, 10)
	sum := crc32.ChecksumIEEE(line[sumLength+1:])
	putNumber(line[:sumLength], int64(sum), 16)
}

func putNumber(dst []byte, n int64, base int64) {
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = "0123456789abcdef"[n%base]
		n /= base
	}
}

// parseLine reads a line without its line feed. It is not ok where the line is
// damaged.
func parseLine(line []byte) (micros int64, record []byte, ok bool) {
	if len(line) <= jsonAt || line[sumLength] != ' ' || line[jsonAt-1] != ' ' {
		return 0, nil, false
	}
	var sum [sumLength]byte
	putNumber(sum[:], int64(crc32.ChecksumIEEE(line[sumLength+1:])), 16)
	if string(line[:sumLength]) != string(sum[:]) || !allDigits(line[sumLength+1:jsonAt-1]) {
		return 0, nil, false
	}
	micros, err := strconv.ParseInt(string(line[sumLength+1:jsonAt-1]), 10, 64)
	return micros, line[jsonAt:], err == nil
}

// headerStart is what the first line of a segment begins with.
const headerStart = `{"daybook_spool": `

// A header is the first line of a segment.
type header struct {
	Version   int    `json:"daybook_spool"`
	Writer    string `json:"writer"`
	PID       int    `json:"pid"`
	Host      string `json:"host"`
	Program   string `json:"program"`
	StartedAt string `json:"started_at"`
	Server    string `json:"server"`
}

// appendHeader appends the line of a header, with its line feed.
func appendHeader(dst []byte, h *header) ([]byte, error) {
	members, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	dst = append(dst, headerStart...)
	return append(append(dst, members[len(headerStart)-1:]...), '\n'), nil
}

// parseHeader reads a first line without its line feed. It is not ok where the
// line is no header.
func parseHeader(line []byte) (h header, ok bool) {
	if len(line) < len(headerStart) || string(line[:len(headerStart)]) != headerStart {
		return h, false
	}
	var only struct {
		Version *int `json:"daybook_spool"`
	}
	if json.Unmarshal(line, &only) != nil || only.Version == nil {
		return h, false
	}
	if json.Unmarshal(line, &h) != nil { // what is for people may be anything
		h = header{}
	}
	h.Version = *only.Version
	return h, true
}

// timeText gives a time as the format has it.
func timeText(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
