package spool_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/spool"
)

func TestDelivers(t *testing.T) {
	t.Parallel()
	server, dir := newServer(t), t.TempDir()
	s := open(t, dir, spool.Options{URL: server.URL, Token: "dbk_secret"})
	ids := write(t, s, 2500)
	flush(t, s)
	if got := server.log(); !slices.Equal(got, ids) || server.twice != 0 {
		t.Errorf("the server took %d of %d records, in order: %v, %d twice", len(got), len(ids), slices.Equal(got, ids), server.twice)
	}
	if most := slices.Max(server.batches); most > 1000 {
		t.Errorf("a batch had %d records", most)
	}
}

func TestWhatWasWrittenOutlivesItsWriter(t *testing.T) {
	t.Parallel()
	server, dir := newServer(t), t.TempDir()
	writer := open(t, dir, spool.Options{})
	ids := write(t, writer, 10)
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	next := open(t, dir, spool.Options{URL: server.URL})
	ids = append(ids, write(t, next, 1)...)
	flush(t, next)
	if !slices.Equal(server.log(), ids) {
		t.Errorf("the server took %v; want %v", server.log(), ids)
	}
	wait(t, func() bool { return len(segments(t, dir)) == 1 }) // the dead writer's is removed
}

func TestSeveralShareADirectory(t *testing.T) {
	t.Parallel()
	server, dir := newServer(t), t.TempDir()
	var all [4][]string
	var wg sync.WaitGroup
	for i := range all {
		s := open(t, dir, spool.Options{URL: server.URL})
		wg.Go(func() {
			all[i] = write(t, s, 300)
			flush(t, s)
		})
	}
	wg.Wait()
	log := server.log()
	if len(log) != 1200 || server.twice != 0 {
		t.Errorf("%d records, %d twice", len(log), server.twice)
	}
	for _, ids := range all {
		mine := slices.DeleteFunc(slices.Clone(log), func(id string) bool { return !slices.Contains(ids, id) })
		if !slices.Equal(mine, ids) {
			t.Error("a writer's records came in another order")
		}
	}
}

// TestAfterAnother: what was written after another write had returned is not
// delivered before it, whoever wrote.
func TestAfterAnother(t *testing.T) {
	t.Parallel()
	server, dir := newServer(t), t.TempDir()
	open(t, dir, spool.Options{URL: server.URL})
	writers := []*spool.Spool{open(t, dir, spool.Options{}), open(t, dir, spool.Options{}), open(t, dir, spool.Options{})}
	var ids []string
	for i := range 900 {
		ids = append(ids, write(t, writers[i%3], 1)...)
		if i%100 == 0 {
			time.Sleep(3 * time.Millisecond)
		}
	}
	for _, w := range writers {
		flush(t, w)
	}
	if !slices.Equal(server.log(), ids) {
		t.Error("what came later was delivered earlier")
	}
}

func TestRejects(t *testing.T) {
	t.Parallel()
	server, dir := newServer(t), t.TempDir()
	server.refuse = func(r map[string]any) int {
		if strings.HasSuffix(r["thinking_content"].(string), "7") {
			return http.StatusUnprocessableEntity
		}
		return 0
	}
	s := open(t, dir, spool.Options{URL: server.URL})
	ids := write(t, s, 30)
	flush(t, s)
	if got := len(server.log()); got != 27 {
		t.Errorf("the server took %d", got)
	}
	rejects, err := spool.Rejects(dir)
	if err != nil || len(rejects) != 3 {
		t.Fatalf("%d rejects, %v", len(rejects), err)
	}
	for i, r := range rejects {
		kind, logID := r.Name()
		code, path, detail := r.Why()
		if kind != "thinking_logs" || logID != ids[7+10*i] || code != "invalid" || path != "/kind" || detail != "no" {
			t.Errorf("reject %d is %+v", i, r)
		}
	}
}

func TestTroubles(t *testing.T) {
	t.Parallel()
	plain := func(status int, body string) func(http.ResponseWriter, *http.Request, int) bool {
		return func(w http.ResponseWriter, _ *http.Request, call int) bool {
			if call > 3 {
				return false
			}
			w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
			return true
		}
	}
	for name, trouble := range map[string]func(http.ResponseWriter, *http.Request, int) bool{
		"503":                plain(503, ""),
		"401":                plain(401, "who are you"),
		"403":                plain(403, ""),
		"404":                plain(404, "<html>not here</html>"),
		"400 by a proxy":     plain(400, "<html>plain HTTP to an HTTPS port</html>"),
		"500":                plain(500, `{"code": "internal"}`),
		"429":                plain(429, ""),
		"redirect":           plain(307, ""),
		"200 of a wiki":      plain(200, "<html>welcome</html>"),
		"200 without":        plain(200, "{}"),
		"200 of nothing":     plain(200, ""),
		"201 too few":        plain(201, `{"receipts": [], "rejected": []}`),
		"201 of others":      plain(201, `{"receipts": [{"log_id": "x"}], "rejected": []}`),
		"201 rejects others": plain(201, `{"receipts": [], "rejected": [{"index": 9, "problem": {"status": 422}}]}`),
		"201 no reason":      plain(201, `{"receipts": [], "rejected": [{"index": 0, "problem": 5}]}`),
		"not now":            plain(201, `{"receipts": [], "rejected": [{"index": 0, "problem": {"status": 503}}]}`),
		"cut off": func(w http.ResponseWriter, _ *http.Request, call int) bool {
			if call > 3 {
				return false
			}
			w.Header().Set("Content-Length", "500")
			_, _ = w.Write([]byte(`{"receipts": [`))
			panic(http.ErrAbortHandler)
		},
		"slow": func(_ http.ResponseWriter, r *http.Request, call int) bool {
			if call > 2 {
				return false
			}
			_, _ = io.Copy(io.Discard, r.Body) // so that the server sees the client leave
			select {
			case <-r.Context().Done():
			case <-time.After(5 * time.Second):
			}
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, dir := newServer(t), t.TempDir()
			server.trouble = trouble
			s := open(t, dir, spool.Options{URL: server.URL, Timeout: 200 * time.Millisecond})
			ids := write(t, s, 1)
			flush(t, s)
			if !slices.Equal(server.log(), ids) {
				t.Errorf("the server took %v; want %v", server.log(), ids)
			}
			if rejects, err := spool.Rejects(dir); len(rejects) > 0 || err != nil {
				t.Errorf("rejects: %v, %v", rejects, err)
			}
		})
	}
}

