package pgtest

import "sync"

// tail keeps the end of what a server says, for when it does not start.
type tail struct {
	mu   sync.Mutex
	said []byte
}

const longestTail = 4 << 10

// Write never fails: a server must not end for want of a listener.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.said = append(t.said, p...)
	if over := len(t.said) - longestTail; over > 0 {
		t.said = append(t.said[:0], t.said[over:]...)
	}
	return len(p), nil
}

// String is what was kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.said)
}
