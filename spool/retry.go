package spool

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"time"
)

// Retry puts rejects back into the spool, to be delivered again: those whose
// log_id is named, or all. A damaged line stays, since nobody knows what it
// said. It gives how many were put back, and how many rejects are left.
//
// They are in the spool before they leave the reject file. A program that is
// killed in between leaves them in both, which does no harm: the ledger takes
// a log_id once.
func Retry(dir string, logIDs ...string) (retried, left int, err error) {
	return remake(dir, logIDs, func(rejects []Reject) error { return putBack(dir, rejects) })
}

// Drop deletes rejects for good: those whose log_id is named, or all, with the
// damaged lines.
func Drop(dir string, logIDs ...string) (dropped, left int, err error) {
	return remake(dir, logIDs, nil)
}

// remake writes the reject file anew without those that are named, after put,
// where given, has taken them.
func remake(dir string, logIDs []string, put func([]Reject) error) (gone, left int, err error) {
	if err := checkVersion(dir); err != nil {
		return 0, 0, err
	}
	unlock, err := lockRejects(dir)
	if err != nil {
		return 0, 0, unreadable(dir, err)
	}
	defer unlock()
	all, err := Rejects(dir)
	if err != nil {
		return 0, 0, err
	}
	named := map[string]bool{}
	for _, id := range logIDs {
		named[id] = true
	}
	var leave, stay []Reject
	for i := range all {
		_, logID := all[i].Name()
		if (len(named) == 0 || named[logID]) && (put == nil || logID != "") {
			leave = append(leave, all[i])
		} else {
			stay = append(stay, all[i])
		}
	}
	if len(leave) == 0 {
		return 0, len(stay), nil
	}
	if put != nil {
		if err := put(leave); err != nil {
			return 0, len(all), err
		}
	}
	return len(leave), len(stay), keep(dir, stay)
}

// keep makes the reject file one of these alone.
func keep(dir string, rejects []Reject) error {
	if len(rejects) == 0 {
		err := os.Remove(filepath.Join(dir, rejectsName))
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}
	var text []byte
	for i := range rejects {
		raw, err := json.Marshal(&rejects[i])
		if err != nil {
			return err
		}
		text = append(append(text, raw...), '\n')
	}
	return replace(dir, rejectsName, text)
}

// putBack writes the records of rejects to a segment of their own.
func putBack(dir string, rejects []Reject) error {
	o := Options{Program: "daybook spool rejects"}
	o.fill()
	head, err := newHeader(&o)
	if err != nil {
		return err
	}
	w := &writer{dir: dir, most: math.MaxInt64, head: head, now: time.Now}
	defer w.close()
	for i := range rejects {
		line := append([]byte(emptyPrefix), bytes.TrimSpace(rejects[i].Record)...)
		line = append(line, '\n')
		if err := w.append(line, []int{len(line)}); err != nil {
			return err
		}
	}
	return nil
}