// TestNotNow: what cannot be taken just now is sent again, and what stands
// behind it does not overtake.
func TestNotNow(t *testing.T) {
	t.Parallel()
	server, dir := newServer(t), t.TempDir()
	failed := 0
	server.refuse = func(r map[string]any) int {
		if r["thinking_content"] == "step 5" && failed < 2 {
			failed++
			return http.StatusServiceUnavailable
		}
		return 0
	}
	writer := open(t, dir, spool.Options{})
	ids := write(t, writer, 20)
	open(t, dir, spool.Options{URL: server.URL})
	flush(t, writer)
	if rejects, _ := spool.Rejects(dir); len(rejects) != 0 || !slices.Equal(server.log(), ids) || failed != 2 {
		t.Errorf("%d taken, %d rejected, %d failed", len(server.log()), len(rejects), failed)
	}
}

func TestBatchAtFault(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 413, 422} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			server, dir := newServer(t), t.TempDir()
			server.trouble = func(w http.ResponseWriter, r *http.Request, _ int) bool {
				records, ok := readRecords(w, r)
				if !ok {
					return true
				}
				for _, record := range records {
					if record["thinking_content"] == "step 13" {
						sendProblem(w, status, "too_large")
						return true
					}
				}
				w.WriteHeader(http.StatusCreated)
				writeJSON(w, server.take(records))
				return true
			}
			writer := open(t, dir, spool.Options{})
			ids := write(t, writer, 40)
			open(t, dir, spool.Options{URL: server.URL})
			flush(t, writer)
			want := slices.Delete(slices.Clone(ids), 13, 14)
			if !slices.Equal(server.log(), want) || server.twice != 0 {
				t.Errorf("%d taken, %d twice", len(server.log()), server.twice)
			}
			if rejects, err := spool.Rejects(dir); err != nil || len(rejects) != 1 {
				t.Errorf("rejects: %v, %v", rejects, err)
			}
		})
	}
}

func TestFull(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, spool.Options{MaxBytes: 20_000})
	accepted := 0
	var err error
	for err == nil && accepted < 1000 {
		if _, err = s.Record(t.Context(), daybook.Principal{}, []daybook.Record{thought("x")}); err == nil {
			accepted++
		}
	}
	if daybook.CodeOf(err) != daybook.CodeUnavailable || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "20000") {
		t.Errorf("the error is %v", err)
	}
	if accepted < 50 || accepted > 80 {
		t.Errorf("%d were accepted", accepted)
	}
	server := newServer(t)
	open(t, dir, spool.Options{URL: server.URL})
	flush(t, s)
	if len(server.log()) != accepted {
		t.Errorf("%d accepted, %d taken", accepted, len(server.log()))
	}
	write(t, s, 1) // there is room again
}

func TestRecordsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, spool.Options{})
	nameless, binary, large := thought("x"), thought("\xff"), thought(strings.Repeat("x", 9<<20))
	nameless.SetLogID("")
	for _, r := range []daybook.Record{nameless, binary, large} {
		if _, err := s.Record(t.Context(), daybook.Principal{}, []daybook.Record{thought("y"), r}); err == nil || !strings.HasPrefix(err.Error(), "/1") {
			t.Errorf("the error is %v", err)
		}
	}
	if left := segments(t, dir); len(left) != 0 {
		t.Errorf("something was written: %v", left)
	}
}

func TestOtherVersion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "0000000000000007.seg"), []byte("{\"daybook_spool\": 2, \"moons\": 3}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := spool.Open(dir, spool.Options{})
	if err == nil || !strings.Contains(err.Error(), "format 2") || !strings.Contains(err.Error(), "0000000000000007.seg") {
		t.Errorf("the error is %v", err)
	}
}

func segments(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// wait waits until something is so.
func wait(t *testing.T, so func() bool) {
	t.Helper()
	for until := time.Now().Add(time.Minute); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("it did not come to be so in time")
		}
	}
}
