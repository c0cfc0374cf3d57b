package main

import (
	"fmt"
	"io"
	"time"
)

// counter shows how far something is that takes long: by a bar on a terminal,
// and elsewhere by a line from time to time.
type counter struct {
	bar
	w           io.Writer
	what        string
	begun, last time.Time
	first       int64 // done before it began
	started     bool
}

// between is how long a log is left alone.
const between = 5 * time.Second

func newCounter(w io.Writer, what string) *counter {
	now := time.Now()
	return &counter{bar: progress(w, what), w: w, what: what, begun: now, last: now}
}

func (c *counter) set(done, total int64) {
	if !c.started {
		c.first, c.started = done, true
	}
	if c.ProgressBar != nil {
		c.bar.set(done, total)
		return
	}
	now := time.Now()
	if now.Sub(c.last) < between {
		return
	}
	c.last = now
	rate := float64(done-c.first) / now.Sub(c.begun).Seconds()
	line := fmt.Sprintf("%s: %d of %d, %.0f/s", c.what, done, total, rate)
	if rate > 0 {
		line += ", " + (time.Duration(float64(total-done)/rate) * time.Second).String() + " left"
	}
	fmt.Fprintln(c.w, line)
}
