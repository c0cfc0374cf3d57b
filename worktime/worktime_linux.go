// Package worktime measures for tests how long something works: on a machine that is
// busy with something else it takes longer by the clock, but works no longer.
package worktime

import (
	"runtime"
	"syscall"
	"time"
)

// rusageThread is RUSAGE_THREAD of getrusage(2), which package syscall lacks.
const rusageThread = 1

// Of gives how long fn kept a processor busy, in the goroutine that it is called in.
func Of(fn func()) time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := threadTime()
	fn()
	return threadTime() - before
}

func threadTime() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(rusageThread, &use); err != nil {
		panic(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
