//go:build !linux

// Package worktime measures for tests how long something works.
package worktime

import "time"

// Of gives how long fn took, where the time of a thread is not to be had.
func Of(fn func()) time.Duration {
	began := time.Now()
	fn()
	return time.Since(began)
}
