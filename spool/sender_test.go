package spool_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybook-audit/daybook/spool"
)

// TestAnotherToken: a process whose token the server does not take holds
// nobody up whose token it does.
func TestAnotherToken(t *testing.T) {
	t.Parallel()
	server, dir := newServer(t), t.TempDir()
	var refused atomic.Int64
	server.trouble = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.Header.Get("Authorization") == "Bearer right" {
			return false
		}
		refused.Add(1)
		sendProblem(w, http.StatusUnauthorized, "unauthorized")
		return true
	}
	wrong := open(t, dir, spool.Options{URL: server.URL, Token: "wrong"})
	ids := write(t, wrong, 3)
	wait(t, func() bool { return refused.Load() > 2 })
	right := open(t, dir, spool.Options{URL: server.URL, Token: "right"})
	ids = append(ids, write(t, right, 3)...)
	flush(t, right)
	if !slices.Equal(server.log(), ids) {
		t.Errorf("the server took %d of 6", len(server.log()))
	}
}

// TestRetryAfter: who is told to wait waits, and tells when it tries again.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	server, dir := newServer(t), t.TempDir()
	var first, second atomic.Int64
	server.trouble = func(w http.ResponseWriter, _ *http.Request, call int) bool {
		if call > 1 {
			second.CompareAndSwap(0, time.Now().UnixMilli())
			return false
		}
		first.Store(time.Now().UnixMilli())
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	writer := open(t, dir, spool.Options{})
	write(t, writer, 1)
	open(t, dir, spool.Options{URL: server.URL})
	wait(t, func() bool { return first.Load() > 0 })
	wait(t, func() bool {
		s, err := spool.StatusOf(dir)
		return err == nil && s.Sender != nil && s.Sender.State == "waiting"
	})
	s, err := spool.StatusOf(dir)
	if err != nil || s.Sender.Failures != 1 || s.Sender.Error == "" || s.Sender.NextAttempt <= s.Sender.At {
		t.Errorf("the sender tells %+v, %v", s.Sender, err)
	}
	flush(t, writer)
	if waited := second.Load() - first.Load(); waited < 1000 {
		t.Errorf("it came again after %d ms", waited)
	}
	wait(t, func() bool {
		s, err := spool.StatusOf(dir)
		return err == nil && s.Sender.State == "delivering" && s.Sender.Error == "" && s.Records == 0
	})
}

// TestRejectedTwice: a sender that is killed between the rejects and the
// position writes a reject twice; it counts once.
func TestRejectedTwice(t *testing.T) {
	t.Parallel()
	server, dir := newServer(t), t.TempDir()
	server.refuse = func(map[string]any) int { return http.StatusConflict }
	writer := open(t, dir, spool.Options{})
	ids := write(t, writer, 2)
	for range 2 {
		sender := open(t, dir, spool.Options{URL: server.URL})
		flush(t, writer)
		if err := sender.Close(); err != nil {
			t.Fatal(err)
		}
		positions, err := filepath.Glob(filepath.Join(dir, "*.ack"))
		if err != nil || len(positions) != 1 {
			t.Fatalf("%v, %v", positions, err)
		}
		if err := os.Remove(positions[0]); err != nil {
			t.Fatal(err)
		}
	}
	rejects, err := spool.Rejects(dir)
	if err != nil || len(rejects) != 2 {
		t.Fatalf("%d rejects, %v", len(rejects), err)
	}
	retried, left, err := spool.Retry(dir, ids[1])
	if err != nil || retried != 1 || left != 1 {
		t.Errorf("%d retried, %d left, %v", retried, left, err)
	}
	if rejects, err = spool.Rejects(dir); err != nil || len(rejects) != 1 {
		t.Fatalf("%d rejects, %v", len(rejects), err)
	}
	if _, id := rejects[0].Name(); id != ids[0] {
		t.Errorf("%s is left", id)
	}
}

