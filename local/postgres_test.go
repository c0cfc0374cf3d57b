package local_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/postgres"
)

var quiet = slog.New(slog.DiscardHandler)

// database gives the URL of a database with an empty ledger, and options with
// places for its files, as a machine of its own has them.
func database(t *testing.T) string {
	t.Helper()
	url := pgtest.New(t)
	if _, err := postgres.Migrate(t.Context(), url, postgres.MigrateOptions{Logger: quiet}); err != nil {
		t.Fatal(err)
	}
	return url
}

// machine gives options with files in a folder of their own.
func machine(t *testing.T) local.Options {
	t.Helper()
	dir := t.TempDir()
	return local.Options{Key: filepath.Join(dir, "key"), Public: filepath.Join(dir, "pub"), Anchor: filepath.Join(dir, "anchor"), Logger: quiet}
}

// TestOnlyOneMachineMakesTheKey: of machines that open a new ledger at the same
// time one makes its key and signs, and the others say that they have it not.
// With a copy of it they write too.
func TestOnlyOneMachineMakesTheKey(t *testing.T) {
	t.Parallel()
	url := database(t)
	machines := make([]local.Options, 4)
	opened := make([]*local.Local, len(machines))
	failed := make([]error, len(machines))
	var all sync.WaitGroup
	for i := range machines {
		machines[i] = machine(t)
		all.Go(func() { opened[i], failed[i] = local.Open(t.Context(), url, machines[i]) })
	}
	all.Wait()
	first := -1
	for i, l := range opened {
		if l != nil {
			t.Cleanup(func() { shut(t, l) })
			if first >= 0 {
				t.Errorf("both %d and %d made a key", first, i)
			}
			first = i
			continue
		}
		wantCode(t, failed[i], daybook.CodeNotFound, "from another server of this ledger")
		if _, err := os.Stat(machines[i].Key); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("machine %d has a key: %v", i, err)
		}
	}
	if first < 0 {
		t.Fatalf("nobody opened it: %v", failed)
	}
	log(t, opened[first].Client)
	other := machines[(first+1)%len(machines)]
	write(t, other.Key, must[[]byte](t)(os.ReadFile(machines[first].Key)))
	second := open(t, url, other)
	receipt := log(t, second.Client)
	must[*daybook.Entry](t)(opened[first].Get(t.Context(), "conversations", receipt.ID))
	if second.Public() != opened[first].Public() {
		t.Error("they have different keys")
	}
}

// TestNoOtherSweepsWhatIsBeingWritten: several processes share the folder of a
// ledger's files, and one that opens leaves what another may just be writing.
func TestNoOtherSweepsWhatIsBeingWritten(t *testing.T) {
	t.Parallel()
	url, o := database(t), machine(t)
	fresh, old := o.Anchor+".tmp-1", o.Anchor+".tmp-2"
	write(t, fresh, nil)
	write(t, old, nil)
	if err := os.Chtimes(old, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	log(t, open(t, url, o).Client)
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("what another process writes is gone: %v", err)
	}
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a crash left is still there: %v", err)
	}
}

// TestWaitForADatabase: who serves waits for a database that cannot be reached,
// for as long as it is told; whoever else does not, and nobody waits for what
// does not mend itself.
func TestWaitForADatabase(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Start(t, "")
	url, o := cluster.New(), machine(t)
	if _, err := postgres.Migrate(t.Context(), url, postgres.MigrateOptions{Logger: quiet}); err != nil {
		t.Fatal(err)
	}
	cluster.Stop()
	_, err := local.Open(t.Context(), url, o)
	wantCode(t, err, daybook.CodeUnavailable)
	var said bytes.Buffer
	o.Logger, o.Service = slog.New(slog.NewTextHandler(&said, nil)), &local.Service{Wait: 3 * time.Second}
	begun := time.Now()
	_, err = local.Open(t.Context(), url, o)
	wantCode(t, err, daybook.CodeUnavailable)
	if took := time.Since(begun); took < 200*time.Millisecond {
		t.Errorf("it waited for %s", took)
	}
	if !strings.Contains(said.String(), "cannot be reached; trying again") {
		t.Errorf("it says %s", &said)
	}
	waits := make(chan struct{})
	o.Logger, o.Service = slog.New(slog.NewTextHandler(onceWritten(waits), nil)), &local.Service{Wait: time.Hour}
	var started sync.WaitGroup
	defer started.Wait()
	started.Go(func() {
		<-waits
		cluster.Start()
	})
	log(t, open(t, url, o).Client)

	o.SchemaPrefix = "none_"
	soon, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // and not the hour, for a schema that nobody makes
	defer cancel()
	_, err = local.Open(soon, url, o)
	wantCode(t, err, daybook.CodeNotFound, "daybook migrate")
}

// onceWritten gives a writer that closes a channel when it is first written to.
func onceWritten(c chan struct{}) io.Writer { return &closer{done: sync.OnceFunc(func() { close(c) })} }

type closer struct{ done func() }

func (c *closer) Write(p []byte) (int, error) {
	c.done()
	return len(p), nil
}

// TestMetricsOfADatabase: what the ledger takes is there, and stays while the
// database is away; scrapes do not ask for it each time.
func TestMetricsOfADatabase(t *testing.T) {
	t.Parallel()
	url, o := database(t), machine(t)
	registry := prometheus.NewRegistry()
	o.Service = &local.Service{Registry: registry}
	l := open(t, url, o)
	log(t, l.Client)
	first := gathered(t, registry)
	for _, name := range []string{`daybook_store_bytes tables`, `daybook_store_bytes indexes`, `daybook_store_connections most`, `daybook_store_connections idle`} {
		if first[name] <= 0 {
			t.Errorf("%s is %v", name, first[name])
		}
	}
	for range 50 {
		log(t, l.Client)
	}
	if second := gathered(t, registry); second["daybook_store_bytes tables"] != first["daybook_store_bytes tables"] {
		t.Error("the tables were measured twice within a minute")
	}
}

func gathered(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			values[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return values
}
