package intake

import (
	"container/list"
	"context"
	"slices"
	"sync"

	"github.com/daybook-audit/daybook"
)

// memoryTables is how many tables a deriver remembers by itself.
const memoryTables = 10_000

// Memory remembers what columns tables have as long as the process runs: those
// of so many tables that were asked for or told last.
type Memory struct {
	mu    sync.Mutex
	most  int
	order *list.List // of *remembered, the last one used first
	at    map[tableKey]*list.Element
}

type remembered struct {
	key     tableKey
	columns []string
}

var _ daybook.KnownColumns = (*Memory)(nil)

// NewMemory makes a memory of so many tables.
func NewMemory(most int) *Memory {
	return &Memory{most: most, order: list.New(), at: map[tableKey]*list.Element{}}
}

// ColumnsOf implements [daybook.KnownColumns].
func (m *Memory) ColumnsOf(_ context.Context, business, table string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found, ok := m.at[keyOf(business, table)]
	if !ok {
		return nil, nil
	}
	m.order.MoveToFront(found)
	return slices.Clone(found.Value.(*remembered).columns), nil
}

// KeepColumns implements [daybook.KnownColumns].
func (m *Memory) KeepColumns(_ context.Context, business string, columns map[string][]string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for table, names := range columns {
		key := keyOf(business, table)
		if old, ok := m.at[key]; ok {
			m.order.Remove(old)
			delete(m.at, key)
		}
		if len(names) > 0 {
			m.at[key] = m.order.PushFront(&remembered{key, slices.Clone(names)})
		}
	}
	for m.order.Len() > m.most {
		last := m.order.Back()
		m.order.Remove(last)
		delete(m.at, last.Value.(*remembered).key)
	}
	return nil
}
