//go:build !race

package canon

import "testing"

// Not under the race detector, which drops things from a sync.Pool on purpose.
func TestHotPathsAllocateNothing(t *testing.T) {
	buf := make([]byte, 0, 8192)
	raw := []byte(benchValue)
	escaped := []byte(`{"ü":1,"ö":{"b":1,"a":2},"ä":"\u00e4"}`)
	for name, f := range map[string]func(){
		"AppendJSON":    func() { buf, _ = AppendJSON(buf[:0], raw) },
		"escaped keys":  func() { buf, _ = AppendJSON(buf[:0], escaped) },
		"AppendString":  func() { buf = AppendString(buf[:0], benchValue) },
		"AppendFloat":   func() { buf = AppendFloat(buf[:0], 1e-7) },
		"NormalizeTime": func() { _, _ = NormalizeTime("2024-01-31T15:04:05.123456Z") },
		"ParseTime":     func() { _, _ = ParseTime("2024-01-31T15:04:05.123456Z") },
		"CheckString":   func() { _ = CheckString(benchValue) },
		"Hash":          func() { Hash(raw) },
	} {
		if n := testing.AllocsPerRun(100, f); n >= 1 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
