package spool

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/daybook-audit/daybook"
)

// A buffer holds the lines of one call.
type buffer struct {
	lines []byte
	ends  []int // of each line, behind its line feed
}

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// largestPooled is the capacity above which a buffer is left to the collector.
const largestPooled = 1 << 20

func (b *buffer) giveBack() {
	if cap(b.lines) <= largestPooled {
		b.lines, b.ends = b.lines[:0], b.ends[:0]
		buffers.Put(b)
	}
}

// add appends the line of a record, as yet without time and checksum.
func (b *buffer) add(r *daybook.Record, index int) error {
	if r.LogID() == "" {
		return &daybook.Error{
			Code: daybook.CodeInvalid, Path: at(index) + "/log_id", Message: "spool: is missing",
			Hint: "give each record a log_id before it is written, so that it can be delivered twice",
		}
	}
	start := len(b.lines)
	lines, err := r.AppendJSON(append(b.lines, emptyPrefix...))
	if err != nil {
		return daybook.Under(at(index), err)
	}
	if size := len(lines) - start - jsonAt; size > maxRecord {
		return &daybook.Error{
			Code: daybook.CodeTooLarge, Path: at(index), Message: fmt.Sprintf("spool: the record has %d bytes; at most %d are taken", size, maxRecord),
			Hint: "shorten it, or say where the whole can be found",
		}
	}
	b.lines = append(lines, '\n')
	b.ends = append(b.ends, len(b.lines))
	return nil
}

func at(index int) string { return "/" + strconv.Itoa(index) }

// newWriterID makes the UUIDv7 of a writer.
func newWriterID(now time.Time) (string, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("spool: %w", err)
	}
	binary.BigEndian.PutUint64(b[:], uint64(now.UnixMilli())<<16|7<<12|uint64(b[6]&0xf)<<8|uint64(b[7]))
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}
