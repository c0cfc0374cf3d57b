// Command bench measures Daybook on this machine, beside the limit of what it
// stands on, in one run: durable appends over HTTP and in process against raw
// inserts of the same rows into the same tables by the same driver, latency
// against a bare fdatasync, how fast a ledger verifies, and how many bytes an
// entry takes. Only ratios of one run mean anything: machines differ, and one
// machine from one minute to the next.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
)

func main() {
	n := flag.Int("n", 100_000, "entries of each bulk measurement")
	singles := flag.Int("singles", 2_000, "appends of each measurement of single records")
	dir := flag.String("dir", "", "where the stores go (default: a temporary folder, removed at the end)")
	profile := flag.String("cpuprofile", "", "where to write a CPU profile")
	flag.Parse()
	err := profiled(*profile, func() error { return run(context.Background(), os.Stdout, *dir, *n, *singles) })
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

// profiled runs fn, under the profiler where a file is named.
func profiled(path string, fn func() error) error {
	if path == "" {
		return fn()
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	err = fn()
	pprof.StopCPUProfile()
	return errors.Join(err, f.Close())
}

func run(ctx context.Context, w io.Writer, dir string, n, singles int) error {
	if dir == "" {
		temporary, err := os.MkdirTemp("", "daybook-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temporary)
		dir = temporary
	}
	fmt.Fprintf(w, "%s, %s/%s, %d cores; %d entries, %d single appends\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), n, singles)
	b := bench{ctx: ctx, w: w, dir: dir, n: n, singles: singles}
	for _, measure := range []func() error{b.conversations, b.singleAppends, b.space} {
		if err := measure(); err != nil {
			return err
		}
	}
	return nil
}

type bench struct {
	ctx        context.Context
	w          io.Writer
	dir        string
	n, singles int
}

func (b *bench) heading(format string, args ...any) {
	fmt.Fprintf(b.w, "\n"+format+"\n", args...)
}

// line prints a rate and its ratio to a limit; 0 for no limit.
func (b *bench) line(what string, count int, took time.Duration, limit float64) float64 {
	rate := float64(count) / took.Seconds()
	ratio := ""
	if limit > 0 {
		ratio = fmt.Sprintf("%6.0f %%", 100*rate/limit)
	}
	fmt.Fprintf(b.w, "  %-52s %10.0f /s %s\n", what, rate, ratio)
	return rate
}

// open opens a fresh ledger that logs nothing but errors.
func (b *bench) open(name string) (*local.Local, error) {
	return local.Open(b.ctx, b.path(name), local.Options{Logger: quiet})
}

// quiet logs errors alone.
var quiet = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))

func (b *bench) path(name string) string { return filepath.Join(b.dir, name+".db") }

// batches cuts records into writes of a size.
func batches(records []daybook.Record, size int) [][]daybook.Record {
	var out [][]daybook.Record
	for len(records) > size {
		out, records = append(out, records[:size]), records[size:]
	}
	return append(out, records)
}
