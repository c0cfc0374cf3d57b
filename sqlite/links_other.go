//go:build !unix

package sqlite

// names counts the names that a file has; it cannot be told here.
func names(string) uint64 { return 1 }
