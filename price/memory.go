package price

import "sync"

// found is the model that a name means; the zero value for none.
type found struct {
	provider *provider
	model    *model
	own      []*ownModel // which go before
}

// memory remembers what names mean. Past its bound it begins anew: a program
// uses few models.
type memory struct {
	mu   sync.RWMutex
	list map[Name]found
}

const (
	mostRemembered = 4096
	longestName    = 512 // what is longer names no model
)

func newMemory() *memory { return &memory{list: map[Name]found{}} }

func (m *memory) get(n Name, find func(Name) found) found {
	if len(n.Provider) > longestName || len(n.Model) > longestName || len(n.Version) > longestName {
		return found{}
	}
	m.mu.RLock()
	f, ok := m.list[n]
	m.mu.RUnlock()
	if ok {
		return f
	}
	f = find(n)
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.list) >= mostRemembered {
		clear(m.list)
	}
	m.list[n] = f
	return f
}
