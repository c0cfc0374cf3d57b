package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/daybook-audit/daybook"
)

// singleAppends measures how long one record takes until it is durable, beside
// the disk's own time, and how many come through when many write one at a time.
func (b *bench) singleAppends() error {
	b.heading("Single durable appends")
	disk, err := b.fdatasyncs()
	if err != nil {
		return err
	}
	unit := quantile(disk, 0.5)
	b.latency("fdatasync of 4 KB", disk, unit)
	l, err := b.open("single")
	if err != nil {
		return err
	}
	all, err := records(3*b.singles, func(i int) any { return conversation(i) })
	if err != nil {
		return err
	}
	var process []time.Duration
	for i := range b.singles {
		begun := time.Now()
		if _, err := l.Recorder.Record(b.ctx, daybook.Local, all[i:i+1]); err != nil {
			return err
		}
		process = append(process, time.Since(begun))
	}
	b.latency("one client, in process", process, unit)
	s, err := b.serve(l)
	if err != nil {
		return err
	}
	if err := b.singleHTTP(s, all[b.singles:], unit); err != nil {
		return err
	}
	return s.stop()
}

func (b *bench) singleHTTP(s *server, all []daybook.Record, unit time.Duration) error {
	var took []time.Duration
	for i := range b.singles {
		one := body(all[i : i+1])
		begun := time.Now()
		if err := s.post(b.ctx, http.DefaultClient, one); err != nil {
			return err
		}
		took = append(took, time.Since(begun))
	}
	b.latency("one client, over HTTP", took, unit)
	const many = 32
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: many}}
	rest := all[b.singles:]
	bodies := make([][]byte, len(rest))
	for i := range rest {
		bodies[i] = body(rest[i : i+1])
	}
	group, ctx := errgroup.WithContext(b.ctx)
	begun := time.Now()
	for c := range many {
		group.Go(func() error { return postEvery(ctx, s, client, bodies, c, many) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	b.line(fmt.Sprintf("%d clients of single records, over HTTP", many), len(bodies), time.Since(begun), 0)
	return nil
}

func postEvery(ctx context.Context, s *server, client *http.Client, bodies [][]byte, first, step int) error {
	for i := first; i < len(bodies); i += step {
		if err := s.post(ctx, client, bodies[i]); err != nil {
			return err
		}
	}
	return nil
}

// fdatasyncs times the disk alone: 4 KB appended and synced.
func (b *bench) fdatasyncs() ([]time.Duration, error) {
	f, err := os.Create(filepath.Join(b.dir, "fdatasync"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	page := make([]byte, 4096)
	var took []time.Duration
	for range b.singles {
		begun := time.Now()
		if _, err := f.Write(page); err != nil {
			return nil, err
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return nil, err
		}
		took = append(took, time.Since(begun))
	}
	return took, nil
}

func quantile(took []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[int(q*float64(len(sorted)-1))]
}

func (b *bench) latency(what string, took []time.Duration, unit time.Duration) {
	p50, p99 := quantile(took, 0.5), quantile(took, 0.99)
	fmt.Fprintf(b.w, "  %-52s p50 %8s (%.1f fdatasyncs), p99 %8s\n", what, p50.Round(time.Microsecond), float64(p50)/float64(unit), p99.Round(time.Microsecond))
}
