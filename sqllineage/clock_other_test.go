//go:build !linux

package sqllineage

import "time"

// working gives how long fn took, where the time of a thread is not to be had.
func working(fn func()) time.Duration {
	began := time.Now()
	fn()
	return time.Since(began)
}
