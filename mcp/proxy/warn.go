package proxy

import (
	"errors"
	"sync/atomic"
	"time"
)

var errUnread = errors.New("the message cannot be read")

// unreadable counts messages that passed without being recorded, because they
// are no JSON-RPC.
type unreadable struct {
	count  atomic.Int64
	warned atomic.Int64 // Unix seconds of the last warning
}

// unread notes whether a message could be read.
func (p *Proxy) unread(ok bool, side string) {
	if ok {
		return
	}
	count, now, last := p.unreadable.count.Add(1), time.Now().Unix(), p.unreadable.warned.Load()
	if now-last >= int64(warnEvery/time.Second) && p.unreadable.warned.CompareAndSwap(last, now) {
		p.o.Logger.Warn("a message is no JSON-RPC; it passed and is not recorded", "from", side, "so far", count)
	}
}
