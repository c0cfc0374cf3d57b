package main

import (
	"strings"
	"testing"
)

// TestRuns runs every measurement on few entries: that it runs, not what it
// finds.
func TestRuns(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), &out, options{n: 2000, singles: 40, dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"raw inserts", "over HTTP", "verify", "fdatasync", "Bytes an entry: edges"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in the report:\n%s", want, out.String())
		}
	}
}

// TestWalks measures walks on few edges: that they find what the query finds.
func TestWalks(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	b := bench{options: options{dir: t.TempDir()}, ctx: t.Context(), w: &out}
	if err := b.walks(3000, 20); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"upstream to depth 5", "as of a time", "impact", "p99"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in the report:\n%s", want, out.String())
		}
	}
}

// TestSampling measures few repeats: that sampling takes its share off, and that
// history shows them all.
func TestSampling(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	b := bench{options: options{dir: t.TempDir()}, ctx: t.Context(), w: &out}
	if err := b.sampling(200); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"200 repeats", "1 a session", "history shows", "sampled"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in the report:\n%s", want, out.String())
		}
	}
}
