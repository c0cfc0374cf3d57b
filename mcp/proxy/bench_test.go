package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/spool"
)

// spooled is where a proxy usually writes: a spool, whose server is away.
func spooled(b *testing.B) daybook.Recorder {
	b.Helper()
	s, err := spool.Open(filepath.Join(b.TempDir(), "spool"), spool.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

// told reports the median and the 99th percentile of what calls took.
func told(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "p99-µs")
}

// BenchmarkStdio measures a call of a tool that answers at once, with and
// without the proxy, over the pipes of processes.
func BenchmarkStdio(b *testing.B) {
	b.Run("direct", func(b *testing.B) {
		command := fakeServer("tools")
		in, err := command.StdinPipe()
		if err != nil {
			b.Fatal(err)
		}
		out, err := command.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := command.Start(); err != nil {
			b.Fatal(err)
		}
		converse(b, in, out)
		_ = in.Close()
		_ = command.Wait()
	})
	b.Run("proxy", func(b *testing.B) { throughProxy(b, spooled(b)) })
	b.Run("proxy-unrecorded", func(b *testing.B) { throughProxy(b, nowhere{}) })
}

func throughProxy(b *testing.B, recorder daybook.Recorder) {
	b.Helper()
	p, err := New(Options{Name: "bench", Recorder: recorder, Principal: daybook.Local})
	if err != nil {
		b.Fatal(err)
	}
	in, to := pipe(b)
	from, out := pipe(b)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := p.Stdio(b.Context(), in, out, fakeServer("tools"), nil); err != nil {
			b.Error(err)
		}
	}()
	converse(b, to, from)
	_ = to.Close()
	<-done
	p.Close(b.Context())
	if lost := p.scribe.lost.Load(); lost > 0 {
		b.Errorf("%d records were lost", lost)
	}
}

func converse(b *testing.B, to io.Writer, from io.Reader) {
	b.Helper()
	lines := bufio.NewReader(from)
	took := make([]time.Duration, 0, b.N)
	argument := strings.Repeat("x", 500)
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		if _, err := fmt.Fprintf(to, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"echo","arguments":{"text":%q}}}`+"\n", i, argument); err != nil {
			b.Fatal(err)
		}
		if _, err := lines.ReadSlice('\n'); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	told(b, took)
}

// BenchmarkHTTP measures the same over streamable HTTP.
func BenchmarkHTTP(b *testing.B) {
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		writeJSON(w, answerTo(1, strings.Repeat("x", 500)))
	}))
	defer up.Close()
	b.Run("direct", func(b *testing.B) { posts(b, up.URL) })
	b.Run("proxy", func(b *testing.B) {
		p, err := New(Options{Name: "bench", Recorder: spooled(b), Principal: daybook.Local})
		if err != nil {
			b.Fatal(err)
		}
		h, err := p.Handler(up.URL, HTTPOptions{Loopback: true})
		if err != nil {
			b.Fatal(err)
		}
		front := httptest.NewServer(h)
		defer front.Close()
		posts(b, front.URL)
		p.Close(b.Context())
	})
}

func posts(b *testing.B, url string) {
	b.Helper()
	body := toolCall(1, "echo")
	took := make([]time.Duration, 0, b.N)
	for b.Loop() {
		start := time.Now()
		response, err := http.Post(url, "application/json", strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		took = append(took, time.Since(start))
	}
	told(b, took)
}

// BenchmarkScanner measures reading a message, small and large.
func BenchmarkScanner(b *testing.B) {
	for name, size := range map[string]int{"700B": 600, "50MB": 50 << 20} {
		message := []byte(answerTo(1, strings.Repeat("x", size)))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(message)))
			b.ReportAllocs()
			var s scanner
			for b.Loop() {
				_, _ = s.Write(message)
				if _, ok := s.end(); !ok {
					b.Fatal("it cannot be read")
				}
			}
		})
	}
}

// nowhere takes records, and keeps none.
type nowhere struct{}

func (nowhere) Record(context.Context, daybook.Principal, []daybook.Record) ([]daybook.Receipt, error) {
	return nil, nil
}

func pipe(b *testing.B) (io.Reader, io.WriteCloser) {
	b.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = r.Close(); _ = w.Close() })
	return r, w
}
