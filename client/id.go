package client

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"time"
)

// lastStamp is the newest stamp given out, so that the ids of a process grow.
var lastStamp atomic.Int64

// newID makes a UUID of version 7 (RFC 9562): 48 bits of Unix milliseconds, 12
// of the millisecond's fraction (method 3 of its section 6.2), 62 random. Ids
// of one process grow, which keeps a store's indexes narrow where they are
// written.
func newID(now time.Time) string {
	stamp := now.UnixMilli()<<12 | int64(now.Nanosecond()%1e6)<<12/1e6
	for {
		last := lastStamp.Load()
		stamp = max(stamp, last+1)
		if lastStamp.CompareAndSwap(last, stamp) {
			break
		}
	}
	var b [16]byte
	_, _ = rand.Read(b[8:]) // never fails: it ends the program first
	binary.BigEndian.PutUint64(b[:], uint64(stamp>>12)<<16|7<<12|uint64(stamp&0xfff))
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
