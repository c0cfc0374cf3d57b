package mcp

import (
	"slices"
	"sync"
)

// memory is what a connection remembers of itself: which sessions it checked
// out and has not checked in.
type memory struct {
	mu   sync.Mutex
	open []string
}

func (m *memory) opened(session string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.Contains(m.open, session) {
		m.open = append(m.open, session)
	}
}

func (m *memory) closed(session string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open = slices.DeleteFunc(m.open, func(id string) bool { return id == session })
}

// sessions lists those that are open, the oldest first.
func (m *memory) sessions() []string {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.open)
}
