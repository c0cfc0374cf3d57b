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
	"slices"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
)

// options say what to measure.
type options struct {
	n, singles   int
	dir          string
	victoriaLogs string // the URL of one to measure beside, "" for none
	million, ids bool   // measure these, which take minutes, instead
	walks        bool   // measure walks over 1,000,000 edges instead
	sampling     bool   // measure the bytes of 10,000 repeats of one operation instead
	postgres     bool   // measure the same on a PostgreSQL instead
	daybook      string // the program that million measures, "" to build it
}

func main() {
	var o options
	flag.IntVar(&o.n, "n", 100_000, "entries of each bulk measurement")
	flag.IntVar(&o.singles, "singles", 2_000, "appends of each measurement of single records")
	flag.StringVar(&o.dir, "dir", "", "where the stores go (default: a temporary folder, removed at the end)")
	flag.StringVar(&o.victoriaLogs, "victorialogs", "", "the URL of a VictoriaLogs, such as http://127.0.0.1:9428, to be sent the same conversations")
	flag.BoolVar(&o.million, "million", false, "instead: memory and restart of a server with 1,000,000 entries")
	flag.BoolVar(&o.ids, "ids", false, "instead: the last 100,000 of 2,000,000 appends, with random subject ids and with ordered ones")
	flag.BoolVar(&o.walks, "walks", false, "instead: walks of lineage over 1,000,000 edges, beside recursive SQL")
	flag.BoolVar(&o.sampling, "sampling", false, "instead: the bytes of 10,000 repeats of one operation, as references and in full")
	flag.BoolVar(&o.postgres, "postgres", false, "instead: the same on a PostgreSQL that is started for it, beside raw COPY")
	flag.StringVar(&o.daybook, "daybook", "", "the program that -million starts (default: built from this module)")
	profile := flag.String("cpuprofile", "", "where to write a CPU profile")
	flag.Parse()
	err := profiled(*profile, func() error { return run(context.Background(), os.Stdout, o) })
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

func run(ctx context.Context, w io.Writer, o options) error {
	if o.dir == "" {
		temporary, err := os.MkdirTemp("", "daybook-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temporary)
		if err := os.Chmod(temporary, 0o711); err != nil { // a PostgreSQL that root starts is another user's
			return err
		}
		o.dir = temporary
	}
	fmt.Fprintf(w, "%s, %s/%s, %d cores\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	b := newBench(ctx, w, o)
	if o.postgres {
		d, err := startDatabases(o.dir)
		if err != nil {
			return err
		}
		defer d.server.Close()
		b.stores = d
	}
	for _, measure := range b.measures() {
		if err := measure(); err != nil {
			return err
		}
	}
	return nil
}

// measures are the measurements that were asked for.
func (b *bench) measures() (list []func() error) {
	if b.options.million {
		list = append(list, func() error { return b.million(1_000_000) })
	}
	if b.options.ids {
		list = append(list, func() error { return b.subjectIDs(2_000_000, 100_000) })
	}
	if b.options.walks {
		list = append(list, func() error { return b.walks(1_000_000, 1_000) })
	}
	if b.options.sampling {
		list = append(list, func() error { return b.sampling(10_000) })
	}
	if list == nil {
		list = []func() error{b.conversations, b.singleAppends, b.space}
	}
	return list
}

type bench struct {
	options
	ctx    context.Context
	w      io.Writer
	stores stores
}

// newBench makes one whose ledgers are in SQLite.
func newBench(ctx context.Context, w io.Writer, o options) *bench {
	return &bench{options: o, ctx: ctx, w: w, stores: files(o.dir)}
}

// stores are where the ledgers of a run are, by name.
type stores interface {
	// place gives the place of a ledger, as `daybook --store` takes it, which is
	// made if it is not there.
	place(ctx context.Context, name string) (string, error)
	// limit says what the limit is.
	limit() string
	// raw writes the conversations of a finished ledger, with their spine and
	// tiles, into the tables of an empty one.
	raw(ctx context.Context, from, to string, n int) (time.Duration, error)
	// sizes gives the bytes of each table and index.
	sizes(ctx context.Context, l *local.Local, name string) ([]part, error)
}

// part is a table or an index.
type part struct {
	name  string
	bytes int64
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
	place, err := b.stores.place(b.ctx, name)
	if err != nil {
		return nil, err
	}
	return local.Open(b.ctx, place, local.Options{Logger: quiet, Key: b.path(name) + ".key", Public: b.path(name) + ".pub", Anchor: b.path(name) + ".anchor"})
}

// quiet logs errors alone.
var quiet = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))

func (b *bench) path(name string) string { return filepath.Join(b.dir, name+".db") }

// batches cuts records into writes.
func batches(records []daybook.Record) [][]daybook.Record {
	return slices.Collect(slices.Chunk(records, batchSize))
}
