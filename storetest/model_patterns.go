package storetest

import (
	"context"
	"maps"

	"github.com/daybook-audit/daybook"
)

var _ daybook.KnownPatterns = (*Model)(nil)

// Patterns implements [daybook.KnownPatterns].
func (m *Model) Patterns(ctx context.Context) (map[daybook.PatternKey]int64, error) {
	if err := m.ready(ctx); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return maps.Clone(m.patterns), nil
}

// KeepPatterns implements [daybook.KnownPatterns].
func (m *Model) KeepPatterns(ctx context.Context, first map[daybook.PatternKey]int64, most int) error {
	if err := m.ready(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.patterns == nil {
		m.patterns = map[daybook.PatternKey]int64{}
	}
	for key, seq := range first {
		maps.DeleteFunc(m.patterns, func(_ daybook.PatternKey, other int64) bool { return other == seq })
		m.patterns[key] = seq
	}
	for len(m.patterns) > most {
		var oldest daybook.PatternKey
		least := int64(-1)
		for key, seq := range m.patterns {
			if least < 0 || seq < least {
				oldest, least = key, seq
			}
		}
		delete(m.patterns, oldest)
	}
	return nil
}

// ForgetPatterns implements [daybook.KnownPatterns].
func (m *Model) ForgetPatterns(ctx context.Context) error {
	if err := m.ready(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.patterns)
	return nil
}
