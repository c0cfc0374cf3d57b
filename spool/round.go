package spool

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
)

// A reading is what the sender has read of a spool.
type reading struct {
	dir      string
	segments map[int64]*segment
}

func newReading(dir string) *reading { return &reading{dir: dir, segments: map[int64]*segment{}} }

func (r *reading) close() {
	for _, s := range r.segments {
		s.close()
	}
}

// next gives the lines that may be delivered now, in their order.
//
// It reads twice. What the first pass saw was written before the second began;
// so the second sees all that was written before any of it, and nothing later
// than the newest of the first pass is delivered in this round.
func (r *reading) next() ([]line, error) {
	if err := r.pass(); err != nil {
		return nil, err
	}
	newest, some := r.newest()
	if !some {
		return nil, r.clear()
	}
	if err := r.pass(); err != nil {
		return nil, err
	}
	return r.upTo(newest), nil
}

// pass reads on in every segment there is.
func (r *reading) pass() error {
	l, err := list(r.dir)
	if err != nil {
		return err
	}
	for _, number := range l.segments {
		if r.segments[number] != nil {
			continue
		}
		if s := openSegment(r.dir, number); s != nil {
			r.segments[number] = s
		}
	}
	for number, s := range r.segments {
		if _, there := slices.BinarySearch(l.segments, number); !there || !s.isThere() {
			s.close()
			delete(r.segments, number)
			continue
		}
		s.fill()
	}
	return nil
}

// newest gives the time of the newest line.
func (r *reading) newest() (newest int64, some bool) {
	for _, s := range r.segments {
		if n := len(s.lines); n > 0 {
			newest, some = max(newest, s.lines[n-1].time), true
		}
	}
	return newest, some
}

// upTo gives the lines up to a time, merged, but none later than the last line
// of a segment that was not read to its end: what follows there may be older.
func (r *reading) upTo(newest int64) []line {
	for _, s := range r.segments {
		if n := len(s.lines); n > 0 && s.more {
			newest = min(newest, s.lines[n-1].time)
		}
	}
	var all []line
	for _, s := range r.segments {
		n, _ := slices.BinarySearchFunc(s.lines, newest, func(l line, t int64) int {
			if l.time <= t {
				return -1
			}
			return 1
		})
		all = append(all, s.lines[:n]...)
	}
	slices.SortFunc(all, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.segment.number, b.segment.number), cmp.Compare(a.offset, b.offset))
	})
	return all
}

// clear removes what is delivered and whose writer is gone, and positions
// without a segment.
func (r *reading) clear() error {
	for number, s := range r.segments {
		gone, err := s.abandon()
		if err != nil {
			return err
		}
		if gone {
			s.close()
			delete(r.segments, number)
		} else if err := s.save(); err != nil {
			return err
		}
	}
	l, err := list(r.dir)
	if err != nil {
		return err
	}
	for _, number := range l.positions {
		if _, there := slices.BinarySearch(l.segments, number); !there {
			if err := os.Remove(positionPath(r.dir, number)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// skipped gives the segments that are left alone, with the reason.
func (r *reading) skipped() (all []skip) {
	for _, number := range slices.Sorted(maps.Keys(r.segments)) {
		if s := r.segments[number]; s.skip != "" {
			all = append(all, skip{Segment: numberText(number), Reason: s.skip})
		}
	}
	return all
}