// TestDamagedLine: it goes to the rejects as it is, and cannot be tried again.
func TestDamagedLine(t *testing.T) {
	t.Parallel()
	server, dir := newServer(t), t.TempDir()
	writer := open(t, dir, spool.Options{})
	ids := write(t, writer, 3)
	path := segments(t, dir)[0]
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte{0xff}, info.Size()-3); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	open(t, dir, spool.Options{URL: server.URL})
	flush(t, writer)
	if !slices.Equal(server.log(), ids[:2]) {
		t.Errorf("%d are taken", len(server.log()))
	}
	rejects, err := spool.Rejects(dir)
	if err != nil || len(rejects) != 1 || rejects[0].Record != nil || rejects[0].Line[len(rejects[0].Line)-2] != 0xff {
		t.Fatalf("the rejects are %v, %v", rejects, err)
	}
	if code, _, _ := rejects[0].Why(); code != "damaged" {
		t.Errorf("the reason is %s", code)
	}
	if n, left, err := spool.Retry(dir); n != 0 || left != 1 || err != nil {
		t.Errorf("%d retried, %d left, %v", n, left, err)
	}
	if n, left, err := spool.Drop(dir); n != 1 || left != 0 || err != nil {
		t.Errorf("%d dropped, %d left, %v", n, left, err)
	}
}

// TestDeletedWhileOpen: who deletes the directory under a writer loses what is
// in it, and no more.
func TestDeletedWhileOpen(t *testing.T) {
	t.Parallel()
	server, dir := newServer(t), filepath.Join(t.TempDir(), "spool")
	s := open(t, dir, spool.Options{})
	write(t, s, 2)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1100 * time.Millisecond) // it looks once a second
	ids := write(t, s, 2)
	open(t, dir, spool.Options{URL: server.URL})
	flush(t, s)
	if !slices.Equal(server.log(), ids) {
		t.Errorf("%d are taken", len(server.log()))
	}
}

func TestNoPlaceForASpool(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{path, filepath.Join(path, "below")} {
		if _, err := spool.Open(dir, spool.Options{}); err == nil {
			t.Errorf("%s was opened", dir)
		}
		if _, err := spool.StatusOf(dir); err == nil {
			t.Errorf("%s has a status", dir)
		}
	}
}

// TestAnswersThatDrip: an answer that does not end in time is none.
func TestAnswersThatDrip(t *testing.T) {
	t.Parallel()
	server, dir := newServer(t), t.TempDir()
	server.trouble = func(w http.ResponseWriter, r *http.Request, call int) bool {
		if call > 1 {
			return false
		}
		_, ok := readRecords(w, r)
		for range 200 {
			if _, err := w.Write([]byte(" ")); err != nil || !ok || r.Context().Err() != nil {
				break
			}
			_ = http.NewResponseController(w).Flush()
			time.Sleep(20 * time.Millisecond)
		}
		return true
	}
	s := open(t, dir, spool.Options{URL: server.URL, Timeout: 200 * time.Millisecond})
	ids := write(t, s, 1)
	flush(t, s)
	if !slices.Equal(server.log(), ids) {
		t.Errorf("the server took %v", server.log())
	}
}

// TestFarServersGetGzip, and a server on this machine does not.
func TestFarServersGetGzip(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	var zipped atomic.Int64
	server.trouble = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		if r.Header.Get("Content-Encoding") == "gzip" {
			zipped.Add(1)
		}
		return false
	}
	far := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}}}
	for address, want := range map[string]bool{server.URL: false, "http://ledger.example": true} {
		zipped.Store(0)
		dir := t.TempDir()
		writer := open(t, dir, spool.Options{})
		ids := write(t, writer, 50)
		open(t, dir, spool.Options{URL: address, HTTPClient: far})
		flush(t, writer)
		if log := server.log(); (zipped.Load() > 0) != want || !slices.Equal(log[len(log)-50:], ids) {
			t.Errorf("%s: %d bodies were compressed", address, zipped.Load())
		}
	}
}

// TestSegmentThatCannotBeRead is left alone, and told of; the others are
// delivered.
func TestSegmentThatCannotBeRead(t *testing.T) {
	t.Parallel()
	server, dir := newServer(t), t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "0000000000000007.seg"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, spool.Options{URL: server.URL})
	ids := write(t, s, 3)
	flush(t, s)
	if !slices.Equal(server.log(), ids) {
		t.Errorf("%d are taken", len(server.log()))
	}
	wait(t, func() bool {
		status, err := spool.StatusOf(dir)
		return err == nil && len(status.Sender.Skipped) == 1 && status.Sender.Skipped[0].Segment == "0000000000000007" && len(status.Writers) == 2
	})
}
