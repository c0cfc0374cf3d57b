package spool_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/spool"
)

// TestFullDisk: what does not fit on the disk is the caller's to know; what was
// accepted before and after is delivered, and half a line hurts nobody.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("daybook", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	s := open(t, dir, spool.Options{})
	var accepted []string
	refused := 0
	write := func() {
		r := thought(strings.Repeat("long ", 150))
		_, err := s.Record(t.Context(), daybook.Principal{}, []daybook.Record{r})
		switch {
		case err == nil:
			accepted = append(accepted, r.LogID())
		case daybook.CodeOf(err) == daybook.CodeUnavailable && strings.Contains(err.Error(), "no space left"):
			refused++
		default:
			t.Fatal(err)
		}
	}
	for refused < 20 {
		write()
	}
	ballast := filepath.Join(dir, "ballast")
	server := newServer(t)
	sender := open(t, dir, spool.Options{URL: server.URL})
	flush(t, sender)
	for range 3 { // the disk is full now and then
		if err := os.WriteFile(ballast, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(ballast, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = f.Write(make([]byte, 1000))
		}
		_ = f.Close()
		write()
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			write()
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wait(t, func() bool { return len(server.log()) >= len(accepted) })
	if got := server.log(); !slices.Equal(got, accepted) {
		t.Errorf("%d accepted, %d refused, %d taken", len(accepted), refused, len(got))
	}
	if rejects, err := spool.Rejects(dir); err != nil || len(rejects) != 0 {
		t.Errorf("%d rejects, %v", len(rejects), err)
	}
}

// TestFullDiskOfItsOwn: a disk that holds nothing but the spool, and is full, gets
// empty again while the writer lives, though no position finds room on it.
func TestFullDiskOfItsOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("daybook", dir, "tmpfs", 0, "size=128k"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	server := newServer(t)
	var here atomic.Bool
	server.trouble = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		if !here.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return !here.Load()
	}
	s := open(t, dir, spool.Options{URL: server.URL})
	var accepted []string
	record := func() error {
		r := thought(strings.Repeat("long ", 150))
		_, err := s.Record(t.Context(), daybook.Principal{}, []daybook.Record{r})
		if err == nil {
			accepted = append(accepted, r.LogID())
		}
		return err
	}
	for record() == nil {
	}
	here.Store(true)
	wait(t, func() bool { return record() == nil })
	flush(t, s)
	if got := server.log(); !slices.Equal(got, accepted) {
		t.Errorf("%d accepted, %d taken", len(accepted), len(got))
	}
}
