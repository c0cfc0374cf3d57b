package proxy

// Of a batch, each message is kept as if it came alone, until there are so many
// that they would fill the memory together.
const (
	maxMessages = 10_000
	amplyKept   = 4 << 20  // from here on little is kept of a message
	littleKept  = 1 << 10  // so much, beside what says which message it is
	maxBatched  = 16 << 20 // bytes of a batch that are kept; what is beyond is not read
)

// A batch is several messages in an array.
type batch struct {
	is       bool
	messages []*node
	kept     int // bytes of them
	dropped  int // elements that are no objects, or too many
}

// room is how many bytes may be kept of the next message.
func (b *batch) room() int {
	if b.kept > amplyKept {
		return littleKept
	}
	return maxKept
}

// element takes a message of a batch away from its array, so that the next has
// room again.
func (s *scanner) element() {
	array, b := s.stack[0], &s.batch
	for _, n := range array.items {
		if n.kind != '{' || len(b.messages) >= maxMessages || b.kept > maxBatched {
			b.dropped++
			continue
		}
		b.messages = append(b.messages, n)
		b.kept += s.kept
	}
	b.dropped += array.lost
	array.items, array.lost, s.kept = array.items[:0], 0, 0
}

// level is the depth within a message, one of a batch too.
func (s *scanner) level() int {
	if s.batch.is {
		return max(0, len(s.stack)-1)
	}
	return len(s.stack)
}
