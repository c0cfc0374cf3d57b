package spool

import (
	"context"
	"time"
)

// Drain delivers what lies in a directory, whoever wrote it, until nothing is
// left or ctx ends, and gives how the spool then stands. Where another process
// is the sender, it waits for that one. Look, where given, is called now and
// then with the bytes that are left.
func Drain(ctx context.Context, dir string, o Options, look func(bytes int64)) (*Status, error) {
	if _, err := StatusOf(dir); err != nil { // it makes no directory
		return nil, err
	}
	s, err := Open(dir, o)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	for {
		status, err := StatusOf(dir)
		if err != nil || status.Records == 0 {
			return status, err
		}
		if look != nil {
			look(status.Bytes)
		}
		timer := time.NewTimer(lookAgain)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return status, nil
		}
	}
}
