package canon

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// benchValue is an action's details as an agent would send it: about 700 bytes,
// keys in no order, some escapes.
const benchValue = `{"tool": "query_warehouse", "sql": "SELECT region, SUM(bushels) AS total\nFROM silver.corn_stocks\nWHERE crop_year = 2024\nGROUP BY region", "params": {"crop_year": 2024, "regions": ["Corn Belt", "Delta", "Northern Plains"], "limit": 500, "dry_run": false}, "attempt": 1, "cost": {"input_tokens": 1843, "output_tokens": 212, "usd": 0.0087412, "rate": 3.0}, "cwd": "/srv/agents/cfo", "files": [{"path": "out/balance.csv", "bytes": 48213, "sha": "9f86d081884c7d65"}, {"path": "out/notes.md", "bytes": 913, "sha": "60303ae22b998861"}], "note": "Übertrag geprüft – \u2713", "parent": null, "labels": {"team": "grains", "env": "prod", "trace": "4bf92f3577b34da6a3ce929d0e0e4736"}, "retry": [0.5, 1, 2.5]}`

func BenchmarkAppendJSON(b *testing.B) {
	sorted, err := AppendJSON(nil, []byte(benchValue))
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		raw  []byte
	}{
		{"unsorted", []byte(benchValue)},
		{"canonical", sorted},
		{"empty", []byte("{}")},
		{"small", []byte(`{"table":"silver.corn","rows":12}`)},
	} {
		b.Run(fmt.Sprintf("%s-%d", c.name, len(c.raw)), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.raw)))
			buf := make([]byte, 0, 4096)
			for b.Loop() {
				if buf, err = AppendJSON(buf[:0], c.raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppendString(b *testing.B) {
	for _, c := range []struct{ name, s string }{
		{"id", "conv_01HZX3V9T0QK"},
		{"ascii500", strings.Repeat("plain text, ", 42)[:500]},
		{"escapes500", strings.Repeat("line \"one\"\n", 46)[:500]},
		{"cjk500", strings.Repeat("玉米", 84)[:498]},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.s)))
			buf := make([]byte, 0, 4096)
			for b.Loop() {
				buf = AppendString(buf[:0], c.s)
			}
		})
	}
}

func BenchmarkAppendFloat(b *testing.B) {
	buf := make([]byte, 0, 64)
	for b.Loop() {
		buf = AppendFloat(buf[:0], 0.0087412)
	}
}

func BenchmarkTime(b *testing.B) {
	for _, s := range []string{"2024-01-31T15:04:05.123456Z", "2024-01-31T15:04:05.123+02:00"} {
		b.Run("Normalize/"+s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := NormalizeTime(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	t := time.Date(2024, 1, 31, 15, 4, 5, 123456000, time.UTC)
	b.Run("Format", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			FormatTime(t)
		}
	})
	b.Run("Parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ParseTime("2024-01-31T15:04:05.123456Z"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
