//go:build unix

package sqlite

import (
	"os"
	"syscall"
)

// names counts the names that a file has; 1 where that cannot be told, or it is no file.
func names(path string) uint64 {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return 1
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Nlink)
	}
	return 1
}
